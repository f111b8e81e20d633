"""What can happen to queues, callers and agents: everything the ACD engine is told.

Calls and agents are named by ids that the engine only compares. Whatever can cross something
else on the wire (an answer and a hang-up) may be reported late; the engine ignores what is
overtaken.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware.model.acd.rules import MissKind, Need

# -- callers ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CallerJoined:
    """A caller wants to wait.

    ``caller`` is their number ("" if unknown): by it they are recognised when they call again.
    ``prefer`` are agents in order of preference (the account's agent); ``waited_s`` is a credit
    for a wait elsewhere; ``position`` 1 puts them first, 2 second (0: by rank).
    """

    queue: str
    call: str
    caller: str = ""
    priority: int = 0
    language: str = ""
    needs: tuple[Need, ...] = ()
    prefer: tuple[str, ...] = ()
    waited_s: float = 0.0
    position: int = 0


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The caller hung up, or (``abandoned`` false) was led elsewhere. Late after an ``Expel`` or a
    ``Connect``."""

    call: str
    abandoned: bool = True


@dataclass(frozen=True, slots=True)
class CallerPressed:
    call: str
    digit: str


@dataclass(frozen=True, slots=True)
class PriorityChanged:
    call: str
    priority: int


@dataclass(frozen=True, slots=True)
class CallerWithdrawn:
    """A supervisor takes the caller, or a callback, out of the queue."""

    call: str


# -- virtual hold -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CallbackAsked:
    """The waiting caller hangs up and is to be called at ``number`` when the place is reached."""

    call: str
    number: str


@dataclass(frozen=True, slots=True)
class CallbackAnswered:
    """The person dialled by ``Dial`` is on the line."""

    call: str


@dataclass(frozen=True, slots=True)
class CallbackFailed:
    """The person dialled by ``Dial`` was not reached."""

    call: str


@dataclass(frozen=True, slots=True)
class CallbackHeldBack:
    """No call may begin now, and the person has nothing to do with it: the attempt that ``Dial``
    ordered does not count, and is made ``after_s`` later. The promise lasts so much longer."""

    call: str
    after_s: float


@dataclass(frozen=True, slots=True)
class NumberReached:
    """Somebody of the office talks with this number: it is neither missed nor to be called back."""

    number: str


# -- offers and talks ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    call: str
    agent: str


@dataclass(frozen=True, slots=True)
class OfferConfirmed:
    """The digit was pressed that an offer with ``confirm`` asks for."""

    call: str
    agent: str


@dataclass(frozen=True, slots=True)
class OfferMissed:
    """The agent's telephone was busy, unreachable, refused, or stopped ringing."""

    call: str
    agent: str
    kind: MissKind = MissKind.NO_ANSWER


@dataclass(frozen=True, slots=True)
class TalkEnded:
    """``call`` may be left out when the agent has one call."""

    agent: str
    call: str = ""


@dataclass(frozen=True, slots=True)
class WrapUpDone:
    agent: str


@dataclass(frozen=True, slots=True)
class WrapUpExtended:
    agent: str
    by_s: float


# -- agents -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AgentLoggedIn:
    """``queues`` are those they take calls from, () all they are a member of; ``telephone`` where
    they sit ("" their own), ``confirm`` whether that one asks for a digit (none: as their rule
    says); ``by`` says who did it: phone, desk, console, schedule."""

    agent: str
    queues: tuple[str, ...] = ()
    telephone: str = ""
    confirm: bool | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class AgentLoggedOut:
    """Takes effect when their call is over."""

    agent: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class AgentMoved:
    """Hot desk: they sit at another telephone from the next offer on."""

    agent: str
    telephone: str
    confirm: bool | None = None


@dataclass(frozen=True, slots=True)
class AgentPaused:
    """In one queue, or ("") in all: then, in a call, when it is over. Another reason replaces."""

    agent: str
    reason: str = ""
    queue: str = ""


@dataclass(frozen=True, slots=True)
class AgentUnpaused:
    agent: str
    queue: str = ""


@dataclass(frozen=True, slots=True)
class AgentEngaged:
    """The agent's telephone is (or is no longer) on a call of its own."""

    agent: str
    engaged: bool


@dataclass(frozen=True, slots=True)
class AgentDnd:
    """The agent's telephone does not want to be disturbed, or does again."""

    agent: str
    dnd: bool


@dataclass(frozen=True, slots=True)
class AgentReachable:
    """The agent's telephone is registered, or is not."""

    agent: str
    reachable: bool


# -- time ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DayBegan:
    """Counts of calls and talk time, by which strategies compare agents, begin anew."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; see ``Acd.next_due``."""


Event = (
    CallerJoined
    | CallerLeft
    | CallerPressed
    | PriorityChanged
    | CallerWithdrawn
    | CallbackAsked
    | CallbackAnswered
    | CallbackFailed
    | CallbackHeldBack
    | NumberReached
    | OfferAccepted
    | OfferConfirmed
    | OfferMissed
    | TalkEnded
    | WrapUpDone
    | WrapUpExtended
    | AgentLoggedIn
    | AgentLoggedOut
    | AgentMoved
    | AgentPaused
    | AgentUnpaused
    | AgentEngaged
    | AgentDnd
    | AgentReachable
    | DayBegan
    | Tick
)
