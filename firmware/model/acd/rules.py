"""What an office decides about its queues and agents: the rules the ACD engine follows.

Every time is in seconds. Rules can be exchanged at any time (``Acd.retune``); a change takes
effect at the next decision. Targets are destinations as text (``voicemail:100``); the engine
only hands them on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

MISSED_PAUSE_S = 5.0
"""How long an agent who missed an offer is passed over, so that the caller reaches another."""


class Strategy(StrEnum):
    """Which of the free agents is offered. Lower tiers always come first."""

    RING_ALL = "ring_all"
    LINEAR = "linear"  # in the order of ``members``
    ROUND_ROBIN = "round_robin"  # the next after whoever was offered last
    LONGEST_IDLE = "longest_idle"  # since the end of their last call from any queue
    FEWEST_CALLS = "fewest_calls"  # taken from this queue since the day began
    LEAST_TALK_TIME = "least_talk_time"  # talked for this queue since the day began
    RANDOM = "random"
    WEIGHTED_RANDOM = "weighted_random"  # as likely as their ``weights``
    PROGRESSIVE = "progressive"  # more and more agents ring as the caller waits
    SKILLS = "skills"  # who is best at what the caller needs; among equals longest idle
    TIERS = "tiers"  # tier by tier, in a tier in the order of ``members``


class ExpelReason(StrEnum):
    """Why a caller is taken out of a queue."""

    FULL = "full"  # ``max_length`` callers wait
    WAITED_TOO_LONG = "waited_too_long"
    ESTIMATE_TOO_LONG = "estimate_too_long"  # at the door: the wait would be too long
    TOO_MANY_PER_AGENT = "too_many_per_agent"  # at the door
    NO_AGENTS = "no_agents"  # at the door, or while waiting
    EXIT_KEY = "exit_key"
    WITHDRAWN = "withdrawn"  # a supervisor took them out
    QUEUE_REMOVED = "queue_removed"


class Absence(StrEnum):
    """Why a member may count as not there; see ``QueueRule.join_empty``."""

    LOGGED_OUT = "logged_out"
    PAUSED = "paused"
    UNREACHABLE = "unreachable"  # their telephone is not registered
    DND = "dnd"
    ENGAGED = "engaged"  # on a call of their own
    OFFERED = "offered"
    TALKING = "talking"
    WRAP_UP = "wrap_up"


class MissKind(StrEnum):
    """How an offer came to nothing."""

    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    UNCONFIRMED = "unconfirmed"  # the telephone was answered, but nobody pressed the digit


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """An agent must have this skill with at least this weight (0–100)."""

    skill: str
    at_least: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillStep:
    """What is asked of agents for a part of the wait.

    The first step holds for which the caller has waited less than ``until_s`` (none: for ever)
    and which at least ``least_agents`` agents on duty fulfil; a step nobody on duty fulfils is
    passed at once. The last step is never passed: let it ask for nothing if anybody will do. A
    queue without steps asks for the caller's own needs, unless nobody on duty has them.

    ``needs`` is asked for every caller, ``own`` says whether the caller's own needs count, and
    ``language`` is the least weight in the caller's language, a skill called
    ``language.fa`` (0: the language is not asked for).
    """

    until_s: float | None = None
    needs: tuple[Need, ...] = ()
    own: bool = True
    language: int = 0
    least_agents: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TierStep:
    """From ``after_s`` of waiting on, agents of tiers ``lowest`` to ``highest`` are offered
    (bull's-eye routing). Before the first step, only tier 0 is."""

    after_s: float
    highest: int
    lowest: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MissDelays:
    """How long an agent is passed over after each kind of miss."""

    no_answer_s: float = MISSED_PAUSE_S
    rejected_s: float = MISSED_PAUSE_S
    busy_s: float = MISSED_PAUSE_S
    unreachable_s: float = MISSED_PAUSE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoPause:
    """Who misses ``after`` offers in a row is paused, unless their last call ended less than
    ``grace_s`` ago. ``everywhere`` pauses them in all their queues, else in this one."""

    after: int
    grace_s: float = 0.0
    kinds: frozenset[MissKind] = frozenset({MissKind.NO_ANSWER, MissKind.UNCONFIRMED})
    reason: str = "missed_calls"
    everywhere: bool = True


class Say(StrEnum):
    """When something is said to a waiting caller."""

    NEVER = "never"
    ALWAYS = "always"
    ONCE = "once"
    UP_TO_LIMIT = "up_to_limit"  # a position, only up to ``AnnounceRule.limit``
    MORE_THAN = "more_than"  # a position; behind the limit "more than"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnounceRule:
    """What waiting callers are told. ``every_s`` 0: only once; ``first_s`` none: never."""

    first_s: float | None = None
    every_s: float = 0.0
    gap_s: float = 15.0  # least time between any two sayings to one caller
    position: Say = Say.ALWAYS
    limit: int = 5
    only_if_nearer: bool = False  # say no position that is not better than the last one said
    wait: Say = Say.ALWAYS
    wait_step_s: float = 30.0  # waits are rounded up to whole steps
    while_offered: bool = False  # also tell callers for whom an agent rings


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRule:
    """Messages that are played in turn to waiting callers; names are the exchange's."""

    names: tuple[str, ...] = ()
    first_s: float = 60.0
    every_s: float = 60.0
    shuffled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRule:
    """Virtual hold: the caller hangs up, the place stays, and is called back when it is reached.

    ``retry_s`` are the delays before the second, third … attempt: there is one attempt more
    than delays. ``expire_s`` and ``first_after_s`` count from when the callback was asked for: at
    first the caller's telephone is still in that call.
    """

    first_after_s: float = 10.0

    retry_s: tuple[float, ...] = (300.0, 900.0)
    expire_s: float = 4 * 3600.0
    dial_timeout_s: float = 60.0  # an attempt that nobody reports on by then has failed


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRule:
    """How one queue treats its callers and agents.

    ``members`` are agents in their linear order. Callers are served by *rank*: when they came,
    less ``priority_credit_s`` for each level of priority, less ``weight_credit_s`` for each
    level of the queue's ``weight``. So nobody starves: a caller is overtaken only by those who
    come within their lead in credit.
    """

    name: str
    members: tuple[str, ...]
    strategy: str = Strategy.LONGEST_IDLE

    # which agents
    tiers: Mapping[str, int] = field(default_factory=dict)  # agent to tier; 0 if not named
    tier_steps: tuple[TierStep, ...] = ()  # none: all tiers at once, the lowest free one first
    skip_empty_tiers: bool = True  # tiers with nobody on duty are not waited for
    weights: Mapping[str, int] = field(default_factory=dict)  # weighted_random; 1 if not named
    skill_steps: tuple[SkillStep, ...] = ()
    ring_first: int = (
        1  # progressive: so many at once, and ``ring_more`` more every ``ring_step_s``
    )
    ring_more: int = 1
    ring_step_s: float = 10.0
    sticky_last: bool = False  # prefer the agent whom the caller talked to last
    sticky_wait_s: float = 0.0  # how long to wait for a preferred agent who is on duty but busy
    most_served: int = 0  # callers of this queue with agents at once; 0: any number

    # which caller
    weight: int = 0
    weight_credit_s: float = 60.0
    priority_credit_s: float = 60.0
    vips: Mapping[str, int] = field(default_factory=dict)  # caller's number to priority

    # offers
    offer_timeout_s: float = 15.0
    confirm_timeout_s: float = 10.0
    miss_delays: MissDelays = MissDelays()
    auto_pause: AutoPause | None = None

    # wrap-up
    wrap_up_s: float = 0.0
    wrap_up_until_done: bool = False  # ends by ``WrapUpDone``, or after ``wrap_up_most_s``
    wrap_up_most_s: float = 600.0  # no extension goes beyond
    leavers_wrap_up: bool = False  # who logs out in a talk leaves after its wrap-up only

    # waiting
    max_length: int = 50
    max_wait_s: float = 300.0
    max_wait_cuts_offer: bool = True  # else a telephone that rings when it is over rings on
    max_estimate_s: float | None = None
    max_per_agent: float | None = None  # callers for each agent on duty
    join_empty: frozenset[Absence] = frozenset()  # who is so does not count; nobody left: no entry
    leave_empty: frozenset[Absence] = frozenset()
    leave_empty_after_s: float = 0.0
    targets: Mapping[ExpelReason, str] = field(default_factory=dict)
    exits: Mapping[str, str] = field(default_factory=dict)  # digit to target
    announce: AnnounceRule = AnnounceRule()
    messages: MessageRule = MessageRule()
    resume_s: float = 0.0  # who hangs up and calls again within it has the place back
    callback: CallbackRule | None = None
    handling_s: float = 180.0  # expected, until some have been measured


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRule:
    """What holds for one agent in all queues.

    ``skills`` map a skill (a language is ``language.fa``) to a weight, 0–100. ``capacity`` is
    how many calls they take at once. ``confirm``: their telephone may be answered by a mailbox
    (a mobile), so a digit must be pressed. ``wrap_up_s`` overrides the queues'.
    """

    number: str
    skills: Mapping[str, int] = field(default_factory=dict)
    capacity: int = 1
    confirm: bool = False
    wrap_up_s: float | None = None
