"""The program ``update``: its driver, what it shows, what it can be asked."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.link.alarms import Alarms
from firmware.link.api import DevicedApi
from firmware.link.client import Link, LinkDown, Refused
from firmware.link.rows import DaemonStatus
from firmware.link.server import Board
from firmware.link.update import UpdateRow
from firmware.model.update import LOOK, Around, UpdateState
from firmware.update.driver import Driver, Surrounding
from firmware.update.slots import Slot, Slots, SlotsFailed
from firmware.update.surroundings import Surroundings
from firmware.version import VERSION

log = logging.getLogger(__name__)

TICK_S = 5.0
_SHOW_S = 1.0
_LOOK_AGAIN_S = 60.0
_ALARMING = frozenset({UpdateState.ROLLED_BACK, UpdateState.FAILED})


class Updates:
    """Implements ``UpdateApi`` of the link. ``restart`` restarts the machine."""

    def __init__(
        self,
        home: Home,
        slots: Slots,
        board: Board,
        *,
        sticks: Path,
        restart: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._home, self._slots, self._board = home, slots, board
        self._clock, self._wall = clock, wall
        self._started = clock()
        self._version, self._site = self._load()
        self._alarms = Alarms("update", board)
        self._shown: UpdateRow | None = None
        self._told_look = ""
        self._pair: tuple[str, str] = ("", "")
        self._next_look = 0.0
        self.surroundings = Surroundings(clock)
        given = Surrounding(
            wish=lambda: self._site.update,
            around=self._around,
            sticks=sticks,
            release=VERSION,
            restart=restart,
            wall=wall,
        )
        self.driver = Driver(home, slots, given, self.show)

    # -- loops ----------------------------------------------------------------------------

    async def run(self) -> None:
        """Until cancelled."""
        await asyncio.to_thread(self._look_at_slots)
        self._next_look = self._clock() + _LOOK_AGAIN_S
        self.show()
        ticks = 0.0
        while True:
            if self._clock() >= ticks:
                ticks = self._clock() + TICK_S
                if self._slots.is_there:
                    self.driver.tick()
                    self._look_again()
            self.show()
            await self._light()
            await asyncio.sleep(_SHOW_S)

    def show(self) -> None:
        """Show the row as it is now."""
        row = self._row()
        if row == self._shown:
            return
        if self._shown is not None and row.state != self._shown.state:
            asyncio.get_running_loop().run_in_executor(None, self._look_at_slots)
        self._shown = row
        self._board.post("update.changed", row)
        self._alarms.show({"update": self._warning(row)})

    @staticmethod
    def _warning(row: UpdateRow) -> str:
        return f"update to {row.version} {row.state}: {row.why}" if row.state in _ALARMING else ""

    async def _light(self) -> None:
        """The LED of the board; when deviced is away it is told again."""
        look = LOOK.get(self.driver.known.state, "none")
        if look != self._told_look:
            with contextlib.suppress(LinkDown, Refused):
                await asyncio.to_thread(self._tell_deviced, look)
                self._told_look = look

    def _tell_deviced(self, look: str) -> None:
        with Link(self._home.link("deviced"), "update") as link:
            link.call(DevicedApi.tell_update, state=look)

    def _look_again(self) -> None:
        """While a slow board starts, RAUC has no answer in time."""
        if not any(self._pair) and self._clock() >= self._next_look:
            self._next_look = self._clock() + _LOOK_AGAIN_S
            asyncio.get_running_loop().run_in_executor(None, self._look_at_slots)

    def _look_at_slots(self) -> None:
        """RAUC takes a second to answer: not at every look."""
        if not self._slots.is_there:
            return
        try:
            both = self._slots.slots()
        except SlotsFailed as error:
            log.warning("the slots cannot be told: %s", error)
            return
        self._pair = _pair(both)

    def _row(self) -> UpdateRow:
        known = self.driver.known
        bundle = known.bundle
        slot, other = self._pair
        return UpdateRow(
            id="update",
            state=known.state,
            release=VERSION,
            slot=slot,
            other=other,
            version=bundle.version if bundle else "",
            source=bundle.source if bundle else "",
            notes=bundle.notes if bundle else "",
            is_working=self.driver.is_working,
            percent=self.driver.percent,
            hindrance=self.driver.hindrance,
            why=known.why,
            checked_at=known.checked_at,
            since=known.happened[-1].at if known.happened else 0.0,
        )

    def _around(self) -> Around:
        return self.surroundings.now(self._wall(), ZoneInfo(self._site.office.time_zone))

    # -- DaemonApi ------------------------------------------------------------------------

    def status(self) -> DaemonStatus:
        """DaemonApi."""
        warning = self._warning(self._row())
        return DaemonStatus(
            name="update",
            version=VERSION,
            pid=os.getpid(),
            up_s=round(self._clock() - self._started, 1),
            config_version=self._version,
            warnings=(warning,) if warning else (),
        )

    def reload(self) -> None:
        """DaemonApi."""
        self._version, self._site = self._load()

    def _load(self) -> tuple[int, Site]:
        return history.load_current(self._home)

    # -- UpdateApi ------------------------------------------------------------------------

    def check(self) -> None:
        """UpdateApi."""
        self._order(self.driver.check)

    def bring(self, path: str) -> None:
        """UpdateApi."""
        self._order(lambda: self.driver.bring(Path(path)))

    def install(self) -> None:
        """UpdateApi."""
        self._order(self.driver.install)

    def switch(self, *, cut_calls: bool) -> None:
        """UpdateApi."""
        self._order(lambda: self.driver.switch(cut_calls=cut_calls))

    def confirm(self) -> None:
        """UpdateApi."""
        self._order(self.driver.confirm)

    def roll_back(self, *, cut_calls: bool) -> None:
        """UpdateApi."""
        self._order(lambda: self.driver.roll_back(cut_calls=cut_calls))

    def forget(self) -> None:
        """UpdateApi."""
        self._order(self.driver.forget)

    def _order(self, order: Callable[[], None]) -> None:
        """``NotNow`` is a RuntimeError, and goes to whoever asked."""
        order()
        self.show()


def _pair(both: Sequence[Slot]) -> tuple[str, str]:
    """The slot that runs, and the release in the other one if it could be started."""
    runs = next((one.name for one in both if one.is_booted), "")
    other = next((one for one in both if not one.is_booted), None)
    return runs, (other.version or "?") if other is not None and other.is_good else ""
