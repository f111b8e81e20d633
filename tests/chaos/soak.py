"""The soak: round after round of calls, a fault in the middle of them, and what must hold then.

In every round: calls between telephones and from a line; a fault; a call that the fault cannot
touch goes on; everything that died is back; all calls are hung up, and nothing is left of them,
no leg, no call, no line that is not idle; every call that there was is on record, and ended.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from firmware.link.api import BenchApi
from firmware.link.client import LinkDown, Refused
from tests.chaos.faults import FAULTS, Fault, World
from tests.rig.baresip import Baresip
from tests.rig.box import WholeBox
from tests.rig.until import TooLate, overload, until

BACK_S = 10.0
QUIET_S = 30.0
GAP_S = 0.1
"""What a packet late on a busy machine costs is less."""

ON_RECORD_S = 1.0
"""A call that began so long before a kill is on the disk."""


class Broken(AssertionError):
    """An invariant does not hold."""


@dataclass(slots=True)
class Soak:
    """``caller`` and ``callee`` are two telephones; the callee answers by itself."""

    world: World
    caller: Baresip
    callee: Baresip
    dice: random.Random
    rounds: int = 0
    slowest_back_s: float = 0.0
    _seen: dict[str, float] = field(default_factory=dict)  # calls, and when they were first seen

    @property
    def box(self) -> WholeBox:
        """The box that has to bear it."""
        return self.world.box

    def run(self, seconds: float) -> None:
        """Rounds for so long.

        Raises:
            Broken: an invariant does not hold.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.rounds += 1
            self.round()

    def round(self) -> None:
        """One round."""
        self._talk()
        self._ring()
        self._look()
        before_s = time.monotonic()
        fault = self.dice.choice(FAULTS)(self.world, self.dice)
        print(f"{self.rounds:4d}  {fault.words}", flush=True)
        if fault.is_harmless:
            self._must_still_talk(fault)
        self._must_be_back(fault)
        if fault.killed:
            self.slowest_back_s = max(self.slowest_back_s, time.monotonic() - before_s)
        fault.undo()
        self._hang_up()
        self._must_be_quiet(fault)
        self._must_be_on_record(fault, before_s)

    # -- calls ----------------------------------------------------------------------------

    def _talk(self) -> None:
        """A call from one telephone to the other: that it comes about is an invariant. A
        telephone whose registration is on its way again may need another try."""

        def talks() -> bool:
            known = len(self.caller.marks())
            self.caller.dial("102")
            with suppress(TooLate):
                until(lambda: len(self.caller.marks()) > known, 4.0 * overload(), "an answer")
            if self.caller.marks()[-1] == "established":
                return True
            self.caller.hang_up()
            return False

        try:
            until(talks, 30.0 * overload(), "a call from 101 to 102")
        except TooLate as error:
            raise Broken(str(error)) from error

    def _ring(self) -> None:
        """A call on a line, which a menu answers."""
        line = self.dice.choice(("fxo-1", "fxo-2"))
        with suppress(LinkDown, Refused), self.box.link("bench") as link:
            link.call(
                BenchApi.ring, line=line, number="0912", name="", digits="", say="", listen=""
            )

    def _hang_up(self) -> None:
        for telephone in (self.caller, self.callee):
            telephone.hang_up()
        for line in ("fxo-1", "fxo-2"):
            with suppress(LinkDown, Refused), self.box.link("bench") as link:
                link.call(BenchApi.hang_up, line=line)

    def _look(self) -> None:
        for ident in self._rows("switchd").get("call", {}):
            self._seen.setdefault(ident, time.monotonic())

    # -- invariants -----------------------------------------------------------------------

    def _must_still_talk(self, fault: Fault) -> None:
        before_s = self.callee.heard().length_s
        try:
            until(lambda: self.callee.heard().length_s > before_s + 1.5, 5.0 * overload(), "talk")
        except TooLate as error:
            raise Broken(f"{fault.words}: the call of two telephones is silent") from error
        heard = self.callee.heard().part(max(0.0, before_s - 0.2))
        if gaps := heard.gaps(shortest_s=GAP_S * overload()):
            raise Broken(f"{fault.words}: the call of two telephones has gaps: {gaps}")
        if self.caller.marks()[-1] != "established":
            raise Broken(f"{fault.words}: the call of two telephones ended")

    def _must_be_back(self, fault: Fault) -> None:
        def is_back() -> bool:
            pids = self.box.pids()
            return all(
                pids.get(name, old) != old and self.box.answers(name)
                for name, old in fault.killed.items()
            )

        try:
            until(is_back, BACK_S * overload(), "all that was killed works again")
        except TooLate as error:
            raise Broken(f"{fault.words}: {error}") from error

    def _must_be_quiet(self, fault: Fault) -> None:
        left: dict[str, Any] = {}

        def is_quiet() -> bool:
            left.clear()
            exchange, lines = self._rows("switchd"), self._rows("lined")
            if not exchange or not lines:
                return False
            left.update(exchange.get("leg", {}) | exchange.get("call", {}))
            left.update({n: r for n, r in lines.get("line", {}).items() if r.state != "idle"})
            return not left

        try:
            until(is_quiet, QUIET_S * overload(), "no leg, call or busy line is left")
        except TooLate as error:
            raise Broken(f"{fault.words}: {error}: {sorted(left)}") from error

    def _must_be_on_record(self, fault: Fault, at_s: float) -> None:
        """Every call that was seen; of those that a kill cut off the ones that were not new."""
        wanted = {
            ident
            for ident, seen_s in self._seen.items()
            if "switchd" not in fault.killed or seen_s < at_s - ON_RECORD_S
        }

        def missing() -> set[str]:
            return wanted - {one.id for one in self.box.calls() if one.ended_at is not None}

        try:
            until(lambda: not missing(), 10.0 * overload(), "all calls are on record")
        except TooLate as error:
            raise Broken(f"{fault.words}: {error}, but {sorted(missing())}") from error
        self._seen.clear()

    def _rows(self, daemon: str) -> Mapping[str, Mapping[str, Any]]:
        """A daemon's rows by kind and id; none when it is away."""
        with suppress(LinkDown, Refused, OSError), self.box.link(daemon) as link:
            found = link.snapshot()
            return {"": {}} | {kind: {r.id: r for r in rows} for kind, rows in found.items()}
        return {}
