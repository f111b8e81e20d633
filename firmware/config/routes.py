"""From the site configuration to the rules of calls to and from the world outside."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from firmware.config import almanac, emergency
from firmware.config.schema import LineKind, Site
from firmware.config.sections.routing import Inbound, Outbound
from firmware.model.calendar import Calendar
from firmware.model.dialplan import Destination
from firmware.model.pattern import Pattern
from firmware.model.routing import (
    Condition,
    Dialler,
    Emergency,
    InboundRoute,
    OutboundRoute,
    Routing,
)


def routing(site: Site) -> Routing:
    """The rules."""
    groups = {group.name: group.lines for group in site.line_group}
    defaults = {line.name: line.route for line in site.line if line.route}
    defaults |= {trunk.name: trunk.route for trunk in site.trunk if trunk.route}
    return Routing(
        inbound=tuple(_inbound(route, groups) for route in site.inbound),
        outbound=tuple(_outbound(route) for route in site.outbound),
        defaults={name: Destination.parse(to) for name, to in defaults.items()},
        emergency=_emergency(site),
    )


def _inbound(route: Inbound, groups: Mapping[str, tuple[str, ...]]) -> InboundRoute:
    ways = frozenset(way for name in route.ways for way in groups.get(name, (name,)))
    return InboundRoute(
        name=route.name,
        ways=ways,
        did=tuple(map(Pattern, route.did)),
        caller=tuple(map(Pattern, route.caller)),
        withheld=route.withheld,
        when=Condition(calendar=route.calendar or "", state=route.when),
        to=Destination.parse(route.to),
    )


def _outbound(route: Outbound) -> OutboundRoute:
    return OutboundRoute(
        name=route.name,
        patterns=tuple(map(Pattern, route.patterns)),
        permission=route.permission,
        extensions=frozenset(route.extensions),
        when=Condition(calendar=route.calendar or "", state=route.when),
        strip=route.strip,
        add=route.add,
        ways=route.ways,
        pin=route.pin.get_secret_value() if route.pin else "",
        caller_id=route.caller_id or "",
        max_calls=route.max_calls,
        max_minutes=route.max_minutes,
    )


def _emergency(site: Site) -> Emergency:
    return Emergency(
        numbers=emergency.numbers_of(site),
        ways=site.emergency.ways or _surest(site),
        notify=site.emergency.notify,
        caller_id=site.emergency.caller_id or "",
    )


def _surest(site: Site) -> tuple[str, ...]:
    """Trunk lines, which need no power but ours and tell where we are; then SIMs; then SIP."""
    kinds = (LineKind.TRUNK, LineKind.MOBILE)
    lines = [line.name for kind in kinds for line in site.line if line.kind is kind]
    return (*lines, *(trunk.name for trunk in site.trunk))


def zone(site: Site) -> ZoneInfo:
    """The office's time zone."""
    return ZoneInfo(site.office.time_zone)


def dialler(site: Site, number: str) -> Dialler:
    """An extension as someone who dials out."""
    found = next((one for one in site.extension if one.number == number), None)
    own = found.permission if found is not None else None
    shown = found.caller_id if found is not None else None
    return Dialler(
        extension=number, permission=own or site.dialling.permission, caller_id=shown or ""
    )


def calendars(site: Site) -> Mapping[str, Calendar]:
    """The calendars, by name."""
    return {one.name: almanac.calendar(one, site.office.country) for one in site.calendar}
