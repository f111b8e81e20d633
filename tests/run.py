"""One suite of ``make test``, and once more what failed because this machine was away.

What the tests measure and wait for passes in real time. A machine whose processors are taken away
for a moment, by its host or by other programs, makes a hole in what a telephone hears, and one
that is away for seconds lets every deadline pass; no test can tell that from a fault of ours. So
it is measured as well (``tests.rig.pulse``). Tests that failed while a processor was away for
longer than their suite bears are made again, alone and in a new process; any other failure counts
at once.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from tests.rig.pulse import AWAY

ROUNDS = 3
MOST = 8
"""More failures than these are no coincidence."""


@dataclass(frozen=True, slots=True)
class Suite:
    """``workers`` run its files side by side. ``bears_s``: how long a processor may be away."""

    folders: tuple[str, ...]
    workers: int
    bears_s: float


DEADLINES_S = 0.5
"""Deadlines are of seconds."""
JITTER_BUFFERS_S = 0.04
"""Telephones bear two packets' delay."""

SUITES: Mapping[str, Suite] = {
    "unit": Suite(("tests/unit",), 2, DEADLINES_S),
    "contract": Suite(("tests/contract", "tests/hil"), 4, DEADLINES_S),
    "sim": Suite(("tests/sim",), 3, JITTER_BUFFERS_S),
    "browser": Suite(("tests/browser",), 2, DEADLINES_S),
}


class Failures:
    """The tests that failed, each with how long a processor was away meanwhile (seconds)."""

    def __init__(self) -> None:
        self.away_s: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            away_s = dict(report.user_properties).get(AWAY, 0.0)
            assert isinstance(away_s, float)
            self.away_s[report.nodeid] = away_s

    def are_the_machines(self, suite: Suite) -> bool:
        """Whether all of them may be."""
        return 0 < len(self.away_s) <= MOST and min(self.away_s.values()) > suite.bears_s


def run(suite: Suite) -> int:
    """The exit status of the last round."""
    tests, workers = list(suite.folders), suite.workers
    for _ in range(ROUNDS):
        failures = Failures()
        options = ["-q", "-n", str(workers), "--dist", "loadfile", "-m", "not scenario"]
        status = pytest.main([*options, *tests], plugins=[failures])
        for test, away_s in failures.away_s.items():
            print(f"{test}: a processor was away for {away_s:.2f} s")
        if status != pytest.ExitCode.TESTS_FAILED or not failures.are_the_machines(suite):
            break
        print("These may be the machine's fault: they are made again, alone.")
        tests, workers = list(failures.away_s), 1
    return status


if __name__ == "__main__":
    sys.exit(run(SUITES[sys.argv[1]]))
