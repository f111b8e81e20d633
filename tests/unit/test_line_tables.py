"""The state tables of lines: every pair is a rule, late, or a bug that is one on purpose."""

from __future__ import annotations

import pytest

from firmware.model.flash import ON_FLASH, ON_HANG_UP, Behind, Flash
from firmware.model.line import (
    BUSY,
    MOBILE_TABLE,
    STATION_TABLE,
    TRUNK_TABLE,
    LineEvent,
    LineState,
)
from firmware.model.table import Impossible

S, E = LineState, LineEvent

TABLES = [TRUNK_TABLE, MOBILE_TABLE, STATION_TABLE]

STATES = {
    "trunk line": set(S) - {S.RINGING_OUT},
    "mobile line": set(S) - {S.RINGING_OUT, S.LEARNING},
    "station line": {
        S.FAULT,
        S.IDLE,
        S.SEIZED,
        S.DIALLING,
        S.CALLING,
        S.RINGING_OUT,
        S.IN_USE,
        S.ENDED,
    },
}
"""What each kind of line can be; the rest are other kinds' states."""

SECOND_CALL = {E.CALL_WAITS, E.ALONE_AGAIN, E.HELD, E.RETURNED, E.TAKEN, E.JOINED, E.PARTED} | {
    E.ANEW
}

OURS = {
    "trunk line": {E.RETRY, E.RING_STOPPED, E.ANSWERED, E.CALL_ENDED, E.CALLED, E.FAILED}
    | {E.DIALLED, E.RESTED, E.FOUND, E.FAR_ANSWERED, E.LEARN_BEGAN, E.LEARN_ENDED},
    "mobile line": {E.RETRY, E.ANSWERED, E.CALL_ENDED, E.CALLED, E.FAILED, E.RESTED, E.FOUND},
    "station line": {E.ANSWERED, E.CALL_ENDED, E.CALLED, E.FAILED, E.DIALLED, E.FOUND}
    | {E.HOOK_LIFTED}
    | SECOND_CALL,
}
"""Events our own code sends (or the port cannot), and only where the table has a rule: timers
are stopped, dialogs forgotten. A missing pair of any other event would end the process for
something that the world did."""

NOT_THERE = {
    "trunk line": {E.DIGIT, E.HOOK_LIFTED, E.HOOK_REPLACED} | SECOND_CALL,
    "mobile line": {E.DIGIT, E.HOOK_LIFTED, E.HOOK_REPLACED, E.LEARN_BEGAN, E.LEARN_ENDED}
    | SECOND_CALL,
    "station line": {
        E.CUT,
        E.MENDED,
        E.RING_BEGAN,
        E.RING_STOPPED,
        E.CALLER_KNOWN,
        E.RETRY,
        E.DROPPED,
        E.READY,
        E.FAR_ANSWERED,
        E.RESTED,
        E.LEARN_BEGAN,
        E.LEARN_ENDED,
    },
}
"""Events another kind of line has."""

DOCUMENTED_BUGS = {
    # The port tells nothing of a line while it is not open, and no ringing without battery.
    ("trunk line", S.FAULT, E.RING_BEGAN),
    ("trunk line", S.CUT, E.RING_BEGAN),
    ("mobile line", S.FAULT, E.RING_BEGAN),
    ("mobile line", S.CUT, E.RING_BEGAN),
    # The detector for dial tone listens only to a seized line.
    *(
        ("trunk line", state, E.READY)
        for state in (S.FAULT, S.CUT, S.IDLE, S.RINGING_IN, S.OFFERED, S.UNHEARD, S.ENDED)
    ),
}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.noun)
def test_every_pair_is_a_rule_late_or_a_bug_on_purpose(table):
    for state in STATES[table.noun]:
        for event in LineEvent:
            if (state, event) in table.rules or (state, event) in table.late:
                assert table.step(state, event) in STATES[table.noun]
                continue
            on_purpose = (
                event in OURS[table.noun]
                or event in NOT_THERE[table.noun]
                or (table.noun, state, event) in DOCUMENTED_BUGS
            )
            assert on_purpose, f"{table.noun}: {event} while {state} would end the process"
            with pytest.raises(Impossible):
                table.step(state, event)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.noun)
def test_no_pair_is_both_rule_and_late(table):
    assert not set(table.rules) & set(table.late)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.noun)
def test_every_state_of_the_kind_is_reached_and_left(table):
    reached = {table.initial, *table.rules.values()}
    assert reached == STATES[table.noun]
    assert {state for state, _ in table.rules} == reached


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.noun)
def test_a_port_that_goes_ends_everything_and_comes_back_idle(table):
    for state in STATES[table.noun] - {S.FAULT}:
        assert table.step(state, E.LOST) is S.FAULT
    assert table.step(S.FAULT, E.FOUND) is S.IDLE


@pytest.mark.parametrize("table", [TRUNK_TABLE, MOBILE_TABLE], ids=lambda table: table.noun)
def test_a_cut_line_ends_everything(table):
    for state in STATES[table.noun] - {S.FAULT, S.CUT}:
        assert table.step(state, E.CUT) is S.CUT


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.noun)
def test_the_exchange_can_end_its_half_wherever_there_is_a_call(table):
    with_call = {S.OFFERED, S.CALLING, S.RINGING_OUT, S.IN_USE} & STATES[table.noun]
    for state in with_call:
        assert (state, E.CALL_ENDED) in table.rules
        assert state in BUSY


def test_a_line_is_called_out_on_only_when_idle():
    for table in TABLES:
        assert {state for state, event in table.rules if event is E.CALLED} == {S.IDLE}


OFF_HOOK = {S.SEIZED, S.DIALLING, S.CALLING, S.IN_USE, S.ENDED}

MAY_BE_BEHIND = {
    Behind.NOBODY: OFF_HOOK,
    Behind.HELD: OFF_HOOK,
    # Who waits, or was set aside for who waited, has never heard this telephone dial.
    Behind.WAITING: {S.IN_USE, S.ENDED},
    Behind.ASIDE: {S.IN_USE, S.ENDED},
    Behind.JOINED: {S.IN_USE},
}


def test_a_flash_and_a_hang_up_mean_something_wherever_they_can_come():
    there = {(state, behind) for behind, states in MAY_BE_BEHIND.items() for state in states}
    assert set(ON_FLASH) == there
    assert set(ON_HANG_UP) == there


MOVES = {
    Flash.ANEW: E.ANEW,
    Flash.HOLD: E.HELD,
    Flash.TAKE: E.TAKEN,
    Flash.RETURN: E.RETURNED,
    Flash.SWAP: E.RETURNED,
    Flash.JOIN: E.JOINED,
    Flash.PART: E.PARTED,
}


@pytest.mark.parametrize(("state", "behind"), sorted(ON_FLASH))
def test_what_a_flash_does_the_line_can_do(state, behind):
    assert (state, MOVES[ON_FLASH[state, behind]]) in STATION_TABLE.rules
    assert (state, E.HOOK_REPLACED) in STATION_TABLE.rules


@pytest.mark.parametrize("state", sorted(OFF_HOOK))
def test_who_is_behind_can_leave_at_any_time(state):
    assert STATION_TABLE.step(state, E.ALONE_AGAIN) is state
