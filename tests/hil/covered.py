"""What runs of the suite covered: per feature and bench, whether it was shown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

BENCHES = ("sim", "qemu", "metal")
BEGIN, END = "<!-- covered -->", "<!-- end of covered -->"
OF_THE_BOARD = ("Clock", "Ends", "Gauges", "Health", "Panel", "UPS", "Watchdog")
"""How the features begin that are the board's, not the lines'."""

_WORST = ("failed", "passed", "skipped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How one test of a feature went on one bench."""

    feature: str
    test: str
    outcome: str  # "passed", "failed", "skipped"
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """One run."""

    bench: str
    shown: tuple[Shown, ...]

    @classmethod
    def read(cls, path: Path) -> Covered:
        """From what ``--covered`` wrote."""
        written = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            bench=written["bench"], shown=tuple(Shown(**entry) for entry in written["covered"])
        )


def merged(runs: Iterable[Covered]) -> dict[str, dict[str, str]]:
    """For each feature, in the order of its first test, what each bench says of it."""
    rows: dict[str, dict[str, str]] = {}
    for run in runs:
        by_feature: dict[str, list[Shown]] = {}
        for shown in run.shown:
            by_feature.setdefault(shown.feature, []).append(shown)
        for feature, tests in by_feature.items():
            rows.setdefault(feature, {})[run.bench] = _verdict(tests)
    return rows


def _verdict(tests: list[Shown]) -> str:
    """ "3 tests", "failed: ...", "skipped: ...": a feature with a failing test is not shown."""
    for outcome in _WORST:
        some = [shown for shown in tests if shown.outcome == outcome]
        if not some:
            continue
        if outcome == "passed":
            return f"{len(some)} test{'s' * (len(some) > 1)}"
        if outcome == "failed":
            return "failed: " + ", ".join(shown.test for shown in some)
        return some[0].why.removeprefix("Skipped: ")
    return ""


def table(rows: Mapping[str, Mapping[str, str]], benches: Iterable[str] = BENCHES) -> str:
    """As Markdown."""
    benches = list(benches)
    lines = ["| feature | " + " | ".join(benches) + " |", "|---" * (len(benches) + 1) + "|"]
    for feature, verdicts in sorted(rows.items()):
        cells = [verdicts.get(bench, "") or "—" for bench in benches]
        lines.append(f"| {feature} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def is_of_the_board(feature: str) -> bool:
    """Whether it is the board's, not the lines'."""
    return feature.startswith(OF_THE_BOARD)


def write_table(document: Path, rows: Mapping[str, Mapping[str, str]]) -> None:
    """Between the marks in ``document``.

    Raises:
        ValueError: it has none.
    """
    text = document.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{document} has no place for the table, {BEGIN} and {END}")
    document.write_text(f"{before}{begin}\n{table(rows)}\n{end}{after}", encoding="utf-8")
