"""The mailroom: voicemail's boxes, messages and greetings, as scripts and the link work with them.

What touches the disk runs in a thread of its own, one thing after the other, so that no call
waits for it but the one that asked. Message lamps follow from here: a ``mailbox`` row a box.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlite_utils import Database

from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.config.sections.voicemail import Mailbox
from firmware.link.rows import MailboxRow
from firmware.link.server import Board
from firmware.model.dialplan import Destination, DestinationKind, Dialplan
from firmware.model.voicemail import (
    BoxState,
    Counted,
    Greeting,
    Message,
    MessageState,
    PinFault,
    PinResult,
    Side,
    fault_of_pin,
    greeting_for,
    to_hear,
)
from firmware.store import mailboxes
from firmware.switchd.disk import Disk, DiskFault
from firmware.switchd.spooled import Spooled
from firmware.voicemail import files
from firmware.voicemail.deliver import deliver
from firmware.voicemail.notices import language_of

log = logging.getLogger(__name__)

T = TypeVar("T")


_CALLED_BACK = frozenset({DestinationKind.EXTENSION, DestinationKind.NUMBER})


class BoxFull(RuntimeError):
    """The box holds as many messages as it may."""


class NoBox(KeyError):
    """The extension has no box."""


class Origin(Protocol):
    """Who leaves a message (``firmware.switchd.call.Origin``)."""

    @property
    def caller(self) -> str: ...
    @property
    def caller_name(self) -> str: ...


class Mailroom:
    """All boxes. ``site`` is the newest configuration, ``plan`` the newest dialplan,
    ``clock`` Unix seconds."""

    def __init__(
        self,
        *,
        disk: Disk,
        board: Board,
        site: Callable[[], Site],
        clock: Callable[[], float],
        plan: Callable[[], Dialplan],
    ) -> None:
        self._disk = disk
        self._board = board
        self._site = site
        self._clock = clock
        self._plan = plan
        self._shown: dict[str, MailboxRow] = {}
        self._idents = itertools.count(1)
        self._counting: set[asyncio.Task[None]] = set()

    @property
    def _home(self) -> Home:
        return self._disk.home

    # -- what the configuration says ------------------------------------------------------

    @property
    def site(self) -> Site:
        """The newest configuration."""
        return self._site()

    def now(self) -> float:
        """Unix seconds."""
        return self._clock()

    def has_box(self, number: str) -> bool:
        """Whether an extension has a box."""
        site = self._site()
        known = any(extension.number == number for extension in site.extension)
        return known and site.voicemail.settings_of(number) is not None

    def settings(self, number: str) -> Mailbox:
        """The box of an extension.

        Raises:
            NoBox: it has none.
        """
        settings = self._site().voicemail.settings_of(number)
        if settings is None or not self.has_box(number):
            raise NoBox(f"extension {number} has no voicemail box")
        return settings

    async def language_of(self, number: str) -> str:
        """What its owner hears."""
        state = await self.state_of(number)
        return state.language or language_of(self._site(), self.settings(number))

    # -- counting -------------------------------------------------------------------------

    async def count_all(self) -> None:
        """Show every box as it is: at the start, and after the configuration changed."""
        everyones = await self._disk.do(mailboxes.everyones)
        numbers = [e.number for e in self._site().extension if self.has_box(e.number)]
        for number in numbers:
            self._show(number, everyones.get(number, Counted()))
        for gone in set(self._shown) - set(numbers):
            self._board.post("mailbox.removed", self._shown.pop(gone))

    def count_soon(self, number: str = "") -> None:
        """Count one box, or all of them, without being waited for."""
        counting = self.count(number) if number else self.count_all()
        task = asyncio.get_running_loop().create_task(_unless_faulty(counting))
        self._counting.add(task)
        task.add_done_callback(self._counting.discard)

    async def count(self, number: str) -> Counted:
        """Count one box again and show it."""
        counted = await self._disk.do(lambda db: mailboxes.counted(db, number))
        if self.has_box(number):
            self._show(number, counted)
        return counted

    def _show(self, number: str, counted: Counted) -> None:
        row = MailboxRow(id=number, new=counted.new, old=counted.saved)
        if self._shown.get(number) != row:
            self._shown[number] = row
            self._board.post("mailbox.changed", row)

    async def is_full(self, number: str) -> bool:
        """Whether a box takes no more messages."""
        counted = await self._disk.do(lambda db: mailboxes.counted(db, number))
        return counted.all >= self._site().voicemail.most_in(number)

    # -- messages -------------------------------------------------------------------------

    def begin(self, call_id: str, number: str, origin: Origin, rate_hz: int) -> Spooled:
        """A place for a new message.

        Raises:
            DiskFault: there is no memory left.
        """
        meta = files.MessageMeta(
            id=f"{call_id}.m{next(self._idents)}",
            call=call_id,
            box=number,
            caller=origin.caller,
            caller_name=origin.caller_name,
            started_at=self._clock(),
            rate_hz=rate_hz,
        )
        spooled = Spooled(meta, self._home.ram_voicemail / meta.id, self._board)
        spooled.begin()
        return spooled

    async def messages(self, number: str, *states: MessageState) -> list[Message]:
        """The messages of a box (new and saved ones, if none is named), oldest first."""
        found = await self._disk.do(lambda db: mailboxes.messages(db, number, *states))
        return to_hear(found)

    def sound_of(self, message: Message) -> Path:
        """A message's file."""
        return self._home.voicemail / message.path

    async def mark(self, message_id: str, state: MessageState) -> Message:
        """Change the state of a message.

        Raises:
            KeyError: there is no such message.
        """
        now = self._clock()
        changed = await self._disk.do(lambda db: mailboxes.mark(db, message_id, state, now))
        await self.count(changed.box)
        return changed

    async def forward(self, message: Message, to: str) -> None:
        """Put a message into another box too.

        Raises:
            NoBox: there is no such box.
            BoxFull: it takes no more.
        """
        self.settings(to)
        if await self.is_full(to):
            raise BoxFull(f"the voicemail box of {to} is full")
        ident = f"{message.id}.f{self._clock():.6f}".replace(".", "-")
        copy = replace(
            message,
            id=ident,
            box=to,
            path=files.message_path(to, ident),
            state=MessageState.NEW,
            deleted_at=None,
            forwarded_by=message.box,
        )
        site = self._site()

        def send_on(db: Database) -> None:
            place = self._home.voicemail / copy.path
            files.make_folder(place.parent)
            os.link(self.sound_of(message), place)
            files.sync_folder(place.parent)
            deliver(self._home, db, site, copy)

        await self._disk.do(send_on)
        await self.count(to)

    def way_back(self, party: str, message: Message) -> Destination | None:
        """Where a call to the caller of a message goes from the telephone of ``party``; None
        when there is no way, or that is no telephone of the office."""
        plan = self._plan()
        if party not in plan.stations or not message.caller:
            return None
        place = plan.dialled(message.caller)
        # Caller ID is a stranger's: "*72…" must not become a feature code of the owner's.
        return place if place is not None and place.kind in _CALLED_BACK else None

    # -- PINs and languages ---------------------------------------------------------------

    async def state_of(self, number: str) -> BoxState:
        """What its owner has made of a box."""
        return await self._disk.do(lambda db: mailboxes.state_of(db, number))

    async def check_pin(self, number: str, pin: str, side: Side) -> PinResult:
        """Whether ``pin`` opens the box."""
        now = self._clock()
        return await self._disk.do(lambda db: mailboxes.check_pin(db, number, pin, side, now))

    async def set_pin(self, number: str, pin: str) -> PinFault | None:
        """Give a box a PIN; why it is not taken, None when it is."""
        fault = fault_of_pin(pin, number, self._site().voicemail.pin_digits)
        if fault is None:
            await self._disk.do(lambda db: mailboxes.set_pin(db, number, pin))
        return fault

    async def clear_pin(self, number: str) -> None:
        """Take the PIN away: the owner chooses another at their own telephone."""
        await self._disk.do(lambda db: mailboxes.set_pin(db, number, ""))

    async def set_language(self, number: str, language: str) -> None:
        """The language the owner hears and reads."""
        await self._disk.do(lambda db: mailboxes.set_language(db, number, language))

    # -- greetings ------------------------------------------------------------------------

    async def greeting(self, number: str, situation: Greeting) -> Path | None:
        """The recorded greeting a caller hears; None: the exchange's own words."""
        now = self._clock()

        def choose(db: Database) -> Path | None:
            recorded = files.recorded_greetings(self._home, number)
            until = mailboxes.state_of(db, number).temporary_until
            chosen = greeting_for(situation, recorded, until, now)
            return files.greeting_path(self._home, number, chosen) if chosen else None

        return await self._disk.do(choose)

    def greeting_file(self, number: str, greeting: Greeting) -> Path:
        """Where a greeting lies once it is recorded."""
        return files.greeting_path(self._home, number, greeting)

    async def has_greeting(self, number: str, greeting: Greeting) -> bool:
        """Whether it is recorded."""
        return await self._disk.do(lambda _db: self.greeting_file(number, greeting).is_file())

    def new_greeting(self, number: str) -> Path:
        """A file to record a greeting into, until it is kept."""
        return self._home.ram_voicemail / f"{files.GREETING}{number}-{self._clock():.6f}.wav"

    async def keep_greeting(
        self, number: str, greeting: Greeting, sound: Path, until: float | None = None
    ) -> None:
        """Take ``sound``, a whole file in a folder of the home, as a greeting. ``until`` is for
        the temporary one.

        Raises:
            DiskFault: the disk refuses; the old greeting stays.
        """

        def keep(db: Database) -> None:
            place = files.greeting_path(self._home, number, greeting)
            files.make_folder(place.parent)
            if greeting is Greeting.TEMPORARY:
                mailboxes.set_temporary_until(db, number, until)
            files.write_synced(place, sound.read_bytes())
            sound.unlink()

        await self._disk.do(keep)

    async def remove_greeting(self, number: str, greeting: Greeting) -> None:
        """Take a greeting away."""

        def remove(_db: Database) -> None:
            place = files.greeting_path(self._home, number, greeting)
            if place.exists():
                place.unlink()
                files.sync_folder(place.parent)

        await self._disk.do(remove)

    def uploaded(self, name: str) -> Path:
        """A sound that the console laid into the spool.

        Raises:
            ValueError: there is none of that name.
        """
        path = self._home.voicemail_spool / name
        if not files.UPLOAD.fullmatch(name) or not path.is_file():
            raise ValueError(f"there is no upload '{name}'")
        return path

    async def discard(self, sound: Path) -> None:
        """A recorded greeting is not wanted."""
        await self._disk.do(lambda _db: sound.unlink(missing_ok=True))

    def close(self) -> None:
        """Finish what was begun."""
        self._disk.close()


async def _unless_faulty(counting: Coroutine[Any, Any, Any]) -> None:
    try:
        await counting
    except DiskFault as error:
        log.error("voicemail cannot be counted: %s", error)
