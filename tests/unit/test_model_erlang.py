"""Erlang's formulas against published tables and examples."""

from __future__ import annotations

from math import inf

import pytest

from firmware.model.erlang import agents_needed, erlang_a, erlang_b, erlang_c, service_level


@pytest.mark.parametrize(
    ("load", "lines", "blocked"),
    [  # from the usual Erlang B table: the load at which so much is blocked
        (0.01, 1, 0.01),
        (1.36, 5, 0.01),
        (4.46, 10, 0.01),
        (12.0, 20, 0.01),
        (6.22, 10, 0.05),
        (15.25, 20, 0.05),
    ],
)
def test_erlang_b_agrees_with_its_table(load, lines, blocked):
    assert erlang_b(load, lines) == pytest.approx(blocked, abs=0.0006)


def test_erlang_c_agrees_with_the_textbook_call_centre():
    """200 calls an hour of 3 minutes, 14 agents: 17.4 % wait, 88.8 % within 20 s, ASA 7.8 s."""
    expected = erlang_c(10.0, 14, 180.0)
    assert expected.waits == pytest.approx(0.174, abs=0.0006)
    assert expected.wait_s == pytest.approx(7.8, abs=0.06)
    assert expected.occupancy == pytest.approx(0.714, abs=0.0006)
    assert service_level(10.0, 14, 180.0, 20.0) == pytest.approx(0.888, abs=0.0006)
    assert agents_needed(10.0, 180.0, 0.8, 20.0) == 14


def test_erlang_a_agrees_with_garnett_mandelbaum_and_reiman():
    """48 calls a minute of a minute, 50 agents, two minutes of patience: 3.1 % give up, wait 3.7 s,
    93 % occupied; without patience the wait is 20.8 s and 96 %."""
    patient, impatient = erlang_c(48.0, 50, 60.0), erlang_a(48.0, 50, 60.0, 120.0)
    assert patient.wait_s == pytest.approx(20.8, abs=0.06)
    assert impatient.gives_up == pytest.approx(0.031, abs=0.0006)
    assert impatient.wait_s == pytest.approx(3.7, abs=0.06)
    assert impatient.occupancy == pytest.approx(0.93, abs=0.006)


def test_with_endless_patience_a_is_c():
    assert erlang_a(8.0, 10, 180.0, 1e9).wait_s == pytest.approx(
        erlang_c(8.0, 10, 180.0).wait_s, rel=1e-4
    )


def test_too_few_agents():
    assert erlang_c(10.0, 10, 180.0).wait_s == inf
    assert service_level(10.0, 9, 180.0, 20.0) == 0.0
    assert erlang_a(20.0, 10, 180.0, 60.0).gives_up == pytest.approx(0.5, abs=0.01)
