"""The runs: each in a new box, from its start to a look at what it leaves behind."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from tests.bench import meter
from tests.bench.hearing import hear, spread
from tests.bench.leftovers import recordings, settle
from tests.bench.load import Load, Shape, answering, calling
from tests.bench.office import ANSWERED_GROUPS, MIXED_GROUPS, Group, Rate, office, register
from tests.bench.report import Details, Run, percentiles_ms
from tests.rig.box import Box

_SAMPLE_S = 2.0
_LISTENED_TO = 100
_WARM = 0.2
"""The share of a run after which memory must not grow: pools and slots are filled once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A run to be made."""

    name: str
    shape: Shape
    groups: Sequence[Group] = ANSWERED_GROUPS

    @property
    def dispositions(self) -> dict[str, int]:
        """What must be on record afterwards: calls by disposition."""
        share = self.shape.calls // len(self.groups)
        return dict(Counter(str(group.comes_out) for group in self.groups for _ in range(share)))


FULL = (
    Order(name="steady-100", shape=Shape(calls=400, calls_per_s=5.0, hold_s=19.8)),
    Order(name="pdd-5cps", shape=Shape(calls=500, calls_per_s=5.0, hold_s=3.0)),
    Order(name="asterisk-like-150", shape=Shape(calls=450, calls_per_s=5.0, hold_s=29.8)),
    Order(
        name="mixed-1000",
        shape=Shape(calls=1000, calls_per_s=15.0, hold_s=1.0),
        groups=MIXED_GROUPS,
    ),
    Order(name="memory-10000", shape=Shape(calls=10000, calls_per_s=20.0, hold_s=2.0)),
)

QUICK = (
    Order(name="steady-40", shape=Shape(calls=120, calls_per_s=5.0, hold_s=7.8)),
    Order(name="pdd-5cps", shape=Shape(calls=100, calls_per_s=5.0, hold_s=2.0)),
    Order(
        name="mixed-100",
        shape=Shape(calls=100, calls_per_s=10.0, hold_s=1.0),
        groups=MIXED_GROUPS,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What was measured while the calls were made."""

    concurrent: float
    cpu_percent: dict[str, float]
    switchd_mb: list[float]
    load: float


def carry_out(order: Order, folder: Path, rate_hz: Rate) -> Run:
    """One run, in ``folder``, which is made anew; its recordings are deleted at the end."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    groups = order.groups
    with office(folder / "box", rate_hz, groups) as box:
        register(box, folder, groups)
        with (
            answering(box, folder, groups),
            calling(box, order.shape, folder, groups) as load,
        ):
            seen = _observe(box, load, order.shape)
            load.wait(order.shape.timeout_s)
            run = _judge(order, box, load, seen)
    shutil.rmtree(folder / "box" / "recordings")
    return run


def _observe(box: Box, load: Load, shape: Shape) -> _Seen:
    """Watch from the first call to the last; processor time counts only on the plateau, when
    as many calls end as begin."""
    daemons = meter.families(box)
    begun = time.monotonic()
    concurrent, memory, loads = [], [], []
    before = after = None
    while (passed_s := time.monotonic() - begun) < shape.length_s:
        time.sleep(min(_SAMPLE_S, max(0.05, shape.length_s - passed_s)))
        memory.append(meter.resident_mb(daemons)["switchd"])
        loads.append(meter.load_average())
        if time.monotonic() - begun < shape.ramp_s + 1.0:
            continue
        after = meter.use(daemons)
        before = before or after
        concurrent.append(load.counts().current)
    if before is None or after is None or before is after:
        raise ValueError("the run is shorter than its ramp")
    return _Seen(
        concurrent=fmean(concurrent),
        cpu_percent=meter.percent(before, after),
        switchd_mb=memory,
        load=fmean(loads),
    )


def _judge(order: Order, box: Box, load: Load, seen: _Seen) -> Run:
    counts = load.counts()
    delays_ms = load.rings_after_ms()
    leftovers = settle(box)
    memory = meter.memories_mb(meter.families(box))
    rss_mb = seen.switchd_mb
    return Run(
        name=order.name,
        concurrent=round(seen.concurrent),
        calls=order.shape.calls,
        failed=order.shape.calls - counts.succeeded,
        cpu_percent_per_call=round(sum(seen.cpu_percent.values()) / seen.concurrent, 3),
        rss_mb=round(rss_mb[-1], 1),
        pdd_ms=percentiles_ms(delays_ms),
        details=Details(
            cpu_percent={name: round(percent, 2) for name, percent in seen.cpu_percent.items()},
            memory_mb={name: round(mb, 1) for name, mb in memory.items()},
            switchd_mb=[round(mb, 1) for mb in rss_mb[:: max(1, len(rss_mb) // 50)]],
            growth_mb=round(rss_mb[-1] - rss_mb[round(len(rss_mb) * _WARM)], 1),
            retransmissions=counts.retransmissions,
            pdd_max_ms=round(max(delays_ms, default=0.0), 1),
            load_average=round(seen.load, 1),
            heard=hear(spread(recordings(box), _LISTENED_TO)),
            leftovers=leftovers,
            expected=order.dispositions,
            complaints=load.complaints(),
        ),
    )
