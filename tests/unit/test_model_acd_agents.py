"""Agents: coming and going, pauses, wrap-up, misses, telephones, several calls at once, and the
races that gave other exchanges' agents two calls."""

from __future__ import annotations

import pytest

from firmware.model import acd
from firmware.model.agent import AgentState
from tests.unit.acd_bench import Witness, engine, offers, only, rule


def one(*, agents=(), **changes):
    """One agent, 101."""
    settings = {"members": ("101",)} | changes
    return Witness(engine(rule(**settings), agents=agents, tells_states=True), now=1.0)


def state(witness, agent="101"):
    return witness.engine.agents[agent].state


def talk(witness, call="c1", agent="101"):
    witness.join("support", call)
    witness.accept(call, agent)


# -- the races of others ------------------------------------------------------------------


def test_asterisk_176_an_agent_of_two_queues_is_never_offered_two_calls():
    """Two callers of two queues at the same instant, one agent in both."""
    witness = Witness(engine(rule("a", ("1",)), rule("b", ("1",))), now=1.0)
    assert offers(witness.join("a", "x")) == [("x", "1")]
    assert offers(witness.join("b", "y")) == []
    witness.accept("x", "1")
    assert offers(witness.tell(acd.Tick(), 100.0)) == []
    assert offers(witness.end_talk("x", "1")) == [("y", "1")]


def test_asterisk_176_both_queues_find_the_agent_free_at_the_same_moment():
    witness = Witness(engine(rule("a", ("1",)), rule("b", ("1",)), logged_in=()), now=1.0)
    witness.join("a", "x")
    witness.join("b", "y")
    assert offers(witness.tell(acd.AgentLoggedIn("1"))) == [("x", "1")]


@pytest.mark.parametrize("end", ["hangs_up", "missed", "times_out", "logs_out", "pauses"])
def test_freeswitch_2540_no_agent_stays_reserved(end):
    """However an offer ends without a talk, the agent is not bound to it any more."""
    witness = one()
    witness.join("support", "c1")
    match end:
        case "hangs_up":
            witness.leave("c1")
        case "missed":
            witness.miss("c1", "101")
        case "times_out":
            witness.tell(acd.Tick(), 15.0)
        case "logs_out":
            witness.tell(acd.AgentLoggedOut("101"))
            witness.tell(acd.AgentLoggedIn("101"))
        case "pauses":
            witness.tell(acd.AgentPaused("101"))
            witness.tell(acd.AgentUnpaused("101"))
    witness.tell(acd.Tick(), 10.0)
    if "c1" not in witness.waiting:
        witness.join("support", "c2")
    [(call, agent)] = witness.ringing
    witness.accept(call, agent)
    assert state(witness) is AgentState.TALKING


# -- coming and going ---------------------------------------------------------------------


def test_an_agent_logs_in_for_some_of_their_queues_and_it_is_known_who_did_it():
    witness = Witness(engine(rule("a", ("1",)), rule("b", ("1",)), logged_in=()), now=1.0)
    witness.tell(acd.AgentLoggedIn("1", ("b",), "201", by="schedule"))
    agent = witness.engine.agents["1"]
    assert (agent.by, agent.telephone, agent.scope) == ("schedule", "201", {"b"})
    assert offers(witness.join("a", "x")) == []
    assert offers(witness.join("b", "y")) == [("y", "1")]
    witness.accept("y", "1")
    witness.end_talk("y", "1")
    assert offers(witness.tell(acd.AgentLoggedIn("1"))) == [("x", "1")]


def test_events_about_strangers_are_ignored():
    witness = one()
    for event in (
        acd.AgentLoggedIn("9"),
        acd.AgentLoggedOut("9"),
        acd.AgentPaused("9"),
        acd.AgentUnpaused("9"),
        acd.AgentMoved("9", "201"),
        acd.AgentEngaged("9", True),
        acd.AgentDnd("9", True),
        acd.AgentReachable("9", False),
        acd.OfferAccepted("x", "9"),
        acd.OfferConfirmed("x", "9"),
        acd.OfferMissed("x", "9"),
        acd.TalkEnded("9"),
        acd.WrapUpDone("9"),
        acd.WrapUpExtended("9", 1.0),
        acd.CallerLeft("9"),
        acd.CallerPressed("9", "1"),
        acd.PriorityChanged("9", 1),
        acd.CallerWithdrawn("9"),
        acd.CallbackAsked("9", "0912"),
        acd.CallbackAnswered("9"),
        acd.CallbackFailed("9"),
        acd.NumberReached("9"),
    ):
        assert witness.tell(event) == []


@pytest.mark.parametrize(
    "away",
    [acd.AgentDnd("101", True), acd.AgentReachable("101", False), acd.AgentEngaged("101", True)],
)
def test_an_agent_whose_telephone_cannot_take_a_call_is_not_offered_one(away):
    witness = one()
    witness.tell(away)
    assert offers(witness.join("support", "c1")) == []
    back = type(away)("101", isinstance(away, acd.AgentReachable))
    assert offers(witness.tell(back)) == [("c1", "101")]


def test_hot_desk_the_offer_goes_where_the_agent_sits():
    witness = one()
    witness.tell(acd.AgentMoved("101", "205"))
    [offer] = only(witness.join("support", "c1"), acd.Offer)
    assert offer == acd.Offer("c1", "101", "support", "205")


def test_states_are_told_with_their_reason():
    witness = one(wrap_up_s=5.0)
    told = []
    for event in (
        acd.AgentPaused("101", "tea"),
        acd.AgentPaused("101", "lunch"),
        acd.AgentUnpaused("101"),
        acd.AgentLoggedOut("101"),
    ):
        told += [(a.state, a.reason) for a in only(witness.tell(event), acd.AgentChanged)]
    assert told == [("paused", "tea"), ("paused", "lunch"), ("available", ""), ("logged_out", "")]


# -- pauses -------------------------------------------------------------------------------


def test_a_pause_while_talking_begins_after_the_wrap_up():
    witness = one(wrap_up_s=5.0)
    talk(witness)
    witness.tell(acd.AgentPaused("101", "prayer"))
    assert state(witness) is AgentState.TALKING
    witness.end_talk("c1", "101")
    assert state(witness) is AgentState.WRAP_UP
    witness.tell(acd.Tick(), 5.0)
    assert state(witness) is AgentState.PAUSED
    assert witness.engine.agents["101"].pause_reason == "prayer"


def test_a_pause_in_one_queue_leaves_the_others():
    witness = Witness(engine(rule("a", ("1",)), rule("b", ("1",))), now=1.0)
    witness.tell(acd.AgentPaused("1", "", "a"))
    assert offers(witness.join("a", "x")) == []
    assert offers(witness.join("b", "y")) == [("y", "1")]
    witness.leave("y")
    assert offers(witness.tell(acd.AgentUnpaused("1", "a"))) == [("x", "1")]


def miss_all(witness, count, kind=acd.MissKind.NO_ANSWER):
    actions = []
    for _ in range(count):
        actions = witness.miss("c1", "101", kind)
        witness.tell(acd.Tick(), 5.0)
    return actions


def test_auto_pause_after_the_nth_miss_in_a_row():
    witness = one(auto_pause=acd.AutoPause(after=3))
    witness.tell(acd.Tick(), 100.0)
    witness.join("support", "c1")
    assert only(miss_all(witness, 2), acd.AutoPaused) == []
    assert only(witness.miss("c1", "101"), acd.AutoPaused) == [
        acd.AutoPaused("101", "missed_calls")
    ]
    assert state(witness) is AgentState.PAUSED
    assert offers(witness.tell(acd.AgentUnpaused("101"), 60.0)) == [("c1", "101")]
    miss_all(witness, 2)
    assert state(witness) is AgentState.OFFERED  # counted anew


def test_auto_pause_does_not_count_what_the_rule_leaves_out():
    witness = one(auto_pause=acd.AutoPause(after=1))
    witness.join("support", "c1")
    miss_all(witness, 3, acd.MissKind.BUSY)
    assert state(witness) is AgentState.OFFERED


def test_auto_pause_leaves_who_has_just_talked_and_can_hold_for_one_queue():
    pause = acd.AutoPause(after=1, grace_s=60.0, everywhere=False)
    rules = (
        rule("a", ("1",), auto_pause=pause, offer_timeout_s=600.0),
        rule("b", ("1",)),
    )
    witness = Witness(engine(*rules), now=1.0)
    witness.join("a", "x")
    assert only(witness.miss("x", "1"), acd.AutoPaused) == []
    witness.tell(acd.Tick(), 60.0)
    assert only(witness.miss("x", "1"), acd.AutoPaused) == [
        acd.AutoPaused("1", "missed_calls", "a")
    ]
    witness.tell(acd.Tick(), 5.0)
    assert offers(witness.join("b", "y")) == [("y", "1")]


# -- misses -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "delay_s"),
    [
        (acd.MissKind.NO_ANSWER, 3.0),
        (acd.MissKind.REJECTED, 30.0),
        (acd.MissKind.BUSY, 60.0),
        (acd.MissKind.UNREACHABLE, 90.0),
    ],
)
def test_each_kind_of_miss_has_its_own_delay(kind, delay_s):
    delays = acd.MissDelays(no_answer_s=3.0, rejected_s=30.0, busy_s=60.0, unreachable_s=90.0)
    witness = one(miss_delays=delays)
    witness.join("support", "c1")
    witness.miss("c1", "101", kind)
    assert witness.engine.next_due(witness.now) == 1.0 + delay_s
    assert offers(witness.tell(acd.Tick(), delay_s)) == [("c1", "101")]


def test_at_another_telephone_the_misses_of_the_first_do_not_count():
    witness = one()
    witness.join("support", "c1")
    witness.miss("c1", "101")
    assert offers(witness.tell(acd.AgentMoved("101", "205"))) == [("c1", "101")]


# -- confirmation by digit ----------------------------------------------------------------

MOBILE = acd.AgentRule(number="101", confirm=True)


def test_a_mobile_agent_has_the_call_only_after_the_digit():
    witness = one(agents=(MOBILE,))
    witness.join("support", "c1")
    assert witness.engine.handle(acd.OfferAccepted("c1", "101"), 2.0) == [
        acd.AskConfirmation("c1", "101")
    ]
    assert witness.engine.waits("c1")
    actions = witness.engine.handle(acd.OfferConfirmed("c1", "101"), 4.0)
    assert only(actions, acd.Connect) == [acd.Connect("c1", "101", "support", 3.0)]


def test_without_the_digit_the_offer_is_missed():
    witness = one(
        agents=(MOBILE,),
        confirm_timeout_s=10.0,
        auto_pause=acd.AutoPause(after=1, kinds=frozenset({acd.MissKind.UNCONFIRMED})),
    )
    witness.join("support", "c1")
    witness.tell(acd.OfferAccepted("c1", "101"), 1.0)
    actions = witness.tell(acd.Tick(), 10.0)
    assert only(actions, acd.Withdraw) == [acd.Withdraw("c1", "101")]
    assert only(actions, acd.AutoPaused)
    assert witness.tell(acd.OfferConfirmed("c1", "101")) == []  # too late


def test_the_telephone_where_they_sit_decides():
    witness = one(agents=(MOBILE,))
    witness.tell(acd.AgentMoved("101", "205", False))
    [offer] = only(witness.join("support", "c1"), acd.Offer)
    assert not offer.confirm


# -- wrap-up ------------------------------------------------------------------------------


def test_wrap_up_until_done():
    witness = one(wrap_up_until_done=True, wrap_up_most_s=100.0)
    talk(witness)
    witness.end_talk("c1", "101")
    witness.join("support", "c2")
    assert offers(witness.tell(acd.Tick(), 99.0)) == []
    assert offers(witness.tell(acd.WrapUpDone("101"))) == [("c2", "101")]
    witness.accept("c2", "101")
    witness.end_talk("c2", "101")
    witness.join("support", "c3")
    assert offers(witness.tell(acd.Tick(), 100.0)) == [("c3", "101")]


def test_wrap_up_is_extended_within_its_limit():
    witness = one(wrap_up_s=10.0, wrap_up_most_s=50.0)
    talk(witness)
    witness.end_talk("c1", "101")
    witness.join("support", "c2")
    witness.tell(acd.WrapUpExtended("101", 20.0), 5.0)
    witness.tell(acd.WrapUpExtended("101", 60.0))
    assert offers(witness.tell(acd.Tick(), 44.9)) == []
    assert offers(witness.tell(acd.Tick(), 0.1)) == [("c2", "101")]


def test_asterisk_1006_wrap_up_holds_in_all_queues():
    witness = Witness(engine(rule("a", ("1",), wrap_up_s=30.0), rule("b", ("1",))), now=1.0)
    witness.join("a", "x")
    witness.accept("x", "1")
    witness.end_talk("x", "1")
    assert offers(witness.join("b", "y")) == []
    assert offers(witness.tell(acd.Tick(), 29.9)) == []
    assert offers(witness.tell(acd.Tick(), 0.1)) == [("y", "1")]


def test_asterisk_607_a_call_of_their_own_does_not_end_the_wrap_up():
    witness = one(wrap_up_s=30.0)
    talk(witness)
    witness.end_talk("c1", "101")
    witness.tell(acd.AgentEngaged("101", True), 5.0)
    witness.tell(acd.AgentEngaged("101", False), 5.0)
    assert offers(witness.join("support", "c2")) == []
    assert offers(witness.tell(acd.Tick(), 20.0)) == [("c2", "101")]


def test_an_agents_own_wrap_up_goes_before_the_queues():
    witness = one(wrap_up_s=30.0, agents=(acd.AgentRule(number="101", wrap_up_s=0.0),))
    talk(witness)
    witness.join("support", "c2")
    assert offers(witness.end_talk("c1", "101")) == [("c2", "101")]


# -- several calls at once ----------------------------------------------------------------

CHATTER = acd.AgentRule(number="101", capacity=2)


def test_an_agent_with_a_capacity_of_two_has_two_calls_and_is_offered_one_at_a_time():
    witness = one(agents=(CHATTER,))
    assert offers(witness.join("support", "c1")) == [("c1", "101")]
    assert offers(witness.join("support", "c2")) == []
    assert offers(witness.accept("c1", "101")) == [("c2", "101")]
    assert offers(witness.accept("c2", "101")) == []
    assert offers(witness.join("support", "c3")) == []
    assert offers(witness.end_talk("c1", "101")) == [("c3", "101")]
    assert state(witness) is AgentState.OFFERED
    witness.miss("c3", "101")
    assert state(witness) is AgentState.TALKING


def test_their_wrap_up_comes_after_the_last_call_even_if_another_rang_meanwhile():
    witness = one(agents=(CHATTER,), wrap_up_s=10.0)
    talk(witness)
    witness.join("support", "c2")
    witness.end_talk("c1", "101")
    assert state(witness) is AgentState.OFFERED
    witness.leave("c2")
    assert state(witness) is AgentState.WRAP_UP


def test_a_queue_has_no_more_callers_with_agents_than_it_may():
    witness = Witness(engine(rule(members=("1", "2", "3"), most_served=2)), now=1.0)
    for call in ("a", "b", "c"):
        witness.join("support", call)
    assert {call for call, _agent in witness.ringing} == {"a", "b"}
    witness.accept("a", "1")
    assert offers(witness.leave("b")) == [("c", "2")]
    witness.accept("c", "2")
    assert offers(witness.join("support", "d")) == []
    assert offers(witness.end_talk("a", "1")) == [("d", "3")]


def test_counts_begin_anew_with_the_day():
    witness = Witness(engine(rule(members=("1", "2"), strategy="fewest_calls")), now=1.0)
    for call in ("a", "b", "c"):
        [(_call, agent)] = offers(witness.join("support", call))
        witness.accept(call, agent)
        witness.end_talk(call, agent)
    assert witness.engine.agents["1"].calls_taken == 2
    witness.tell(acd.DayBegan())
    assert witness.engine.agents["1"].calls_taken == 0
    assert offers(witness.join("support", "d")) == [("d", "1")]
