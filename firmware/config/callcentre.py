"""The call centre of a site, as the ACD engine runs it and as the simulator replays it."""

from __future__ import annotations

from collections.abc import Mapping

from firmware.config.schema import Site
from firmware.config.sections.queues import (
    Agent,
    Announcements,
    AutoPauseItem,
    CallbackOffer,
    Messages,
    MissDelay,
    Queue,
    SkillStepItem,
)
from firmware.model import acd


def queue_rules(site: Site) -> Mapping[str, acd.QueueRule]:
    """How queues treat their callers."""
    return {queue.name: _queue_rule(queue) for queue in site.queue}


def agent_rules(site: Site) -> Mapping[str, acd.AgentRule]:
    """What holds for one agent in all queues, by number."""
    return {agent.number: _agent_rule(agent) for agent in site.agent}


def _agent_rule(agent: Agent) -> acd.AgentRule:
    return acd.AgentRule(
        number=agent.number,
        skills={item.skill: item.weight for item in agent.skill},
        capacity=agent.capacity,
        confirm=agent.confirm,
        wrap_up_s=agent.wrap_up_s,
    )


def _queue_rule(queue: Queue) -> acd.QueueRule:
    return acd.QueueRule(
        name=queue.name,
        members=queue.members,
        strategy=queue.strategy,
        tiers={place.member: place.tier for place in queue.place},
        tier_steps=tuple(
            acd.TierStep(after_s=step.after_s, highest=step.highest, lowest=step.lowest)
            for step in queue.tier_step
        ),
        skip_empty_tiers=queue.skip_empty_tiers,
        weights={place.member: place.weight for place in queue.place},
        skill_steps=tuple(map(_skill_step, queue.skill_step)),
        ring_first=queue.ring_first,
        ring_more=queue.ring_more,
        ring_step_s=queue.ring_step_s,
        sticky_last=queue.sticky,
        sticky_wait_s=queue.sticky_wait_s,
        most_served=queue.most_served,
        weight=queue.weight,
        weight_credit_s=queue.weight_credit_s,
        priority_credit_s=queue.priority_credit_s,
        vips={vip.number: vip.priority for vip in queue.vip},
        offer_timeout_s=queue.offer_timeout_s,
        confirm_timeout_s=queue.confirm_timeout_s,
        miss_delays=_miss_delays(queue.miss_delay),
        auto_pause=_auto_pause(queue.auto_pause),
        wrap_up_s=queue.wrap_up_s,
        wrap_up_until_done=queue.wrap_up_until_done or _wants_outcome(queue),
        leavers_wrap_up=_wants_outcome(queue),
        wrap_up_most_s=queue.wrap_up_most_s,
        max_length=queue.max_length,
        max_wait_s=queue.max_wait_s,
        max_wait_cuts_offer=queue.max_wait_cuts_offer,
        max_estimate_s=queue.max_estimate_s,
        max_per_agent=queue.max_per_agent,
        join_empty=frozenset(queue.join_empty),
        leave_empty=frozenset(queue.leave_empty),
        leave_empty_after_s=queue.leave_empty_after_s,
        targets={way.reason: way.to for way in queue.overflow},
        exits={key.digit: key.to for key in queue.exit},
        announce=_announce(queue.announce),
        messages=_messages(queue.message),
        resume_s=queue.resume_s,
        callback=_callback(queue.callback),
        handling_s=queue.handling_s,
    )


def _wants_outcome(queue: Queue) -> bool:
    return queue.outcome_required and bool(queue.outcome)


def _skill_step(step: SkillStepItem) -> acd.SkillStep:
    return acd.SkillStep(
        until_s=step.until_s,
        needs=tuple(acd.Need(skill=need.skill, at_least=need.at_least) for need in step.need),
        own=step.own,
        language=step.language,
        least_agents=step.least_agents,
    )


def _miss_delays(delay: MissDelay) -> acd.MissDelays:
    return acd.MissDelays(
        no_answer_s=delay.no_answer_s,
        rejected_s=delay.rejected_s,
        busy_s=delay.busy_s,
        unreachable_s=delay.unreachable_s,
    )


def _auto_pause(pause: AutoPauseItem | None) -> acd.AutoPause | None:
    if pause is None:
        return None
    return acd.AutoPause(
        after=pause.after,
        grace_s=pause.grace_s,
        kinds=frozenset(pause.kinds),
        everywhere=pause.everywhere,
    )


def _announce(announce: Announcements) -> acd.AnnounceRule:
    return acd.AnnounceRule(
        first_s=announce.first_s,
        every_s=announce.every_s,
        gap_s=announce.gap_s,
        position=announce.position,
        limit=announce.limit,
        only_if_nearer=announce.only_if_nearer,
        wait=announce.wait,
        wait_step_s=announce.wait_step_s,
        while_offered=announce.while_offered,
    )


def _messages(messages: Messages | None) -> acd.MessageRule:
    if messages is None:
        return acd.MessageRule()
    return acd.MessageRule(
        names=messages.prompts,
        first_s=messages.first_s,
        every_s=messages.every_s,
        shuffled=messages.shuffled,
    )


def _callback(offer: CallbackOffer | None) -> acd.CallbackRule | None:
    if offer is None:
        return None
    return acd.CallbackRule(
        first_after_s=offer.first_after_s,
        retry_s=offer.retry_s,
        expire_s=offer.expire_s,
        dial_timeout_s=offer.dial_timeout_s,
    )
