"""How the settings read: fields, choices, units, places. The words of fields are in
``wording_fields``, those of choices in ``wording_choices``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString, lazy_gettext

from web.settings.wording_choices import CHOICES
from web.settings.wording_fields import LABELS
from web.settings.wording_help import HELP

YES = lazy_gettext("Yes")
NO = lazy_gettext("No")
NOTHING = lazy_gettext("not set")
OUTSIDE = lazy_gettext("A number outside…")

UNITS: Mapping[str, LazyString] = {
    "s": lazy_gettext("seconds"),
    "ms": lazy_gettext("milliseconds"),
    "min": lazy_gettext("minutes"),
    "h": lazy_gettext("hours"),
    "d": lazy_gettext("days"),
    "GB": lazy_gettext("gigabytes"),
}

PLACES: Mapping[str, LazyString] = {
    "extension": lazy_gettext("Extensions"),
    "agent": lazy_gettext("Agents and skills"),
    "queue": lazy_gettext("Queues"),
    "ivr": lazy_gettext("Menus"),
    "flow": lazy_gettext("Flows"),
    "group": lazy_gettext("Ring groups"),
    "calendar": lazy_gettext("Calendars"),
    "conference": lazy_gettext("Conference rooms"),
    "page": lazy_gettext("Paging"),
    "voicemail": lazy_gettext("Voicemail boxes"),
    "line": lazy_gettext("Lines and modems"),
    "line_group": lazy_gettext("Line groups"),
    "trunk": lazy_gettext("SIP trunks"),
    "service": lazy_gettext("Web services"),
    "table": lazy_gettext("Tables"),
}


def label(model: str, field: str) -> LazyString:
    """What a field is called.

    Raises:
        KeyError: nobody has given it a name; a test finds that.
    """
    return LABELS.get(f"{model}.{field}") or LABELS[field]


def help_of(model: str, field: str) -> Any:
    """What more is to be said of a field; often nothing."""
    return HELP.get(f"{model}.{field}") or HELP.get(field, "")


def choice(model: str, field: str, value: str) -> Any:
    """What a choice is called. Codecs, languages and the like are called what they are."""
    return CHOICES.get(f"{model}.{field}.{value}") or CHOICES.get(f"{field}.{value}", value)
