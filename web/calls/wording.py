"""How dispositions look and read."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

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


FILTER_PROBLEMS: Mapping[str, LazyString] = {
    "since": lazy_gettext("The first day is no day of the calendar."),
    "until": lazy_gettext("The last day is no day of the calendar."),
    "shortest": lazy_gettext("The shortest length is no length: write 90 or 1:30."),
    "longest": lazy_gettext("The longest length is no length: write 90 or 1:30."),
    "disposition": lazy_gettext("There is no such disposition."),
    "recorded": lazy_gettext("Recorded is either yes or no."),
}
"""What is wrong with a filter of the address, by its name."""

EVENT_WORDS: Mapping[str, LazyString] = {
    "started": lazy_gettext("The call began"),
    "routed": lazy_gettext("Routed by"),
    "went_out": lazy_gettext("Went out by"),
    "way_failed": lazy_gettext("A way out failed"),
    "way_passed_over": lazy_gettext("A way out was passed over"),
    "not_permitted": lazy_gettext("Not permitted"),
    "over_limit": lazy_gettext("Over the limit"),
    "not_reachable": lazy_gettext("Not reachable"),
    "pin_right": lazy_gettext("Right PIN"),
    "pin_wrong": lazy_gettext("Wrong PIN"),
    "wrong_pin": lazy_gettext("Wrong PIN"),
    "pin_refused": lazy_gettext("The PIN was not taken"),
    "pin_changed": lazy_gettext("The PIN was changed"),
    "pressed": lazy_gettext("Pressed"),
    "heard": lazy_gettext("Heard"),
    "moved": lazy_gettext("Led to"),
    "moved_here": lazy_gettext("Came from another call"),
    "offered": lazy_gettext("Offered to"),
    "accepted": lazy_gettext("Taken by"),
    "missed": lazy_gettext("Not taken by"),
    "callback_promised": lazy_gettext("A call back was promised to"),
    "called_back": lazy_gettext("Called back"),
    "place_regained": lazy_gettext("Had their place in the queue again"),
    "bridged": lazy_gettext("Talks to"),
    "transferred": lazy_gettext("Transferred"),
    "picked_up": lazy_gettext("Picked up by"),
    "paged": lazy_gettext("Announced to"),
    "not_paged": lazy_gettext("Not announced to"),
    "recording_started": lazy_gettext("Recording began"),
    "recording_paused": lazy_gettext("Recording paused"),
    "recording_resumed": lazy_gettext("Recording goes on"),
    "recording_ended": lazy_gettext("Recording ended"),
    "recording_failed": lazy_gettext("Recording failed"),
    "flow_result": lazy_gettext("Left in a menu"),
    "feature": lazy_gettext("Feature"),
    "not_set": lazy_gettext("Could not be set"),
    "dialled": lazy_gettext("Dialled"),
    "logged_in_at": lazy_gettext("Logged in"),
    "logged_out": lazy_gettext("Logged out"),
    "night_switched": lazy_gettext("Calendar switched"),
    "mailbox_opened": lazy_gettext("Opened the voicemail of"),
    "voicemail_taken": lazy_gettext("Left a voicemail message"),
    "voicemail_full": lazy_gettext("The voicemail box was full"),
    "voicemail_failed": lazy_gettext("The message could not be kept"),
    "message_forwarded": lazy_gettext("Message forwarded"),
    "emergency": lazy_gettext("Emergency call"),
    "cleared": lazy_gettext("Ended for an emergency call"),
    "cleared_way": lazy_gettext("A line was freed for it"),
    "ended": lazy_gettext("The call ended"),
    "call.closed_by_repair": lazy_gettext("Cut off by a restart; the record was closed afterwards"),
}
"""The timeline's events. One that is not here is shown by its own name."""

ENDERS: Mapping[str, LazyString] = {
    "caller": lazy_gettext("the caller"),
    "callee": lazy_gettext("the called party"),
    "box": lazy_gettext("the exchange"),
}
"""Who hung up (``CallRecord.hung_up_by``)."""

OUTCOMES: Mapping[str, LazyString] = {
    "served": lazy_gettext("Reached an agent"),
    "abandoned": lazy_gettext("Gave up"),
    "left": lazy_gettext("Went on elsewhere"),
    "turned_away": lazy_gettext("Was turned away"),
    "callback": lazy_gettext("Is to be called back"),
    "waiting": lazy_gettext("Waits"),
}
"""How a stay in a queue ended (``queue_visits.outcome``)."""

TURNS: Mapping[str, LazyString] = {
    "together": lazy_gettext("Talking"),
    "apart": lazy_gettext("Nobody talks"),
    "paused": lazy_gettext("Recording paused"),
    "resumed": lazy_gettext("Recording goes on"),
}
"""What a recording's track list tells."""

CALL_PROBLEMS: Mapping[str, LazyString] = {
    "note": lazy_gettext("A note has between 1 and 4,000 letters."),
    "tag": lazy_gettext("A tag has between 1 and 40 letters, and a call at most 20 tags."),
}

_RATINGS = (
    (4.0, Look(word=lazy_gettext("Good"), icon="tick", tone="good")),
    (3.6, Look(word=lazy_gettext("Fair"), icon="circle", tone="calm")),
    (3.1, Look(word=lazy_gettext("Poor"), icon="warning", tone="wait")),
    (0.1, Look(word=lazy_gettext("Bad"), icon="broken", tone="bad")),
)
"""From which rating on: the steps of user satisfaction in ITU-T G.109, on the scale of MOS."""

_NOT_HEARD = Look(word=lazy_gettext("Nothing came"), icon="minus", tone="bad")


def rating_look(mos: float) -> Look:
    """How a listener would call a voice quality (1.0 to 4.4; 0: nothing came)."""
    return next((look for least, look in _RATINGS if mos >= least), _NOT_HEARD)


FOR_TEMPLATES = {
    "disposition_look": disposition_look,
    "event_words": EVENT_WORDS,
    "enders": ENDERS,
    "outcomes": OUTCOMES,
    "turn_words": TURNS,
    "call_problems": CALL_PROBLEMS,
    "rating_look": rating_look,
}
"""What templates call by these names."""
