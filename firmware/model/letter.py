"""Letters: what the box tells people who are not at a telephone, by mail or short message."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    MAIL = "mail"
    SMS = "sms"


class LetterState(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"  # being handed over; after a crash nobody knows whether it was
    SENT = "sent"  # the next one on the way has taken it
    FAILED = "failed"  # it will never be taken: no such recipient
    EXPIRED = "expired"  # it was tried for as long as the configuration says


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter. ``ident`` says what it is about ("voicemail:17.vm:mail") and is unique."""

    id: int = 0  # in the order they were written; 0 before it is in the outbox
    ident: str
    channel: str
    recipient: str
    subject: str = ""  # mail only
    body: str
    attachment: str = ""  # a file of the home's outbox
    attachment_name: str = ""
    deletes: str = ""  # the voicemail message that is deleted once this is sent
    created_at: float
    state: str = LetterState.WAITING
    attempts: int = 0
    waited_s: float = 0.0  # while the box ran: not measured by a clock that may jump
    finished_at: float | None = None
    fault: str = ""
