"""A SIP trunk's standing: whether a call can go out by it now, and why not.

Two things are known of a trunk. The edge knows its *way*: the address its name led to, and
whether the provider answers there. The exchange knows its *registration*. Neither is asked on a
call's path: both tell when something changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class TrunkState(StrEnum):
    STARTING = "starting"  # nothing is known yet
    UNRESOLVED = "unresolved"  # its name has led to no address yet
    UNREACHABLE = "unreachable"  # nobody answers at its address
    UNTRUSTED = "untrusted"  # its certificate is not what it must be
    UNREGISTERED = "unregistered"  # registration has not succeeded, and is tried again
    REFUSED = "refused"  # the provider does not accept our user and password
    REGISTERED = "registered"
    READY = "ready"  # there is nothing to register, and nothing against it


USABLE = frozenset({TrunkState.REGISTERED, TrunkState.READY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where a trunk is reached, as the edge knows it. ``fault`` is "" when nothing is wrong,
    else one of the states in which it cannot be used, and ``reason`` says it in words."""

    address: str  # "udp:203.0.113.7:5060", "" when there is none
    fault: TrunkState | None
    reason: str
    rtt_ms: float | None
    since: float  # Unix seconds of the last change of ``fault`` or ``address``


class Registration(StrEnum):
    """How our registration stands."""

    NONE = "none"  # a trunk that does not register
    TRYING = "trying"
    DONE = "done"
    FAILED = "failed"  # no answer, or "try again"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Our registration and what the provider last said to it ("403 Forbidden")."""

    state: Registration
    reason: str = ""


_OF_ATTEMPT = {
    Registration.NONE: TrunkState.READY,
    Registration.TRYING: TrunkState.UNREGISTERED,
    Registration.DONE: TrunkState.REGISTERED,
    Registration.FAILED: TrunkState.UNREGISTERED,
    Registration.REFUSED: TrunkState.REFUSED,
}


def standing(way: Way | None, attempt: Attempt) -> tuple[TrunkState, str]:
    """What follows from both: the state, and the reason in words ("" when all is well)."""
    if way is None:
        return TrunkState.STARTING, ""
    if way.fault is not None:
        return way.fault, way.reason
    state = _OF_ATTEMPT[attempt.state]
    return state, "" if state in USABLE else attempt.reason


RETRY_FIRST_S, RETRY_MOST_S = 4.0, 120.0
REFUSED_RETRY_S = 600.0
"""A wrong password stays wrong until somebody changes it; providers ban who insists."""

REFUSALS = frozenset({400, 401, 402, 403, 404, 405, 406, 407, 410, 420, 423, 485, 603, 604, 606})
"""Answers to REGISTER that another attempt alone will not change."""


def retry_after_s(attempt: Registration, failures: int) -> float:
    """How long to wait before registering again after ``failures`` failures in a row (1 or more):
    doubling for a provider that does not answer, long for one that refuses."""
    if attempt is Registration.REFUSED:
        return REFUSED_RETRY_S
    return float(min(RETRY_FIRST_S * 2 ** min(failures - 1, 10), RETRY_MOST_S))
