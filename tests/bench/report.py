"""What a benchmark says: a line a run on the terminal, and ``report.json``.

``report.json`` is a list of runs: ``name``, ``concurrent``, ``calls``, ``failed``,
``cpu_percent_per_call`` (percent of one core, all daemons together), ``rss_mb`` (switchd, at the
end), ``pdd_ms`` (INVITE with credentials to 180, at the caller) with ``p50``, ``p95``, ``p99``.
``details.json`` beside it has the same runs with everything else that was seen.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from firmware.model.record import Disposition
from tests.bench.hearing import Heard
from tests.bench.leftovers import Leftovers


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What else was seen in a run."""

    cpu_percent: Mapping[str, float]  # of one core, by daemon, while ``concurrent`` calls were up
    memory_mb: Mapping[str, float]  # by daemon, at the end
    switchd_mb: Sequence[float]  # through the run, evenly
    growth_mb: float  # of switchd, from a fifth of the run to its end
    retransmissions: int
    pdd_max_ms: float
    load_average: float
    heard: Heard
    leftovers: Leftovers
    expected: Mapping[str, int]  # calls by disposition that should be on record
    complaints: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run."""

    name: str
    concurrent: int
    calls: int
    failed: int
    cpu_percent_per_call: float
    rss_mb: float
    pdd_ms: Mapping[str, float]
    details: Details

    @property
    def faults(self) -> list[str]:
        """What a benchmark must not show, whatever the figures are."""
        left = self.details.leftovers
        heard = self.details.heard
        found = []
        if self.failed:
            found.append(f"{self.failed} calls failed")
        if heard.wrong:
            found.append(f"{heard.wrong} of {heard.recordings} recordings have the wrong sound")
        if left.dispositions != self.details.expected:
            found.append(f"on record: {left.dispositions}, expected: {self.details.expected}")
        if left.recordings != left.dispositions.get(Disposition.ANSWERED, 0):
            found.append(f"{left.recordings} recordings")
        if not left.at_rest:
            found.append(f"left behind: {left}")
        return [f"{self.name}: {fault}" for fault in found]


def percentiles_ms(delays_ms: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99 by nearest rank, which no call may have exceeded unseen."""
    ordered = sorted(delays_ms)
    if not ordered:
        return {"p50": math.nan, "p95": math.nan, "p99": math.nan}
    return {
        f"p{percent}": round(ordered[math.ceil(len(ordered) * percent / 100) - 1], 1)
        for percent in (50, 95, 99)
    }


def write(runs: Sequence[Run], folder: Path) -> Path:
    """Write ``report.json`` and ``details.json``; the path of the first."""
    full = [asdict(run) for run in runs]
    short = [{key: run[key] for key in run if key != "details"} for run in full]
    _write(folder / "details.json", full)
    _write(folder / "report.json", short)
    return folder / "report.json"


def table(runs: Sequence[Run]) -> str:
    """The runs, for people."""
    head = (
        f"{'run':<20}{'at once':>8}{'calls':>7}{'failed':>7}{'CPU %/call':>11}{'RSS MB':>8}"
        f"{'PDD ms p50':>11}{'p95':>7}{'p99':>7}{'max':>7}{'load':>6}{'pure sound %':>13}"
    )
    return "\n".join([head, *map(_row, runs)])


def _row(run: Run) -> str:
    pdd, details = run.pdd_ms, run.details
    return (
        f"{run.name:<20}{run.concurrent:>8}{run.calls:>7}{run.failed:>7}"
        f"{run.cpu_percent_per_call:>11.2f}{run.rss_mb:>8.1f}"
        f"{pdd['p50']:>11.1f}{pdd['p95']:>7.1f}{pdd['p99']:>7.1f}{details.pdd_max_ms:>7.1f}"
        f"{details.load_average:>6.1f}{details.heard.pure_percent:>13.2f}"
    )


def _write(path: Path, content: Any) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, indent=2) + "\n")
    part.replace(path)
