"""Rules of the routes: ways that exist, patterns that mean something, emergency numbers that
nothing else stands on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

from firmware.config.emergency import of_country
from firmware.config.problem import Problem
from firmware.config.rules.parts import Item, items, led_to, missing, repeated, section, texts
from firmware.config.scalar import shown
from firmware.config.sections.features import codes_of
from firmware.model.features import FeatureCodes
from firmware.model.pattern import BadPattern, Pattern

_MASK = "********"
_PIN_MIN, _PIN_MAX = 4, 12
_OUTSIDE = frozenset({"trunk", "mobile"})

Known = Mapping[str, frozenset[str]]


def check(document: Item, known: Known) -> Iterator[Problem]:
    """Every problem of the sections ``line_group``, ``inbound``, ``outbound``, ``emergency``."""
    yield from _names(document)
    yield from _groups(document)
    ways = _ways(document)
    calendars = frozenset(str(c.get("name")) for _p, c in items(document, "calendar"))
    for kind in ("inbound", "outbound"):
        for path, route in items(document, kind):
            yield from _known_ways(path, route, ways, document)
            yield from _condition(path, route, calendars)
    for path, route in items(document, "inbound"):
        yield from _patterns(path, route, "did")
        yield from _patterns(path, route, "caller")
        yield from _withheld(path, route)
    for path, route in items(document, "outbound"):
        yield from _patterns(path, route, "patterns")
        yield from _pin(path, route)
        yield from _extensions(path, route, "extensions", known)
    emergency = section(document, "emergency")
    yield from _known_ways("emergency", emergency, ways, document)
    yield from _extensions("emergency", emergency, "notify", known)
    yield from _emergency_numbers(document)


def reachable(document: Item) -> frozenset[str]:
    """The numbers of ``number:…`` destinations that lead somewhere: they are dialled as if
    inside, so an outbound route takes them, or they are somebody's here."""
    inside = {
        str(item["number"])
        for kind in ("extension", "ivr", "flow", "queue", "group")
        for _path, item in items(document, kind)
        if "number" in item
    }
    patterns = [p for _p, r in items(document, "outbound") for p in _readable(r.get("patterns"))]
    led = {text.partition(":")[2] for text in led_to(document, "number:")}
    return frozenset(inside | {n for n in led if any(p.matches(n) for p in patterns)})


def _readable(written: object) -> Iterator[Pattern]:
    for text in written if isinstance(written, list) else ():
        with contextlib.suppress(BadPattern):
            yield Pattern(str(text))


def destinations(document: Item) -> list[tuple[str, str | None]]:
    """The places in routes that lead a call."""
    return [(f"{path}.to", route.get("to")) for path, route in items(document, "inbound")]


def _names(document: Item) -> Iterator[Problem]:
    for kind in ("inbound", "outbound"):
        names = [(f"{p}.name", r["name"]) for p, r in items(document, kind) if r.get("name")]
        yield from repeated(names, f"a second {kind} route of this name")
    ways = [
        (f"{path}.name", item["name"])
        for kind in ("line", "trunk", "line_group")
        for path, item in items(document, kind)
        if isinstance(item.get("name"), str)
    ]
    lines = [pair for pair in ways if pair[0].startswith("line[")]
    second_line = {p.path for p in repeated(lines, "")}  # reported with the lines already
    for problem in repeated(ways, "a second way of this name"):
        if problem.path not in second_line:
            yield problem


def _ways(document: Item) -> frozenset[str]:
    """Every name that a route may call a way."""
    lines = {str(i.get("name")) for _p, i in items(document, "line") if i.get("kind") in _OUTSIDE}
    others = {
        str(item.get("name"))
        for kind in ("trunk", "line_group")
        for _path, item in items(document, kind)
    }
    return frozenset(lines | others)


def _stations(document: Item) -> frozenset[str]:
    return frozenset(
        str(i.get("name")) for _p, i in items(document, "line") if i.get("kind") == "station"
    )


def _groups(document: Item) -> Iterator[Problem]:
    outside = {str(i.get("name")) for _p, i in items(document, "line") if i.get("kind") in _OUTSIDE}
    for path, group in items(document, "line_group"):
        members = list(texts(path, group, "lines"))
        yield from repeated(members, "the same line twice")
        for where, name in members:
            if name not in outside:
                yield missing(where, name, _no_way(name, document, "trunk line or SIM"), outside)


def _no_way(name: str, document: Item, wanted: str) -> str:
    if name in _stations(document):
        return "is a station line: a telephone of ours is on it, not the world outside"
    return f"there is no {wanted} of this name"


def _known_ways(path: str, route: Item, ways: frozenset[str], document: Item) -> Iterator[Problem]:
    members = list(texts(path, route, "ways"))
    yield from repeated(members, "the same way twice")
    for where, name in members:
        if name not in ways:
            reason = _no_way(name, document, "line, SIM, line group or trunk")
            yield missing(where, name, reason, ways)


def _condition(path: str, route: Item, calendars: frozenset[str]) -> Iterator[Problem]:
    name = route.get("calendar")
    if route.get("when", "open") != "open" and "calendar" not in route:
        yield Problem(
            path=f"{path}.calendar",
            reason=f"is missing: when = {route['when']} asks a calendar",
            suggestion=f"write calendar: {next(iter(sorted(calendars)), 'NAME')}",
        )
    elif isinstance(name, str) and name not in calendars:
        yield missing(f"{path}.calendar", name, "there is no calendar of this name", calendars)


def _patterns(path: str, route: Item, key: str) -> Iterator[Problem]:
    for where, text in texts(path, route, key):
        try:
            Pattern(text)
        except BadPattern as error:
            yield Problem(path=where, value=shown(text), reason=str(error))


def _withheld(path: str, route: Item) -> Iterator[Problem]:
    if route.get("withheld") == "true" and route.get("caller"):
        yield Problem(
            path=f"{path}.caller",
            reason="takes callers by their number, and withheld those who show none: together "
            "they take nobody",
            suggestion="make two routes of it",
        )


def _pin(path: str, route: Item) -> Iterator[Problem]:
    pin = route.get("pin")
    if not isinstance(pin, str):
        return
    fault = ""
    if pin == _MASK:
        fault = "is the mask of a shown configuration, not a PIN"
    elif not (pin.isascii() and pin.isdigit() and _PIN_MIN <= len(pin) <= _PIN_MAX):
        fault = f"must be {_PIN_MIN} to {_PIN_MAX} of the digits 0-9: it is dialled"
    elif len(set(pin)) == 1:
        fault = "is one digit again and again: the first thing anybody tries"
    if fault:
        yield Problem(path=f"{path}.pin", value=_MASK, reason=fault)


def _extensions(path: str, item: Item, key: str, known: Known) -> Iterator[Problem]:
    members = list(texts(path, item, key))
    yield from repeated(members, "the same extension twice")
    for where, number in members:
        if number not in known["extension"]:
            yield missing(where, number, "no extension has this number", known["extension"])


def _emergency_numbers(document: Item) -> Iterator[Problem]:
    """Nothing else may stand on a number that saves lives."""
    country = str(section(document, "office").get("country") or "ir")
    written = texts("emergency", section(document, "emergency"), "numbers")
    emergency = {**of_country(country), **{number: "emergency" for _path, number in written}}
    for kind in ("extension", "ivr", "flow", "queue", "group", "conference"):
        for path, item in items(document, kind):
            number = item.get("number")
            if isinstance(number, str) and number in emergency:
                yield Problem(
                    path=f"{path}.number",
                    value=shown(number),
                    reason=f"is an emergency number here ({emergency[number]})",
                    suggestion="give it another number: that one must reach the emergency service",
                )
    codes = codes_of(section(document, "features"))
    read = FeatureCodes(codes)
    for number, service in emergency.items():
        if (request := read.parse(number)) is not None:
            yield Problem(
                path=f"features.{request.feature}",
                value=shown(codes[request.feature]),
                reason=f"would take the emergency number {number} ({service})",
                suggestion="choose another code",
            )
