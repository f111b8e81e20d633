"""What happens in the call centre, as it is written down: the events every figure comes from.

One flat record a happening. Its meaning, field by field, is in ``docs/events.md``, which is the
contract: names and fields are added, never changed or taken away. Times are Unix seconds.

A *visit* is one stay of a caller in one queue, from ``caller.joined`` to whichever of
``caller.served``, ``caller.abandoned`` and ``caller.left`` comes; all that belongs to it (its
offers, its talk, its wrap-up, its callback) carries its id.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class QueueEventName(StrEnum):
    CALLER_JOINED = "caller.joined"
    CALLER_SERVED = "caller.served"
    CALLER_ABANDONED = "caller.abandoned"
    CALLER_LEFT = "caller.left"
    CALLER_MOVED = "caller.moved"  # by a supervisor, within the order of the queue
    OFFER_MADE = "offer.made"
    OFFER_MISSED = "offer.missed"
    HOLD_ENDED = "hold.ended"
    TALK_ENDED = "talk.ended"
    WRAP_UP_ENDED = "wrap_up.ended"
    AGENT_CHANGED = "agent.changed"
    CALLBACK_TAKEN = "callback.taken"
    CALLBACK_TRIED = "callback.tried"
    CALLBACK_MISSED = "callback.missed"  # one attempt
    CALLBACK_REACHED = "callback.reached"
    CALLBACK_ENDED = "callback.ended"  # without a talk
    NUMBER_REACHED = "number.reached"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEvent:
    """One happening. A field that an event does not have is empty: "" or 0."""

    at: float
    name: QueueEventName
    queue: str = ""
    visit: str = ""
    call: str = ""
    agent: str = ""
    reason: str = ""
    state: str = ""  # agent.changed: what the agent is from now on
    seconds: float = 0.0  # how long what ended here had lasted
    caller: str = ""
    called: str = ""  # the number the caller dialled (DID)
    line: str = ""  # the line or trunk they came by
    destination: str = ""  # where they went
    position: int = 0
    priority: int = 0
    target_s: float = 0.0  # caller.joined: the queue's service level then
    short_s: float = 0.0  # caller.joined: who gives up sooner counts as a short abandon
    needs: str = ""  # caller.joined: the skills asked for, "english:50 language-fa:1"
