"""From the site configuration to what the exchange knows of the world outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from firmware.config import almanac
from firmware.config.routes import routing, zone
from firmware.config.schema import LineKind, Site
from firmware.config.sections.calendars import Calendar
from firmware.link.server import Board
from firmware.model.calendar import CalendarState
from firmware.model.dialplan import Destination
from firmware.model.features import Feature
from firmware.model.record import CalendarOrder
from firmware.switchd.calendars import CalendarPlan, Calendars
from firmware.switchd.call import Ledger
from firmware.switchd.outside import Outside, OutsidePlan
from firmware.switchd.ways import LineGroup, WayPlan


def way_plan(site: Site) -> WayPlan:
    """The ways there are."""
    lines = tuple(line.name for line in site.line if line.kind is not LineKind.STATION)
    return WayPlan(
        lines=lines,
        groups={g.name: LineGroup(lines=g.lines, order=g.order) for g in site.line_group},
        trunks={trunk.name: trunk.max_calls for trunk in site.trunk},
    )


def outside_plan(site: Site) -> OutsidePlan:
    """Who may call how far."""
    return OutsidePlan(
        permission=site.dialling.permission,
        permissions={e.number: e.permission for e in site.extension if e.permission},
        caller_ids={e.number: e.caller_id for e in site.extension if e.caller_id},
        max_calls=site.dialling.max_calls,
        ring_timeout_s=site.dialling.ring_timeout_s,
    )


def open_calendars(
    site: Site,
    orders: Mapping[str, CalendarOrder],
    board: Board,
    ledger: Ledger,
    *,
    clock: Callable[[], float],
) -> Calendars:
    """The calendars as they run."""
    return Calendars(
        calendar_plans(site), zone(site), board=board, ledger=ledger, clock=clock, orders=orders
    )


def retune(outside: Outside, site: Site) -> None:
    """Let the world outside be what a new configuration says."""
    outside.plan = outside_plan(site)
    outside.routing = routing(site)
    outside.ways.plan = way_plan(site)
    outside.calendars.retune(calendar_plans(site), zone(site))


def calendar_plans(site: Site) -> Mapping[str, CalendarPlan]:
    """The calendars, by name."""
    return {one.name: _calendar_plan(site, one) for one in site.calendar}


def _calendar_plan(site: Site, section: Calendar) -> CalendarPlan:
    code = site.features.codes.code_of(Feature.NIGHT_SWITCH)
    leads = {
        CalendarState.OPEN: section.when_open,
        CalendarState.CLOSED: section.when_closed,
        CalendarState.HOLIDAY: section.when_holiday or section.when_closed,
    }
    return CalendarPlan(
        calendar=almanac.calendar(section, site.office.country),
        title=section.title,
        slot=section.slot,
        number=f"{code}{section.slot}" if code else "",
        leads={state: Destination.parse(to) for state, to in leads.items() if to},
    )
