"""The ways through the console, in groups: what the rail shows beside every page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import request
from flask_babel import lazy_gettext

GROUPS = (
    ("live", lazy_gettext("Now")),
    ("calls", lazy_gettext("Calls")),
    ("people", lazy_gettext("People")),
    ("lines", lazy_gettext("Lines")),
    ("centre", lazy_gettext("Call centre")),
    ("system", lazy_gettext("System")),
)
"""In the order of the rail; the last takes what belongs to none."""

GROUP_OF = {
    "live": "live",
    "home": "live",
    "alarms": "live",
    "bench": "live",
    "calls": "calls",
    "recordings": "calls",
    "voicemail": "calls",
    "people": "people",
    "extensions": "people",
    "phones": "people",
    "phonebook": "people",
    "contacts": "people",
    "desk": "people",
    "lines": "lines",
    "trunks": "lines",
    "modems": "lines",
    "routes": "lines",
    "queues": "centre",
    "agents": "centre",
    "callcentre": "centre",
    "supervision": "centre",
    "wall": "centre",
    "flows": "centre",
    "ivr": "centre",
    "prompts": "centre",
    "calendars": "centre",
    "reports": "centre",
    "quality": "centre",
    "knowledge": "centre",
}
"""The group of a concern: the name of its blueprint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One link of the rail."""

    endpoint: str
    icon: str
    word: str
    is_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Ways of one kind under a heading."""

    name: str
    word: str
    ways: tuple[Way, ...]


def grouped(ways: Iterable[tuple[str, str, str]]) -> list[Group]:
    """The groups that have any of ``ways`` (endpoint, icon, word), with the page's own marked: its
    endpoint, else the first of its concern."""
    known = list(ways)
    here = _here([endpoint for endpoint, _, _ in known])
    last = GROUPS[-1][0]
    groups = []
    for name, word in GROUPS:
        inside = tuple(
            Way(endpoint=endpoint, icon=icon, word=text, is_here=endpoint == here)
            for endpoint, icon, text in known
            if GROUP_OF.get(_concern(endpoint), last) == name
        )
        if inside:
            groups.append(Group(name=name, word=str(word), ways=inside))
    return groups


def _here(endpoints: list[str]) -> str:
    page = request.endpoint or ""
    if page in endpoints:
        return page
    return next((one for one in endpoints if _concern(one) == _concern(page)), "")


def _concern(endpoint: str) -> str:
    return endpoint.partition(".")[0]
