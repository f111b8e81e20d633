"""How far ends, levers and refusals read."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from firmware.link.rows import FarRow
from web.look import Look

STATES: Mapping[str, Look] = {
    "idle": Look(word=lazy_gettext("Free"), icon="circle", tone="calm"),
    "ringing": Look(word=lazy_gettext("Rings"), icon="bell", tone="wait"),
    "talking": Look(word=lazy_gettext("Talking"), icon="handset", tone="busy"),
    "seized": Look(word=lazy_gettext("The box hears dial tone"), icon="hook", tone="busy"),
    "dialling": Look(word=lazy_gettext("The box dials"), icon="dots", tone="busy"),
    "calling": Look(word=lazy_gettext("The box calls"), icon="bell", tone="wait"),
    "released": Look(word=lazy_gettext("Hung up here, not yet there"), icon="hook", tone="calm"),
    "cut": Look(word=lazy_gettext("Cut"), icon="broken", tone="bad"),
    "unplugged": Look(word=lazy_gettext("Pulled out"), icon="broken", tone="bad"),
}
_UNKNOWN = Look(word=lazy_gettext("Unknown state"), icon="question", tone="calm")

KINDS: Mapping[str, LazyString] = {
    "trunk": lazy_gettext("Central office, behind a trunk line"),
    "mobile": lazy_gettext("Mobile network, behind a SIM"),
    "station": lazy_gettext("Telephone on a station line"),
}

LEVERS: Mapping[str, tuple[LazyString, LazyString, LazyString]] = {
    "wire": (
        lazy_gettext("Line"),
        lazy_gettext("Unplug the line"),
        lazy_gettext("Plug the line in"),
    ),
    "network": (
        lazy_gettext("Mobile network"),
        lazy_gettext("Take the network away"),
        lazy_gettext("Give the network back"),
    ),
    "modem": (
        lazy_gettext("Modem"),
        lazy_gettext("Pull the modem out"),
        lazy_gettext("Plug the modem in"),
    ),
    "attended": (
        lazy_gettext("Calls from the box"),
        lazy_gettext("Ask me before calls are answered"),
        lazy_gettext("Answer calls by itself"),
    ),
    "mains": (
        lazy_gettext("Mains"),
        lazy_gettext("Cut the mains"),
        lazy_gettext("Switch the mains on"),
    ),
    "internet": (
        lazy_gettext("Internet"),
        lazy_gettext("Cut the internet"),
        lazy_gettext("Connect the internet"),
    ),
}
"""By kind: what it is, how it is pulled, how it is put back. A kind that is not here is shown by
its own name."""

_ANY = (lazy_gettext("Other"), lazy_gettext("Cut"), lazy_gettext("Bring back"))

PROBLEMS: Mapping[str, LazyString] = {
    "away": lazy_gettext("The bench does not answer. It comes back by itself."),
    "gone": lazy_gettext("There is no such line or lever on the bench any more."),
    "value": lazy_gettext(
        "The number, the keys, the name or the text cannot be used here. A line carries names in "
        "Latin letters only."
    ),
    "state": lazy_gettext("The line is not in the state for this: look at what it is doing now."),
    "sound": lazy_gettext(
        "This cannot be said: give a text of up to 500 characters, or a WAV file of half a second "
        "to two minutes."
    ),
    "other": lazy_gettext("The bench refused this."),
}


def far_look(row: FarRow) -> Look:
    """What a far end is doing."""
    return STATES.get(row.state, _UNKNOWN)


def lever_words(kind: str) -> tuple[LazyString, LazyString, LazyString]:
    """What a lever is, how it is pulled, how it is put back."""
    return LEVERS.get(kind, _ANY)
