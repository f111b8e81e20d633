"""The words of an agent's desk."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

KINDS: Mapping[str, tuple[LazyString, str]] = {
    "call": (lazy_gettext("Call"), "handset"),
    "voicemail": (lazy_gettext("Voicemail"), "voicemail"),
}
"""Earlier contacts: word and icon."""

KEYS: Mapping[str, LazyString] = {
    "l": lazy_gettext("Take calls"),
    "p": lazy_gettext("Take a break"),
    "s": lazy_gettext("Save"),
    "d": lazy_gettext("Save and take calls again"),
    "1…9": lazy_gettext("What came of it"),
    "k": lazy_gettext("Knowledge base"),
    "c": lazy_gettext("Their page in the customer system"),
}
"""The page's accesskeys."""

PROBLEMS: Mapping[str, LazyString] = {
    "away": lazy_gettext("The exchange does not answer. Nothing was changed."),
    "gone": lazy_gettext("This is over, or is not at your desk any more."),
    "value": lazy_gettext("That could not be done."),
    "sms": lazy_gettext("There is no SIM that could send it."),
    "outcome": lazy_gettext("Choose first what came of the call: this queue asks for it."),
}
