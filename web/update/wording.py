"""The words of updates."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from web.look import Look

LOOKS: Mapping[str, Look] = {
    "none": Look(word=lazy_gettext("Nothing newer is known"), icon="tick", tone="calm"),
    "offered": Look(word=lazy_gettext("A newer release is offered"), icon="download", tone="busy"),
    "fetching": Look(word=lazy_gettext("It is being fetched"), icon="hourglass", tone="busy"),
    "ready": Look(word=lazy_gettext("It can be installed"), icon="download", tone="busy"),
    "installing": Look(word=lazy_gettext("It is being installed"), icon="hourglass", tone="busy"),
    "installed": Look(
        word=lazy_gettext("Installed, waits for a restart"), icon="tick", tone="good"
    ),
    "switching": Look(word=lazy_gettext("The box restarts"), icon="hourglass", tone="wait"),
    "trying": Look(word=lazy_gettext("On trial"), icon="hourglass", tone="wait"),
    "failing": Look(word=lazy_gettext("The box goes back"), icon="warning", tone="bad"),
    "done": Look(word=lazy_gettext("It runs and has made its call"), icon="tick", tone="good"),
    "rolled_back": Look(
        word=lazy_gettext("The release before runs again"), icon="warning", tone="bad"
    ),
    "returning": Look(word=lazy_gettext("The box goes back"), icon="hourglass", tone="wait"),
    "failed": Look(word=lazy_gettext("It could not be installed"), icon="warning", tone="bad"),
}
"""Every ``UpdateState``."""

HINDRANCES: Mapping[str, LazyString] = {
    "emergency": lazy_gettext("Somebody calls for help, or did within the last half hour."),
    "calls": lazy_gettext("There are calls."),
    "calls_unknown": lazy_gettext("Nobody knows whether there are calls."),
    "not_quiet": lazy_gettext("There were calls a moment ago."),
    "not_the_hour": lazy_gettext("The hour for restarts has not come."),
    "on_battery": lazy_gettext("The box runs on battery."),
    "by_hand": lazy_gettext("Somebody has to say so."),
}
"""Why the box does not restart yet (``firmware.model.update.hindrance``)."""

SOURCES: Mapping[str, LazyString] = {
    "address": lazy_gettext("The address for updates"),
    "stick": lazy_gettext("A USB stick"),
    "file": lazy_gettext("A file on the box"),
}

REFUSALS: Mapping[str, LazyString] = {
    "away": lazy_gettext("The program for updates does not answer. Nothing was done."),
    "refused": lazy_gettext("That is not possible now. Nothing was done."),
    "emergency": lazy_gettext(
        "Somebody calls for help, or did within the last half hour. Nothing was done."
    ),
    "calls": lazy_gettext("There are calls. Wait, or say that they may be ended."),
}
"""What an order that failed is answered with."""


def look_of(state: str) -> Look:
    """How a state is shown; one of a newer release as it is."""
    return LOOKS.get(state) or Look(word=lazy_gettext("Something else"), icon="dots", tone="calm")
