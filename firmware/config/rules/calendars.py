"""Rules of the section ``calendar``: days that exist, countries that are known, ways that end."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator, Mapping
from datetime import date

from hijridate import Hijri
from persiantools.jdatetime import JalaliDate

from firmware.config.almanac import CountryHolidays, DayRule, country_of
from firmware.config.problem import Problem
from firmware.config.rules.parts import Item, items, led_to, near, repeated, section, texts
from firmware.config.scalar import shown

_YEARS = {"gregorian": (1990, 2099), "jalali": (1370, 1479), "islamic": (1411, 1500)}
_LEAP_YEAR = {"gregorian": 2028, "jalali": 1403, "islamic": 0}
"""A year that has every day that any year of the calendar has."""

_LEADS = ("when_open", "when_closed", "when_holiday")


def check(document: Item, _known: object) -> Iterator[Problem]:
    """Every problem of the calendars and of the office's time zone."""
    calendars = list(items(document, "calendar"))
    names = [(f"{p}.name", c["name"]) for p, c in calendars if c.get("name")]
    yield from repeated(names, "a second calendar of this name")
    slots = [(f"{p}.slot", slot) for p, c in calendars if (slot := c.get("slot", "")) is not None]
    yield from repeated(slots, "a second calendar for these digits after the night switch's code")
    country = str(section(document, "office").get("country") or "ir")
    for path, one in calendars:
        yield from _hours(path, one)
        yield from _days(path, one)
        yield from _countries(path, one, country)
    yield from _circles(document)
    yield from _unled(document, calendars)
    yield from _time_zone(document)


def names(document: Item) -> frozenset[str]:
    """Every calendar there is."""
    return frozenset(str(one.get("name")) for _path, one in items(document, "calendar"))


def destinations(document: Item) -> list[tuple[str, str | None]]:
    """The places in calendars that lead a call."""
    return [
        (f"{path}.{key}", one.get(key))
        for path, one in items(document, "calendar")
        for key in _LEADS
    ]


def _hours(path: str, one: Item) -> Iterator[Problem]:
    lists = [(f"{path}.hours", hours) for hours in one.get("hours") or ()]
    lists += [(f"{path}.exceptions", day) for day in one.get("exceptions") or ()]
    counted: dict[str, int] = {}
    for place, item in lists:
        index = counted.setdefault(place, 0)
        counted[place] += 1
        if not isinstance(item, dict):
            continue
        for where, span in texts(f"{place}[{index}]", item, "open"):
            opens, _, closes = span.partition("-")
            if opens == closes:
                yield Problem(
                    path=where,
                    value=shown(span),
                    reason="begins and ends at the same time",
                    suggestion='write "00:00-24:00" for the whole day',
                )


def _days(path: str, one: Item) -> Iterator[Problem]:
    written = [
        (f"{path}.exceptions[{index}].day", item["day"])
        for index, item in enumerate(one.get("exceptions") or ())
        if isinstance(item, dict) and isinstance(item.get("day"), str)
    ]
    holiday = [pair for pair in texts(path, one, "holidays") if not pair[1].startswith("country")]
    for where, day in [*written, *holiday]:
        if fault := _fault(DayRule.parse(day)):
            reason, suggestion = fault
            yield Problem(path=where, value=shown(day), reason=reason, suggestion=suggestion)


def _fault(rule: DayRule) -> tuple[str, str] | None:
    """What is wrong with a day, and what to do about it."""
    first, last = _YEARS[rule.calendar]
    if rule.year and not first <= rule.year <= last:
        fits = [name for name, (low, high) in _YEARS.items() if low <= rule.year <= high]
        hint = (
            f"did you mean {fits[0]} {rule.year}-{rule.month:02d}-{rule.day:02d}?" if fits else ""
        )
        return f"{rule.year} is no year of the {rule.calendar} calendar near ours", hint
    if rule.day > _length(rule):
        of = f"{rule.year}-{rule.month:02d}" if rule.year else f"month {rule.month}"
        return f"{rule.calendar} {of} has no day {rule.day}", ""
    return None


def _length(rule: DayRule) -> int:
    """The days of a rule's month: of the longest such month when it names no year."""
    year = rule.year or _LEAP_YEAR[rule.calendar]
    if rule.calendar == "jalali":
        return int(JalaliDate.days_in_month(rule.month, year))
    if rule.calendar == "islamic":
        return Hijri(year, rule.month, 1).month_length() if year else 30
    after = date(year + rule.month // 12, rule.month % 12 + 1, 1)
    return (after - date(year, rule.month, 1)).days


def _countries(path: str, one: Item, office: str) -> Iterator[Problem]:
    for where, text in texts(path, one, "holidays"):
        if not text.startswith("country"):
            continue
        try:
            CountryHolidays(country_of(text, office), 0)
        except KeyError:
            yield Problem(
                path=where,
                value=shown(text),
                reason=f"nobody knows the public holidays of {country_of(text, office)}",
                suggestion="write its holidays one by one",
            )


def _circles(document: Item) -> Iterator[Problem]:
    """A call that a calendar sends where it is sent back, without anybody having answered, would
    never come to rest."""
    leads = _leads(document)
    for path, one in items(document, "calendar"):
        place = f"calendar:{one.get('name')}"
        for key in _LEADS:
            if one.get(key) and place in _reached(leads, str(one[key])):
                yield Problem(
                    path=f"{path}.{key}",
                    value=shown(str(one[key])),
                    reason="leads back here: the call would go round for ever",
                    suggestion="name a queue or an extension",
                )


def _leads(document: Item) -> dict[str, set[str]]:
    """Where each place sends a call on when nobody does anything."""
    keys = {"calendar": _LEADS, "ivr": ("otherwise",), "group": ("otherwise",)}
    return {
        f"{kind}:{item.get('name')}": {str(item[key]) for key in keys[kind] if item.get(key)}
        for kind in keys
        for _path, item in items(document, kind)
    }


def _reached(leads: Mapping[str, set[str]], start: str) -> set[str]:
    """Every place that a call sent to ``start`` may come to."""
    seen, ahead = set[str](), {start}
    while ahead:
        seen |= ahead
        ahead = {to for place in ahead for to in leads.get(place, ())} - seen
    return seen


def _unled(document: Item, calendars: list[tuple[str, Item]]) -> Iterator[Problem]:
    """A calendar that calls are led to must say where they go on to."""
    led = led_to(document, "calendar:")
    for path, one in calendars:
        if f"calendar:{one.get('name')}" not in led:
            continue
        for key in ("when_open", "when_closed"):
            if key not in one:
                yield Problem(
                    path=f"{path}.{key}",
                    reason=f"is missing: calls are led to calendar:{one.get('name')}",
                    suggestion=f"write {key}: queue:NAME, ivr:NAME or extension:NUMBER",
                )


def _time_zone(document: Item) -> Iterator[Problem]:
    zone = section(document, "office").get("time_zone")
    if isinstance(zone, str) and zone not in (known := zoneinfo.available_timezones()):
        yield Problem(
            path="office.time_zone",
            value=shown(zone),
            reason="the system knows no such zone",
            suggestion=near(zone, known) or 'as in "Asia/Tehran"',
        )
