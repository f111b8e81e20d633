"""The ACD engine: who is offered to whom, told only by events and times."""

from __future__ import annotations

import random

import pytest

from firmware.model import acd
from firmware.model.agent import AgentState


def rule(name="support", members=("101", "102"), **changes):
    settings = {
        "strategy": "longest_idle",
        "offer_timeout_s": 15.0,
        "wrap_up_s": 5.0,
        "max_wait_s": 300.0,
        "max_length": 50,
    } | changes
    return acd.QueueRule(name=name, members=members, **settings)


def engine(*rules, logged_in=("101", "102"), at=0.0):
    made = acd.Acd(rules={r.name: r for r in rules or (rule(),)})
    for step, agent in enumerate(logged_in):
        made.handle(acd.AgentLoggedIn(agent), at + step * 0.001)
    return made


def offers(actions):
    return [(a.call, a.agent) for a in actions if isinstance(a, acd.Offer)]


def test_a_caller_is_offered_to_the_agent_who_has_been_idle_longest():
    e = engine()
    assert offers(e.handle(acd.CallerJoined("support", "c1"), 1.0)) == [("c1", "101")]


def test_a_second_caller_goes_to_the_second_agent_and_a_third_waits():
    e = engine()
    e.handle(acd.CallerJoined("support", "c1"), 1.0)
    assert offers(e.handle(acd.CallerJoined("support", "c2"), 1.1)) == [("c2", "102")]
    assert e.handle(acd.CallerJoined("support", "c3"), 1.2) == []


def test_an_answered_offer_makes_the_agent_talk_and_takes_the_caller_out():
    e = engine()
    e.handle(acd.CallerJoined("support", "c1"), 1.0)
    e.handle(acd.OfferAccepted("c1", "101"), 3.0)
    assert e.agents["101"].state is AgentState.TALKING
    assert e.waiting == []


def test_a_missed_offer_goes_to_the_next_agent_at_once():
    e = engine()
    e.handle(acd.CallerJoined("support", "c1"), 1.0)
    assert offers(e.handle(acd.OfferMissed("c1", "101"), 2.0)) == [("c1", "102")]


def test_an_offer_times_out_is_withdrawn_and_offered_on():
    e = engine()
    e.handle(acd.CallerJoined("support", "c1"), 1.0)
    assert e.next_due(1.0) == 16.0
    actions = e.handle(acd.Tick(), 16.0)
    assert actions == [acd.Withdraw("c1", "101"), acd.Offer("c1", "102", "support")]


def test_the_only_agent_is_tried_again_after_a_pause():
    e = engine(rule(members=("101",)), logged_in=("101",))
    e.handle(acd.CallerJoined("support", "c1"), 1.0)
    assert e.handle(acd.OfferMissed("c1", "101"), 2.0) == []
    assert e.next_due(2.0) == 2.0 + acd.MISSED_PAUSE_S
    assert offers(e.handle(acd.Tick(), 7.0)) == [("c1", "101")]


def test_a_caller_who_leaves_takes_the_offer_along():
    e = engine()
    e.handle(acd.CallerJoined("support", "c1"), 1.0)
    assert e.handle(acd.CallerLeft("c1"), 2.0) == [acd.Withdraw("c1", "101")]
    assert e.agents["101"].state is AgentState.AVAILABLE


def test_an_answer_that_crosses_the_callers_leaving_is_not_a_talk():
    e = engine()
    e.handle(acd.CallerJoined("support", "c1"), 1.0)
    e.handle(acd.CallerLeft("c1"), 2.0)
    assert e.handle(acd.OfferAccepted("c1", "101"), 2.1) == []
    assert e.agents["101"].state is AgentState.AVAILABLE


def test_after_a_call_the_agent_wraps_up_before_the_next():
    e = engine(rule(members=("101",)), logged_in=("101",))
    e.handle(acd.CallerJoined("support", "c1"), 1.0)
    e.handle(acd.OfferAccepted("c1", "101"), 2.0)
    e.handle(acd.CallerJoined("support", "c2"), 3.0)
    assert e.handle(acd.TalkEnded("101"), 10.0) == []
    assert e.agents["101"].state is AgentState.WRAP_UP
    assert e.next_due(10.0) == 15.0
    assert offers(e.handle(acd.Tick(), 15.0)) == [("c2", "101")]


def test_an_agent_on_a_call_of_their_own_is_not_offered():
    e = engine(rule(members=("101",)), logged_in=("101",))
    e.handle(acd.AgentEngaged("101", True), 1.0)
    assert e.handle(acd.CallerJoined("support", "c1"), 2.0) == []
    assert offers(e.handle(acd.AgentEngaged("101", False), 3.0)) == [("c1", "101")]


def test_a_second_leg_that_outlives_the_talk_keeps_the_agent_engaged():
    e = engine(rule(members=("101",), wrap_up_s=0.0), logged_in=("101",))
    e.handle(acd.CallerJoined("support", "c1"), 1.0)
    e.handle(acd.AgentEngaged("101", True), 1.0)
    e.handle(acd.OfferAccepted("c1", "101"), 2.0)
    e.handle(acd.TalkEnded("101"), 5.0)
    assert e.agents["101"].state is AgentState.ENGAGED


def test_the_queue_refuses_when_full_and_expels_who_waited_too_long():
    e = engine(rule(max_length=1, max_wait_s=60.0), logged_in=())
    assert e.handle(acd.CallerJoined("support", "c1"), 0.0) == []
    full = acd.Expel("c2", "support", acd.ExpelReason.FULL)
    assert e.handle(acd.CallerJoined("support", "c2"), 1.0) == [full]
    too_long = acd.Expel("c1", "support", acd.ExpelReason.WAITED_TOO_LONG)
    assert e.handle(acd.Tick(), 60.0) == [too_long]


def test_logging_out_while_offered_withdraws_and_while_talking_waits():
    e = engine()
    e.handle(acd.CallerJoined("support", "c1"), 1.0)
    actions = e.handle(acd.AgentLoggedOut("101"), 2.0)
    assert actions == [acd.Withdraw("c1", "101"), acd.Offer("c1", "102", "support")]
    e.handle(acd.OfferAccepted("c1", "102"), 3.0)
    e.handle(acd.AgentLoggedOut("102"), 4.0)
    assert e.agents["102"].state is AgentState.TALKING
    e.handle(acd.TalkEnded("102"), 5.0)
    assert e.agents["102"].state is AgentState.LOGGED_OUT


@pytest.mark.parametrize(
    ("strategy", "expected"), [("linear", "101"), ("fewest_calls", "102"), ("longest_idle", "102")]
)
def test_strategies_rank_the_free_agents(strategy, expected):
    e = engine(rule(strategy=strategy, wrap_up_s=0.0))
    e.handle(acd.CallerJoined("support", "c1"), 1.0)  # all three give the first to 101
    e.handle(acd.OfferAccepted("c1", "101"), 2.0)
    e.handle(acd.TalkEnded("101"), 3.0)
    e.handle(acd.Tick(), 3.1)
    assert offers(e.handle(acd.CallerJoined("support", "c2"), 4.0)) == [("c2", expected)]


def test_the_caller_who_waits_longest_over_all_queues_is_first():
    sales = rule("sales", members=("101",))
    support = rule("support", members=("101",))
    e = engine(sales, support, logged_in=())
    e.handle(acd.CallerJoined("support", "early"), 1.0)
    e.handle(acd.CallerJoined("sales", "late"), 2.0)
    assert offers(e.handle(acd.AgentLoggedIn("101"), 3.0)) == [("early", "101")]


def test_no_agent_ever_has_two_calls_and_no_caller_two_offers():
    """The races of asterisk#176 and freeswitch#2540: 20,000 events in random order."""
    chance = random.Random(4)
    e = engine(
        rule("a", members=("1", "2", "3"), strategy="longest_idle"),
        rule("b", members=("2", "3", "4"), strategy="fewest_calls", max_wait_s=40.0),
        logged_in=("1", "2", "3", "4"),
    )
    now, number, ringing, talking = 1.0, 0, {}, {}

    def carry_out(actions):
        for action in actions:
            match action:
                case acd.Offer(call, agent, _queue):
                    assert agent not in ringing
                    assert agent not in talking
                    assert call not in ringing.values()
                    ringing[agent] = call
                case acd.Withdraw(call, agent):
                    assert ringing.pop(agent) == call

    for _ in range(20_000):
        now += chance.random()
        match chance.randrange(6):
            case 0 | 1:
                number += 1
                carry_out(e.handle(acd.CallerJoined(chance.choice("ab"), f"c{number}"), now))
            case 2 if ringing:
                agent, call = chance.choice(list(ringing.items()))
                del ringing[agent]
                talking[agent] = call
                carry_out(e.handle(acd.OfferAccepted(call, agent), now))
            case 3 if ringing:
                agent = chance.choice(list(ringing))
                carry_out(e.handle(acd.OfferMissed(ringing.pop(agent), agent), now))
            case 4 if talking:
                agent = chance.choice(list(talking))
                del talking[agent]
                carry_out(e.handle(acd.TalkEnded(agent), now))
            case 5 if e.waiting:
                carry_out(e.handle(acd.CallerLeft(chance.choice(e.waiting).call), now))
            case _:
                carry_out(e.handle(acd.Tick(), now))
    assert number > 1000
    assert {a.number: a.call for a in e.agents.values() if a.call} == ringing | talking
