"""How dispositions look and read."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext

from firmware.model.record import CallRecord, Disposition
from web.look import Look

DISPOSITION_LOOKS: Mapping[str, Look] = {
    Disposition.ANSWERED: Look(word=lazy_gettext("Answered"), icon="tick", tone="good"),
    Disposition.NO_ANSWER: Look(word=lazy_gettext("No answer"), icon="bell", tone="wait"),
    Disposition.BUSY: Look(word=lazy_gettext("Busy"), icon="minus", tone="wait"),
    Disposition.FAILED: Look(word=lazy_gettext("Failed"), icon="broken", tone="bad"),
    Disposition.CONGESTION: Look(word=lazy_gettext("Congestion"), icon="warning", tone="bad"),
    Disposition.CANCELLED: Look(word=lazy_gettext("Cancelled"), icon="circle", tone="calm"),
    Disposition.ABANDONED: Look(word=lazy_gettext("Abandoned"), icon="leave", tone="wait"),
}

_LIVES = Look(word=lazy_gettext("In progress"), icon="live", tone="busy")
_UNKNOWN = Look(word=lazy_gettext("Unknown"), icon="question", tone="calm")


def disposition_look(call: CallRecord) -> Look:
    """How a call came out, or that it still lives."""
    if call.ended_at is None:
        return _LIVES
    return DISPOSITION_LOOKS.get(call.disposition, _UNKNOWN)
