"""The sections ``queue``, ``agent`` and ``pause_reason``: the call centre.

Everything has a default that suits a small office: a queue is a name, a title and its members.
What each rule means is in ``firmware.model.acd.rules``.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr

from firmware.config.types import (
    Decimal,
    Destination,
    Digit,
    Label,
    Name,
    Number,
    Seconds,
    Section,
    Sentence,
    Truth,
    WholeNumber,
    text,
)
from firmware.model.acd import Absence, ExpelReason, MissKind, Say, Strategy
from firmware.model.routing import Permission

Skill = Annotated[
    str,
    text(
        r"^[a-z0-9][a-z0-9_.-]{0,31}$",
        'a skill: 1 to 32 of the characters a-z, 0-9, ".", - and _; a language is "language.fa"',
    ),
]

Weight = Annotated[WholeNumber, Field(ge=0, le=100)]
Tier = Annotated[WholeNumber, Field(ge=0, le=99)]
Priority = Annotated[WholeNumber, Field(ge=-99, le=99)]
Some = Annotated[Decimal, Field(ge=0, le=86400)]
"""Seconds, also none."""


class MemberPlace(Section):
    """Where a member stands among the others: tier 0 comes first, a greater weight more often."""

    member: Number
    tier: Tier = 0
    weight: Annotated[WholeNumber, Field(ge=1, le=1000)] = 1


class TierStepItem(Section):
    """From ``after_s`` of waiting on, the tiers ``lowest`` to ``highest`` are offered."""

    after_s: Some
    highest: Tier
    lowest: Tier = 0


class NeedItem(Section):
    skill: Skill
    at_least: Annotated[WholeNumber, Field(ge=1, le=100)] = 1


class SkillStepItem(Section):
    """What is asked of agents while the caller has waited less than ``until_s``."""

    until_s: Seconds | None = None
    need: tuple[NeedItem, ...] = ()
    own: Truth = True
    language: Weight = 0
    least_agents: Annotated[WholeNumber, Field(ge=1, le=1000)] = 1


class MissDelay(Section):
    """How long an agent is passed over after a miss of each kind."""

    no_answer_s: Some = 5.0
    rejected_s: Some = 5.0
    busy_s: Some = 5.0
    unreachable_s: Some = 5.0


class AutoPauseItem(Section):
    """Who misses ``after`` offers in a row is paused."""

    after: Annotated[WholeNumber, Field(ge=1, le=100)]
    grace_s: Some = 0.0
    kinds: tuple[MissKind, ...] = (MissKind.NO_ANSWER, MissKind.UNCONFIRMED)
    everywhere: Truth = True


class Overflow(Section):
    """Where a caller goes who cannot wait, or wait on, for a reason."""

    reason: ExpelReason
    to: Destination


class ExitKey(Section):
    """A key that leads a waiting caller out of the queue."""

    digit: Digit
    to: Destination


class Vip(Section):
    """A caller who goes before others."""

    number: Number
    priority: Priority = 5


class Announcements(Section):
    """What waiting callers are told of their place and wait. ``first_s`` none: nothing."""

    first_s: Some | None = None
    every_s: Some = 60.0
    gap_s: Some = 15.0
    position: Say = Say.ALWAYS
    limit: Annotated[WholeNumber, Field(ge=1, le=1000)] = 5
    only_if_nearer: Truth = False
    wait: Say = Say.ALWAYS
    wait_step_s: Seconds = 30.0
    while_offered: Truth = False


class Messages(Section):
    """Prompts that are played in turn to waiting callers."""

    prompts: tuple[Name, ...] = Field(min_length=1)
    first_s: Seconds = 60.0
    every_s: Seconds = 60.0
    shuffled: Truth = False


class CallbackOffer(Section):
    """Virtual hold: who presses ``digit`` hangs up, keeps the place, and is called back."""

    digit: Digit | None = "2"  # none: only a flow offers it
    prefix: Number | None = None  # dialled before the caller's number; none: as it came
    permission: Permission = Permission.MOBILE  # how far strangers can have the office call
    first_after_s: Some = 10.0
    retry_s: tuple[Seconds, ...] = (300.0, 900.0)
    expire_s: Annotated[Decimal, Field(ge=60, le=604800)] = 14400.0
    dial_timeout_s: Annotated[Decimal, Field(ge=10, le=120)] = 45.0


class OutcomeItem(Section):
    """What can come of a call, for the agent to choose from after it: at the desk's page, or at a
    telephone by its place in the list (1 the first)."""

    name: Name
    title: Label
    prompt: Name | None = None  # says it at a telephone; none: agents know the numbers


class Queue(Section):
    """A queue and its members: the numbers of extensions and agents."""

    name: Name
    number: Number | None = None  # what telephones inside dial to reach it; none: they cannot
    title: Label
    members: tuple[Number, ...] = ()
    strategy: Strategy = Strategy.LONGEST_IDLE
    # which agents
    place: tuple[MemberPlace, ...] = ()
    tier_step: tuple[TierStepItem, ...] = ()
    skip_empty_tiers: Truth = True
    skill_step: tuple[SkillStepItem, ...] = ()
    ring_first: Annotated[WholeNumber, Field(ge=1, le=100)] = 1
    ring_more: Annotated[WholeNumber, Field(ge=0, le=100)] = 1
    ring_step_s: Seconds = 10.0
    sticky: Truth = False
    sticky_wait_s: Some = 0.0
    most_served: Annotated[WholeNumber, Field(ge=0, le=1000)] = 0
    # which caller
    weight: Priority = 0
    weight_credit_s: Some = 60.0
    priority_credit_s: Some = 60.0
    vip: tuple[Vip, ...] = ()
    vip_priority: Priority = 0  # of callers whom the phonebook knows as important
    # offers
    offer_timeout_s: Seconds = 15.0
    confirm_timeout_s: Seconds = 10.0
    miss_delay: MissDelay = MissDelay()
    auto_pause: AutoPauseItem | None = None
    whisper: Name | None = None  # the prompt an agent hears before the caller; none: nothing
    # wrap-up
    wrap_up_s: Annotated[Decimal, Field(ge=0, le=3600)] = 5.0
    wrap_up_until_done: Truth = False
    wrap_up_most_s: Seconds = 600.0
    outcome: tuple[OutcomeItem, ...] = ()
    outcome_required: Truth = False  # no agent ends their wrap-up without one
    script: tuple[Sentence, ...] = ()  # what the agent's page says to ask and to say, in order
    text_callers: Truth = False  # agents may send their caller a short message by a SIM
    listening_tone: Truth = False  # an agent hears when a supervisor begins to listen in
    # waiting
    max_wait_s: Seconds = 300.0
    max_wait_cuts_offer: Truth = True
    max_length: Annotated[WholeNumber, Field(ge=1, le=1000)] = 50
    max_estimate_s: Seconds | None = None
    max_per_agent: Annotated[Decimal, Field(gt=0, le=1000)] | None = None
    join_empty: tuple[Absence, ...] = ()
    leave_empty: tuple[Absence, ...] = ()
    leave_empty_after_s: Some = 0.0
    overflow: tuple[Overflow, ...] = ()
    exit: tuple[ExitKey, ...] = ()
    greeting: Name | None = "queue_wait"
    music: Name | None = None  # none: the box's own
    announce: Announcements = Announcements()
    message: Messages | None = None
    resume_s: Some = 0.0
    callback: CallbackOffer | None = None
    handling_s: Seconds = 180.0
    # figures
    service_level_s: Seconds = 20.0
    short_abandon_s: Some = 5.0


class SkillWeight(Section):
    skill: Skill
    weight: Weight = 100


class Agent(Section):
    """A person who takes calls from queues. Whoever has an extension needs none of this; it adds
    skills, or a telephone elsewhere: an outside number, by the outbound routes."""

    number: Number
    name: Label | None = None  # none: the extension's
    telephone: Number | None = None  # none: the extension of this number
    confirm: Truth = False  # a digit must be pressed: their mailbox might answer
    skill: tuple[SkillWeight, ...] = ()
    capacity: Annotated[WholeNumber, Field(ge=1, le=10)] = 1
    wrap_up_s: Annotated[Decimal, Field(ge=0, le=3600)] | None = None
    logs_in: Truth = True  # when the box is new: takes calls without logging in
    calendar: Name | None = None  # logs in when it opens, out when it closes
    pin: SecretStr | None = None  # of logging in at any telephone


class PauseReason(Section):
    """A reason for a pause, and the digit that says it behind the code."""

    name: Name
    digit: Digit
    title: Label
