"""Commands that show the box as it is now: status, calls, queues, lines, extensions."""

from __future__ import annotations

import socket
import time
from dataclasses import asdict
from typing import Any

import click

from firmware.cli.failure import BOX_SAID_NO
from firmware.cli.output import as_json, length, moment, table
from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import LineDriver, Site
from firmware.daemons import daemons
from firmware.link import api
from firmware.link.client import Link, LinkDown, Refused
from firmware.link.rows import (
    AgentRow,
    CallRow,
    ExtensionRow,
    LegRow,
    LineRow,
    QueueRow,
    Row,
    TrunkRow,
)

json_option = click.option("--json", "json_wanted", is_flag=True, help="JSON instead of a table.")

_PATIENCE_S = 2.0


@click.command()
@json_option
@click.pass_obj
def status(home: Home, json_wanted: bool) -> None:
    """Every daemon: is it up, since when, with which configuration.

    Exit status 1 if any is down.
    """
    number, site = history.load_current(home)
    daemons = [_daemon(home, name, number) for name in _daemons(site)] + [_console(site)]
    if json_wanted:
        as_json(daemons)
    else:
        table(
            ("daemon", "state", "version", "pid", "up", "configuration", "warnings"),
            [_status_cells(daemon) for daemon in daemons],
        )
    if not all(daemon["up"] for daemon in daemons):
        raise click.exceptions.Exit(BOX_SAID_NO)


def _daemons(site: Site) -> tuple[str, ...]:
    simulated = any(line.driver == LineDriver.SIMULATED for line in site.line)
    return (*daemons(), "bench") if simulated else daemons()


def _daemon(home: Home, name: str, current: int) -> dict[str, Any]:
    try:
        with Link(home.link(name), "cli", timeout_s=_PATIENCE_S) as link:
            found = asdict(link.call(api.DaemonApi.status))
    except (LinkDown, Refused) as error:
        return {"name": name, "up": False, "warnings": [str(error)]}
    warnings = list(found["warnings"])
    # 0: the daemon has no use for the configuration.
    if found["config_version"] not in {0, current}:
        warnings.append(f"runs configuration {found['config_version']}, current is {current}")
    return {**found, "up": True, "warnings": warnings}


def _console(site: Site) -> dict[str, Any]:
    """The console has no link: it is up when it takes connections."""
    address = (str(site.network.console_address), site.network.console_port)
    try:
        socket.create_connection(address, timeout=_PATIENCE_S).close()
    except OSError as error:
        text = f"no answer on {address[0]}:{address[1]}: {error.strerror or error}"
        return {"name": "web", "up": False, "warnings": [text]}
    return {"name": "web", "up": True, "warnings": []}


def _status_cells(daemon: dict[str, Any]) -> tuple[object, ...]:
    return (
        daemon["name"],
        "up" if daemon["up"] else "DOWN",
        daemon.get("version"),
        daemon.get("pid"),
        length(daemon.get("up_s")),
        daemon.get("config_version"),
        "; ".join(daemon["warnings"]),
    )


@click.command()
@json_option
@click.pass_obj
def calls(home: Home, json_wanted: bool) -> None:
    """The calls that live, with their legs."""
    rows = _rows(home, "switchd")
    if json_wanted:
        as_json({"calls": rows.get("call", ()), "legs": rows.get("leg", ())})
        return
    legs: dict[str, list[str]] = {}
    for leg in rows.get("leg", ()):
        if isinstance(leg, LegRow):
            legs.setdefault(leg.call, []).append(f"{leg.party} {leg.state}")
    table(
        ("call", "began", "caller", "name", "called", "place", "recorded", "legs"),
        [
            (
                row.id,
                moment(row.started_at),
                row.caller,
                row.caller_name,
                row.called,
                row.place,
                row.recording,
                ", ".join(legs.get(row.id, ())),
            )
            for row in rows.get("call", ())
            if isinstance(row, CallRow)
        ],
    )


@click.command()
@json_option
@click.pass_obj
def queues(home: Home, json_wanted: bool) -> None:
    """The queues, who waits in them, and their agents."""
    rows = _rows(home, "switchd")
    if json_wanted:
        as_json({"queues": rows.get("queue", ()), "agents": rows.get("agent", ())})
        return
    now = time.time()
    waiting: list[tuple[object, ...]] = []
    for queue in rows.get("queue", ()):
        if isinstance(queue, QueueRow):
            callers = [f"{c.caller} ({length(now - c.since)})" for c in queue.waiting]
            waiting.append((queue.id, queue.title, len(callers), ", ".join(callers)))
    table(("queue", "title", "waiting", "callers"), waiting)
    click.echo()
    table(
        ("agent", "name", "state", "for", "queues", "call"),
        [
            (row.id, row.name, row.state, length(now - row.since), ", ".join(row.queues), row.call)
            for row in rows.get("agent", ())
            if isinstance(row, AgentRow)
        ],
    )


@click.command()
@json_option
@click.pass_obj
def lines(home: Home, json_wanted: bool) -> None:
    """The analogue lines and SIMs."""
    rows = _rows(home, "lined").get("line", ())
    if json_wanted:
        as_json(rows)
        return
    table(
        ("line", "kind", "state", "simulated", "number", "signal dBm", "fault"),
        [
            (r.id, r.kind, r.state, r.simulated, r.number, r.signal_dbm, r.fault)
            for r in rows
            if isinstance(r, LineRow)
        ],
    )


@click.command()
@json_option
@click.pass_obj
def trunks(home: Home, json_wanted: bool) -> None:
    """The SIP trunks: whether calls can go out by each, and why not."""
    rows = _rows(home, "switchd").get("trunk", ())
    if json_wanted:
        as_json(rows)
        return
    table(
        ("trunk", "title", "state", "since", "address", "answers in ms", "reason"),
        [
            (r.id, r.title, r.state, moment(r.since), r.address, r.rtt_ms, r.reason)
            for r in rows
            if isinstance(r, TrunkRow)
        ],
    )


@click.command()
@json_option
@click.pass_obj
def extensions(home: Home, json_wanted: bool) -> None:
    """The extensions and their registrations."""
    rows = _rows(home, "edge").get("extension", ())
    if json_wanted:
        as_json(rows)
        return
    table(
        ("extension", "name", "registered", "contact", "telephone"),
        [
            (r.id, r.name, r.registered, r.contact, r.user_agent)
            for r in rows
            if isinstance(r, ExtensionRow)
        ],
    )


def _rows(home: Home, daemon: str) -> dict[str, tuple[Row, ...]]:
    with Link(home.link(daemon), "cli") as link:
        return dict(link.snapshot())
