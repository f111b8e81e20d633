"""deviced: its parts, wired, and the loops that drive them."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Coroutine, Mapping
from contextlib import closing
from typing import Any

from firmware import factory
from firmware.config.history import load_current
from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.deviced import announce, front, health, power, rtc, selftest, timeserver
from firmware.deviced.around import FOLLOWED, Around
from firmware.deviced.control import Control
from firmware.deviced.discharge import History
from firmware.deviced.front import Front
from firmware.deviced.hardware import Hardware
from firmware.deviced.health import Health
from firmware.deviced.notices import letter_about
from firmware.deviced.power import PowerWatch
from firmware.deviced.rtc import TimeKeeper
from firmware.deviced.selftest import SelfTest
from firmware.link.board import ButtonRow
from firmware.link.mirror import follow
from firmware.link.server import Board
from firmware.model.letter import Letter
from firmware.model.panel import Gesture, Led
from firmware.model.power.state import Measure, PowerState
from firmware.store import outbox
from firmware.store.db import open_store
from firmware.store.sqlite import NewerDatabase

log = logging.getLogger(__name__)


class Deviced:
    """All of it. ``clock`` gives steady seconds, ``wall`` Unix seconds."""

    def __init__(
        self,
        home: Home,
        hardware: Hardware,
        history: History,
        board: Board,
        *,
        clock: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        self._home, self._hardware = home, hardware
        self._board, self._wall = board, wall
        self._version, self._site = load_current(home)
        self._tasks: set[asyncio.Task[None]] = set()
        self.around = Around()
        self.health = Health(hardware.look_at_health, board)
        self.self_test = SelfTest(self._probe, clock)
        self.time_keeper = None if hardware.clocks is None else TimeKeeper(*hardware.clocks)
        self.power = PowerWatch(
            hardware.supply,
            hardware.machine,
            history,
            plan=self._site.power,
            board=board,
            simulated=hardware.played_supply is not None,
            clock=clock,
            wall=wall,
            live_calls=lambda: self.around.live_calls,
            told=self._power_moved,
        )
        self.control = Control(
            supply=hardware.played_supply,
            panel=hardware.played_panel,
            clock=clock,
            reload=self._reload,
            config_version=lambda: self._version,
            warnings=self._warnings,
        )
        self.front = Front(
            hardware.panel,
            hardware.watchdog,
            board=board,
            clock=clock,
            words=self.words,
            holds_lifeline=self._holds_lifeline,
            is_well=self._is_well,
            asked=self._asked,
        )

    async def run(self) -> None:
        """Drive everything until cancelled. A loop that ends by a bug ends all."""
        timeserver.write(self._home, self._site.provisioning)
        async with asyncio.TaskGroup() as group:
            group.create_task(_every(power.EVERY_S, self.power.look))
            group.create_task(_every(front.TICK_S, self._tick))
            group.create_task(_every(selftest.EVERY_S, self._test))
            group.create_task(_every(health.EVERY_S, self._look_at_health))
            if self.time_keeper is not None:
                group.create_task(_every(rtc.EVERY_S, self._keep_time))
            for daemon in FOLLOWED:
                group.create_task(self._follow(daemon))

    async def close(self) -> None:
        """Put everything out, in good order."""
        self.front.close()
        await self._hardware.supply.close()

    def words(self) -> Mapping[Led, str]:
        """The word of each LED's table now."""
        alarm = self.health.worst if self.health.worst != "good" else "none"
        if alarm == "none" and (self.around.has_alarm or self.power.keeper.fault):
            alarm = "warning"
        if self.self_test.passed_at is not None and not self.self_test.passes:
            alarm = "deaf"
        return {
            Led.POWER: self.power.state,
            Led.LINES: self.around.lines,
            Led.INTERNET: self.around.internet,
            Led.ALARM: alarm,
            Led.UPDATE: self.control.update,
        }

    # -- loops ----------------------------------------------------------------------------

    async def _tick(self) -> None:
        self.front.tick()

    async def _test(self) -> None:
        if await self.self_test.once():
            log.warning("self-test: %s", self.self_test.fault or "calls can be made")

    async def _look_at_health(self) -> None:
        self.health.show(await asyncio.to_thread(self.health.look))

    async def _keep_time(self) -> None:
        if self.time_keeper is not None:
            await asyncio.to_thread(self.time_keeper.look)

    async def _follow(self, daemon: str) -> None:
        await follow(
            self._home.link(daemon),
            "deviced",
            lambda change: self.around.told(daemon, change),
            lambda: self.around.lost(daemon),
        )

    # -- what is decided ------------------------------------------------------------------

    def _probe(self) -> str:
        network = self._site.network
        return selftest.ask(self._home, str(network.sip_address), network.sip_port)

    def _is_well(self) -> bool:
        """Whether the watchdog is fed. At the end nothing answers any more, rightly."""
        return self.self_test.is_well or (
            self.self_test.passed_at is not None and self.power.state in _AT_THE_END
        )

    def _holds_lifeline(self) -> bool:
        return self.self_test.is_well and Measure.LIFELINE not in self.power.measures

    def _asked(self, gesture: Gesture) -> None:
        row = ButtonRow(id="button", gesture=gesture, at=self._wall())
        self._board.post("button.pressed", row)
        match gesture:
            case Gesture.HALT:
                self._start(self.power.halt())
            case Gesture.STATUS if self._site.power.status_at:
                self._start(self._announce(self._site.power.status_at))
            case Gesture.RESET:
                self._start(asyncio.to_thread(self._reset))
            case Gesture.STATUS:
                pass  # the LEDs have to do

    async def _announce(self, extension: str) -> None:
        status = announce.status_of(
            calls_possible=self.self_test.passes,
            around=self.around,
            keeper=self.power.keeper,
            address=announce.address_of(self._site.network.console_address),
        )
        await asyncio.to_thread(announce.announce, self._home, extension, status)

    def _reset(self) -> None:
        """The next start erases everything; it comes at once."""
        try:
            factory.order(self._home, who="button")
            self._hardware.machine.restart()
        except OSError as error:
            log.error("no factory reset: %s", error)

    def _power_moved(self, _before: PowerState, after: PowerState) -> None:
        keeper = self.power.keeper
        letter = letter_about(
            after,
            self._site,
            minutes=keeper.minutes_left,
            percent=keeper.reading.charge_percent,
            at=self._wall(),
        )
        if letter is not None:
            self._start(asyncio.to_thread(self._post, letter))

    def _post(self, letter: Letter) -> None:
        try:
            with closing(open_store(self._home)) as db:
                outbox.put(db, letter)
        except (sqlite3.Error, OSError, NewerDatabase) as error:
            log.error("the owner cannot be told (%s): %s", letter.ident, error)

    def _reload(self) -> None:
        self._version, self._site = self._loaded()
        timeserver.write(self._home, self._site.provisioning)
        self.power.retune(self._site.power)

    def _loaded(self) -> tuple[int, Site]:
        return load_current(self._home)

    def _warnings(self) -> tuple[str, ...]:
        found = [*self.health.warnings]
        if self._hardware.fault:
            found.append(self._hardware.fault)
        if self.power.keeper.fault:
            found.append(f"supply: {self.power.keeper.fault}")
        if self.self_test.passed_at is not None and self.self_test.fault:
            found.append(f"self-test: {self.self_test.fault}")
        return tuple(found)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


_AT_THE_END = frozenset({PowerState.FINALISING, PowerState.HALTED})


async def _every(seconds: float, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    while True:
        await work()
        await asyncio.sleep(seconds)
