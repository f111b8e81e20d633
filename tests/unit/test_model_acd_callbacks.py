"""Virtual hold, other rules while calls wait, and what survives a restart."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from firmware.model import acd
from firmware.model.agent import AgentState
from tests.unit.acd_bench import Witness, engine, offers, only, rule

HOLD = acd.CallbackRule(first_after_s=5.0, retry_s=(60.0, 300.0), expire_s=3600.0)


def holding(agents=("1",), **changes):
    """All agents talk; the queue calls back."""
    queue = rule(members=agents, callback=HOLD, **changes)
    witness = Witness(engine(queue), now=1.0)
    for agent in agents:
        witness.join("support", f"t{agent}")
        witness.accept(f"t{agent}", agent)
    return witness


def asks(witness, call, number="0911"):
    if call not in witness.waiting:
        witness.join("support", call, caller=number)
    taken = only(witness.tell(acd.CallbackAsked(call, number)), acd.CallbackTaken)
    assert taken == [acd.CallbackTaken(call, "support", number)]
    witness.leave(call)  # the telephone is hung up; the place stays


def dials(actions):
    return [(one.call, one.number, one.agent, one.attempt) for one in only(actions, acd.Dial)]


def answers(witness, call):
    del witness.reserved[call]
    witness.held.discard(call)
    return witness.tell(acd.CallbackAnswered(call))


def fails(witness, call):
    del witness.reserved[call]
    return witness.tell(acd.CallbackFailed(call))


def ended(actions):
    return [one.why for one in only(actions, acd.CallbackEnded)]


def test_the_place_stays_and_is_called_when_it_is_reached():
    witness = holding()
    witness.join("support", "a")
    asks(witness, "b")
    witness.join("support", "c")
    witness.tell(acd.Tick(), 30.0)
    assert offers(witness.end_talk("t1", "1")) == [("a", "1")]
    witness.accept("a", "1")
    assert dials(witness.end_talk("a", "1")) == [("b", "0911", "1", 1)]
    assert witness.engine.agents["1"].state is AgentState.OFFERED
    assert offers(answers(witness, "b")) == [("b", "1")]
    connect = only(witness.accept("b", "1"), acd.Connect)[0]
    assert connect.waited_s == 30.0
    assert offers(witness.end_talk("b", "1")) == [("c", "1")]


def test_never_more_callbacks_than_free_agents():
    witness = holding(agents=("1", "2"))
    for number in range(5):
        asks(witness, f"c{number}", f"091{number}")
    witness.tell(acd.Tick(), 10.0)
    assert dials(witness.end_talk("t1", "1")) == [("c0", "0910", "1", 1)]
    assert dials(witness.tell(acd.Tick(), 1.0)) == []
    assert dials(witness.end_talk("t2", "2")) == [("c1", "0911", "2", 1)]


def test_the_telephone_in_the_call_that_asked_is_not_dialled_at_once():
    witness = holding()
    asks(witness, "a")
    assert dials(witness.end_talk("t1", "1")) == []
    assert dials(witness.tell(acd.Tick(), 4.9)) == []
    assert dials(witness.tell(acd.Tick(), 0.1)) == [("a", "0911", "1", 1)]


def test_who_is_not_reached_is_tried_again_and_holds_up_nobody_meanwhile():
    witness = holding()
    asks(witness, "a")
    witness.join("support", "b")
    witness.tell(acd.Tick(), 10.0)
    assert dials(witness.end_talk("t1", "1"))
    assert offers(fails(witness, "a")) == [("b", "1")]
    witness.accept("b", "1")
    assert dials(witness.end_talk("b", "1")) == []
    assert dials(witness.tell(acd.Tick(), 60.0)) == [("a", "0911", "1", 2)]
    fails(witness, "a")
    assert dials(witness.tell(acd.Tick(), 300.0)) == [("a", "0911", "1", 3)]
    over = fails(witness, "a")
    assert ended(over) == [acd.CallbackEnd.NOT_REACHED]
    assert only(over, acd.CallMissed)
    assert "0911" in witness.engine.missed


def test_an_attempt_nobody_reports_on_ends():
    witness = holding()
    asks(witness, "a")
    witness.tell(acd.Tick(), 10.0)
    witness.end_talk("t1", "1")
    actions = witness.tell(acd.Tick(), HOLD.dial_timeout_s)
    assert only(actions, acd.StopDialling) == [acd.StopDialling("a")]
    assert witness.is_idle("1")
    assert dials(witness.tell(acd.Tick(), 60.0)) == [("a", "0911", "1", 2)]


def test_a_callback_expires_but_not_while_it_is_dialled():
    witness = holding()
    asks(witness, "a")
    assert ended(witness.tell(acd.Tick(), 3600.0)) == [acd.CallbackEnd.EXPIRED]
    other = holding()
    asks(other, "b")
    other.tell(acd.Tick(), 3590.0)
    other.end_talk("t1", "1")
    assert ended(other.tell(acd.Tick(), 20.0)) == []
    assert ended(fails(other, "b")) == [acd.CallbackEnd.EXPIRED]


@pytest.mark.parametrize("event", [acd.AgentLoggedOut("1"), acd.AgentPaused("1")])
def test_when_the_agent_goes_another_is_taken_and_the_attempt_does_not_count(event):
    witness = holding()
    asks(witness, "a")
    witness.tell(acd.Tick(), 10.0)
    witness.end_talk("t1", "1")
    assert only(witness.tell(event), acd.StopDialling) == [acd.StopDialling("a")]
    witness.tell(acd.AgentLoggedIn("1"))
    witness.tell(acd.AgentUnpaused("1"))
    assert dials(witness.tell(acd.Tick(), 5.0)) == [("a", "0911", "1", 1)]


def test_when_the_agent_misses_the_person_waits_at_the_front_for_the_next():
    witness = holding(agents=("1", "2"))
    asks(witness, "a")
    witness.join("support", "b")
    witness.tell(acd.Tick(), 10.0)
    witness.end_talk("t1", "1")
    answers(witness, "a")
    witness.miss("a", "1")
    assert offers(witness.end_talk("t2", "2")) == [("a", "2")]


def test_who_answers_and_hangs_up_is_missed():
    witness = holding()
    asks(witness, "a")
    witness.tell(acd.Tick(), 10.0)
    witness.end_talk("t1", "1")
    answers(witness, "a")
    assert ended(witness.leave("a")) == [acd.CallbackEnd.HUNG_UP]
    assert "0911" in witness.engine.missed


def test_who_calls_again_has_the_place_and_one_place_only():
    witness = holding()
    asks(witness, "a")
    witness.tell(acd.Tick(), 1.0)
    witness.join("support", "b")
    actions = witness.join("support", "a2", caller="0911")
    assert ended(actions) == [acd.CallbackEnd.CALLED_AGAIN]
    assert only(actions, acd.PlaceRegained) == [acd.PlaceRegained("a2", "support", "a")]
    assert [one.call for one in witness.engine.waiting] == ["a2", "b"]


def test_who_is_reached_otherwise_is_not_called_back():
    witness = holding()
    asks(witness, "a")
    assert ended(witness.tell(acd.NumberReached("0911"))) == [acd.CallbackEnd.REACHED_OTHERWISE]


def test_a_callback_hears_nothing_and_has_no_longest_wait():
    said = acd.AnnounceRule(first_s=20.0, every_s=20.0)
    witness = holding(announce=said, max_wait_s=100.0)
    asks(witness, "a")
    assert witness.tell(acd.Tick(), 200.0) == []


def test_where_nobody_is_called_back_the_caller_stays_on_the_line():
    witness = Witness(engine(rule(members=())), now=1.0)
    witness.join("support", "a")
    assert witness.tell(acd.CallbackAsked("a", "0911")) == []
    assert witness.engine.waiting[0].is_on_line


# -- other rules --------------------------------------------------------------------------


def test_an_agent_removed_while_talking_finishes_and_is_gone():
    witness = Witness(engine(rule(members=("1", "2"))), now=1.0)
    witness.join("support", "a")
    witness.accept("a", "1")
    witness.retune({"support": rule(members=("2",))})
    assert witness.engine.agents["1"].state is AgentState.TALKING
    witness.end_talk("a", "1")
    assert witness.engine.agents["1"].state is AgentState.LOGGED_OUT
    witness.retune({"support": rule(members=("2",))})
    assert set(witness.engine.agents) == {"2"}


def test_the_callers_of_a_removed_queue_go_to_its_target():
    witness = Witness(
        engine(rule("old", (), targets={acd.ExpelReason.QUEUE_REMOVED: "queue:new"})), now=1.0
    )
    witness.join("old", "a")
    actions = witness.engine.retune({"new": rule("new", ())}, None, 2.0)
    assert actions == [acd.Expel("a", "old", acd.ExpelReason.QUEUE_REMOVED, "queue:new")]
    late = witness.engine.handle(acd.CallerJoined("old", "b"), 3.0)
    assert late == [acd.Expel("b", "old", acd.ExpelReason.QUEUE_REMOVED)]


def test_a_change_takes_effect_at_the_next_decision():
    queue = rule(members=("1", "2"), strategy="linear", max_wait_s=100.0)
    witness = Witness(engine(queue), now=1.0)
    witness.join("support", "a")
    witness.accept("a", "1")
    witness.retune({"support": replace(queue, members=("2", "1"), wrap_up_s=7.0, max_wait_s=50.0)})
    witness.end_talk("a", "1")
    assert witness.engine.agents["1"].due == witness.now + 7.0
    assert offers(witness.join("support", "b")) == [("b", "2")]
    witness.leave("b")
    witness.tell(acd.AgentLoggedOut("2"))
    witness.tell(acd.AgentPaused("1"))
    witness.join("support", "c")
    witness.tell(acd.Tick(), 30.0)
    witness.retune({"support": replace(queue, max_wait_s=40.0)})
    assert only(witness.tell(acd.Tick(), 10.0), acd.Expel)


def test_new_skills_of_an_agent_count_at_once():
    queue = rule(members=("1",), skill_steps=(acd.SkillStep(needs=(acd.Need(skill="tax"),)),))
    witness = Witness(engine(queue), now=1.0)
    assert offers(witness.join("support", "a")) == []
    witness.retune({"support": queue}, {"1": acd.AgentRule(number="1", skills={"tax": 10})})
    assert witness.ringing == {("a", "1")}


def test_a_telephone_that_rings_goes_on_ringing_over_a_change():
    witness = Witness(engine(rule(members=("1", "2"))), now=1.0)
    witness.join("support", "a")
    witness.retune({"support": rule(members=("1", "2"), strategy="linear")})
    assert witness.ringing == {("a", "1")}
    witness.accept("a", "1")


def test_changed_weights_reorder_those_who_wait():
    rules = {"a": rule("a", ("1",)), "b": rule("b", ("1",))}
    witness = Witness(engine(*rules.values(), logged_in=()), now=1.0)
    witness.join("a", "x")
    witness.join("b", "y")
    witness.retune(rules | {"b": replace(rules["b"], weight=1)})
    assert [one.call for one in witness.engine.waiting] == ["y", "x"]


# -- restart ------------------------------------------------------------------------------


def restarted(witness, away_s=30.0):
    """Another engine, on a clock that began anew, which was told nothing but the snapshot."""
    data = json.loads(json.dumps(witness.engine.snapshot(witness.now)))
    rules = {name: queue.rule for name, queue in witness.engine.queues.items()}
    other = Witness(acd.Acd(rules, tells_states=True), now=5.0)
    other.waiting = dict.fromkeys(data["callbacks"], "support")
    other.held = set(data["callbacks"])
    other._carry_out(other.engine.restore(data, 5.0, away_s))
    return other


def test_callbacks_keep_their_order_and_are_dialled_after_a_restart():
    witness = holding(agents=("1", "2"))
    asks(witness, "a", "0911")
    witness.tell(acd.Tick(), 1.0)
    asks(witness, "b", "0912")
    witness.tell(acd.Tick(), 10.0)
    witness.end_talk("t1", "1")
    assert witness.reserved == {"a": "1"}
    other = restarted(witness)
    assert [(one.call, one.callback) for one in other.engine.waiting] == [
        ("a", "0911"),
        ("b", "0912"),
    ]
    assert set(other.reserved) == {"a", "b"}  # nobody talks any more: both agents are free
    assert other.engine.waiting[0].since == pytest.approx(5.0 - 30.0 - 11.0)


def test_agents_are_logged_in_and_paused_as_they_were():
    witness = Witness(engine(rule(members=("1", "2", "3", "4"))), now=1.0)
    witness.tell(acd.AgentPaused("1", "tea"))
    witness.tell(acd.AgentLoggedOut("2"))
    witness.tell(acd.AgentMoved("3", "205"))
    witness.join("support", "a")
    witness.accept("a", "3")
    other = restarted(witness)
    states = {number: agent.state.value for number, agent in other.engine.agents.items()}
    assert states == {"1": "paused", "2": "logged_out", "3": "available", "4": "available"}
    assert other.engine.agents["1"].pause_reason == "tea"
    assert other.engine.agents["3"].telephone == "205"
    assert other.engine.agents["3"].calls_taken == 1


def test_who_waited_calls_again_and_has_the_place():
    witness = Witness(engine(rule(members=("1",)), logged_in=()), now=1.0)
    witness.join("support", "a", caller="0911")
    witness.tell(acd.Tick(), 20.0)
    witness.join("support", "b", caller="0912")
    other = restarted(witness)
    other.join("support", "c")
    other.join("support", "b2", caller="0912")
    other.join("support", "a2", caller="0911")
    assert [one.call for one in other.engine.waiting] == ["a2", "b2", "c"]
    assert other.engine.waiting[0].since == pytest.approx(5.0 - 30.0 - 20.0)


def test_missed_calls_last_agents_and_measured_times_survive():
    witness = Witness(
        engine(rule(members=("1", "2"), sticky_last=True, strategy="linear")), now=1.0
    )
    witness.tell(acd.AgentEngaged("1", True))
    witness.join("support", "a", caller="0911")
    witness.accept("a", "2")
    witness.tell(acd.Tick(), 77.0)
    witness.end_talk("a", "2")
    witness.tell(acd.AgentPaused("2"))
    witness.join("support", "b", caller="0912")
    witness.leave("b")
    other = restarted(witness)
    assert set(other.engine.missed) == {"0912"}
    assert other.engine.queues["support"].measured.mean_s == 77.0
    other.tell(acd.AgentUnpaused("2"))
    assert offers(other.join("support", "c", caller="0911")) == [("c", "2")]


def test_a_quiet_engine_leaves_the_same_snapshot():
    witness = holding()
    asks(witness, "a")
    first = witness.engine.snapshot(10.0)
    second = witness.engine.snapshot(11.0)
    assert first | {"now": 0} == second | {"now": 0}


def test_queues_and_agents_that_are_gone_are_left_out_and_other_versions_refused():
    witness = holding()
    asks(witness, "a")
    data = witness.engine.snapshot(10.0)
    other = acd.Acd({"sales": rule("sales", ("7",))})
    other.restore(data, 0.0, 0.0)
    assert other.waiting == []
    with pytest.raises(ValueError, match="version 99"):
        other.restore(data | {"version": 99}, 0.0, 0.0)


def held_back(witness, call, after_s=30.0):
    del witness.reserved[call]
    return witness.tell(acd.CallbackHeldBack(call, after_s))


def test_an_attempt_that_is_held_back_does_not_count_and_is_made_later():
    witness = holding()
    asks(witness, "b")
    witness.tell(acd.Tick(), 30.0)
    assert dials(witness.end_talk("t1", "1")) == [("b", "0911", "1", 1)]
    for _round in range(200):  # longer than the promise would have lasted
        assert ended(held_back(witness, "b")) == []
        assert dials(witness.tell(acd.Tick(), 29.0)) == []
        assert dials(witness.tell(acd.Tick(), 2.0)) == [("b", "0911", "1", 1)]
    assert ended(fails(witness, "b")) == []  # the first that counts
    assert dials(witness.tell(acd.Tick(), 61.0)) == [("b", "0911", "1", 2)]


def test_while_it_is_held_back_the_agent_takes_others():
    witness = holding()
    asks(witness, "b")
    witness.tell(acd.Tick(), 30.0)
    assert dials(witness.end_talk("t1", "1")) == [("b", "0911", "1", 1)]
    held_back(witness, "b")
    assert offers(witness.join("support", "c")) == [("c", "1")]


def test_who_is_not_dialled_is_not_held_back():
    witness = holding()
    asks(witness, "b")
    assert witness.tell(acd.CallbackHeldBack("b", 30.0)) == []
    assert witness.tell(acd.CallbackHeldBack("nobody", 30.0)) == []
