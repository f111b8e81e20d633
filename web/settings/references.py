"""Who names whom: every field of the schema that names an item elsewhere, and how names follow.

``TARGETS`` has the sections whose items a field names, by the field's model and name; a
destination or a flow's target names its own section before the colon.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from firmware.config.paths import Loc, path_of
from firmware.config.schema import Site
from web.settings.shape import Kind, Shape, shape_of

KEYS: Mapping[str, str] = {"extension": "number", "agent": "number"}
"""What an item of a section is known by, where that is not its name."""

_WAYS = ("line", "line_group", "trunk")
_PEOPLE = ("extension", "agent")

TARGETS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("Line", "extension"): ("extension",),
    ("GroupMember", "number"): ("extension",),
    ("Page", "members"): ("extension",),
    ("Queue", "members"): _PEOPLE,
    ("MemberPlace", "member"): _PEOPLE,
    ("Agent", "calendar"): ("calendar",),
    ("Mailbox", "extension"): ("extension",),
    ("LineGroup", "lines"): ("line",),
    ("Inbound", "ways"): _WAYS,
    ("Inbound", "calendar"): ("calendar",),
    ("Outbound", "ways"): _WAYS,
    ("Outbound", "extensions"): ("extension",),
    ("Outbound", "calendar"): ("calendar",),
    ("Emergency", "ways"): _WAYS,
    ("Emergency", "notify"): ("extension",),
    ("Rule", "queue"): ("queue",),
    ("Rule", "extension"): ("extension",),
    ("Rule", "line"): ("line", "trunk"),
    ("QueueKeeping", "queue"): ("queue",),
    ("QueueAlert", "queue"): ("queue",),
    ("QueueNode", "name"): ("queue",),
    ("CallbackNode", "queue"): ("queue",),
    ("CalendarNode", "name"): ("calendar",),
    ("VoicemailNode", "box"): ("extension",),
    ("PayNode", "service"): ("service",),
    ("LookUpNode", "service"): ("service",),
    ("TableNode", "name"): ("table",),
}

_SAME: Mapping[tuple[str, str], tuple[str, ...]] = {("Agent", "number"): ("extension",)}
"""Fields that may name an item elsewhere, and may be its own name as well."""

_DESTINATIONS: Mapping[str, str] = {"flow": "ivr"}
"""The word before the colon, where it is not the section's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One place that names an item."""

    loc: Loc
    text: str

    @property
    def path(self) -> str:
        return path_of(self.loc)


def key_of(section: str) -> str:
    """The field by which a section's items are known."""
    return KEYS.get(section, "name")


def names(content: Mapping[str, Any], section: str) -> tuple[str, ...]:
    """The names of a section's items, in their order."""
    key = key_of(section)
    return tuple(str(item[key]) for item in content.get(section) or () if item.get(key))


def mentions(content: Mapping[str, Any], section: str, name: str) -> tuple[Mention, ...]:
    """Every place that names an item. An agent who has an extension is that extension."""
    if section == "agent" and name in names(content, "extension"):
        return ()
    return tuple(_in_model(shape_of(Site), content, (), section, name))


def renamed(content: Mapping[str, Any], section: str, old: str, new: str) -> dict[str, Any]:
    """``content`` where whoever named ``old`` names ``new``; the item itself is not touched."""
    changed = copy.deepcopy(dict(content))
    for mention in mentions(content, section, old):
        place: Any = changed
        for part in mention.loc[:-1]:
            place = place[part]
        kind, colon, _name = mention.text.rpartition(":")
        place[mention.loc[-1]] = f"{kind}{colon}{new}"
    return changed


def _in_model(shape: Shape, value: Any, loc: Loc, section: str, name: str) -> Iterator[Mention]:
    if not isinstance(value, dict):
        return
    for one in shape.fields:
        if one.name not in value:
            continue
        place = (shape.model, one.name)
        targets = TARGETS.get(place) or _SAME.get(place, ())
        yield from _in_value(one, targets, value[one.name], (*loc, one.name), (section, name))


def _in_value(
    one: Any, targets: tuple[str, ...], value: Any, loc: Loc, wanted: tuple[str, str]
) -> Iterator[Mention]:
    section, name = wanted
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _in_value(one, targets, item, (*loc, index), wanted)
    elif isinstance(value, dict):
        if one.shape is not None:
            yield from _in_model(one.shape, value, loc, section, name)
    elif one.kind in {Kind.DESTINATION, Kind.TARGET}:
        kind = _DESTINATIONS.get(section, section)
        if value == f"{kind}:{name}" or (section == "extension" and value == f"voicemail:{name}"):
            yield Mention(loc=loc, text=value)
    elif section in targets and value == name:
        yield Mention(loc=loc, text=value)
