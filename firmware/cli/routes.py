"""Commands about routes and calendars: what would happen to a call, and the night switch."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import click

from firmware.cli.failure import BOX_SAID_NO
from firmware.cli.orders import tell
from firmware.cli.output import table
from firmware.config import history, routes
from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.link.api import SwitchApi
from firmware.link.client import Link, LinkDown
from firmware.link.rows import CalendarRow, LineRow, TrunkRow
from firmware.model.calendar import Calendar, CalendarState, Override, Verdict
from firmware.model.routing import Answer, Arrival, Outward

_PATIENCE_S = 2.0
_SHOWN_DAYS = 60
_FORMATS = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%H:%M")


class Moment(click.ParamType[datetime]):
    """A time on the office's wall clock: "18:30" of today, or "2026-12-25 18:30"."""

    name = "time"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """What was written; a bare time has the date of the year 1900."""
        for form in _FORMATS:
            with contextlib.suppress(ValueError):
                return datetime.strptime(value, form)  # noqa: DTZ007 - a wall clock
        raise click.BadParameter(
            f"'{value}' is no time; write 18:30 or \"2026-12-25 18:30\"", ctx, param
        )


def _placed(moment: datetime | None, zone: ZoneInfo) -> datetime:
    """A time as it was written, today's when it has no date, now when there is none."""
    now = datetime.now(zone).replace(tzinfo=None)
    if moment is None:
        return now
    return moment if moment.year > 1900 else datetime.combine(now.date(), moment.time())


class _Clock:
    """What the calendars say at one moment: as people have ordered them when it is now."""

    def __init__(self, home: Home, site: Site, moment: datetime, *, is_now: bool) -> None:
        self._calendars = routes.calendars(site)
        self._rows = calendar_rows(home) if is_now else {}
        self.moment = moment

    def state(self, name: str) -> CalendarState:
        """What a calendar says."""
        return self.verdict(name).state

    def verdict(self, name: str) -> Verdict:
        """What a calendar says, and why."""
        row = self._rows.get(name)
        return verdict_of(self._calendars[name], row, self.moment)


def verdict_of(calendar: Calendar, row: CalendarRow | None, moment: datetime) -> Verdict:
    """What a calendar says, with the order that its row tells of."""
    override = None
    if row is not None and row.override:
        override = Override(state=CalendarState(row.override))
    return calendar.at(moment, override)


def calendar_rows(home: Home) -> Mapping[str, CalendarRow]:
    """The calendars as switchd shows them; none while it is down."""
    try:
        with Link(home.link("switchd"), "cli", timeout_s=_PATIENCE_S) as link:
            rows = link.snapshot().get("calendar", ())
    except LinkDown:
        return {}
    return {row.id: row for row in rows if isinstance(row, CalendarRow)}


# -- routes ---------------------------------------------------------------------------------


@click.group()
def route() -> None:
    """Routes: which rule takes a call."""


@route.command("test")
@click.argument("number")
@click.option("--from", "caller", default="", help="The extension that dials, or who calls.")
@click.option("--on", "way", default="", help="The line or trunk a call from outside comes by.")
@click.option("--at", "at", type=Moment(), help='When: 18:30, or "2026-12-25 18:30". Default: now.')
@click.pass_obj
def test_route(home: Home, number: str, caller: str, way: str, at: datetime | None) -> None:
    """Explain what happens when a telephone inside dials NUMBER, or, with --on, when somebody
    outside calls NUMBER.

    Exit status 1 if the call leads nowhere.
    """
    _version, site = history.load_current(home)
    zone = routes.zone(site)
    clock = _Clock(home, site, _placed(at, zone), is_now=at is None)
    asked = _Asked(site=site, clock=clock, number=number, caller=caller, way=way)
    click.echo(f"{clock.moment:%A %Y-%m-%d %H:%M}, {zone.key}")
    for name in routes.calendars(site):
        verdict = clock.verdict(name)
        click.echo(f"calendar {name} is {verdict.state}: {verdict.reason}")
    if not (_inward(asked) if way else _outward(home, asked)):
        raise click.exceptions.Exit(BOX_SAID_NO)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The call that is asked about."""

    site: Site
    clock: _Clock
    number: str
    caller: str
    way: str


def _inward(asked: _Asked) -> bool:
    arrival = Arrival(way=asked.way, did=asked.number, caller=asked.caller)
    found = routes.routing(asked.site).arrive(arrival, asked.clock.state)
    for line in found.why:
        click.echo(line)
    click.echo(f"=> {found.to or 'refused: nothing takes the call'}")
    return found.to is not None


def _outward(home: Home, asked: _Asked) -> bool:
    site, number = asked.site, asked.number
    routing = routes.routing(site)
    if not routing.is_emergency(number):
        if (inside := site.numbers.get(number)) is not None:
            click.echo(f"=> {inside}: a number inside")
            return True
        if (request := site.features.codes.parse(number)) is not None:
            click.echo(f"=> the feature code of {request.feature}")
            return True
    found = routing.leave(number, routes.dialler(site, asked.caller), asked.clock.state)
    for line in found.why:
        click.echo(line)
    click.echo(f"=> {_outcome(site, found, asked.caller)}")
    if found.answer in {Answer.GO, Answer.EMERGENCY}:
        ways = found.route.ways if found.route else routing.emergency.ways
        _show_ways(home, site, ways)
    return found.answer in {Answer.GO, Answer.EMERGENCY}


def _outcome(site: Site, found: Outward, caller: str) -> str:
    if found.route is None or found.answer is Answer.NOT_PERMITTED:
        return {
            Answer.EMERGENCY: f"an emergency call to {found.number}",
            Answer.NOT_PERMITTED: "refused: not permitted",
        }.get(found.answer, "refused: no such number")
    shown = routes.dialler(site, caller).caller_id or found.route.caller_id or "the caller's own"
    pin = ", after a PIN" if found.route.pin else ""
    return f"{found.number} is called, showing {shown}{pin}"


def _show_ways(home: Home, site: Site, ways: tuple[str, ...]) -> None:
    """The ways in their order, and how each stands, as far as the daemons that know are up."""
    groups = {group.name: group.lines for group in site.line_group}
    standing = _standing(home)
    single = dict.fromkeys(way for name in ways for way in groups.get(name, (name,)))
    table(("way", "stands", "why"), [(way, *standing.get(way, ("unknown", ""))) for way in single])


def _standing(home: Home) -> Mapping[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for daemon, kind in (("lined", "line"), ("switchd", "trunk")):
        try:
            with Link(home.link(daemon), "cli", timeout_s=_PATIENCE_S) as link:
                rows = link.snapshot().get(kind, ())
        except LinkDown:
            continue
        found |= {row.id: (row.state, row.fault) for row in rows if isinstance(row, LineRow)}
        found |= {row.id: (row.state, row.reason) for row in rows if isinstance(row, TrunkRow)}
    return found


# -- calendars ------------------------------------------------------------------------------


@click.group()
def calendar() -> None:
    """Calendars: office hours, holidays, the night switch."""


@calendar.command("show")
@click.argument("name", required=False)
@click.pass_obj
def show_calendar(home: Home, name: str | None) -> None:
    """Every calendar as it stands; with NAME, also its special days of the next two months."""
    _version, site = history.load_current(home)
    known, rows = routes.calendars(site), calendar_rows(home)
    now = _placed(None, routes.zone(site))
    if name is not None and name not in known:
        raise click.BadParameter(f"there is no calendar {name}", param_hint="NAME")
    shown = {name: known[name]} if name else known
    table(
        ("calendar", "state", "why", "changes at", "switched", "dial"),
        [_cells(one, rows.get(one.name), now) for one in shown.values()],
    )
    if name is not None:
        click.echo()
        table(("day", "weekday", "what"), list(_special_days(known[name], now.date())))


def _cells(one: Calendar, row: CalendarRow | None, now: datetime) -> tuple[object, ...]:
    verdict = verdict_of(one, row, now)
    change = None if row is not None and row.override else one.next_change(now)
    return (
        one.name,
        verdict.state,
        row.reason if row is not None else verdict.reason,
        f"{change:%Y-%m-%d %H:%M}" if change else "",
        row.override if row is not None else "switchd is down",
        row.number if row is not None else "",
    )


def _special_days(one: Calendar, first: date) -> list[tuple[object, ...]]:
    days = [first + timedelta(days=n) for n in range(_SHOWN_DAYS)]
    found = [(day, special) for day in days if (special := one.special(day)) is not None]
    return [(day, f"{day:%A}", special.name) for day, special in found]


_until = click.option(
    "--until", type=Moment(), help='Until when: 18:30, or "2026-12-25 18:30". Default: for ever.'
)


@calendar.command("open")
@click.argument("name")
@_until
@click.pass_obj
def open_calendar(home: Home, name: str, until: datetime | None) -> None:
    """Open the office, whatever its hours say."""
    _order(home, name, "open", until)


@calendar.command("close")
@click.argument("name")
@_until
@click.pass_obj
def close_calendar(home: Home, name: str, until: datetime | None) -> None:
    """Close the office, whatever its hours say."""
    _order(home, name, "closed", until)


@calendar.command("auto")
@click.argument("name")
@click.pass_obj
def automatic_calendar(home: Home, name: str) -> None:
    """Take the order back: the hours decide again."""
    _order(home, name, "automatic", None)


def _order(home: Home, name: str, state: str, until: datetime | None) -> None:
    _version, site = history.load_current(home)
    zone = routes.zone(site)
    at = _placed(until, zone).replace(tzinfo=zone).timestamp() if until is not None else 0.0
    tell(home, "switchd", SwitchApi.set_calendar, name=name, state=state, until=at)
