"""How a telephone is to ring for a call: the ``Alert-Info`` of its INVITE (RFC 3261 §20.4).

It names the kind of call; telephones are told which of their tones to play for each name
(``provisioning``). The URI in angle brackets is there because the grammar wants one; nobody
fetches it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Ringing(StrEnum):
    INTERNAL = "internal"  # another extension calls
    EXTERNAL = "external"  # somebody outside calls
    QUEUE = "queue"  # a queue offers a caller


def ringing_for(*, queue: str, is_inside: bool) -> Ringing:
    """The kind of a call: through a queue ("" is none), and whether an extension calls."""
    if queue:
        return Ringing.QUEUE
    return Ringing.INTERNAL if is_inside else Ringing.EXTERNAL


def alert_headers(ringing: Ringing) -> Mapping[str, str]:
    """The headers of the INVITE for one kind of call."""
    return {"Alert-Info": alert_info(ringing)}


def alert_info(word: str) -> str:
    """The whole ``Alert-Info`` with ``word`` in it, for telephones that compare all of it."""
    return f"<http://127.0.0.1>;info={word}"


def ringing_of(alert: str) -> Ringing | None:
    """The kind of a call, from an ``Alert-Info`` of ours; None when it names none."""
    word = alert.partition(";info=")[2].strip()
    return next((ringing for ringing in Ringing if ringing == word), None)
