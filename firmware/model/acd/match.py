"""Which agents will do for a caller: skills, tiers and preferred agents, as the wait goes on.

Every answer follows from the rule, the wait so far and who is on duty; nothing is remembered. So
a step that was passed because nobody could fulfil it is asked for again when somebody who can
logs in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from firmware.model.acd.floor import Agent, Member, Queue, Waiting
from firmware.model.acd.rules import Need, SkillStep, Strategy

_OWN_NEEDS = (SkillStep(), SkillStep(own=False))
"""Of a queue without steps: what the caller needs, unless nobody on duty has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """What a caller asks of an agent now. ``only``: these agents and no others."""

    needs: tuple[Need, ...] = ()
    lowest_tier: int = 0
    highest_tier: float = inf
    only: tuple[str, ...] = ()

    def fit(self, member: Member) -> bool:
        """Whether the agent will do."""
        if not self.lowest_tier <= member.tier <= self.highest_tier:
            return False
        if self.only and member.agent.number not in self.only:
            return False
        return has_skills(member.agent, self.needs)


ANYBODY = Asks()


def asks(caller: Waiting, now: float) -> Asks:
    """What ``caller`` asks of an agent at ``now``."""
    queue = caller.at
    if queue.is_plain and not caller.needs and not caller.prefer:
        return ANYBODY
    waited_s = now - caller.since
    lowest, highest = _tiers(queue, waited_s)
    return Asks(
        needs=_needs(caller, waited_s),
        lowest_tier=lowest,
        highest_tier=highest,
        only=_on_duty(queue, caller.prefer) if now < caller.sticky_until else (),
    )


def next_change(caller: Waiting, now: float) -> float:
    """When more agents may do for the caller than do now, if nobody comes or goes; else ``inf``."""
    queue, rule = caller.at, caller.at.rule
    if queue.is_plain and not caller.prefer and not queue.is_broad:
        return inf
    moments = [caller.since + step.until_s for step in rule.skill_steps if step.until_s is not None]
    moments += [caller.since + step.after_s for step in rule.tier_steps]
    moments.append(caller.sticky_until)
    if rule.strategy == Strategy.PROGRESSIVE and caller.ring_began < inf:
        steps = int((now - caller.ring_began + 1e-6) / rule.ring_step_s) + 1
        moments.append(caller.ring_began + steps * rule.ring_step_s)
    return min((moment for moment in moments if moment > now), default=inf)


def has_skills(agent: Agent, needs: Iterable[Need]) -> bool:
    """Whether the agent fulfils all ``needs``."""
    skills = agent.rule.skills
    return all(skills.get(need.skill, 0) >= need.at_least for need in needs)


def score(agent: Agent, needs: Iterable[Need]) -> int:
    """How good the agent is at what is needed."""
    skills = agent.rule.skills
    return sum(skills.get(need.skill, 0) for need in needs)


def _needs(caller: Waiting, waited_s: float) -> tuple[Need, ...]:
    steps = caller.at.rule.skill_steps or (_OWN_NEEDS if caller.needs else ())
    needs: tuple[Need, ...] = ()
    for step in steps:
        needs = _of_step(step, caller)
        holds = step.until_s is None or waited_s + 1e-6 < step.until_s
        if holds and count_having(caller.at, needs) >= step.least_agents:
            break
    return needs


def _of_step(step: SkillStep, caller: Waiting) -> tuple[Need, ...]:
    needs = step.needs + caller.needs if step.own else step.needs
    if step.language and caller.language:
        needs = (*needs, Need(skill=f"language.{caller.language}", at_least=step.language))
    return needs


def count_on_duty(queue: Queue) -> int:
    """How many agents the queue's callers may hope for."""
    return count_having(queue, ())


def count_having(queue: Queue, needs: tuple[Need, ...]) -> int:
    """How many on duty fulfil ``needs``; remembered until somebody comes or goes."""
    count = queue.counts.get(needs)
    if count is None:
        count = queue.counts[needs] = sum(
            member.is_on_duty and has_skills(member.agent, needs)
            for member in queue.members.values()
        )
    return count


def _tiers(queue: Queue, waited_s: float) -> tuple[int, float]:
    """The tiers that are offered; see ``TierStep`` and ``QueueRule.skip_empty_tiers``."""
    steps = queue.rule.tier_steps
    if not steps:
        return 0, inf
    lowest = highest = 0
    for step in steps:
        if step.after_s <= waited_s + 1e-6:
            lowest, highest = step.lowest, step.highest
    if queue.rule.skip_empty_tiers:
        staffed = _staffed_tiers(queue)
        if not any(lowest <= tier <= highest for tier in staffed):
            highest = next((tier for tier in staffed if tier > highest), highest)
    return lowest, highest


def _staffed_tiers(queue: Queue) -> tuple[int, ...]:
    if queue.duty_tiers is None:
        tiers = {member.tier for member in queue.members.values() if member.is_on_duty}
        queue.duty_tiers = tuple(sorted(tiers))
    return queue.duty_tiers


def _on_duty(queue: Queue, agents: Iterable[str]) -> tuple[str, ...]:
    """Those of ``agents`` who can be hoped for."""
    found = (queue.members.get(agent) for agent in agents)
    return tuple(member.agent.number for member in found if member and member.is_on_duty)
