"""What the ACD engine orders and tells: the answers to events.

Orders must be carried out, in their sequence; the other actions tell what the engine decided,
for records and the console.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from firmware.model.acd.rules import ExpelReason

# -- orders -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offer:
    """Ring this agent for this caller, at ``telephone`` ("" their own). With ``confirm``, an answer
    is followed by ``AskConfirmation``."""

    call: str
    agent: str
    queue: str
    telephone: str = ""
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class AskConfirmation:
    """The agent's telephone was answered: ask for the digit, and report ``OfferConfirmed``."""

    call: str
    agent: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Stop ringing this agent."""

    call: str
    agent: str


@dataclass(frozen=True, slots=True)
class Connect:
    """The agent has the caller. ``waited_s`` counts from joining, over a callback too."""

    call: str
    agent: str
    queue: str
    waited_s: float


@dataclass(frozen=True, slots=True)
class Expel:
    """Take this caller out of the queue and lead them to ``target`` ("" none is set)."""

    call: str
    queue: str
    reason: ExpelReason
    target: str = ""


class WaitCause(StrEnum):
    """Why the estimated wait rose since it was last said."""

    NONE = ""
    OVERTAKEN = "overtaken"  # by priority, weight or a kept place
    FEWER_AGENTS = "fewer_agents"
    LONGER_CALLS = "longer_calls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """Say to a waiting caller where they stand. An offer or its answer does not wait for it.

    ``position`` 0: say none; ``more_than``: say "more than" it. ``wait_s`` none: say no wait; it
    is rounded up to the rule's step, and ``at_most_s`` is what nine of ten such waits stay under.
    ``wait_s`` is never more than what was said last, unless ``cause`` says why.
    """

    call: str
    queue: str
    position: int
    more_than: bool = False
    wait_s: float | None = None
    at_most_s: float | None = None
    cause: WaitCause = WaitCause.NONE


@dataclass(frozen=True, slots=True)
class PlayMessage:
    """Play one of the queue's messages to a waiting caller."""

    call: str
    queue: str
    message: str


@dataclass(frozen=True, slots=True)
class Dial:
    """The callback's place is reached and ``agent`` is kept free for it: call ``number``, then
    report ``CallbackAnswered`` (an ``Offer`` follows) or ``CallbackFailed``. ``call`` is the id it
    waited with."""

    call: str
    queue: str
    number: str
    agent: str
    attempt: int


@dataclass(frozen=True, slots=True)
class StopDialling:
    """The callback is not wanted any more, or takes too long: hang up what ``Dial`` began."""

    call: str


# -- what is told -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AgentChanged:
    """An agent's state changed (only if the engine was asked to tell states). ``state`` is an
    ``AgentState``, ``reason`` that of a pause."""

    agent: str
    state: str
    reason: str = ""
    call: str = ""
    queue: str = ""


@dataclass(frozen=True, slots=True)
class AutoPaused:
    """The agent missed too many offers; ``queue`` "" is all."""

    agent: str
    reason: str
    queue: str = ""


@dataclass(frozen=True, slots=True)
class PlaceRegained:
    """The caller, who hung up as ``was_call``, has their place again."""

    call: str
    queue: str
    was_call: str


@dataclass(frozen=True, slots=True)
class CallbackTaken:
    """The place is kept and will be called at ``number``; the caller may hang up."""

    call: str
    queue: str
    number: str


class CallbackEnd(StrEnum):
    """How a callback ended without a talk."""

    NOT_REACHED = "not_reached"
    EXPIRED = "expired"
    CALLED_AGAIN = "called_again"  # the caller did, and has the place
    REACHED_OTHERWISE = "reached_otherwise"
    WITHDRAWN = "withdrawn"
    QUEUE_REMOVED = "queue_removed"
    HUNG_UP = "hung_up"  # they answered, and left before an agent took the call


@dataclass(frozen=True, slots=True)
class CallbackEnded:
    call: str
    queue: str
    number: str
    why: CallbackEnd


@dataclass(frozen=True, slots=True)
class CallMissed:
    """Nobody talked with this caller: they are on the list of unreturned calls."""

    call: str
    queue: str
    caller: str


@dataclass(frozen=True, slots=True)
class MissedReturned:
    """Somebody talks with this caller: they are off the list of unreturned calls."""

    caller: str


Action = (
    Offer
    | AskConfirmation
    | Withdraw
    | Connect
    | Expel
    | Announce
    | PlayMessage
    | Dial
    | StopDialling
    | AgentChanged
    | AutoPaused
    | PlaceRegained
    | CallbackTaken
    | CallbackEnded
    | CallMissed
    | MissedReturned
)
