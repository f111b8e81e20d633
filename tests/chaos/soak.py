"""The soak: round after round of calls, a fault in the middle of them, and what must hold then.

In every round: calls between telephones and from a line; a fault; a call that the fault cannot
touch goes on; everything that died is back; all calls are hung up, and nothing is left of them,
no leg, no call, no line that is not idle; every call that there was is on record, and ended.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from firmware.link.api import BenchApi
from firmware.link.client import LinkDown, Refused
from tests.chaos.faults import FAULTS, Fault, World
from tests.chaos.report import Report
from tests.rig.baresip import Baresip
from tests.rig.box import WholeBox
from tests.rig.until import TooLate, overload, until

BACK_S = 10.0
QUIET_S = 30.0
GAP_S = 0.1
"""What a packet late on a busy machine costs is less."""
SEEN_S = 5.0
"""That the internet is gone is seen within so long."""
ENOUGH = 5
"""After so many violations it ends."""

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
    report: Report = field(default_factory=Report)
    _kind: str = ""  # of the fault of this round
    _undo: Callable[[], None] = lambda: None
    _seen: dict[str, float] = field(default_factory=dict)  # calls, and when they were first seen

    @property
    def box(self) -> WholeBox:
        """The box that has to bear it."""
        return self.world.box

    def run(self, seconds: float) -> None:
        """Rounds for so long, or until enough did not hold. What does not hold is in the report,
        and the soak goes on from where all is quiet again.

        Raises:
            Broken: it does not become quiet again.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end and len(self.report.violations) < ENOUGH:
            self.report.rounds += 1
            try:
                self.round()
            except Broken as error:
                self._say(f"VIOLATION: {error}")
                self.report.violations.append(f"round {self.report.rounds}: {error}")
                self._undo()
                self._hang_up()
                self._must_be_quiet("what went before")
                self._seen.clear()

    def round(self) -> None:
        """One round."""
        self._undo = lambda: None
        self._talk()
        self._ring()
        self._look()
        before_s = time.monotonic()
        fault = self._harm()
        if fault.is_harmless:
            self._must_still_talk(fault)
        self._must_be_back(fault)
        if fault.cuts_internet:
            self._must_do_without_internet(before_s)
        fault.undo()
        mended_s = time.monotonic()
        if fault.cuts_internet:
            self._must_have_internet(mended_s)
        self._hang_up()
        self._must_be_quiet(fault.words)
        self.report.took("quiet", self._kind, mended_s)
        self._must_be_on_record(fault, before_s)

    def _harm(self) -> Fault:
        harm = self.dice.choice(FAULTS)
        self._kind = harm.__name__.replace("_", " ")
        fault = harm(self.world, self.dice)
        self._undo = fault.undo
        self.report.faults[self._kind] += 1
        self._say(fault.words)
        return fault

    def _say(self, words: str) -> None:
        now = time.strftime("%H:%M:%S")
        sys.stdout.write(f"{self.report.rounds:4d}  {now}  {words}\n")
        sys.stdout.flush()

    # -- calls ----------------------------------------------------------------------------

    def _talk(self) -> None:
        """A call from one telephone to the other: that it comes about is an invariant. A
        telephone whose registration is on its way again may need another try."""

        def talks() -> bool:
            known = len(self.caller.marks())
            self.caller.dial("102")
            with suppress(TooLate):
                until(
                    lambda: {"established", "ended"} & {*self.caller.marks()[known:]},
                    4.0 * overload(),
                    "an answer",
                )
            if self._in_call():
                return True
            self.caller.hang_up()
            return False

        try:
            until(talks, 30.0 * overload(), "a call from 101 to 102")
        except TooLate as error:
            raise Broken(str(error)) from error

    def _in_call(self) -> bool:
        """Of the caller's marks only those of a call: it registers again in the middle of one."""
        marks = [mark for mark in self.caller.marks() if mark in ("established", "ended")]
        return marks[-1:] == ["established"]

    def _ring(self) -> None:
        """A call on a line or from the provider, which a menu answers."""
        network = self.box.network
        self.world.outside.ring((str(network.sip_address), network.sip_port))
        line = self.dice.choice(("fxo-1", "fxo-2"))
        with suppress(LinkDown, Refused), self.box.link("bench") as link:
            link.call(
                BenchApi.ring, line=line, number="0912", name="", digits="", say="", listen=""
            )

    def _hang_up(self) -> None:
        for telephone in (self.caller, self.callee):
            telephone.hang_up()
        self.world.outside.hang_up()
        for line in ("fxo-1", "fxo-2"):
            with suppress(LinkDown, Refused), self.box.link("bench") as link:
                link.call(BenchApi.hang_up, line=line)

    def _look(self) -> None:
        for ident in self._rows("switchd").get("call", {}):
            self._seen.setdefault(ident, time.monotonic())
        self.report.calls += len(self._seen)

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
        if not self._in_call():
            raise Broken(f"{fault.words}: the call of two telephones ended")

    def _must_be_back(self, fault: Fault) -> None:
        if not fault.killed:
            return
        before_s = time.monotonic()

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
        self.report.took("back", self._kind, before_s)

    def _must_do_without_internet(self, before_s: float) -> None:
        """The box sees that it is gone, and a call inside comes about as ever."""
        self._internet_must_be("down", SEEN_S, before_s)
        self.caller.hang_up()
        self._talk()

    def _must_have_internet(self, mended_s: float) -> None:
        self._internet_must_be("up", BACK_S + QUIET_S, mended_s)

    def _internet_must_be(self, state: str, within_s: float, since_s: float) -> None:
        def is_so() -> bool:
            rows = self._rows("edge").get("internet", {}).values()
            return [row.state for row in rows] == [state]

        try:
            until(is_so, within_s * overload(), f"the internet is {state}")
        except TooLate as error:
            raise Broken(f"the box does not see it: {error}") from error
        self.report.took(state, self._kind, since_s)

    def _must_be_quiet(self, words: str) -> None:
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
            raise Broken(f"{words}: {error}: {sorted(left)}") from error

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
