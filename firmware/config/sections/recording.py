"""The section ``recording``: which calls are recorded, and whether callers are told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from firmware.config.problem import Problem
from firmware.config.scalar import shown
from firmware.config.types import Decimal, Name, Number, Section, Truth, text
from firmware.model.recording import Direction, RecordingFormat, RecordingRule
from firmware.model.retention import Retention, Space

Item = Mapping[str, Any]

Days = Annotated[Decimal, Field(gt=0, le=36500)]
Percent = Annotated[Decimal, Field(ge=1, le=100)]
AgeRecipient = Annotated[
    str, text(r"^age1[0-9a-z]{58}$", 'a public key of age, as "age-keygen" prints it: "age1..."')
]
FilePath = Annotated[str, text(r"^/[^\x00-\x1f\x7f]{1,255}$", "the whole path of a file")]


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


class QueueKeeping(Section):
    """How long the recordings of one queue are kept."""

    queue: Name
    days: Days | None = None  # none: as long as there is room


class Keep(Section):
    """How long recordings are kept, and what happens when the disk fills."""

    days: Days | None = None  # none: as long as there is room
    queue: tuple[QueueKeeping, ...] = ()
    voicemail_days: Days | None = None  # none: until their owners delete them
    minimum_days: Annotated[Decimal, Field(ge=0, le=36500)] = 1.0  # not deleted to make room
    quota_gb: Annotated[Decimal, Field(gt=0, le=100_000)] | None = None  # for all recordings
    warn_percent: Percent = 85.0  # of the disk in use: from here on it is told
    delete_percent: Percent = 92.0  # from here on the oldest are deleted
    stop_percent: Percent = 97.0  # from here on no new call is recorded

    @property
    def retention(self) -> Retention:
        """How long what is kept."""
        return Retention(
            days=self.days,
            queue_days={item.queue: item.days for item in self.queue},
            voicemail_days=self.voicemail_days,
            minimum_days=self.minimum_days,
        )

    @property
    def space(self) -> Space:
        """What happens when the disk fills."""
        return Space(
            quota_bytes=None if self.quota_gb is None else round(self.quota_gb * 1e9),
            warn_percent=self.warn_percent,
            delete_percent=self.delete_percent,
            stop_percent=self.stop_percent,
        )


class Encryption(Section):
    """Recordings are encrypted for these keys when their call is over (age, age-encryption.org).
    The file of the secret key lies elsewhere than the recordings; without it the box records but
    cannot play."""

    recipient: tuple[AgeRecipient, ...] = ()  # none: they are not encrypted
    identity_file: FilePath | None = None


class Recording(Section):
    """Which calls are recorded: the first rule that fits a talk decides, else the policy. And
    how that is kept."""

    policy: RecordingPolicy = RecordingPolicy.ALWAYS
    announce: Truth = False  # the parties are told before they talk
    rule: tuple[Rule, ...] = ()
    format: RecordingFormat = RecordingFormat.FLAC
    keep: Keep = Keep()
    encryption: Encryption = Encryption()

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
    yield from _check_keep(section.get("keep") if isinstance(section, dict) else None, known)


def _check_keep(keep: object, known: Mapping[str, Collection[str]]) -> Iterator[Problem]:
    """Every queue that is not there, and levels in the wrong order."""
    if not isinstance(keep, dict):
        return
    items = keep.get("queue")
    for place, item in enumerate(items if isinstance(items, list) else ()):
        name = item.get("queue") if isinstance(item, dict) else None
        if isinstance(name, str) and name not in known["queue"]:
            yield Problem(
                path=f"recording.keep.queue[{place}].queue",
                value=shown(name),
                reason="there is no queue of that name",
                suggestion=f"name one of: {', '.join(sorted(known['queue'])) or 'none yet'}",
            )
    levels = [_level(keep, key) for key in ("warn_percent", "delete_percent", "stop_percent")]
    if None not in levels and levels != sorted(levels, key=lambda level: level or 0.0):
        yield Problem(
            path="recording.keep",
            value=shown(" ".join(f"{level:g}" for level in levels)),
            reason="warn_percent, delete_percent and stop_percent are not in this order",
            suggestion="the disk fills from the first to the last: 85, 92 and 97",
        )


def _level(keep: Item, key: str) -> float | None:
    """A level as it is written, or as it is by itself; None when it is no number."""
    try:
        return float(keep.get(key, Keep.model_fields[key].default))
    except (TypeError, ValueError):
        return None


def _names(document: Item, section: str) -> frozenset[str]:
    items = document.get(section)
    return frozenset(
        str(item["name"])
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict) and item.get("name")
    )
