"""The section ``recording``: which calls are recorded, and whether callers are told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from firmware.config.problem import Problem
from firmware.config.scalar import shown
from firmware.config.types import Decimal, Name, Number, Section, Truth
from firmware.model.recording import Direction, RecordingRule

Item = Mapping[str, Any]


class RecordingPolicy(StrEnum):
    ALWAYS = "always"
    NEVER = "never"


class Rule(Section):
    """An exception: what it is about, and how many of these talks are recorded."""

    queue: Name | None = None
    extension: Number | None = None
    line: Name | None = None  # a line or a trunk
    direction: Direction | None = None
    percent: Annotated[Decimal, Field(ge=0, le=100)]  # of the talks it is about
    announce: Truth | None = None  # none: as for the others


class Recording(Section):
    """Which calls are recorded: the first rule that fits a talk decides, else the policy."""

    policy: RecordingPolicy = RecordingPolicy.ALWAYS
    announce: Truth = False  # the parties are told before they talk
    rule: tuple[Rule, ...] = ()

    @property
    def rules(self) -> tuple[RecordingRule, ...]:
        """As the exchange reads them; the last fits everything."""
        percent = 100.0 if self.policy is RecordingPolicy.ALWAYS else 0.0
        return (
            *(
                RecordingRule(
                    percent=rule.percent,
                    is_announced=self.announce if rule.announce is None else rule.announce,
                    queue=rule.queue or "",
                    extension=rule.extension or "",
                    line=rule.line or "",
                    direction=rule.direction or "",
                )
                for rule in self.rule
            ),
            RecordingRule(percent=percent, is_announced=self.announce),
        )


def check(document: Item, known: Mapping[str, Collection[str]]) -> Iterator[Problem]:
    """Every rule that names something that is not there."""
    names_of = {
        "queue": known["queue"],
        "extension": known["extension"],
        "line": _names(document, "line") | _names(document, "trunk"),
    }
    section = document.get("recording")
    rules = section.get("rule") if isinstance(section, dict) else None
    for place, rule in enumerate(rules if isinstance(rules, list) else ()):
        for key, names in names_of.items():
            name = rule.get(key) if isinstance(rule, dict) else None
            if isinstance(name, str) and name not in names:
                yield Problem(
                    path=f"recording.rule[{place}].{key}",
                    value=shown(name),
                    reason=f"there is no {key} of that name",
                    suggestion=f"name one of: {', '.join(sorted(names)) or 'none yet'}",
                )


def _names(document: Item, section: str) -> frozenset[str]:
    items = document.get(section)
    return frozenset(
        str(item["name"])
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict) and item.get("name")
    )
