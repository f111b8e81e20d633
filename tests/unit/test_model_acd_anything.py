"""The ACD engine under any order of events: what ``Witness`` forbids never happens."""

from __future__ import annotations

import json
import random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from firmware.model import acd
from tests.unit.acd_bench import Witness
from tests.unit.acd_bench import rule as queue_rule

AGENTS = ("1", "2", "3", "4", "5")
NUMBERS = ("", "0911", "0912", "0913")
SKILLED = {
    "1": acd.AgentRule(number="1", skills={"tax": 80, "language.fa": 90}),
    "2": acd.AgentRule(number="2", skills={"tax": 30, "language.ar": 90}, capacity=2),
    "3": acd.AgentRule(number="3", skills={"language.fa": 20}, confirm=True),
    "4": acd.AgentRule(number="4", wrap_up_s=0.0),
}
RULES = {
    one.name: one
    for one in (
        queue_rule(
            "plain",
            ("1", "2", "3"),
            wrap_up_s=5.0,
            weight=2,
            max_wait_s=90.0,
            max_length=5,
            resume_s=60.0,
            vips={"0911": 2},
            announce=acd.AnnounceRule(first_s=3.0, every_s=5.0, gap_s=1.0, wait_step_s=1.0),
        ),
        queue_rule("all", ("2", "3", "4", "5"), strategy="ring_all", wrap_up_until_done=True),
        queue_rule(
            "skilled",
            ("1", "2", "3", "5"),
            strategy="skills",
            sticky_last=True,
            sticky_wait_s=10.0,
            skill_steps=(
                acd.SkillStep(
                    until_s=10.0, language=50, needs=(acd.Need(skill="tax", at_least=50),)
                ),
                acd.SkillStep(until_s=30.0, language=10, least_agents=2),
                acd.SkillStep(own=False),
            ),
            messages=acd.MessageRule(names=("a", "b"), first_s=4.0, every_s=6.0),
        ),
        queue_rule(
            "tiers",
            ("1", "4", "5"),
            strategy="round_robin",
            tiers={"4": 1, "5": 2},
            tier_steps=(
                acd.TierStep(after_s=8.0, highest=1),
                acd.TierStep(after_s=16.0, highest=2),
            ),
            callback=acd.CallbackRule(first_after_s=1.0, retry_s=(5.0, 9.0), expire_s=200.0),
            auto_pause=acd.AutoPause(after=2),
            leave_empty=frozenset({acd.Absence.LOGGED_OUT, acd.Absence.TALKING}),
            leave_empty_after_s=20.0,
        ),
        queue_rule("grow", ("3", "4", "5"), strategy="progressive", ring_step_s=4.0, most_served=2),
    )
}


class Floor(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        made = acd.Acd(RULES, SKILLED, dice=random.Random(1), tells_states=True)
        self.witness = Witness(engine=made)
        self.count = 0
        for agent in AGENTS:
            self.witness.tell(acd.AgentLoggedIn(agent), 0.1)

    def pick(self, things, index):
        return sorted(things)[index % len(things)]

    @rule(
        queue=st.sampled_from(sorted(RULES)),
        caller=st.sampled_from(NUMBERS),
        priority=st.sampled_from((0, 0, 0, 1)),
        language=st.sampled_from(("", "fa", "ar", "en")),
        needs=st.sampled_from(((), (acd.Need(skill="tax"),))),
        prefer=st.sampled_from(((), ("1",), ("5", "2"))),
        position=st.sampled_from((0, 0, 0, 1, 2)),
        after=st.floats(0, 5),
    )
    def join(self, queue, after, **more):
        self.count += 1
        self.witness.tell(acd.Tick(), after)
        self.witness.join(queue, f"c{self.count}", **more)

    @precondition(lambda self: self.witness.waiting)
    @rule(index=st.integers(0, 50))
    def leave(self, index):
        self.witness.leave(self.pick(self.witness.waiting, index))

    @precondition(lambda self: self.witness.waiting)
    @rule(index=st.integers(0, 50), priority=st.integers(0, 3), takes_out=st.booleans())
    def supervise(self, index, priority, takes_out):
        call = self.pick(self.witness.waiting, index)
        if takes_out:
            self.witness.tell(acd.CallerWithdrawn(call))
        else:
            self.witness.tell(acd.PriorityChanged(call, priority))

    @precondition(lambda self: self.witness.ringing)
    @rule(index=st.integers(0, 50), after=st.floats(0, 5))
    def accept(self, index, after):
        self.witness.tell(acd.Tick(), after)
        if self.witness.ringing:
            self.witness.accept(*self.pick(self.witness.ringing, index))

    @precondition(lambda self: self.witness.ringing)
    @rule(index=st.integers(0, 50), kind=st.sampled_from([*acd.MissKind]))
    def miss(self, index, kind):
        self.witness.miss(*self.pick(self.witness.ringing, index), kind)

    @precondition(lambda self: self.witness.talking)
    @rule(index=st.integers(0, 50), after=st.floats(0, 60))
    def end_talk(self, index, after):
        self.witness.tell(acd.Tick(), after)
        self.witness.end_talk(*self.pick(self.witness.talking, index))

    @rule(call=st.sampled_from(("c1", "c2", "nobody")), agent=st.sampled_from((*AGENTS, "9")))
    def come_too_late(self, call, agent):
        """Reports that crossed something: of what is not."""
        if (call, agent) not in self.witness.ringing:
            self.witness.tell(acd.OfferAccepted(call, agent))
            self.witness.tell(acd.OfferMissed(call, agent))
        if (call, agent) not in self.witness.talking:
            self.witness.tell(acd.TalkEnded(agent, call))
        if call not in self.witness.waiting:
            self.witness.tell(acd.CallerLeft(call))

    @rule(agent=st.sampled_from(AGENTS), queues=st.sampled_from(((), ("plain", "tiers"))))
    def log_in(self, agent, queues):
        self.witness.tell(acd.AgentLoggedIn(agent, queues))

    @rule(agent=st.sampled_from(AGENTS))
    def log_out(self, agent):
        self.witness.tell(acd.AgentLoggedOut(agent))

    @rule(agent=st.sampled_from(AGENTS), queue=st.sampled_from(("", "", "plain")), on=st.booleans())
    def pause(self, agent, queue, on):
        told = acd.AgentPaused(agent, "tea", queue) if on else acd.AgentUnpaused(agent, queue)
        self.witness.tell(told)

    @rule(
        agent=st.sampled_from(AGENTS),
        kind=st.sampled_from((acd.AgentDnd, acd.AgentReachable, acd.AgentEngaged)),
        value=st.booleans(),
    )
    def telephone(self, agent, kind, value):
        self.witness.tell(kind(agent, value))

    @rule(agent=st.sampled_from(AGENTS), by_s=st.floats(0, 30))
    def wrap_up(self, agent, by_s):
        self.witness.tell(acd.WrapUpExtended(agent, by_s) if by_s else acd.WrapUpDone(agent))

    @rule(after=st.floats(0, 30))
    def wait(self, after):
        self.witness.tell(acd.Tick(), after)

    @precondition(lambda self: "tiers" in self.witness.waiting.values())
    @rule(index=st.integers(0, 9), number=st.sampled_from(NUMBERS[1:]))
    def ask_to_be_called_back(self, index, number):
        calls = {call for call, queue in self.witness.waiting.items() if queue == "tiers"}
        self.witness.tell(acd.CallbackAsked(self.pick(calls, index), number))

    @precondition(lambda self: self.witness.reserved)
    @rule(index=st.integers(0, 9), is_reached=st.booleans(), after=st.floats(0, 20))
    def dialled(self, index, is_reached, after):
        self.witness.tell(acd.Tick(), after)
        if not self.witness.reserved:
            return
        call = self.pick(self.witness.reserved, index)
        del self.witness.reserved[call]
        if is_reached:
            self.witness.held.discard(call)
            self.witness.tell(acd.CallbackAnswered(call))
        else:
            self.witness.tell(acd.CallbackFailed(call))

    @rule(number=st.sampled_from(NUMBERS[1:]))
    def reach(self, number):
        self.witness.tell(acd.NumberReached(number))
        assert number not in self.witness.engine.missed

    @rule(left_out=st.sampled_from(("", "plain", "all", "tiers")), without=st.sampled_from(AGENTS))
    def retune(self, left_out, without):
        rules = {
            name: queue_rule_without(one, without)
            for name, one in RULES.items()
            if name != left_out
        }
        self.witness.retune(rules)
        self.witness.retune(RULES)

    @rule()
    def restart(self):
        """What another engine takes over is what the first would have left."""
        data = self.witness.engine.snapshot(self.witness.now)
        other = acd.Acd(RULES, SKILLED, dice=random.Random(2))
        other.restore(json.loads(json.dumps(data)), 1000.0, 0.0)
        held = {one.call for one in self.witness.engine.waiting if one.callback}
        assert {one.call for one in other.waiting} == held >= self.witness.held
        assert set(other.missed) == set(self.witness.engine.missed)
        for number, agent in self.witness.engine.agents.items():
            was_in = agent.state.value != "logged_out" and not agent.will_leave
            assert (other.agents[number].state.value != "logged_out") == was_in

    @rule()
    def begin_day(self):
        self.witness.tell(acd.DayBegan())

    def teardown(self):
        self.witness.check()


def queue_rule_without(one, agent):
    changes = {name: getattr(one, name) for name in one.__slots__}
    return acd.QueueRule(**changes | {"members": tuple(m for m in one.members if m != agent)})


TestFloor = Floor.TestCase
TestFloor.settings = settings(
    max_examples=100,
    stateful_step_count=60,
    deadline=None,
    derandomize=True,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
