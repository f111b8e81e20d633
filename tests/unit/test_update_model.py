"""The table of updates, what hinders a restart, which release is newer."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.model.table import Impossible
from firmware.model.update import (
    AFTER_EMERGENCY_S,
    AT_REST,
    UPDATE_TABLE,
    Around,
    SwitchPlan,
    SwitchWhen,
    UpdateEvent,
    UpdateState,
    hindrance,
    hindrance_by_hand,
    is_newer,
)

PLAN = SwitchPlan(when=SwitchWhen.QUIET, quiet_min=10, hour_min=210)


def around(
    *,
    calls: int | None = 0,
    quiet_s: float = 0.0,
    emergency_s: float | None = None,
    minute: int = 720,
    on_battery: bool = False,
) -> Around:
    return Around(
        live_calls=calls,
        quiet_s=quiet_s,
        emergency_s=emergency_s,
        minute=minute,
        on_battery=on_battery,
    )


def walk(*events: UpdateEvent) -> UpdateState:
    state = UpdateState.NONE
    for event in events:
        state = UPDATE_TABLE.step(state, event)
    return state


def test_a_release_that_proves_itself_stays():
    e = UpdateEvent
    path = (e.OFFERED, e.FETCH_BEGAN, e.BROUGHT, e.INSTALL_BEGAN, e.INSTALLED, e.SWITCHED)
    assert walk(*path, e.STARTED_NEW, e.PROVED) is UpdateState.DONE


@pytest.mark.parametrize(
    "end",
    [
        (UpdateEvent.STARTED_OLD,),  # it never started
        (UpdateEvent.STARTED_NEW, UpdateEvent.STARTED_NEW, UpdateEvent.STARTED_OLD),
        (UpdateEvent.STARTED_NEW, UpdateEvent.NOT_PROVED, UpdateEvent.STARTED_OLD),
    ],
)
def test_one_that_does_not_is_rolled_back(end: tuple[UpdateEvent, ...]):
    e = UpdateEvent
    path = (e.BROUGHT, e.INSTALL_BEGAN, e.INSTALLED, e.SWITCHED)
    assert walk(*path, *end) is UpdateState.ROLLED_BACK


def test_a_start_is_lawful_in_every_state_and_no_state_is_a_dead_end():
    for state in UpdateState:
        assert UPDATE_TABLE.step(state, UpdateEvent.STARTED_OLD) in UpdateState
    left = {before for before, _event in UPDATE_TABLE.rules}
    assert left == set(UpdateState)


def test_every_pair_has_one_meaning():
    pairs = set(itertools.product(UpdateState, UpdateEvent))
    assert set(UPDATE_TABLE.rules) | set(UPDATE_TABLE.late) <= pairs
    assert not set(UPDATE_TABLE.rules) & set(UPDATE_TABLE.late)
    with pytest.raises(Impossible):
        UPDATE_TABLE.step(UpdateState.OFFERED, UpdateEvent.SWITCHED)


def test_what_is_at_rest_takes_the_next_bundle():
    for state in AT_REST:
        assert UPDATE_TABLE.step(state, UpdateEvent.BROUGHT) is UpdateState.READY


@pytest.mark.parametrize(
    ("then", "word"),
    [
        (around(quiet_s=599), "not_quiet"),
        (around(quiet_s=600), ""),
        (around(calls=1, quiet_s=0), "calls"),
        (around(calls=None, quiet_s=9999), "calls_unknown"),
        (around(quiet_s=9999, on_battery=True), "on_battery"),
        (around(quiet_s=0, minute=210), ""),  # at the hour nobody need have been quiet before
        (around(calls=1, minute=269), "calls"),
        (around(quiet_s=9999, emergency_s=0), "emergency"),
        (around(quiet_s=9999, emergency_s=AFTER_EMERGENCY_S), ""),
    ],
)
def test_a_quiet_moment(then: Around, word: str):
    assert hindrance(PLAN, then) == word


def test_at_the_hour_only_and_by_hand_only():
    hour = SwitchPlan(when=SwitchWhen.HOUR, quiet_min=10, hour_min=1430)
    assert hindrance(hour, around(quiet_s=99999)) == "not_the_hour"
    assert hindrance(hour, around(minute=1435)) == ""
    assert hindrance(hour, around(minute=20)) == ""  # the hour goes over midnight
    by_hand = SwitchPlan(when=SwitchWhen.BY_HAND, quiet_min=10, hour_min=210)
    assert hindrance(by_hand, around(quiet_s=99999, minute=220)) == "by_hand"


def test_calls_are_cut_at_the_end_of_the_hour_if_the_site_says_so():
    plan = SwitchPlan(when=SwitchWhen.HOUR, quiet_min=10, hour_min=210, cut_calls=True)
    assert hindrance(plan, around(calls=3, minute=230)) == "calls"
    assert hindrance(plan, around(calls=3, minute=262)) == ""
    assert hindrance(plan, around(calls=3, minute=262, emergency_s=0)) == "emergency"


@given(
    when=st.sampled_from(SwitchWhen),
    minute=st.integers(0, 1439),
    cut=st.booleans(),
    calls=st.integers(0, 20),
    quiet_s=st.floats(0, 1e6),
    ago=st.floats(0, AFTER_EMERGENCY_S - 1),
)
def test_a_call_for_help_is_never_cut(when, minute, cut, calls, quiet_s, ago):
    plan = SwitchPlan(when=when, quiet_min=1, hour_min=210, cut_calls=cut)
    then = around(calls=calls, quiet_s=quiet_s, emergency_s=ago, minute=minute)
    assert hindrance(plan, then) == "emergency"
    assert hindrance_by_hand(then, cut_calls=True) == "emergency"


def test_by_hand_people_decide_about_other_calls():
    assert hindrance_by_hand(around(calls=1), cut_calls=False) == "calls"
    assert hindrance_by_hand(around(calls=1), cut_calls=True) == ""
    assert hindrance_by_hand(around(calls=None), cut_calls=False) == "calls_unknown"
    assert hindrance_by_hand(around(calls=None), cut_calls=True) == ""
    assert hindrance_by_hand(around(on_battery=True), cut_calls=False) == ""


@pytest.mark.parametrize(
    ("version", "than", "newer"),
    [
        ("1.10.0", "1.9.2", True),
        ("1.9.2", "1.10.0", False),
        ("1.0", "1.0.0", False),
        ("0.1.0", "0.1.0", False),
        ("2", "1.9", True),
        ("1.2.3+build9", "1.2.3", False),
        ("", "0.1", False),
    ],
)
def test_which_is_newer(version: str, than: str, newer: bool):
    assert is_newer(version, than) is newer
