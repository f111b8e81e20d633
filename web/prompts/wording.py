"""The words of the prompts' pages."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from firmware.model.take import TakeState
from web.look import Look

PROBLEMS: Mapping[str, LazyString] = {
    "sound": lazy_gettext(
        "This is no sound the exchange can play: choose a WAV file of at most two minutes."
    ),
    "silent": lazy_gettext("Nobody speaks in this sound."),
    "text": lazy_gettext("Put in a text of 1 to 500 characters."),
    "voice": lazy_gettext("The voice cannot speak this text."),
    "disk": lazy_gettext("The disk does not take it now. Nothing was changed."),
    "away": lazy_gettext("The exchange does not answer just now. Try again in a moment."),
    "busy": lazy_gettext("This telephone cannot be rung now."),
    "name": lazy_gettext(
        "A name is 1 to 32 of a-z, 0-9, _ and -, and begins with a letter or digit."
    ),
}

TAKES: Mapping[str, Look] = {
    TakeState.RINGING: Look(word=lazy_gettext("Telephone rings"), icon="bell", tone="wait"),
    TakeState.ASKED: Look(word=lazy_gettext("Hears what to do"), icon="handset", tone="busy"),
    TakeState.SPEAKING: Look(word=lazy_gettext("Is being said"), icon="pencil", tone="busy"),
    TakeState.CHECKING: Look(word=lazy_gettext("Is being heard back"), icon="handset", tone="wait"),
    TakeState.KEPT: Look(
        word=lazy_gettext("Callers hear it from now on"), icon="tick", tone="good"
    ),
    TakeState.DROPPED: Look(
        word=lazy_gettext("Discarded: nothing was changed"), icon="circle", tone="calm"
    ),
    TakeState.UNANSWERED: Look(word=lazy_gettext("Nobody answered"), icon="hook", tone="bad"),
    TakeState.FAILED: Look(
        word=lazy_gettext("It could not be stored: nothing was changed"),
        icon="warning",
        tone="bad",
    ),
}
"""How far a prompt is that somebody says into a telephone."""
