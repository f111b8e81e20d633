"""Power, watched: the supply is read, the model decides, orders are carried out, a row is shown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import fields

from firmware.config.sections.power import Power
from firmware.deviced.discharge import History
from firmware.link.board import PowerRow
from firmware.link.server import Board
from firmware.model.power.ending import Ending, Order
from firmware.model.power.keeper import PowerKeeper
from firmware.model.power.reading import Reading
from firmware.model.power.state import Measure, PowerState
from hw.machine.port import Machine
from hw.power.port import CannotCut, Measured, Supply, SupplySilent

log = logging.getLogger(__name__)

EVERY_S = 1.0


class PowerWatch:
    """One supply. ``live_calls`` counts what must drain; ``told`` is called at each transition
    with the states before and after it."""

    def __init__(
        self,
        supply: Supply,
        machine: Machine,
        history: History,
        *,
        plan: Power,
        board: Board,
        simulated: bool,
        clock: Callable[[], float],
        wall: Callable[[], float],
        live_calls: Callable[[], int],
        told: Callable[[PowerState, PowerState], None] = lambda _before, _after: None,
    ) -> None:
        self._supply, self._machine, self._history = supply, machine, history
        self._board, self._simulated = board, simulated
        self._clock, self._wall = clock, wall
        self._live_calls, self._told = live_calls, told
        self.keeper = PowerKeeper(
            limits=plan.limits, policies=plan.policies, ending=Ending.REST, since=clock()
        )
        self._plan = plan
        self._since = wall()
        self._is_synced = False
        self._row: PowerRow | None = None
        self._faults = ""

    @property
    def state(self) -> PowerState:
        """Where the power stands."""
        return self.keeper.state

    @property
    def measures(self) -> frozenset[Measure]:
        """What is in force."""
        return self.keeper.measures

    def retune(self, plan: Power) -> None:
        """Go on with other settings."""
        self._plan = plan
        self.keeper.limits, self.keeper.policies = plan.limits, plan.policies

    async def look(self) -> None:
        """Read once, decide, do. To be called every ``EVERY_S``."""
        now, live_calls = self._clock(), self._live_calls()
        try:
            reading = _reading(await self._supply.read())
        except SupplySilent as error:
            self.keeper.silent(str(error), now)
        else:
            minutes = self._history.minutes_left(reading, self._plan.full_minutes)
            self.keeper.hear(reading, minutes, now)
        step = self.keeper.look(
            now, live_calls=live_calls, is_finalised=self._is_synced and live_calls == 0
        )
        self._history.note(self.keeper.state, self.keeper.reading)
        if step.before is not step.after:
            self._moved(step.before, step.after)
        self.show()
        for order in step.orders:
            await self._do(order)

    async def halt(self) -> None:
        """Halt because a person asks for it: nothing comes back by itself after this."""
        log.warning("the box halts: it was asked to")
        await asyncio.to_thread(self._machine.sync)
        await asyncio.to_thread(self._machine.halt)

    def show(self) -> None:
        """Tell the link, if something that people see has changed."""
        row = self._row_now()
        if row != self._row:
            self._row = row
            self._board.post("power.changed", row)

    def _moved(self, before: PowerState, after: PowerState) -> None:
        self._since = self._wall()
        percent = self.keeper.reading.charge_percent
        log.warning(
            "power %s -> %s (battery %s, %s minutes left)",
            before,
            after,
            "unknown" if percent is None else f"{percent:.0f} %",
            "unknown" if self.keeper.minutes_left is None else f"{self.keeper.minutes_left:.0f}",
        )
        self._told(before, after)

    async def _do(self, order: Order) -> None:
        log.warning("power: %s", order)
        try:
            await self._carry_out(order)
        except OSError as error:
            log.error("power: %s failed: %s", order, error)

    async def _carry_out(self, order: Order) -> None:
        if order is Order.FINALISE:
            self.keeper.ending = Ending.CUT if await self._supply.can_cut() else Ending.REST
            await asyncio.to_thread(self._machine.sync)
            self._is_synced = True
        elif order is Order.RESUME:
            self._is_synced = False
        elif order is Order.ARM_CUT:
            await self._arm()
        elif order is Order.HALT and self.keeper.ending is Ending.CUT:
            await asyncio.to_thread(self._machine.halt)
        elif order in {Order.HALT, Order.REST}:  # the cut was refused: never halt without it
            await asyncio.to_thread(self._machine.rest)
        elif order is Order.RESTART:
            await asyncio.to_thread(self._machine.restart)

    async def _arm(self) -> None:
        try:
            await self._supply.cut(round(self._plan.cut_s))
        except CannotCut as error:
            log.error("the supply does not cut: %s; the box rests instead of halting", error)
            self.keeper.cannot_cut()

    def _row_now(self) -> PowerRow:
        keeper = self.keeper
        charge, minutes = keeper.reading.charge_percent, keeper.minutes_left
        voltage = keeper.reading.voltage_v
        if keeper.fault != self._faults:
            self._faults = keeper.fault
            log.warning("supply: %s", keeper.fault or "well again")
        return PowerRow(
            id="power",
            state=keeper.state,
            since=self._since,
            mains=keeper.mains,
            charge_percent=None if charge is None else float(round(charge)),
            minutes_left=None if minutes is None else float(round(minutes)),
            voltage_v=None if voltage is None else round(voltage, 1),
            measures=tuple(sorted(keeper.measures)),
            fault=keeper.fault,
            simulated=self._simulated,
        )


def _reading(measured: Measured) -> Reading:
    """What the hardware measured, as the model takes it: the names are the same."""
    return Reading(**{one.name: getattr(measured, one.name) for one in fields(Measured)})
