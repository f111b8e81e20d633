"""A load: both halves' SIPp processes, and what they saw."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.office import HALVES, Half, write_tone
from tests.rig.box import Box
from tests.rig.sipp import Counts, Plan, Sipp, rings_after_s
from tests.rig.until import until

RING_MS = 200
"""How long a telephone rings before it is answered."""

_GRACE_S = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """``calls`` calls at ``calls_per_s``, each held ``hold_s`` after the answer."""

    calls: int
    calls_per_s: float
    hold_s: float

    @property
    def concurrent(self) -> float:
        """How many there are at once when as many end as begin (Little's law)."""
        return self.calls_per_s * (self.hold_s + RING_MS / 1000)

    @property
    def ramp_s(self) -> float:
        """Until as many end as begin."""
        return self.hold_s + RING_MS / 1000

    @property
    def length_s(self) -> float:
        """Until the last call begins."""
        return self.calls / self.calls_per_s


class Load:
    """Callers that are calling."""

    def __init__(self, callers: list[Sipp]) -> None:
        self._callers = callers

    @property
    def ended(self) -> bool:
        return all(sipp.ended for sipp in self._callers)

    def counts(self) -> Counts:
        """Both halves together, a second old at most."""
        both = [sipp.counts() for sipp in self._callers]
        return Counts(
            created=sum(c.created for c in both),
            succeeded=sum(c.succeeded for c in both),
            failed=sum(c.failed for c in both),
            current=sum(c.current for c in both),
            retransmissions=sum(c.retransmissions for c in both),
        )

    def wait(self, timeout_s: float) -> Counts:
        """Until every call is over."""
        until_at = time.monotonic() + timeout_s
        for sipp in self._callers:
            sipp.wait(max(1.0, until_at - time.monotonic()))
        return self.counts()

    def rings_after_ms(self) -> list[float]:
        """The post-dial delay of every call that rang: INVITE with credentials to 180."""
        return [
            1000 * delay
            for sipp in self._callers
            for delay in rings_after_s(sipp.stamps()).values()
        ]

    def complaints(self) -> str:
        """What SIPp said of calls that failed."""
        return "\n".join(sipp.last_words() for sipp in self._callers if sipp.counts().failed)


@contextlib.contextmanager
def answering(box: Box, folder: Path) -> Iterator[None]:
    """The called telephones of both halves, which answer every call."""
    with contextlib.ExitStack() as ends:
        for half in HALVES:
            plan = Plan(
                scenario=half.called_scenario,
                server=box.sip_server,
                address=half.called,
                echo=half.name == "talking",
                texts={"tone": str(_tone(half, folder))},
                pause_ms=RING_MS,
            )
            ends.callback(Sipp(plan, folder / half.called_scenario).stop)
        yield


@contextlib.contextmanager
def calling(box: Box, shape: Shape, folder: Path) -> Iterator[Load]:
    """The callers of both halves, half a beat apart."""
    with contextlib.ExitStack() as ends:
        callers = []
        for half in HALVES:
            callers.append(Sipp(_caller_plan(box, half, shape, folder), folder / half.name))
            ends.callback(callers[-1].stop)
            time.sleep(1 / (2 * shape.calls_per_s))
        load = Load(callers)
        until(lambda: all((folder / h.name / "stat.csv").exists() for h in HALVES), 5.0, "calls")
        yield load


def timeout_s(shape: Shape) -> float:
    """By when a load must be over."""
    return shape.length_s + shape.ramp_s + _GRACE_S


def _caller_plan(box: Box, half: Half, shape: Shape, folder: Path) -> Plan:
    return Plan(
        scenario=half.caller_scenario,
        server=box.sip_server,
        address=f"{half.callers}.1",
        echo=half.name == "echoing",
        texts={"tone": str(_tone(half, folder))},
        rows=half.caller_rows(box.passwords),
        sources_in=3,
        calls=shape.calls // 2,
        calls_per_s=shape.calls_per_s / 2,
        pause_ms=round(shape.hold_s * 1000),
        trace=True,
    )


def _tone(half: Half, folder: Path) -> Path:
    return write_tone(folder.resolve() / f"{half.tone_hz}.alaw", half.tone_hz)
