"""A take: a prompt that somebody says into a telephone."""

from __future__ import annotations

from enum import StrEnum


class TakeState(StrEnum):
    """How far a take is. Those of ``OVER`` are its ends."""

    RINGING = "ringing"
    ASKED = "asked"  # answered: they hear what they are to do
    SPEAKING = "speaking"  # after the tone
    CHECKING = "checking"  # they hear it, and decide
    KEPT = "kept"
    DROPPED = "dropped"  # they did not want it, or hung up
    UNANSWERED = "unanswered"
    FAILED = "failed"  # the disk refuses


OVER = frozenset({TakeState.KEPT, TakeState.DROPPED, TakeState.UNANSWERED, TakeState.FAILED})
