"""``markaz ivr``: check, draw and try out flows, and read what callers left in them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from functools import partial
from typing import IO
from zoneinfo import ZoneInfo

import click
import graphviz

from firmware.cli.failure import BadConfig, Failure
from firmware.cli.live import json_option
from firmware.cli.output import as_json, moment, plain, table
from firmware.cli.routes import Moment
from firmware.config import beside, document, history, routes
from firmware.config.flows import flows as flows_of
from firmware.config.home import Home
from firmware.config.problem import ConfigRejected
from firmware.config.reading import MAX_CHARACTERS
from firmware.config.schema import Site
from firmware.ivr import asks, does, draw, pays  # noqa: F401 - they know what each node does
from firmware.ivr.services import Services
from firmware.ivr.simulate import CallerLeft, PaperParty, PaperWorld, Script, Surroundings
from firmware.ivr.tables import Tables
from firmware.ivr.visit import Memory, Visit
from firmware.model.calendar import CalendarState
from firmware.model.contact import Contact
from firmware.model.flow.node import Flow
from firmware.phonebook.index import Phonebook
from firmware.store import contacts, flow_results
from firmware.store.db import open_store

_file = click.option(
    "--file",
    "file",
    type=click.File("r", encoding="utf-8"),
    help='Flows of this configuration ("-" is stdin) instead of the current one.',
)


@click.group()
def ivr() -> None:
    """Flows: what callers go through before a person answers."""


@ivr.command()
@_file
@click.pass_obj
def check(home: Home, file: IO[str] | None) -> None:
    """Report every problem of the flows, also with recordings and tables that lie beside the
    configuration. Exit status 3 if there is any."""
    site = _site(home, file)
    if problems := list(beside.check(site, home)):
        raise BadConfig(str(ConfigRejected(problems)))
    found = flows_of(site)
    nodes = sum(len(flow.nodes) for flow in found.values())
    click.echo(f"no problems: {len(found)} flows with {nodes} nodes")


@ivr.command("draw")
@click.argument("name")
@click.option(
    "--format",
    "form",
    type=click.Choice(["mermaid", "dot", "svg"]),
    default="mermaid",
    show_default=True,
)
@_file
@click.pass_obj
def draw_flow(home: Home, name: str, form: str, file: IO[str] | None) -> None:
    """Print a drawing of the flow NAME. svg needs Graphviz."""
    flow = _flow(_site(home, file), name)
    if form == "mermaid":
        click.echo(draw.mermaid(flow), nl=False)
        return
    graph = draw.dot(flow)
    if form == "dot":
        click.echo(graph.source, nl=False)
        return
    try:
        click.echo(graph.pipe(format="svg", encoding="utf-8"), nl=False)
    except graphviz.ExecutableNotFound:
        raise Failure(
            "there is no program 'dot': install Graphviz, or take --format dot elsewhere"
        ) from None


@ivr.command()
@click.argument("name")
@click.option("--keys", default="", help='What the caller presses; "," lets a time-out pass.')
@click.option("--caller", default="", help="Their number. Default: withheld.")
@click.option("--called", default="", help="The number they called.")
@click.option("--language", default="", help="en, fa or ar. Default: the office's.")
@click.option("--at", "at", type=Moment(), help='When: 18:30, or "2026-12-25 18:30". Default: now.')
@click.option("--leaves", is_flag=True, help="The caller hangs up after the last key.")
@click.option("--offline", is_flag=True, help="No service answers.")
@_file
@click.pass_obj
def simulate(
    home: Home,
    name: str,
    *,
    keys: str,
    caller: str,
    called: str,
    language: str,
    at: datetime | None,
    leaves: bool,
    offline: bool,
    file: IO[str] | None,
) -> None:
    """Go through the flow NAME on paper, and print what a caller hears.

    The flows, the calendars, the phonebook, the tables and the services are the real ones. Nobody
    is charged, called back or recorded. After the last key the caller is silent.
    """
    if strange := set(keys) - set("0123456789*#, "):
        raise click.BadParameter(f"there is no key {min(strange)}", param_hint="--keys")
    site = _site(home, file)
    _flow(site, name)
    zone = routes.zone(site)
    services = None if offline else Services(site.service)
    around = Surroundings(
        caller=caller,
        called=called,
        at=_wall(at, zone),
        language=language or site.office.language,
        stations=frozenset(one.number for one in site.extension),
        calendar=partial(_calendar, site, _wall(at, zone)),
        contact=_contact(home, site, caller),
        services=services,
        tables=Tables(site.table, home.tables),
    )
    try:
        asyncio.run(_go_through(flows_of(site), name, around, Script(keys=keys, leaves=leaves)))
    finally:
        around.tables.close()
        if services is not None:
            services.close()


@ivr.command()
@click.option("--flow", default="", help="Only of this flow.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True)
@json_option
@click.pass_obj
def results(home: Home, flow: str, limit: int, json_wanted: bool) -> None:
    """What callers left behind: scores, comments, recordings, payments; newest first."""
    with closing(open_store(home)) as db:
        found = flow_results.newest(db, flow=flow, limit=limit)
    if json_wanted:
        as_json(found)
        return
    table(
        ("at", "call", "flow", "what", "name", "value", "queue", "agent"),
        [
            (moment(r.at), r.call_id, r.flow, r.kind, r.name, r.value, r.queue, r.agent)
            for r in found
        ],
    )


async def _go_through(
    found: Mapping[str, Flow], name: str, around: Surroundings, script: Script
) -> None:
    memory = Memory()

    def tell(line: str) -> None:
        click.echo(plain(line))

    party = PaperParty(script, tell, lambda: visit.flow.limit_s)
    visit = Visit(found, memory, party, PaperWorld(around, memory, tell))
    try:
        place = await visit.run(name)
    except CallerLeft:
        return
    if place is not None:
        click.echo(f"=> {place}")
    elif not party.is_over:
        click.echo("=> the call ends")


def _site(home: Home, file: IO[str] | None) -> Site:
    if file is None:
        return history.load_current(home)[1]
    return document.parse(file.read(MAX_CHARACTERS + 1))


def _flow(site: Site, name: str) -> Flow:
    found = flows_of(site)
    if name not in found:
        raise Failure(f"there is no flow {name}; there are {', '.join(sorted(found)) or 'none'}")
    return found[name]


def _wall(at: datetime | None, zone: ZoneInfo) -> datetime:
    now = datetime.now(zone).replace(tzinfo=None)
    if at is None:
        return now
    return at if at.year > 1900 else datetime.combine(now.date(), at.time())


def _calendar(site: Site, at: datetime, name: str) -> CalendarState:
    return routes.calendars(site)[name].at(at).state


def _contact(home: Home, site: Site, caller: str) -> Contact | None:
    if not caller or not home.store_db.exists():
        return None
    with closing(open_store(home)) as db:
        return Phonebook(contacts.everyone(db), (), site.office.country).find(caller)
