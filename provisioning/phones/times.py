"""A ``TimeZone`` in the spellings that several vendors share.

Half and quarter hours are the rule here, not the exception: Tehran is +3:30.
"""

from __future__ import annotations

from provisioning.device import DstChange, TimeZone


def hours_and_minutes(zone: TimeZone) -> tuple[str, int, int]:
    """Sign, hours and minutes of the offset east of Greenwich."""
    minutes = abs(zone.offset_minutes)
    return ("-" if zone.offset_minutes < 0 else "+"), minutes // 60, minutes % 60


def signed(zone: TimeZone, *, pad: bool = False) -> str:
    """``+3:30``, ``-5``; with ``pad`` ``+03:30``, ``-05:00``."""
    sign, hours, minutes = hours_and_minutes(zone)
    if pad:
        return f"{sign}{hours:02d}:{minutes:02d}"
    return f"{sign}{hours}:{minutes:02d}" if minutes else f"{sign}{hours}"


def posix(zone: TimeZone) -> str:
    """As in ``TZ=``, with names that every parser reads: ``LMT-3:30`` for Tehran.

    POSIX counts west of Greenwich, so the sign is turned.
    """
    text = f"LMT{_west(zone.offset_minutes)}"
    if zone.dst is None:
        return text
    summer = _west(zone.offset_minutes + zone.dst.saved_minutes)
    return f"{text}LST{summer},{_change(zone.dst.start)},{_change(zone.dst.end)}"


def _west(offset_minutes: int) -> str:
    minutes = abs(offset_minutes)
    sign = "-" if offset_minutes > 0 else "+"
    tail = f":{minutes % 60:02d}" if minutes % 60 else ""
    return f"{sign}{minutes // 60}{tail}"


def _change(change: DstChange) -> str:
    return f"M{change.month}.{change.week}.{change.weekday}/{change.hour:02d}:00:00"


def monday_first(weekday: int) -> int:
    """A weekday counted from Sunday 0, as Monday 1 to Sunday 7."""
    return weekday or 7
