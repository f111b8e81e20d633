"""How voicemail's states, greetings and problems read."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from web.look import Look

STATES: Mapping[str, Look] = {
    "new": Look(word=lazy_gettext("New"), icon="bell", tone="wait"),
    "saved": Look(word=lazy_gettext("Heard"), icon="tick", tone="calm"),
    "deleted": Look(word=lazy_gettext("Deleted"), icon="close", tone="bad"),
}

GREETINGS: Mapping[str, LazyString] = {
    "away": lazy_gettext("When there is no answer"),
    "busy": lazy_gettext("When the telephone is busy"),
    "temporary": lazy_gettext("Temporary, instead of both"),
}

PROBLEMS: Mapping[str, LazyString] = {
    "away": lazy_gettext("The exchange does not answer. Nothing was changed."),
    "gone": lazy_gettext("There is no such message or box any more."),
    "disk": lazy_gettext("The disk does not take it now. Nothing was changed."),
    "pin": lazy_gettext("A PIN has 4 to 10 digits."),
    "easy": lazy_gettext("This PIN is too easy to guess."),
    "sound": lazy_gettext(
        "This is no sound the exchange can play: choose a WAV file of at most two minutes."
    ),
    "until": lazy_gettext("This is no day to come."),
}
