"""What excuses a test that failed: a processor was away, and was seen to be."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from tests.rig.pulse import AWAY, Pulse
from tests.rig.until import until
from tests.run import MOST, SUITES, Failures

HELD_UP_S = 0.3
SIM = SUITES["sim"]


def test_a_pulse_that_was_held_up_tells_for_how_long(tmp_path: Path) -> None:
    with closing(Pulse(tmp_path)) as pulse:
        began = time.monotonic()
        pulse.hold_up(HELD_UP_S)
        until(lambda: pulse.away_s(began) > HELD_UP_S - 0.1, 2.0, "it tells")
        assert pulse.away_s(time.monotonic() + 1.0) == 0.0


def failed(test: str, outcome: str = "failed", **properties: float) -> pytest.TestReport:
    return pytest.TestReport(
        nodeid=test,
        location=("", None, ""),
        keywords={},
        outcome=outcome,  # type: ignore[arg-type]
        longrepr=None,
        when="call",
        user_properties=[(AWAY, value) for value in properties.values()],
    )


@pytest.mark.parametrize(
    ("away_s", "excused"),
    [
        ({}, False),
        ({"one": SIM.bears_s + 0.01}, True),
        ({"one": SIM.bears_s}, False),
        ({"one": 0.0}, False),
        ({"one": 0.2, "two": 0.01}, False),
        ({str(number): 0.2 for number in range(MOST)}, True),
        ({str(number): 0.2 for number in range(MOST + 1)}, False),
    ],
)
def test_only_few_failures_of_a_machine_that_was_away_are_excused(
    away_s: Mapping[str, float], excused: bool
) -> None:
    failures = Failures()
    failures.pytest_runtest_logreport(failed("good", "passed", longest_s=1.0))
    for test, longest_s in away_s.items():
        failures.pytest_runtest_logreport(failed(test, longest_s=longest_s))
    assert failures.are_the_machines(SIM) is excused


def test_a_failure_of_which_nothing_is_known_is_not_excused() -> None:
    failures = Failures()
    failures.pytest_runtest_logreport(failed("a worker that crashed"))
    assert not failures.are_the_machines(SIM)
