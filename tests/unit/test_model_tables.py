"""State tables: every pair is decided, the final states end, the diagrams are the tables."""

from __future__ import annotations

import pytest

from firmware.model.agent import AGENT_TABLE, AgentEvent, AgentState
from firmware.model.leg import LEG_TABLE, LegEvent, LegState
from firmware.model.table import Impossible

TABLES = [(LEG_TABLE, LegState, LegEvent), (AGENT_TABLE, AgentState, AgentEvent)]


@pytest.mark.parametrize(("table", "states", "events"), TABLES)
def test_every_pair_is_a_rule_or_late_or_raises(table, states, events):
    for state in states:
        for event in events:
            decided = (state, event) in table.rules or (state, event) in table.late
            if decided:
                assert table.step(state, event) in states
            else:
                with pytest.raises(Impossible, match=f"{event} cannot happen while {state}"):
                    table.step(state, event)


@pytest.mark.parametrize(("table", "states", "events"), TABLES)
def test_no_pair_is_both_rule_and_late(table, states, events):
    assert not set(table.rules) & set(table.late)


@pytest.mark.parametrize(("table", "states", "events"), TABLES)
def test_every_state_is_reached_and_left_unless_final(table, states, events):
    reached = {table.initial, *table.rules.values()}
    left = {state for state, _event in table.rules}
    assert reached == set(states)
    assert left == set(states) - set(table.final)


def test_a_leg_can_end_from_every_state_in_which_it_lives():
    for state in set(LegState) - {LegState.GONE}:
        assert LEG_TABLE.step(state, LegEvent.ENDED) is LegState.GONE


def test_a_late_event_changes_nothing():
    assert LEG_TABLE.step(LegState.ANSWERED, LegEvent.RANG) is LegState.ANSWERED
    assert LEG_TABLE.is_late(LegState.ENDING, LegEvent.ANSWERED)


def test_the_diagram_shows_each_rule_once():
    lines = LEG_TABLE.diagram().splitlines()
    arrows = [line for line in lines if ": " in line]
    assert len(arrows) == len(LEG_TABLE.rules)
    assert "    trying --> ringing: rang" in lines
    assert "    gone --> [*]" in lines
