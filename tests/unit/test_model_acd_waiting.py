"""Waiting callers: their order, what they are told, how they leave, and whose place is kept."""

from __future__ import annotations

import pytest

from firmware.model import acd
from firmware.model.acd.estimate import Measured, wait
from tests.unit.acd_bench import Witness, engine, offers, only, rule

TARGETS = {reason: f"voicemail:{reason}" for reason in acd.ExpelReason}


def busy(*rules, agents=("1",), **changes):
    """All agents talk; who is told about waits."""
    made = rules or (rule(members=agents, **changes),)
    witness = Witness(engine(*made), now=1.0)
    for agent in dict.fromkeys(member for one in made for member in one.members):
        witness.join(made[0].name if agent in made[0].members else made[1].name, f"t{agent}")
        witness.accept(f"t{agent}", agent)
    return witness


def order(witness, queue="support"):
    return [one.call for one in witness.engine.waiting_in(queue)]


# -- order --------------------------------------------------------------------------------


def test_priority_is_a_head_start_so_nobody_starves():
    witness = busy(priority_credit_s=60.0)
    witness.join("support", "a")
    witness.tell(acd.Tick(), 59.0)
    witness.join("support", "b", priority=1)
    witness.tell(acd.Tick(), 2.0)
    witness.join("support", "c", priority=1)
    witness.join("support", "d", priority=2)
    assert order(witness) == ["d", "b", "a", "c"]


def test_vips_are_known_by_their_number():
    witness = busy(vips={"0911": 5})
    witness.join("support", "a", caller="0912")
    witness.join("support", "b", caller="0911")
    assert order(witness) == ["b", "a"]


def test_the_weight_of_a_queue_is_a_head_start_before_other_queues():
    rules = (rule("low", ("1",)), rule("high", ("1",), weight=1, weight_credit_s=30.0))
    witness = busy(*rules)
    witness.join("low", "a")
    witness.tell(acd.Tick(), 29.0)
    witness.join("high", "b")
    assert offers(witness.end_talk("t1", "1")) == [("b", "1")]


def test_a_callers_priority_can_be_changed_and_a_position_given():
    witness = busy()
    for call in ("a", "b", "c"):
        witness.join("support", call)
    witness.tell(acd.PriorityChanged("c", 3))
    witness.join("support", "d", position=2)
    witness.join("support", "e", position=1)
    witness.join("support", "f", position=9)
    assert order(witness) == ["e", "c", "d", "a", "b", "f"]
    assert [witness.engine.position(call) for call in ("e", "f", "t1")] == [1, 6, 0]


def test_a_wait_elsewhere_counts():
    witness = busy()
    witness.join("support", "a")
    witness.join("support", "b", waited_s=10.0)
    assert order(witness) == ["b", "a"]


# -- leaving ------------------------------------------------------------------------------


def expelled(actions):
    return [(one.call, one.reason, one.target) for one in only(actions, acd.Expel)]


def test_a_full_queue_leads_elsewhere():
    witness = busy(max_length=1, targets=TARGETS)
    witness.join("support", "a")
    full = witness.join("support", "b")
    assert expelled(full) == [("b", acd.ExpelReason.FULL, "voicemail:full")]


def test_the_longest_wait_leads_elsewhere_at_its_second():
    witness = busy(max_wait_s=30.0, targets=TARGETS)
    witness.join("support", "a")
    assert expelled(witness.tell(acd.Tick(), 29.9)) == []
    [(_call, reason, target)] = expelled(witness.tell(acd.Tick(), 0.1))
    assert (reason, target) == ("waited_too_long", "voicemail:waited_too_long")


def test_a_telephone_that_rings_as_the_wait_ends_may_ring_on():
    for cuts, expected in ((True, "a"), (False, "")):
        queue = rule(
            members=("1",), max_wait_s=10.0, offer_timeout_s=15.0, max_wait_cuts_offer=cuts
        )
        witness = Witness(engine(queue), now=1.0)
        witness.join("support", "a")
        gone = [call for call, _r, _t in expelled(witness.tell(acd.Tick(), 10.0))]
        assert gone == ([expected] if expected else [])
        if not cuts:
            assert [c for c, _r, _t in expelled(witness.tell(acd.Tick(), 5.0))] == ["a"]


def test_an_estimate_that_is_too_long_turns_away_at_the_door():
    witness = busy(max_estimate_s=200.0, handling_s=150.0, targets=TARGETS)
    assert expelled(witness.join("support", "a")) == []
    [(_call, reason, _target)] = expelled(witness.join("support", "b"))
    assert reason == "estimate_too_long"


def test_too_many_callers_for_an_agent_turn_away_at_the_door():
    witness = busy(agents=("1", "2"), max_per_agent=1.5)
    turned_away = [bool(expelled(witness.join("support", call))) for call in "abcd"]
    assert turned_away == [False, False, False, True]


def test_join_empty_says_who_does_not_count():
    absent = frozenset({acd.Absence.LOGGED_OUT, acd.Absence.PAUSED})
    witness = Witness(engine(rule(join_empty=absent), logged_in=("101",)), now=1.0)
    assert expelled(witness.join("support", "a")) == []
    witness.tell(acd.AgentPaused("101"))
    assert expelled(witness.join("support", "b"))[0][1] == "no_agents"


@pytest.mark.parametrize(
    ("absence", "event"),
    [
        (acd.Absence.DND, acd.AgentDnd("101", True)),
        (acd.Absence.UNREACHABLE, acd.AgentReachable("101", False)),
        (acd.Absence.ENGAGED, acd.AgentEngaged("101", True)),
        (acd.Absence.PAUSED, acd.AgentPaused("101", "", "support")),
        (acd.Absence.LOGGED_OUT, acd.AgentLoggedIn("101", ("other",))),
    ],
)
def test_every_absence_counts_when_the_rule_names_it(absence, event):
    other = rule("other", ("101",))
    for named, is_turned_away in ((frozenset({absence}), True), (frozenset(), False)):
        queue = rule(members=("101",), join_empty=named)
        witness = Witness(engine(queue, other), now=1.0)
        witness.tell(event)
        assert bool(expelled(witness.join("support", "a"))) == is_turned_away


def test_callers_leave_when_nobody_has_been_there_for_so_long():
    queue = rule(
        leave_empty=frozenset({acd.Absence.LOGGED_OUT}), leave_empty_after_s=20.0, targets=TARGETS
    )
    witness = Witness(engine(queue), now=1.0)
    for call, agent in (("x", "101"), ("y", "102")):
        witness.join("support", call)
        witness.accept(call, agent)
    witness.join("support", "a")
    for call, agent in (("x", "101"), ("y", "102")):
        witness.tell(acd.AgentLoggedOut(agent))
        witness.end_talk(call, agent)
    witness.tell(acd.Tick(), 19.0)
    witness.tell(acd.AgentLoggedIn("101", ("elsewhere",)))
    assert order(witness) == ["a"]
    assert expelled(witness.tell(acd.Tick(), 1.0)) == [
        ("a", acd.ExpelReason.NO_AGENTS, TARGETS[acd.ExpelReason.NO_AGENTS])
    ]


def test_callers_stay_when_somebody_comes_back_in_time():
    queue = rule(
        members=("101",), leave_empty=frozenset({acd.Absence.PAUSED}), leave_empty_after_s=20.0
    )
    witness = Witness(engine(queue), now=1.0)
    witness.tell(acd.AgentPaused("101"))
    witness.join("support", "a")
    assert offers(witness.tell(acd.AgentUnpaused("101"), 19.0)) == [("a", "101")]
    witness.miss("a", "101")
    witness.tell(acd.AgentPaused("101"))
    assert expelled(witness.tell(acd.Tick(), 20.0)) == [("a", acd.ExpelReason.NO_AGENTS, "")]


def test_an_exit_key_leads_where_it_says_and_others_nowhere():
    witness = busy(exits={"9": "extension:0"})
    witness.join("support", "a")
    assert witness.tell(acd.CallerPressed("a", "8")) == []
    [(_call, reason, target)] = expelled(witness.tell(acd.CallerPressed("a", "9")))
    assert (reason, target) == ("exit_key", "extension:0")


def test_a_supervisor_takes_a_caller_out():
    witness = busy()
    witness.join("support", "a")
    assert expelled(witness.tell(acd.CallerWithdrawn("a")))[0][1] == "withdrawn"


# -- kept places --------------------------------------------------------------------------


def test_who_hangs_up_and_calls_again_in_time_has_the_place():
    witness = busy(resume_s=60.0)
    witness.join("support", "a", caller="0911")
    witness.tell(acd.Tick(), 5.0)
    witness.join("support", "b", caller="0912")
    witness.leave("a")
    witness.tell(acd.Tick(), 60.0)
    actions = witness.join("support", "a2", caller="0911")
    assert only(actions, acd.PlaceRegained) == [acd.PlaceRegained("a2", "support", "a")]
    assert order(witness) == ["a2", "b"]
    connect = only(_answer(witness, "a2"), acd.Connect)[0]
    assert connect.waited_s == 65.0


def _answer(witness, call):
    [(offered, agent)] = offers(witness.end_talk("t1", "1"))
    assert offered == call
    return witness.accept(call, agent)


def test_too_late_or_from_another_number_or_queue_the_place_is_gone():
    rules = (rule("support", ("1",), resume_s=60.0), rule("sales", ("1",), resume_s=60.0))
    witness = busy(*rules)
    witness.join("support", "a", caller="0911")
    witness.leave("a")
    assert not only(witness.join("sales", "x", caller="0911"), acd.PlaceRegained)
    assert not only(witness.join("support", "y", caller="0912"), acd.PlaceRegained)
    witness.tell(acd.Tick(), 60.5)
    assert not only(witness.join("support", "z", caller="0911"), acd.PlaceRegained)


def test_a_kept_place_is_let_in_where_the_queue_is_full():
    witness = busy(resume_s=60.0, max_length=1)
    witness.join("support", "a", caller="0911")
    witness.leave("a")
    witness.tell(acd.Tick(), 1.0)
    witness.join("support", "b", caller="0912")
    assert expelled(witness.join("support", "a2", caller="0911")) == []
    assert order(witness) == ["a2", "b"]


# -- unreturned calls ---------------------------------------------------------------------


def test_a_missed_call_is_on_the_list_until_somebody_reaches_the_caller():
    witness = busy()
    for call in ("a", "b"):
        witness.join("support", call, caller="0911")
        witness.tell(acd.Tick(), 5.0)
        assert only(witness.leave(call), acd.CallMissed) == [
            acd.CallMissed(call, "support", "0911")
        ]
    missed = witness.engine.missed["0911"]
    assert (missed.count, missed.first_at, missed.last_at) == (2, 6.0, 11.0)
    returned = witness.tell(acd.NumberReached("0911"))
    assert returned == [acd.MissedReturned("0911")]
    assert witness.engine.missed == {}


def test_a_missed_caller_who_is_served_is_off_the_list():
    witness = busy()
    witness.join("support", "a", caller="0911")
    witness.leave("a")
    witness.join("support", "b", caller="0911")
    assert only(_answer(witness, "b"), acd.MissedReturned) == [acd.MissedReturned("0911")]


def test_who_was_refused_is_missed_and_who_was_led_elsewhere_is_not():
    witness = busy(max_length=1, max_wait_s=10.0, targets={acd.ExpelReason.FULL: "voicemail:1"})
    witness.join("support", "a", caller="0911")
    assert not only(witness.join("support", "b", caller="0912"), acd.CallMissed)
    assert only(witness.tell(acd.Tick(), 10.0), acd.CallMissed)
    witness.join("support", "c", caller="0913")
    del witness.waiting["c"]
    assert witness.engine.handle(acd.CallerLeft("c", abandoned=False), witness.now) == []


# -- what they are told -------------------------------------------------------------------


def announced(**changes):
    settings = {"first_s": 10.0, "every_s": 30.0, "gap_s": 15.0, "wait_step_s": 1.0} | changes
    return acd.AnnounceRule(**settings)


def says(witness, seconds):
    return only(witness.tell(acd.Tick(), seconds), acd.Announce)


def test_the_estimate_comes_from_position_staff_and_handling():
    measured = Measured(expected_s=120.0)
    assert wait(1, 4.0, measured)[0] == 30.0
    assert wait(3, 4.0, measured)[0] == 90.0
    assert wait(3, 4.0, measured)[1] == pytest.approx(90 + 1.2816 * 3**0.5 * 30)
    for _ in range(200):
        measured.handled_one(60.0)
    assert wait(3, 4.0, measured)[0] == pytest.approx(45.0)
    for _ in range(50):
        measured.left(100.0, gave_up=True)
    shorter = sum(1 / (4 / 60 + before / 100) for before in range(3))
    assert wait(3, 4.0, measured)[0] == pytest.approx(shorter, rel=0.01)


def test_position_and_wait_are_announced_at_their_times():
    witness = busy(announce=announced(), handling_s=60.0)
    for call in ("a", "b"):
        witness.join("support", call)
    first = says(witness, 10.0)
    assert [(one.call, one.position, one.wait_s) for one in first] == [("a", 1, 60), ("b", 2, 120)]
    assert says(witness, 29.0) == []
    assert len(says(witness, 1.0)) == 2


def test_the_wait_does_not_rise_without_a_cause():
    witness = busy(agents=("1", "2"), announce=announced(every_s=20.0, gap_s=1.0), handling_s=60.0)
    witness.join("support", "a")
    assert says(witness, 10.0)[0].wait_s == 30.0
    witness.tell(acd.AgentLoggedOut("2"))  # still talks, but does not count for long
    witness.end_talk("t2", "2")
    [fewer] = says(witness, 20.0)
    assert (fewer.wait_s > 30, fewer.cause) == (True, acd.WaitCause.FEWER_AGENTS)
    witness.join("support", "v", priority=5)
    witness.tell(acd.Tick(), 19.0)
    [overtaken] = [one for one in says(witness, 1.0) if one.call == "a"]
    assert overtaken.cause is acd.WaitCause.OVERTAKEN
    assert overtaken.wait_s > fewer.wait_s
    [same] = [one for one in says(witness, 20.0) if one.call == "a"]
    assert (same.wait_s, same.cause) == (overtaken.wait_s, acd.WaitCause.NONE)


def test_longer_calls_are_a_cause_and_mere_slowness_is_none():
    witness = busy(announce=announced(every_s=500.0, gap_s=1.0), handling_s=60.0, max_wait_s=1e4)
    for call in ("a", "b"):
        witness.join("support", call)
    says(witness, 10.0)
    witness.tell(acd.Tick(), 400.0)
    witness.end_talk("t1", "1")  # it took 411 s: the mean rises
    witness.accept("a", "1")
    [longer] = says(witness, 100.0)
    assert (longer.call, longer.cause) == ("b", acd.WaitCause.NONE)  # nearer: less, in spite of it
    witness.said.clear()
    slow = busy(announce=announced(every_s=30.0, gap_s=1.0), handling_s=60.0, max_wait_s=1e4)
    slow.join("support", "x")
    assert {one.wait_s for _ in range(5) for one in says(slow, 30.0)} == {60.0}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"position": acd.Say.NEVER}, [(0, False)] * 3),
        ({"position": acd.Say.UP_TO_LIMIT, "limit": 2}, [(1, False), (2, False), (0, False)]),
        ({"position": acd.Say.MORE_THAN, "limit": 2}, [(1, False), (2, False), (2, True)]),
        ({"position": acd.Say.ALWAYS}, [(1, False), (2, False), (3, False)]),
    ],
)
def test_positions_are_said_as_the_rule_wants(changes, expected):
    witness = busy(announce=announced(**changes))
    for call in ("a", "b", "c"):
        witness.join("support", call)
    assert [(one.position, one.more_than) for one in says(witness, 10.0)] == expected


def test_things_said_once_are_not_said_again():
    witness = busy(announce=announced(position=acd.Say.ONCE, wait=acd.Say.ONCE))
    witness.join("support", "a")
    assert len(says(witness, 10.0)) == 1
    assert says(witness, 100.0) == []


def test_a_position_that_is_no_nearer_need_not_be_said():
    witness = busy(announce=announced(only_if_nearer=True, wait=acd.Say.NEVER))
    for call in ("a", "b"):
        witness.join("support", call)
    assert len(says(witness, 10.0)) == 2
    assert says(witness, 30.0) == []
    witness.leave("a")
    assert [one.position for one in says(witness, 30.0)] == [1]


def test_nobody_on_duty_is_no_number():
    witness = Witness(engine(rule(announce=announced()), logged_in=()), now=1.0)
    witness.join("support", "a")
    [said] = says(witness, 10.0)
    assert (said.position, said.wait_s) == (1, None)


def test_an_announcement_waits_while_an_agent_rings_unless_the_rule_says_otherwise():
    queue = rule(members=("1",), announce=announced(first_s=10.0, gap_s=5.0))
    witness = Witness(engine(queue), now=1.0)
    witness.join("support", "a")
    assert says(witness, 12.0) == []
    told = Witness(engine(rule(members=("1",), announce=announced(while_offered=True))), now=1.0)
    told.join("support", "a")
    assert len(says(told, 10.0)) == 1


def test_an_offer_at_the_very_moment_of_an_announcement_goes_first():
    witness = busy(announce=announced(first_s=10.0))
    witness.join("support", "a")
    witness.now += 10.0
    actions = witness.end_talk("t1", "1")
    assert offers(actions) == [("a", "1")]


def test_messages_come_in_turn_and_keep_their_distance_from_announcements():
    messages = acd.MessageRule(names=("hours", "web"), first_s=20.0, every_s=20.0)
    witness = busy(messages=messages, announce=announced(first_s=19.0, every_s=0.0, gap_s=5.0))
    witness.join("support", "a")
    heard = []
    for _second in range(70):
        actions = witness.tell(acd.Tick(), 1.0)
        heard += [(witness.now - 1.0, one.message) for one in only(actions, acd.PlayMessage)]
    assert heard == [(24.0, "hours"), (44.0, "web"), (64.0, "hours")]


def test_shuffled_messages_are_all_heard():
    messages = acd.MessageRule(names=("x", "y", "z"), first_s=1.0, every_s=1.0, shuffled=True)
    witness = busy(messages=messages, announce=announced(first_s=None, gap_s=0.0))
    witness.join("support", "a")
    heard = {
        one.message
        for _ in range(40)
        for one in only(witness.tell(acd.Tick(), 1.0), acd.PlayMessage)
    }
    assert heard == {"x", "y", "z"}


def test_agents_of_several_queues_count_in_part():
    witness = busy(rule("a", ("1",), handling_s=60.0), rule("b", ("1",), handling_s=60.0))
    witness.join("a", "x")
    assert witness.engine.estimate("a", 1)[0] == 60.0
    witness.join("b", "y")
    assert witness.engine.estimate("a", 1)[0] == 120.0
