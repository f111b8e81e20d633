"""The words of supervision."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from firmware.model.listening import Listening
from firmware.model.queue_alert import Figure, Grade
from web.look import Look

GRADES: Mapping[Grade, Look] = {
    Grade.GOOD: Look(word=lazy_gettext("Good"), icon="tick", tone="good"),
    Grade.NEAR: Look(word=lazy_gettext("Near the limit"), icon="hourglass", tone="wait"),
    Grade.BEYOND: Look(word=lazy_gettext("Beyond the limit"), icon="warning", tone="bad"),
}
"""Each has a shape of its own: who does not tell the colours apart tells these."""

FIGURES: Mapping[Figure, LazyString] = {
    Figure.WAITING: lazy_gettext("Callers waiting"),
    Figure.LONGEST_WAIT: lazy_gettext("Longest wait"),
    Figure.AGENTS: lazy_gettext("Agents logged in"),
    Figure.SERVICE_LEVEL: lazy_gettext("Service level of today"),
    Figure.UNRETURNED: lazy_gettext("Gave up and not called back"),
}

WAYS: Mapping[Listening, LazyString] = {
    Listening.LISTEN: lazy_gettext("Listen"),
    Listening.WHISPER: lazy_gettext("Whisper to the agent"),
    Listening.BARGE: lazy_gettext("Join the talk"),
    Listening.TAKE_OVER: lazy_gettext("Take over"),
}

PROBLEMS: Mapping[str, LazyString] = {
    "away": lazy_gettext("The exchange does not answer. Nothing was changed."),
    "gone": lazy_gettext("That is over: the caller, the call or the agent is not there any more."),
    "value": lazy_gettext("That could not be done."),
    "telephone": lazy_gettext(
        "You have no telephone of your own to listen with. The owner can give you an extension."
    ),
    "settings": lazy_gettext("The settings do not allow that. Nothing was changed."),
    "moved": lazy_gettext("Somebody changed the settings at this moment. Try again."),
    "skill": lazy_gettext("A skill is written like tax=80, several with commas between them."),
}
