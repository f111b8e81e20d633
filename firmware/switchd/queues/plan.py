"""The call centre as the configuration has it: the engine's rules, and what the engine leaves to
the exchange: prompts, music, telephones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from firmware.config.callcentre import agent_rules, queue_rules
from firmware.config.schema import Site
from firmware.config.sections.queues import Agent, Queue
from firmware.model import acd
from firmware.model.routing import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomePlace:
    """What can come of a call. ``prompt`` says it at a telephone, "" for none."""

    name: str
    prompt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePlace:
    """One queue as its callers and agents hear it, and what its figures are measured by."""

    title: str
    greeting: str = ""  # a prompt, "" for none
    music: str = ""  # "" for the box's own
    whisper: str = ""  # a prompt for the agent, "" for none
    callback_digit: str = ""  # "" where no callback is offered
    callback_prefix: str = ""  # dialled before a caller's number
    callback_permission: Permission = Permission.LOCAL  # how far callers are called back
    vip_priority: int = 0
    listening_tone: bool = False  # the agent hears when a supervisor begins to listen in
    outcomes: tuple[OutcomePlace, ...] = ()
    outcome_required: bool = False
    target_s: float = 20.0
    short_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPlace:
    """One agent. ``telephone`` is a number outside, "" for their extension's."""

    number: str
    name: str
    telephone: str = ""
    calendar: str = ""
    logs_in: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CentrePlan:
    """Everything. ``pauses`` are the reasons by their digit: name and title."""

    rules: Mapping[str, acd.QueueRule]
    agent_rules: Mapping[str, acd.AgentRule]
    queues: Mapping[str, QueuePlace]
    agents: Mapping[str, AgentPlace]
    pauses: Mapping[str, tuple[str, str]]


def centre_plan(site: Site) -> CentrePlan:
    """The call centre of a site."""
    names = {extension.number: extension.name for extension in site.extension}
    written = {agent.number: agent for agent in site.agent}
    numbers = {number for queue in site.queue for number in queue.members} | set(written)
    return CentrePlan(
        rules=queue_rules(site),
        agent_rules=agent_rules(site),
        queues={queue.name: _queue(queue) for queue in site.queue},
        agents={n: _agent(n, written.get(n), names.get(n, n)) for n in sorted(numbers)},
        pauses={reason.digit: (reason.name, reason.title) for reason in site.pause_reason},
    )


def _queue(queue: Queue) -> QueuePlace:
    callback = queue.callback
    return QueuePlace(
        title=queue.title,
        greeting=queue.greeting or "",
        music=queue.music or "",
        whisper=queue.whisper or "",
        callback_digit=(callback.digit or "") if callback else "",
        callback_prefix=(callback.prefix or "") if callback else "",
        callback_permission=callback.permission if callback else Permission.LOCAL,
        vip_priority=queue.vip_priority,
        listening_tone=queue.listening_tone,
        outcomes=tuple(
            OutcomePlace(name=one.name, prompt=one.prompt or "") for one in queue.outcome
        ),
        outcome_required=queue.outcome_required,
        target_s=queue.service_level_s,
        short_s=queue.short_abandon_s,
    )


def _agent(number: str, agent: Agent | None, name: str) -> AgentPlace:
    if agent is None:
        return AgentPlace(number=number, name=name)
    return AgentPlace(
        number=number,
        name=agent.name or name,
        telephone=agent.telephone or "",
        calendar=agent.calendar or "",
        logs_in=agent.logs_in,
    )
