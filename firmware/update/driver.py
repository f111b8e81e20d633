"""What drives an update: one thing at a time, each step in the journal before the next begins.

The work itself (asking the address, fetching, writing the slot) takes minutes and is one task; the
clock's tick and the orders of people only look at the journal and begin it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from firmware.config.home import Home
from firmware.config.sections.backup import Every
from firmware.config.sections.update import Update
from firmware.model.update import (
    AT_REST,
    Around,
    UpdateEvent,
    UpdateState,
    hindrance,
    hindrance_by_hand,
    is_newer,
)
from firmware.update import bundles, journal
from firmware.update.bundles import NotBrought
from firmware.update.journal import Bundle, Journal, folder_of
from firmware.update.slots import Slot, Slots, SlotsFailed

log = logging.getLogger(__name__)

_S, _E = UpdateState, UpdateEvent
_LOOK_S = {Every.DAY: 86400.0, Every.WEEK: 604800.0}
_ASK_AGAIN_S = 3600.0
_BRING_AGAIN_S = 300.0
_RESTART_AGAIN_S = 60.0
_RESTARTS = frozenset({_S.SWITCHING, _S.FAILING, _S.RETURNING})
_CAN_BE_FORGOTTEN = frozenset({_S.OFFERED, _S.READY, _S.INSTALLED, _S.ROLLED_BACK, _S.FAILED})
_GOES_ON = _RESTARTS | {_S.FETCHING, _S.INSTALLING}


class NotNow(RuntimeError):
    """The order cannot be carried out; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surrounding:
    """What a driver is given: the site's wishes and what goes on, both asked when needed; the
    places; the machine. ``wall`` gives Unix seconds."""

    wish: Callable[[], Update]
    around: Callable[[], Around]
    sticks: Path
    release: str
    restart: Callable[[], None]
    wall: Callable[[], float]


class Driver:
    """The update of one box. To be used in its loop's thread; ``changed`` is called after every
    change."""

    def __init__(
        self, home: Home, slots: Slots, given: Surrounding, changed: Callable[[], None]
    ) -> None:
        self._home, self._slots, self._given = home, slots, given
        self._changed = changed
        self._work: asyncio.Task[None] | None = None
        self._look_at = 0.0
        self._bring_at = 0.0
        self._passed_over: set[str] = set()
        self.percent: int | None = None
        self.known = journal.read(home)
        self.folder = folder_of(home) / "bundles"
        self._restart_at = 0.0
        if self.known.state in {_S.FETCHING, _S.INSTALLING}:  # this program was cut off in it
            self._note(_E.STARTED_OLD, why="it was cut off")

    @property
    def is_working(self) -> bool:
        """Whether a task is under way."""
        return self._work is not None and not self._work.done()

    @property
    def hindrance(self) -> str:
        """Why the box does not restart into what is installed."""
        if self.known.state is not _S.INSTALLED:
            return ""
        return hindrance(self._given.wish().plan, self._given.around())

    # -- the clock ------------------------------------------------------------------------

    def tick(self) -> None:
        """Begin what is due. The journal is read again: the trial writes to it too."""
        if self.is_working:
            return
        if (fresh := journal.read(self._home)) != self.known:
            self.known = fresh
            self._changed()
        wish, known = self._given.wish(), self.known
        if known.state in _RESTARTS:
            self._restart_again()
        elif known.state is _S.INSTALLED and not self.hindrance:
            self._begin(self._switch())
        elif known.state in {_S.OFFERED, _S.READY} and self._is_wanted(wish):
            self._begin(self._bring_and_install())
        elif known.state in AT_REST | {_S.OFFERED}:
            self._look(wish)

    def _restart_again(self) -> None:
        """Once a minute: the machine runs although its restart was ordered."""
        if self._given.wall() >= self._restart_at:
            self._begin(self._restart())

    async def _restart(self) -> None:
        self._restart_at = self._given.wall() + _RESTART_AGAIN_S
        await asyncio.to_thread(self._given.restart)

    def _is_wanted(self, wish: Update) -> bool:
        bundle = self.known.bundle
        if bundle is None or self._given.around().on_battery:
            return False
        if self._given.wall() < self._bring_at:  # a try writes to the disk
            return False
        by_itself = {"address": wish.automatic, "stick": wish.from_stick}
        return self.known.is_ordered or by_itself.get(bundle.source, False)

    def _look(self, wish: Update) -> None:
        if self._new_on_sticks():
            self._begin(self._look_at_sticks())
        elif wish.address and self._given.wall() >= max(
            self._look_at, self.known.checked_at + _LOOK_S[wish.every]
        ):
            self._begin(self._ask_address())

    def _new_on_sticks(self) -> list[Path]:
        there = bundles.on_sticks(self._given.sticks)
        self._passed_over &= {str(path) for path in there}  # drawn out, and maybe plugged in again
        return [path for path in there if str(path) not in self._passed_over]

    # -- orders ---------------------------------------------------------------------------

    def check(self) -> None:
        """Ask the address and look at the sticks now.

        Raises:
            NotNow: something is under way.
        """
        self._must_be_idle()
        self._passed_over.clear()
        self._begin(self._check())

    def bring(self, path: Path) -> None:
        """Take a bundle from a file.

        Raises:
            NotNow, ValueError.
        """
        self._must_be_idle()
        if not path.is_file():
            raise ValueError(f"there is no file {path}")
        if self.known.state in _GOES_ON | {_S.TRYING}:
            raise NotNow(f"an update is under way: {self.known.state}")
        self._begin(self._copy(path, "file"))

    def install(self) -> None:
        """Fetch and write what is offered or brought.

        Raises:
            NotNow: there is nothing.
        """
        self._must_be_idle()
        if self.known.state not in {_S.OFFERED, _S.READY}:
            raise NotNow(f"there is nothing to install: the update is {self.known.state}")
        self._keep(replace(self.known, is_ordered=True))
        self._begin(self._bring_and_install())

    def switch(self, *, cut_calls: bool) -> None:
        """Restart into what is installed.

        Raises:
            NotNow: nothing is, or calls stand against it.
        """
        self._must_be_idle()
        if self.known.state is not _S.INSTALLED:
            raise NotNow(f"nothing is installed: the update is {self.known.state}")
        self._must_be_quiet(cut_calls=cut_calls)
        self._begin(self._switch())

    def roll_back(self, *, cut_calls: bool) -> None:
        """Restart into the release before.

        Raises:
            NotNow: there is none, or calls stand against it.
        """
        self._must_be_idle()
        if self.known.state not in {_S.NONE, _S.DONE}:
            raise NotNow(f"there is no release to go back to: the update is {self.known.state}")
        self._must_be_quiet(cut_calls=cut_calls)
        self._begin(self._return())

    def confirm(self) -> None:
        """Keep what is on trial.

        Raises:
            NotNow: nothing is.
        """
        self._must_be_idle()
        if self.known.state is not _S.TRYING:
            raise NotNow(f"nothing is on trial: the update is {self.known.state}")
        self._begin(self._confirm())

    def forget(self) -> None:
        """Want no more of it.

        Raises:
            NotNow: there is nothing, or it is being written.
        """
        self._must_be_idle()
        if self.known.state not in _CAN_BE_FORGOTTEN:
            raise NotNow(f"there is nothing to forget: the update is {self.known.state}")
        bundles.remove(self.folder)
        self._keep(replace(self.known, bundle=None, is_ordered=False))
        self._note(_E.WITHDRAWN)

    def _must_be_idle(self) -> None:
        if not self._slots.is_there:
            raise NotNow("this box is no image with two slots: it is updated as it was installed")
        if self.is_working:
            raise NotNow("an update is being worked on; `markaz update status` tells how far")

    def _must_be_quiet(self, *, cut_calls: bool) -> None:
        why = hindrance_by_hand(self._given.around(), cut_calls=cut_calls)
        if why:
            raise NotNow(_WORDS[why])

    # -- work -----------------------------------------------------------------------------

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._work = asyncio.get_running_loop().create_task(self._guarded(work))
        self._work.add_done_callback(lambda _work: self._changed())

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (NotBrought, SlotsFailed, OSError) as error:
            log.error("update: %s", error)
            self._keep(replace(self.known, why=str(error)))
        finally:
            self.percent = None

    async def _check(self) -> None:
        if self.known.state in AT_REST | {_S.OFFERED}:
            await self._look_at_sticks()
        if self._given.wish().address and self.known.state in AT_REST | {_S.OFFERED}:
            await self._ask_address()

    async def _ask_address(self) -> None:
        wish = self._given.wish()
        self._look_at = self._given.wall() + _ASK_AGAIN_S
        async with bundles.session(wish.ca) as web:
            found = await bundles.offered(web, wish.address, self._slots.board)
        self._keep(replace(self.known, checked_at=self._given.wall(), why=""))
        self._offer(found)

    async def _look_at_sticks(self) -> None:
        for path in self._new_on_sticks():
            self._passed_over.add(str(path))
            try:
                signed = await asyncio.to_thread(self._slots.signed, path)
            except SlotsFailed as error:
                log.warning("%s is passed over: %s", path, error)
                continue
            if signed.board == self._slots.board:
                self._offer(
                    Bundle(
                        version=signed.version,
                        source="stick",
                        place=str(path),
                        notes=signed.notes,
                    )
                )

    def _offer(self, bundle: Bundle) -> None:
        """What is not newer than what runs, or than what is offered, is no offer."""
        known = self.known
        better_than = [self._given.release]
        if known.state is _S.OFFERED and known.bundle is not None:
            better_than.append(known.bundle.version)
        if bundle.version == known.refused:  # only a person, with a file, tries it again
            return
        if all(is_newer(bundle.version, than) for than in better_than):
            self._keep(replace(known, bundle=bundle, is_ordered=False))
            if known.state is not _S.OFFERED:
                self._note(_E.OFFERED)

    async def _bring_and_install(self) -> None:
        bundle = self.known.bundle
        if self.known.state is _S.OFFERED and bundle is not None:
            self._bring_at = self._given.wall() + _BRING_AGAIN_S
            if bundle.source == "stick":
                await self._copy(Path(bundle.place), "stick")
            else:
                await self._fetch(bundle)
        if self.known.state is _S.READY:
            await self._install()

    async def _fetch(self, bundle: Bundle) -> None:
        self._note(_E.FETCH_BEGAN)
        wish = self._given.wish()
        try:
            async with bundles.session(wish.ca) as web:
                here = await bundles.fetch(
                    web, bundle, self.folder, rate_kbit=wish.rate_kbit, told=self._told
                )
            here = await self._check_signature(here)
        except (NotBrought, SlotsFailed) as error:
            self._look_at = self._given.wall() + _ASK_AGAIN_S
            self._note(_E.FETCH_FAILED, why=str(error))
            raise
        self._brought(here)

    async def _copy(self, path: Path, source: str) -> None:
        bundle = Bundle(version="", source=source, place=str(path))
        here = await asyncio.to_thread(bundles.copy, path, bundle, self.folder, self._told)
        self._brought(await self._check_signature(here))

    async def _check_signature(self, bundle: Bundle) -> Bundle:
        """Raises NotBrought, SlotsFailed: the file is gone then."""
        path = self.folder / bundle.file
        try:
            signed = await asyncio.to_thread(self._slots.signed, path)
        except SlotsFailed:
            path.unlink(missing_ok=True)
            raise
        if signed.board != self._slots.board:
            path.unlink(missing_ok=True)
            raise NotBrought(f"the bundle is for {signed.board}, this is {self._slots.board}")
        return replace(bundle, version=signed.version, notes=signed.notes or bundle.notes)

    def _brought(self, bundle: Bundle) -> None:
        bundles.remove(self.folder, keep=bundle.file)
        self._keep(replace(self.known, bundle=bundle))
        self._note(_E.BROUGHT)

    async def _install(self) -> None:
        bundle = self.known.bundle
        assert bundle is not None
        slot = (await self._other_slot()).name
        self._note(_E.INSTALL_BEGAN)
        try:
            await asyncio.to_thread(self._slots.install, self.folder / bundle.file, self._told)
        except SlotsFailed as error:
            bundles.remove(self.folder)
            self._note(_E.INSTALL_FAILED, why=str(error))
            return
        # From here on this is the slot that is meant, whoever restarts the machine.
        before = self._given.release
        self._keep(replace(self.known, slot=slot, version=bundle.version, before=before))
        self._note(_E.INSTALLED)
        bundles.remove(self.folder)

    async def _switch(self) -> None:
        """The boot loader first: cut between, the new slot starts, and the journal knows it."""
        await asyncio.to_thread(self._slots.choose_other)
        self._note(_E.SWITCHED)
        await self._restart()

    async def _confirm(self) -> None:
        await asyncio.to_thread(self._slots.mark, good=True)
        self.known = journal.read(self._home)  # meanwhile the trial may have ended by its call
        self._note(_E.PROVED, why="somebody said so")

    async def _return(self) -> None:
        other = await self._other_slot()
        if not other.is_good:
            raise SlotsFailed("the other slot holds no release that could be started")
        await asyncio.to_thread(self._slots.choose_other)
        self._keep(replace(self.known, slot=other.name, version=other.version))
        self._note(_E.RETURNED, why="somebody went back to it")
        await self._restart()

    async def _other_slot(self) -> Slot:
        """RAUC takes a second to answer, and on a busy box many."""
        return next(one for one in await asyncio.to_thread(self._slots.slots) if not one.is_booted)

    # -- the journal ----------------------------------------------------------------------

    def _told(self, percent: int) -> None:
        """From any thread: a number and no more."""
        self.percent = percent

    def _note(self, event: UpdateEvent, why: str = "") -> None:
        before = self.known.state
        at, release = self._given.wall(), self._given.release
        self._keep(self.known.after(event, at=at, release=release, why=why))
        log.info("update %s -%s-> %s %s", before, event, self.known.state, why)

    def _keep(self, known: Journal) -> None:
        if known != self.known:
            journal.write(self._home, known)
            self.known = known
            self._changed()


_WORDS = {
    "emergency": "somebody calls for help, or did within the last half hour",
    "calls": "calls are under way: wait, or say that they may be cut",
    "calls_unknown": "switchd does not say whether there are calls: wait, or say they may be cut",
}
