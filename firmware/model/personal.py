"""What a person has set for the calls that come to them, and what follows from it.

``on_call`` says what happens when somebody calls a person, ``after`` what happens when their
telephone did not take the call. Both are asked once for each person a call comes to; the call
carries a ``Trail`` of the forwards it followed, so that no two persons can send it round.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from firmware.model.cause import Cause
from firmware.model.dialplan import Destination, DestinationKind

MAX_FORWARDS = 5
"""Forwards that one call follows; more is a loop, or an office nobody understands any more."""

DEFAULT_NO_ANSWER_S = 20.0


class ForwardKind(StrEnum):
    ALWAYS = "always"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """Where calls go instead. ``after_s`` counts for a forward on no answer only."""

    to: Destination
    after_s: float = DEFAULT_NO_ANSWER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowStep:
    """One number that is tried with the person's own telephone: it rings from ``delay_s``."""

    number: str
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Everything one person has set, by the number of their extension.

    ``at`` is the extension whose telephone they have logged in at, "" at their own.
    """

    number: str
    dnd: bool = False
    call_waiting: bool = True
    forwards: Mapping[ForwardKind, Forward] = field(default_factory=dict)
    follow_me: bool = False
    follow_steps: tuple[FollowStep, ...] = ()
    speed_dials: Mapping[str, str] = field(default_factory=dict)  # slot "7" to number
    at: str = ""


@dataclass(frozen=True, slots=True)
class Diverted:
    """One forward that a call has followed."""

    who: str
    kind: ForwardKind


@dataclass(frozen=True, slots=True)
class Trail:
    """The forwards a call has followed, the first of them first."""

    steps: tuple[Diverted, ...] = ()

    def then(self, who: str, kind: ForwardKind) -> Trail:
        """With one more."""
        return Trail((*self.steps, Diverted(who, kind)))

    def forbids(self, who: str, to: Destination) -> bool:
        """Whether ``who`` must not forward this call to ``to``: it has been there, or it has
        been forwarded too often."""
        been = {step.who for step in self.steps} | {who}
        returns = to.kind is DestinationKind.EXTENSION and to.name in been
        return returns or len(self.steps) >= MAX_FORWARDS


@dataclass(frozen=True, slots=True)
class Ring:
    """Let the telephone ring for so long."""

    timeout_s: float


@dataclass(frozen=True, slots=True)
class Follow:
    """Let the telephone ring, and the numbers of follow-me with it."""

    timeout_s: float


@dataclass(frozen=True, slots=True)
class Divert:
    """Lead the call elsewhere."""

    kind: ForwardKind
    to: Destination


@dataclass(frozen=True, slots=True)
class Refused:
    """The call does not reach the person. ``is_loop``: a forward was there, and was not followed
    because it leads back."""

    cause: Cause
    is_loop: bool = False


_KIND_OF = {
    Cause.USER_BUSY: ForwardKind.BUSY,
    Cause.CALL_REJECTED: ForwardKind.BUSY,
    Cause.NO_ANSWER: ForwardKind.NO_ANSWER,
}
"""Which forward a cause asks for; any other cause says that the telephone is not there."""

_LOOP_CAUSE = {
    ForwardKind.ALWAYS: Cause.SUBSCRIBER_ABSENT,
    ForwardKind.BUSY: Cause.USER_BUSY,
    ForwardKind.NO_ANSWER: Cause.NO_ANSWER,
    ForwardKind.UNREACHABLE: Cause.SUBSCRIBER_ABSENT,
}
"""What a caller is told when the forward leads back."""


def on_call(
    person: Person, *, caller: str, is_busy: bool, ring_timeout_s: float, trail: Trail
) -> Ring | Follow | Divert | Refused:
    """What to do with a call that comes to ``person``.

    ``caller`` is the number of the extension that calls, "" for a call from outside; somebody
    to whom a person forwards their calls reaches them all the same, as a secretary must.
    ``is_busy`` says whether the telephone has a call already.
    """
    always = person.forwards.get(ForwardKind.ALWAYS)
    if always is not None and not _is_for(always, caller):
        return _divert(person, ForwardKind.ALWAYS, always, trail)
    if person.dnd or (is_busy and not person.call_waiting):
        return after(person, Cause.USER_BUSY, caller=caller, trail=trail)
    no_answer = person.forwards.get(ForwardKind.NO_ANSWER)
    timeout_s = no_answer.after_s if no_answer else ring_timeout_s
    return Follow(timeout_s) if person.follow_me and person.follow_steps else Ring(timeout_s)


def kind_of(cause: Cause) -> ForwardKind:
    """Which forward a cause asks for."""
    return _KIND_OF.get(cause, ForwardKind.UNREACHABLE)


def after(person: Person, cause: Cause, *, caller: str, trail: Trail) -> Divert | Refused:
    """What to do with a call that the telephone of ``person`` did not take, for ``cause``."""
    kind = kind_of(cause)
    forward = person.forwards.get(kind)
    if forward is None or _is_for(forward, caller):
        return Refused(cause)
    return _divert(person, kind, forward, trail)


def _divert(person: Person, kind: ForwardKind, forward: Forward, trail: Trail) -> Divert | Refused:
    if trail.forbids(person.number, forward.to):
        return Refused(_LOOP_CAUSE[kind], is_loop=True)
    return Divert(kind, forward.to)


def _is_for(forward: Forward, caller: str) -> bool:
    """Whether the caller is who the calls are forwarded to."""
    return bool(caller) and forward.to == Destination(DestinationKind.EXTENSION, caller)
