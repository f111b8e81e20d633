"""Strategies, skills, tiers and preferred agents: who is offered, and when the others are."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from firmware.model import acd
from tests.unit.acd_bench import Witness, engine, offers, only, rule

FOUR = ("1", "2", "3", "4")


def serve(witness, call, queue="support", talk_s=10.0, **more):
    """A whole call; the agent who took it."""
    [(_call, agent)] = offers(witness.join(queue, call, **more))
    witness.accept(call, agent)
    witness.tell(acd.Tick(), talk_s)
    witness.end_talk(call, agent)
    return agent


def taken(strategy, calls, talk_s=10.0, **changes):
    witness = Witness(engine(rule(members=FOUR, strategy=strategy, **changes)), now=1.0)
    return [serve(witness, f"c{number}", talk_s=talk_s) for number in range(calls)]


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("linear", "11111111"),
        ("tiers", "11111111"),
        ("round_robin", "12341234"),
        ("longest_idle", "12341234"),
        ("fewest_calls", "12341234"),
        ("least_talk_time", "12341234"),
        ("skills", "12341234"),
    ],
)
def test_one_call_after_the_other(strategy, expected):
    assert "".join(taken(strategy, 8)) == expected


def test_least_talk_time_looks_at_the_length_and_fewest_calls_at_the_number():
    for strategy, expected in (("least_talk_time", "12222"), ("fewest_calls", "12121")):
        witness = Witness(engine(rule(members=("1", "2"), strategy=strategy)), now=1.0)
        lengths = (100.0, 10.0, 10.0, 10.0, 10.0)
        who = [serve(witness, f"c{n}", talk_s=length) for n, length in enumerate(lengths)]
        assert "".join(who) == expected


def test_who_logs_in_late_is_not_given_everything_until_they_have_caught_up():
    witness = Witness(engine(rule(members=("1", "2"), strategy="fewest_calls"), logged_in=("1",)))
    for number in range(10):
        serve(witness, f"a{number}")
    witness.tell(acd.AgentLoggedIn("2"), 1.0)
    later = Counter(serve(witness, f"b{number}") for number in range(10))
    assert later == {"1": 5, "2": 5}


def test_round_robin_remembers_who_was_offered_last_also_when_they_missed():
    witness = Witness(engine(rule(members=FOUR, strategy="round_robin")), now=1.0)
    witness.join("support", "c1")
    assert offers(witness.miss("c1", "1")) == [("c1", "2")]
    witness.accept("c1", "2")
    assert offers(witness.join("support", "c2")) == [("c2", "3")]


def test_random_offers_all_alike_and_weighted_random_by_weight():
    alike = Counter(taken("random", 4000))
    assert all(abs(count - 1000) < 4 * (4000 * 0.25 * 0.75) ** 0.5 for count in alike.values())
    weighted = Counter(taken("weighted_random", 4000, weights={"1": 5, "2": 3, "4": 0}))
    assert weighted["4"] == 0
    for agent, expected in (("1", 5 / 9), ("2", 3 / 9), ("3", 1 / 9)):
        deviation = (4000 * expected * (1 - expected)) ** 0.5
        assert abs(weighted[agent] - 4000 * expected) < 4 * deviation


def test_the_same_dice_give_the_same_day():
    assert taken("random", 50) == taken("random", 50)


def test_weighted_random_rings_who_has_no_weight_when_nobody_else_is_free():
    witness = Witness(
        engine(rule(members=("1", "2"), strategy="weighted_random", weights={"1": 1, "2": 0}))
    )
    assert offers(witness.join("support", "a")) == [("a", "1")]
    assert offers(witness.join("support", "b")) == [("b", "2")]


def test_ring_all_rings_all_and_the_first_answer_stops_the_others():
    witness = Witness(engine(rule(members=FOUR, strategy="ring_all")), now=1.0)
    assert offers(witness.join("support", "a")) == [("a", agent) for agent in FOUR]
    assert offers(witness.join("support", "b")) == []
    actions = witness.accept("a", "3")
    assert [one.agent for one in only(actions, acd.Withdraw)] == ["1", "2", "4"]
    assert offers(actions) == [("b", "1"), ("b", "2"), ("b", "4")]


def test_an_agent_who_becomes_free_joins_the_ringing():
    witness = Witness(engine(rule(members=("1", "2"), strategy="ring_all"), logged_in=("1",)))
    witness.join("support", "a")
    assert offers(witness.tell(acd.AgentLoggedIn("2"), 1.0)) == [("a", "2")]


def test_progressive_rings_more_and_more():
    queue = rule(members=FOUR, strategy="progressive", ring_step_s=10.0, offer_timeout_s=60.0)
    witness = Witness(engine(queue), now=1.0)
    rung = [len(offers(witness.join("support", "a")))]
    for _step in range(4):
        witness.tell(acd.Tick(), 10.0)
        rung.append(len(witness.ringing))
    assert rung == [1, 2, 3, 4, 4]


# -- tiers --------------------------------------------------------------------------------


def tiered(**changes):
    settings = {
        "members": ("1", "2", "3"),
        "tiers": {"2": 1, "3": 2},
        "offer_timeout_s": 60.0,
    } | changes
    return rule(**settings)


@pytest.mark.parametrize("strategy", [*acd.Strategy])
def test_lower_tiers_come_first_under_every_strategy(strategy):
    queue = tiered(members=("3", "2", "1"), strategy=strategy)
    witness = Witness(engine(queue), now=1.0)
    assert offers(witness.join("support", "a"))[0] == ("a", "1")


def test_a_higher_tier_is_offered_after_its_time_and_lower_ones_can_be_left_out():
    steps = (
        acd.TierStep(after_s=10.0, highest=1),
        acd.TierStep(after_s=20.0, lowest=1, highest=2),
    )
    witness = Witness(engine(tiered(tier_steps=steps)), now=1.0)
    witness.tell(acd.AgentEngaged("1", True))
    assert offers(witness.join("support", "a")) == []
    assert witness.engine.next_due(1.0) == 11.0
    witness.tell(acd.AgentEngaged("2", True))
    assert offers(witness.tell(acd.Tick(), 10.0)) == []
    assert offers(witness.tell(acd.Tick(), 10.0)) == [("a", "3")]
    witness.join("support", "b")
    witness.tell(acd.Tick(), 25.0)
    assert offers(witness.tell(acd.AgentEngaged("1", False))) == []  # tier 0 is left out by now


def test_a_tier_with_nobody_on_duty_is_not_waited_for():
    steps = (acd.TierStep(after_s=100.0, highest=2),)
    waits = Witness(engine(tiered(tier_steps=steps, skip_empty_tiers=False), logged_in=("2",)))
    assert offers(waits.join("support", "a")) == []
    skips = Witness(engine(tiered(tier_steps=steps), logged_in=("2",)))
    assert offers(skips.join("support", "a")) == [("a", "2")]
    moved = Witness(engine(tiered(tier_steps=steps), logged_in=("1", "2")))
    moved.tell(acd.AgentEngaged("1", True))
    assert offers(moved.join("support", "a")) == []
    assert offers(moved.tell(acd.AgentLoggedOut("1"))) == [("a", "2")]


# -- skills -------------------------------------------------------------------------------

STEPS = (
    acd.SkillStep(until_s=60.0, needs=(acd.Need(skill="english", at_least=50),)),
    acd.SkillStep(needs=(acd.Need(skill="english"),)),
)
EXPERT = acd.AgentRule(number="1", skills={"english": 90, "language.fa": 80})
BEGINNER = acd.AgentRule(number="2", skills={"english": 10, "language.ar": 80})


def skilled(**changes):
    settings = {"members": ("1", "2", "3"), "skill_steps": STEPS, "offer_timeout_s": 99.0} | changes
    return Witness(engine(rule(**settings), agents=(EXPERT, BEGINNER)), now=1.0)


def test_skills_are_asked_for_and_relax_with_the_wait():
    witness = skilled()
    assert offers(witness.join("support", "a")) == [("a", "1")]
    assert offers(witness.join("support", "b")) == []
    witness.accept("a", "1")
    assert witness.engine.next_due(1.0) == 61.0
    assert offers(witness.tell(acd.Tick(), 59.0)) == []
    assert offers(witness.tell(acd.Tick(), 1.0)) == [("b", "2")]
    witness.join("support", "c")
    witness.tell(acd.Tick(), 200.0)
    assert "c" in witness.waiting  # agent 3 has no English: the last step is never passed


def test_the_next_step_is_tried_at_once_when_nobody_on_duty_matches():
    witness = skilled()
    witness.tell(acd.AgentLoggedOut("1"))
    assert offers(witness.join("support", "a")) == [("a", "2")]


def test_a_step_is_passed_when_the_last_who_matches_leaves_and_asked_again_when_they_are_back():
    witness = skilled()
    serve_it = offers(witness.join("support", "a"))
    witness.accept(*serve_it[0])
    assert offers(witness.join("support", "b")) == []
    assert offers(witness.tell(acd.AgentUnpaused("1"))) == []
    witness.end_talk("a", "1")
    witness.accept("b", "1")
    assert offers(witness.join("support", "c")) == []
    witness.tell(acd.AgentPaused("1", "tea"))  # takes effect after the call
    assert offers(witness.end_talk("b", "1")) == [("c", "2")]


def test_a_step_can_ask_for_a_number_of_agents():
    steps = (
        acd.SkillStep(needs=(acd.Need(skill="english", at_least=50),), least_agents=2),
        acd.SkillStep(),
    )
    witness = skilled(skill_steps=steps, strategy="linear", members=("3", "1", "2"))
    assert offers(witness.join("support", "a")) == [("a", "3")]  # one expert is too few


def test_what_the_caller_needs_counts_with_and_without_steps():
    need = (acd.Need(skill="english", at_least=5),)
    plain = skilled(skill_steps=(), strategy="linear", members=("3", "2", "1"))
    assert offers(plain.join("support", "a", needs=need)) == [("a", "2")]
    chess = (acd.Need(skill="chess"),)
    assert offers(plain.join("support", "b", needs=chess)) == [("b", "3")]  # nobody has it
    unasked = skilled(skill_steps=(acd.SkillStep(own=False),), members=("3", "2", "1"))
    assert offers(unasked.join("support", "a", needs=need)) == [("a", "3")]


def test_language_is_a_skill():
    steps = (acd.SkillStep(until_s=30.0, language=50), acd.SkillStep())
    witness = skilled(skill_steps=steps)
    assert offers(witness.join("support", "a", language="ar")) == [("a", "2")]
    assert offers(witness.join("support", "b", language="fa")) == [("b", "1")]
    assert offers(witness.join("support", "c", language="fa")) == []
    assert offers(witness.tell(acd.Tick(), 30.0)) == [("c", "3")]


def test_the_skills_strategy_offers_the_best_first():
    witness = skilled(strategy="skills", members=("3", "2", "1"), skill_steps=(STEPS[1],))
    assert offers(witness.join("support", "a")) == [("a", "1")]
    assert offers(witness.join("support", "b")) == [("b", "2")]


def test_a_caller_nobody_suits_does_not_hold_up_those_behind():
    witness = skilled(skill_steps=(acd.SkillStep(),))
    need = (acd.Need(skill="chess"),)
    assert offers(witness.join("support", "a", needs=need)) == []
    assert offers(witness.join("support", "b")) == [("b", "1")]


# -- preferred agents ---------------------------------------------------------------------


def test_a_caller_reaches_the_agent_of_last_time():
    queue = rule(members=("1", "2"), strategy="linear", sticky_last=True)
    witness = Witness(engine(queue), now=1.0)
    witness.tell(acd.AgentEngaged("1", True))
    assert serve(witness, "a", caller="0912") == "2"
    witness.tell(acd.AgentEngaged("1", False))
    assert serve(witness, "b", caller="0912") == "2"
    assert serve(witness, "c", caller="0913") == "1"


def test_a_busy_preferred_agent_is_waited_for_so_long():
    queue = rule(members=("1", "2"), strategy="linear", sticky_wait_s=20.0)
    witness = Witness(engine(queue), now=1.0)
    witness.tell(acd.AgentEngaged("2", True))
    witness.join("support", "a")
    witness.accept("a", "1")
    witness.tell(acd.AgentEngaged("2", False))
    assert offers(witness.join("support", "b", prefer=("1",))) == []
    assert offers(witness.join("support", "c")) == [("c", "2")]
    assert offers(witness.end_talk("a", "1")) == [("b", "1")]


def test_an_absent_preferred_agent_is_not_waited_for_and_one_who_leaves_no_longer():
    queue = rule(members=("1", "2"), strategy="linear", sticky_wait_s=20.0)
    witness = Witness(engine(queue, logged_in=("2",)), now=1.0)
    assert offers(witness.join("support", "a", prefer=("1",))) == [("a", "2")]
    other = Witness(engine(queue), now=1.0)
    other.tell(acd.AgentEngaged("1", True))
    assert offers(other.join("support", "a", prefer=("1",))) == []
    assert offers(other.tell(acd.AgentLoggedOut("1"))) == [("a", "2")]
    third = Witness(engine(queue), now=1.0)
    third.tell(acd.AgentEngaged("1", True))
    third.join("support", "a", prefer=("1",))
    assert offers(third.tell(acd.Tick(), 20.0)) == [("a", "2")]


def test_dice_may_be_given():
    rules = {"support": rule(members=FOUR, strategy="random")}
    first = acd.Acd(rules, dice=random.Random(5))
    for agent in FOUR:
        first.handle(acd.AgentLoggedIn(agent), 0.0)
    expected = FOUR[random.Random(5).randrange(4)]
    assert offers(first.handle(acd.CallerJoined("support", "a"), 1.0)) == [("a", expected)]


def test_a_need_nobody_has_any_more_is_dropped_also_after_other_rules():
    witness = skilled(skill_steps=())
    witness.join("support", "a")
    witness.accept("a", "1")
    need = (acd.Need(skill="english", at_least=50),)
    assert offers(witness.join("support", "b", needs=need)) == []
    witness.retune({"support": rule(members=("1", "2", "3"))})
    witness.tell(acd.AgentLoggedOut("1"))
    assert offers(witness.end_talk("a", "1")) == [("b", "2")]
