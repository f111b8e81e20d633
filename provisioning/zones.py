"""A time zone by its name, read from the last line of the system's own zone file (RFC 8536)."""

from __future__ import annotations

import re
import zoneinfo
from pathlib import Path

from provisioning.device import DstChange, DstRule, TimeZone

_FOOTER = re.compile(
    r"(?:<[^>]+>|[A-Za-z]+)(?P<west>[+-]?\d+(?::\d+)?)"
    r"(?:(?:<[^>]+>|[A-Za-z]+)(?P<summer>[+-]?\d+(?::\d+)?)?"
    r",M(?P<start>[\d.]+(?:/-?\d+)?)[:\d]*,M(?P<end>[\d.]+(?:/-?\d+)?)[:\d]*)?"
)


def time_zone(name: str) -> TimeZone:
    """The zone ``name`` (``Asia/Tehran``) with its present rule for summer time.

    Raises:
        ValueError: the system knows no such zone, or its rule is not of the usual shape.
    """
    footer = _footer(name)
    match = _FOOTER.match(footer)
    if match is None:
        raise ValueError(f"the time zone '{name}' has the rule '{footer}', which we cannot read")
    offset = -_minutes(match["west"])
    if not match["start"]:
        return TimeZone(iana=name, offset_minutes=offset)
    saved = -_minutes(match["summer"]) - offset if match["summer"] else 60
    dst = DstRule(start=_change(match["start"]), end=_change(match["end"]), saved_minutes=saved)
    return TimeZone(iana=name, offset_minutes=offset, dst=dst)


def _footer(name: str) -> str:
    if name not in zoneinfo.available_timezones():
        raise ValueError(f"there is no time zone '{name}'; names look like Asia/Tehran")
    for folder in zoneinfo.TZPATH:
        file = Path(folder, name)
        if file.is_file():
            return file.read_bytes().rstrip(b"\n").rpartition(b"\n")[2].decode("ascii")
    raise ValueError(f"the file of the time zone '{name}' is missing; install tzdata")


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    size = abs(int(hours)) * 60 + int(minutes or 0)
    return -size if text.startswith("-") else size


def _change(text: str) -> DstChange:
    day, _, hour = text.partition("/")
    month, week, weekday = (int(part) for part in day.split("."))
    return DstChange(month=month, week=week, weekday=weekday, hour=int(hour or 2))
