"""How flows read: what nodes do, what their ways are called, what a caller on paper meets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString, lazy_gettext

from web.flows.graph import Way
from web.settings import wording as settings

BAD_NAME = lazy_gettext(
    "A name is 1 to 32 of a-z, 0-9, _ and -, and begins with a letter or digit."
)
NAME_TAKEN = lazy_gettext("There is a node of this name already.")
TOO_MANY = lazy_gettext("This flow has as many nodes as a flow can have.")
LAST_NODE = lazy_gettext("A flow has at least one node.")
NO_NUMBER = lazy_gettext(
    "This flow has no number inside that is in force: give it one, apply, and ring again."
)
AWAY = lazy_gettext("The exchange does not answer at the moment.")
NOT_RUNG = lazy_gettext("This telephone cannot be rung now.")

_SIGHTS: Mapping[str, str] = {
    "say": "bell",
    "play": "play",
    "menu": "menu",
    "collect": "dots",
    "language": "globe",
    "record": "record",
    "survey": "chart",
    "pay": "records",
    "callback": "handset",
    "calendar": "calendar",
    "caller": "person",
    "assign": "pencil",
    "branch": "ways",
    "look_up": "search",
    "table": "records",
    "attributes": "plus",
    "queue": "queue",
    "transfer": "onward",
    "voicemail": "voicemail",
    "hang_up": "leave",
}


def deed(name: str) -> Any:
    """What a node does, in a word or two."""
    return settings.label("FlowNode", name) if name else ""


def sight(name: str) -> str:
    """Its icon."""
    return _SIGHTS.get(name, "question")


def way(one: Way) -> Any:
    """What a way is called: its key, or the field's name."""
    return one.of or settings.label(one.model, one.field)


_LINES: tuple[tuple[re.Pattern[str], str, LazyString], ...] = tuple(
    (re.compile(pattern, re.DOTALL), kind, said)
    for pattern, kind, said in (
        (r"hears \[\w+\] (?P<text>.*)", "bell", lazy_gettext("Hears: %(text)s")),
        (r"hears their own recording (?P<name>.*)", "play", lazy_gettext("Hears what they said")),
        (r"presses (?P<key>[0-9*#])", "dots", lazy_gettext("Presses %(key)s")),
        (r"presses a key", "dots", lazy_gettext("Presses a key that nobody may see")),
        (
            r"says nothing for (?P<s>.*) s",
            "hourglass",
            lazy_gettext("Says nothing for %(s)s seconds"),
        ),
        (r"speaks after the tone .*", "record", lazy_gettext("Speaks after the tone")),
        (r"\(recording paused\)", "minus", lazy_gettext("The recording is silent from here")),
        (r"\(recording goes on\)", "record", lazy_gettext("The recording goes on")),
        (
            r"\(calendar (?P<name>\S+) is open\)",
            "calendar",
            lazy_gettext("The calendar %(name)s says: open"),
        ),
        (
            r"\(calendar (?P<name>\S+) is closed\)",
            "calendar",
            lazy_gettext("The calendar %(name)s says: closed"),
        ),
        (
            r"\(calendar (?P<name>\S+) is holiday\)",
            "calendar",
            lazy_gettext("The calendar %(name)s says: holiday"),
        ),
        (
            r"\(asks (?P<name>\S+) for .*\)",
            "globe",
            lazy_gettext("The service %(name)s is asked"),
        ),
        (r"\(offline\)", "broken", lazy_gettext("It is not asked in this trial")),
        (
            r'\(looks for "(?P<key>.*)" in table (?P<name>\S+)\)',
            "search",
            lazy_gettext("%(key)s is looked for in the table %(name)s"),
        ),
        (
            r"\(service (?P<name>\S+) would be asked to charge (?P<sum>.*)\)",
            "records",
            lazy_gettext("The service %(name)s would be asked for %(sum)s; nobody is charged"),
        ),
        (
            r"\(queue (?P<name>\S+) would call (?P<number>\S*) back\)",
            "handset",
            lazy_gettext("The queue %(name)s would call back"),
        ),
        (r"\(into the queue: .*\)", "queue", lazy_gettext("Takes attributes into the queue")),
        (r"\(after the talk: (?P<to>.*)\)", "onward", lazy_gettext("After the talk: %(to)s")),
        (r"\(kept: (?P<what>.*)\)", "records", lazy_gettext("Would be kept: %(what)s")),
        (r"\(goes on to (?P<to>.*)\)", "onward", lazy_gettext("Goes on to %(to)s")),
        (r"\(flow_failed: (?P<why>.*)\)", "warning", lazy_gettext("This node failed: %(why)s")),
        (r"\(flow_late: .*\)", "hourglass", lazy_gettext("The time limit of the flow is over")),
        (r"\(flow_in_a_circle: .*\)", "warning", lazy_gettext("The flow goes round in a circle")),
        (r"=> the call ends.*", "leave", lazy_gettext("The call ends")),
        (r"=> (?P<to>.*)", "onward", lazy_gettext("Leads to %(to)s")),
    )
)
"""Lines of ``firmware.ivr.simulate``: a pattern, its icon, and its words."""


def line(text: str) -> tuple[str, str]:
    """A line of a caller on paper: its icon and its words."""
    for pattern, kind, said in _LINES:
        if found := pattern.fullmatch(text):
            return kind, str(said) % {k: v or "" for k, v in found.groupdict().items()}
    return "dots", text
