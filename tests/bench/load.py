"""A load: the SIPp processes of some groups, and what they saw."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.office import Group, write_tone
from tests.rig.box import Box
from tests.rig.sipp import Counts, Plan, Sipp, rings_after_s
from tests.rig.until import until

RING_MS = 200
"""How long a telephone rings before it is answered."""

_GRACE_S = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """``calls`` calls at ``calls_per_s``, shared evenly by the groups; each is held ``hold_s``
    after its answer (or rings so long, where the caller gives up)."""

    calls: int
    calls_per_s: float
    hold_s: float

    @property
    def ramp_s(self) -> float:
        """From the first call until as many end as begin."""
        return self.hold_s + RING_MS / 1000

    @property
    def length_s(self) -> float:
        """Until the last call begins."""
        return self.calls / self.calls_per_s

    @property
    def timeout_s(self) -> float:
        """By when all must be over."""
        return self.length_s + self.ramp_s + _GRACE_S


class Load:
    """Callers that are calling."""

    def __init__(self, callers: Sequence[Sipp]) -> None:
        self._callers = callers

    def counts(self) -> Counts:
        """All groups together, a second old at most."""
        each = [sipp.counts() for sipp in self._callers]
        return Counts(
            created=sum(c.created for c in each),
            succeeded=sum(c.succeeded for c in each),
            failed=sum(c.failed for c in each),
            current=sum(c.current for c in each),
            retransmissions=sum(c.retransmissions for c in each),
        )

    def wait(self, timeout_s: float) -> Counts:
        """Wait until every call is over.

        Raises:
            TooLate: some are not.
        """
        end = time.monotonic() + timeout_s
        for sipp in self._callers:
            sipp.wait(max(1.0, end - time.monotonic()))
        return self.counts()

    def rings_after_ms(self) -> list[float]:
        """The post-dial delay of every call that rang: INVITE with credentials to 180."""
        return [1000 * s for sipp in self._callers for s in rings_after_s(sipp.stamps()).values()]

    def complaints(self) -> str:
        """What SIPp said of calls that failed."""
        return "\n".join(sipp.last_words() for sipp in self._callers if sipp.counts().failed)


@contextlib.contextmanager
def answering(box: Box, folder: Path, groups: Sequence[Group]) -> Iterator[None]:
    """The called telephones."""
    with contextlib.ExitStack() as ends:
        for group in groups:
            if group.answer:
                plan = Plan(
                    scenario=group.answer,
                    server=box.sip_server,
                    address=group.called_address,
                    echo=group.echoes,
                    texts=_texts(group, folder),
                    pause_ms=RING_MS,
                )
                ends.callback(Sipp(plan, folder / group.answer).stop)
        yield


@contextlib.contextmanager
def calling(box: Box, shape: Shape, folder: Path, groups: Sequence[Group]) -> Iterator[Load]:
    """The callers, evenly apart."""
    with contextlib.ExitStack() as ends:
        callers: list[Sipp] = []
        for group in groups:
            callers.append(
                Sipp(_caller_plan(box, group, shape, folder, len(groups)), _at(folder, group))
            )
            ends.callback(callers[-1].stop)
            time.sleep(1 / shape.calls_per_s)
        files = [sipp.folder / "stat.csv" for sipp in callers]
        until(lambda: all(path.exists() for path in files), 5.0, "SIPp calls")
        yield Load(callers)


def _caller_plan(box: Box, group: Group, shape: Shape, folder: Path, groups: int) -> Plan:
    return Plan(
        scenario=group.call,
        server=box.sip_server,
        address=f"{group.callers_network}.1",
        echo=not group.echoes,
        texts=_texts(group, folder),
        rows=group.caller_rows(box.passwords),
        sources_in=3,
        calls=shape.calls // groups,
        calls_per_s=shape.calls_per_s / groups,
        pause_ms=round(shape.hold_s * 1000),
        trace=True,
    )


def _at(folder: Path, group: Group) -> Path:
    return folder / f"{group.index}-{group.call}"


def _texts(group: Group, folder: Path) -> dict[str, str]:
    if not group.tone_hz:
        return dict(group.texts)
    path = folder.resolve() / f"{group.tone_hz}.alaw"
    return {"tone": str(write_tone(path, group.tone_hz)), **group.texts}
