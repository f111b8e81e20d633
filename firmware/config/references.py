"""References: what one part of a site configuration says of another, and whether it is true.

The document checked has texts of the right shape only: None stands for those of a wrong shape,
which have been reported, and any other may be absent. So every rule looks at what is there and
stays silent about the rest.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from firmware.config import telephones
from firmware.config.inner import EDGE_ADDRESS, LINES_ADDRESS, SWITCH_ADDRESS
from firmware.config.problem import Problem
from firmware.config.reading import MASK
from firmware.config.rules import calendars, flows, parts, queues, rooms, routing, trunks
from firmware.config.rules import lines as rule_lines
from firmware.config.scalar import shown
from firmware.config.schema import LineDriver, LineKind, Network, Switch
from firmware.config.sections import (
    backup,
    crm,
    features,
    groups,
    mail,
    people,
    power,
    recording,
    reports,
    supervision,
    voicemail,
)

_PORTS_PER_CALL = 4
"""Two legs, each with one port for RTP and one for RTCP."""

Item = Mapping[str, Any]
Known = Mapping[str, frozenset[str]]
Ranges = Sequence[tuple[str, str, Sequence[str]]]
"""Ranges of ports for audio: the keys of the first and the last, and the addresses used."""

_PORTS = frozenset(key for key, default in Network() if isinstance(default, int))

_KEY_OF = {"extension": "number"} | dict.fromkeys(
    ("line", "ivr", "queue", "group", "conference", "page"), "name"
)


def check(sound: Item, written: Item) -> Iterator[Problem]:
    """Every problem between parts.

    ``sound`` is the document with None for its values of a wrong shape, ``written`` as it was
    written: a name that has a fault of its own still counts as there.
    """
    known = {section: _names(written, section) for section in _KEY_OF}
    known["voicemail"] = voicemail.boxes(written, known["extension"])
    known["calendar"] = calendars.names(written)
    known["agent"] = queues.agents(written)
    known["park"] = frozenset(number for _path, number in rooms.numbers(sound))
    known["number"] = routing.reachable(written)
    known["ivr"] |= flows.names(written)
    for rule in _RULES:
        yield from rule(sound, known)


def _items(document: Item, section: str) -> Iterator[tuple[str, Item]]:
    """The path and the content of each of a section's items."""
    items = document.get(section)
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            yield f"{section}[{index}]", item


def _names(document: Item, section: str) -> frozenset[str]:
    key = _KEY_OF[section]
    return frozenset(str(item[key]) for _path, item in _items(document, section) if key in item)


def _quoted(text: str) -> str:
    return f'"{text}"'


def _near(word: str, known: Iterable[str], prefix: str = "") -> str:
    close = difflib.get_close_matches(word, sorted(known), n=1)
    return f'did you mean "{prefix}{close[0]}"?' if close else ""


def _repeated(pairs: Iterable[tuple[str, str]], what: str) -> Iterator[Problem]:
    """A problem for each value that an earlier path has already."""
    first: dict[str, str] = {}
    for path, value in pairs:
        if value in first:
            yield Problem(
                path=path, value=shown(value), reason=f"{what}: {first[value]} has it already"
            )
        first.setdefault(value, path)


def _duplicates(document: Item, _known: Known) -> Iterator[Problem]:
    for section in ("line", "ivr", "queue", "group", "report", "queue_alert"):
        names = [(f"{p}.name", i["name"]) for p, i in _items(document, section) if i.get("name")]
        yield from _repeated(names, f"a second {section} of this name")
    yield from _repeated(_numbers(document), "this number a second time")
    for path, ivr in _items(document, "ivr"):
        digits = [(f"{p}.digit", c["digit"]) for p, c in _choices(path, ivr) if c.get("digit")]
        yield from _repeated(digits, "a second choice for this key")
    for path, queue in _items(document, "queue"):
        yield from _repeated(_members(path, queue), "the same member twice")
    lines = list(_items(document, "line"))
    devices = [(f"{p}.device", i["device"]) for p, i in lines if i.get("device")]
    yield from _repeated(devices, "a second line on this device")
    yield from _repeated(_stations(document), "a second station line for this extension")


def _numbers(document: Item) -> Iterator[tuple[str, str]]:
    """The path and the text of each number that a telephone inside can dial."""
    for section in ("extension", "ivr", "queue", "group"):
        for path, item in _items(document, section):
            if item.get("number"):
                yield f"{path}.number", item["number"]
    yield from flows.numbers(document)


def _feature_codes(document: Item, _known: Known) -> Iterator[Problem]:
    yield from features.check(document, _numbers(document))


def _voicemail(document: Item, known: Known) -> Iterator[Problem]:
    yield from voicemail.check(document, known["extension"])
    yield from mail.check(document, MASK)
    yield from backup.check(document, MASK)
    yield from power.check(document, known["extension"])
    yield from reports.check(document, known["queue"])
    yield from supervision.check(document, known["queue"])
    services = [item["name"] for _path, item in _items(document, "service") if item.get("name")]
    yield from crm.check(document, services)


def _people(document: Item, known: Known) -> Iterator[Problem]:
    yield from people.check(document, MASK)
    yield from groups.check(document, known["extension"])


def _stations(document: Item) -> Iterator[tuple[str, str]]:
    """The path and the number of each station line's extension."""
    for path, line in _items(document, "line"):
        if line.get("kind") == LineKind.STATION and line.get("extension"):
            yield f"{path}.extension", line["extension"]


def _choices(path: str, ivr: Item) -> Iterator[tuple[str, Item]]:
    for index, choice in enumerate(ivr.get("choice") or ()):
        if isinstance(choice, dict):
            yield f"{path}.choice[{index}]", choice


def _members(path: str, queue: Item) -> Iterator[tuple[str, str]]:
    for index, member in enumerate(queue.get("members") or ()):
        if isinstance(member, str):
            yield f"{path}.members[{index}]", member


def _destinations(document: Item, known: Known) -> Iterator[Problem]:
    """Every "kind:name" leads somewhere."""
    places = [
        (f"{path}.route", way.get("route"))
        for section in ("line", "trunk")
        for path, way in _items(document, section)
    ]
    for path, ivr in _items(document, "ivr"):
        places += [(f"{p}.to", choice.get("to")) for p, choice in _choices(path, ivr)]
        places.append((f"{path}.otherwise", ivr.get("otherwise")))
    places.append(("park.otherwise", parts.section(document, "park").get("otherwise")))
    places += [*calendars.destinations(document), *routing.destinations(document)]
    places += flows.destinations(document)
    places += queues.destinations(document)
    for path, group in _items(document, "group"):
        places.append((f"{path}.otherwise", group.get("otherwise")))
    for path, destination in places:
        if destination is None:
            continue
        kind, _, name = destination.partition(":")
        if name not in known[kind]:
            yield Problem(
                path=path,
                value=shown(destination),
                reason=f"there is no {kind} {_quoted(name)}",
                suggestion=_near(name, known[kind], f"{kind}:") or _elsewhere(name, known),
            )


def _elsewhere(name: str, known: Known) -> str:
    """The right name under the wrong kind."""
    kinds = [kind for kind in ("extension", "queue", "ivr", "group") if name in known[kind]]
    return f'did you mean "{kinds[0]}:{name}"?' if kinds else ""


def _endless_menus(document: Item, _known: Known) -> Iterator[Problem]:
    """A caller who presses nothing, and whom nobody answers, would be sent round for ever and
    hold the line."""
    after = {
        f"{kind}:{item.get('name')}": (path, str(item["otherwise"]))
        for kind in ("ivr", "group")
        for path, item in _items(document, kind)
        if item.get("otherwise")
    }
    for start, (path, otherwise) in after.items():
        place = otherwise
        for _ in range(len(after)):
            if place == start:
                yield Problem(
                    path=f"{path}.otherwise",
                    value=shown(otherwise),
                    reason="a caller who presses nothing would come back here for ever",
                    suggestion="leave it out, or name an extension or a queue",
                )
                break
            place = after.get(place, ("", ""))[1]


def _lines(document: Item, known: Known) -> Iterator[Problem]:
    for path, line in _items(document, "line"):
        kind = line.get("kind")
        if kind == LineKind.STATION:
            yield from _station_line(path, line, known)
        elif kind is not None:
            yield from _outside_line(path, line)
        yield from _driver(path, line)


def _station_line(path: str, line: Item, known: Known) -> Iterator[Problem]:
    if line.get("route"):
        yield Problem(
            path=f"{path}.route",
            value=shown(line["route"]),
            reason="a station line has no route: its telephone dials",
            suggestion="leave it out",
        )
    number = line.get("extension")
    if "extension" not in line:
        yield Problem(
            path=f"{path}.extension",
            reason="is missing: a station line stands for an extension",
            suggestion="write extension: NUMBER",
        )
    elif number and number not in known["extension"]:
        yield Problem(
            path=f"{path}.extension",
            value=shown(number),
            reason="no extension has this number",
            suggestion=_near(number, known["extension"]),
        )


def _outside_line(path: str, line: Item) -> Iterator[Problem]:
    kind = line["kind"]
    if line.get("extension"):
        yield Problem(
            path=f"{path}.extension",
            value=shown(line["extension"]),
            reason=f"a {kind} line stands for no extension: strangers call on it",
            suggestion=f"write route: extension:{line['extension']} to send its calls there",
        )
    if "route" not in line:
        yield Problem(
            path=f"{path}.route",
            reason=f"is missing: calls on a {kind} line must go somewhere",
            suggestion="write route: ivr:NAME, queue:NAME or extension:NUMBER",
        )


def _driver(path: str, line: Item) -> Iterator[Problem]:
    driver, kind = line.get("driver", LineDriver.SIMULATED), line.get("kind")
    device = line.get("device", "")
    if driver == LineDriver.SIMULATED and device:
        yield Problem(
            path=f"{path}.device",
            value=shown(device),
            reason="a simulated line has no device",
            suggestion="leave it out, or write driver: dahdi or serial",
        )
    if driver in {LineDriver.DAHDI, LineDriver.SERIAL} and device == "":
        yield Problem(
            path=f"{path}.device",
            reason=f"is missing: driver {_quoted(driver)} needs a device",
            suggestion="write device: /dev/dahdi/1, or serial:NUMBER, imei:NUMBER or usb:1-1.2",
        )
    if (driver, kind) in {
        (LineDriver.DAHDI, LineKind.MOBILE),
        (LineDriver.SERIAL, LineKind.STATION),
    }:
        yield Problem(
            path=f"{path}.driver",
            value=shown(driver),
            reason=f"this driver has no {kind} lines",
        )


def _passwords(document: Item, _known: Known) -> Iterator[Problem]:
    stations = {number for _path, number in _stations(document)}
    for path, extension in _items(document, "extension"):
        number, password = extension.get("number"), extension.get("password")
        place = f"{path}.password"
        if "password" not in extension:
            if number and number not in stations:
                yield Problem(
                    path=place,
                    reason=f"is missing: extension {_quoted(number)} is on no station line, "
                    f"so its telephone must register",
                    suggestion="write password: ...",
                )
        elif password is None:
            continue
        elif password == MASK:
            yield Problem(
                path=place,
                value=MASK,
                reason="is the mask of a shown configuration, not a password",
                suggestion="start from `markaz config show --secrets`",
            )
        elif password == number:
            yield Problem(
                path=place,
                value=MASK,
                reason="is the extension's own number: the first thing an attacker tries",
            )
        elif not password or not password.isprintable():
            yield Problem(
                path=place,
                value=MASK,
                reason="must be at least one character, and none of them a control character",
            )


def _network(document: Item, _known: Known) -> Iterator[Problem]:
    written = document.get("network")
    written = written if isinstance(written, dict) else {}
    network = {**Network().model_dump(mode="json"), **written}
    for key in _PORTS:
        network[key] = None if network[key] is None else int(network[key])
    ranges = [
        ("rtp_first", "rtp_last", (network["media_address"], SWITCH_ADDRESS)),
        ("line_rtp_first", "line_rtp_last", (SWITCH_ADDRESS, LINES_ADDRESS)),
    ]
    if all(network[key] is not None for first, last, _ in ranges for key in (first, last)):
        yield from _port_ranges(network, ranges)
        yield from _room_for_calls(document, network)
    yield from _port_clashes(network, ranges)


def _port_ranges(network: Item, ranges: Ranges) -> Iterator[Problem]:
    for first, last, _addresses in ranges:
        if network[first] > network[last]:
            yield _network_problem(network, last, f"is below {first} ({network[first]})")
    if max(network["rtp_first"], network["line_rtp_first"]) <= min(
        network["rtp_last"], network["line_rtp_last"]
    ):
        yield _network_problem(
            network,
            "line_rtp_first",
            f"the ports {network['line_rtp_first']}-{network['line_rtp_last']} overlap with "
            f"{network['rtp_first']}-{network['rtp_last']} (rtp_first, rtp_last)",
        )


def _network_problem(network: Item, key: str, reason: str) -> Problem:
    return Problem(path=f"network.{key}", value=str(network[key]), reason=reason)


def _port_clashes(network: Item, ranges: Ranges) -> Iterator[Problem]:
    """Two servers on one port, or a server within the audio's ports."""
    servers = [
        ("sip_port", network["sip_address"]),
        ("sip_tls_port", network["sip_address"]),
        ("console_port", network["console_address"]),
        ("inner_edge_port", EDGE_ADDRESS),
        ("inner_switch_port", SWITCH_ADDRESS),
        ("inner_lines_port", LINES_ADDRESS),
    ]
    for index, (key, address) in enumerate(servers):
        port = network[key]
        for other, other_address in servers[:index]:
            if port is not None and network[other] == port and _meet([address], [other_address]):
                yield _network_problem(network, key, f"{other} has this port already")
        if key == "console_port":  # TCP only: RTP is UDP
            continue
        for first, last, addresses in ranges:
            if None in {port, network[first], network[last]}:
                continue
            if network[first] <= port <= network[last] and _meet([address], addresses):
                yield _network_problem(
                    network,
                    key,
                    f"lies within {network[first]}-{network[last]} ({first}, {last})",
                )


def _meet(some: Iterable[str], others: Iterable[str]) -> bool:
    some, others = {str(a) for a in some}, {str(a) for a in others}
    return bool(some & others) or "0.0.0.0" in some | others  # noqa: S104 - compared, not bound


def _room_for_calls(document: Item, network: Item) -> Iterator[Problem]:
    switch = document.get("switch")
    calls = Switch().max_calls
    if isinstance(switch, dict):
        calls = int(switch.get("max_calls", calls) or 0)
    ports = network["rtp_last"] - network["rtp_first"] + 1
    if 0 < ports < calls * _PORTS_PER_CALL:
        yield _network_problem(
            network,
            "rtp_last",
            f"{ports} ports are too few for max_calls = {calls}, "
            f"which need {calls * _PORTS_PER_CALL}",
        )


_RULES: tuple[Callable[[Item, Known], Iterator[Problem]], ...] = (
    _duplicates,
    _feature_codes,
    _people,
    _destinations,
    _endless_menus,
    _lines,
    _passwords,
    _network,
    telephones.check,
    calendars.check,
    routing.check,
    trunks.check,
    rooms.check,
    queues.check,
    flows.check,
    recording.check,
    rule_lines.check,
    _voicemail,
)
