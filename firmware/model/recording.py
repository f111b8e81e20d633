"""Which talks are recorded, and whether it is said before: the site's rules, read in order.

A rule names what it is about (a queue, an extension, a line, a direction; what it does not name
may be anything); the first that fits a talk decides. ``percent`` is drawn once a call, so that a
call that is transferred is not recorded in one half by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Direction(StrEnum):
    INBOUND = "inbound"  # from the world outside
    OUTBOUND = "outbound"
    INTERNAL = "internal"


NO_ROOM = ".no-room"
"""The name of a file in memory, beside the recordings being made: while it is there, no new call
is recorded. The recorder makes it; the exchange only looks, for it must not wait for a disk."""


class RecordingFormat(StrEnum):
    """How a finished recording is kept; also how its file's name ends."""

    FLAC = "flac"  # half of WAV, every sample as it was
    OPUS = "opus"  # in Ogg; a tenth, as it sounds
    WAV = "wav"


@dataclass(frozen=True, slots=True, kw_only=True)
class Talked:
    """Who is about to talk. ``lines`` are the trunks, trunk lines and SIMs the parties are on."""

    direction: Direction
    extensions: frozenset[str]
    lines: frozenset[str]
    queue: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRule:
    """``percent`` of the talks it fits are recorded, 0 to 100; "" fits anything."""

    percent: float
    is_announced: bool = False
    queue: str = ""
    extension: str = ""
    line: str = ""
    direction: str = ""

    def fits(self, talked: Talked) -> bool:
        """Whether the rule is about this talk."""
        return (
            self.queue in ("", talked.queue)
            and (not self.extension or self.extension in talked.extensions)
            and (not self.line or self.line in talked.lines)
            and self.direction in ("", talked.direction)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingChoice:
    """What is done with one talk."""

    is_recorded: bool
    is_announced: bool


def choose(rules: Sequence[RecordingRule], talked: Talked, draw: float) -> RecordingChoice:
    """What the first rule that fits says; nothing is recorded if none does. ``draw`` is the
    call's, from 0 up to but not including 100."""
    for rule in rules:
        if rule.fits(talked):
            is_recorded = draw < rule.percent
            return RecordingChoice(
                is_recorded=is_recorded, is_announced=is_recorded and rule.is_announced
            )
    return RecordingChoice(is_recorded=False, is_announced=False)
