"""Who hears whom while a supervisor listens in on an agent's talk."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import TypeVar

Seat = TypeVar("Seat")


class Listening(StrEnum):
    """How a supervisor takes part."""

    LISTEN = "listen"  # hears everybody, is heard by nobody
    WHISPER = "whisper"  # is heard by the agent alone
    BARGE = "barge"  # is heard by everybody
    TAKE_OVER = "take_over"  # has the agent's place, and the agent is out of the call


HEARD = frozenset({Listening.WHISPER, Listening.BARGE})

KEYS = {"4": Listening.LISTEN, "5": Listening.WHISPER, "6": Listening.BARGE}
"""What a supervisor presses at the telephone to listen in another way."""


def paths(
    how: Listening,
    *,
    agent: Seat,
    others: Collection[Seat],
    supervisor: Seat,
    holding: Collection[Seat],
) -> frozenset[tuple[Seat, Seat]]:
    """Whom the supervisor hears and who hears them, as (speaker, hearer). Of whoever is in
    ``holding`` nothing is heard: some telephones go on sending their room (RFC 3264 §8.4)."""
    speakers = [seat for seat in (agent, *others) if seat not in holding]
    found = {(seat, supervisor) for seat in speakers}
    if how in HEARD and supervisor not in holding:
        found.add((supervisor, agent))
        if how is Listening.BARGE:
            found |= {(supervisor, other) for other in others}
    return frozenset(found)
