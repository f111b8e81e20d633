"""Commands of whoever supervises a call centre: agents, waiting callers, figures."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import asdict
from zoneinfo import ZoneInfo

import click

from firmware.cli import output
from firmware.cli.orders import agent, tell
from firmware.config.history import load_current
from firmware.config.home import Home
from firmware.link.api import SwitchApi
from firmware.store import figures as sums
from firmware.store import unreturned as owed
from firmware.store.db import open_store

_DAY_S = 86400.0


@agent.command()
@click.argument("number")
@click.option("--reason", default="", help="The name of one of the site's pause reasons.")
@click.option("--queue", default="", help="Only in this queue.")
@click.pass_obj
def pause(home: Home, number: str, reason: str, queue: str) -> None:
    """Give the agent no calls for a while."""
    tell(home, "switchd", SwitchApi.pause_agent, number, reason, queue)


@agent.command()
@click.argument("number")
@click.option("--queue", default="", help="Only in this queue.")
@click.pass_obj
def resume(home: Home, number: str, queue: str) -> None:
    """End the agent's pause, and their wrap-up."""
    tell(home, "switchd", SwitchApi.resume_agent, number, queue)


@click.group()
def caller() -> None:
    """Callers who wait in a queue. CALLER is a call's id, or a visit's."""


@caller.command()
@click.argument("name", metavar="CALLER")
@click.argument("priority", type=int)
@click.pass_obj
def prioritise(home: Home, name: str, priority: int) -> None:
    """Give a caller another priority: higher goes first."""
    tell(home, "switchd", SwitchApi.prioritise_caller, name, priority)


@caller.command()
@click.argument("name", metavar="CALLER")
@click.argument("to")
@click.pass_obj
def move(home: Home, name: str, to: str) -> None:
    """Lead a caller elsewhere: "queue:sales", "extension:101"."""
    tell(home, "switchd", SwitchApi.move_caller, name, to)


@caller.command()
@click.argument("name", metavar="CALLER")
@click.pass_obj
def withdraw(home: Home, name: str) -> None:
    """Take a caller, or a callback, out of the queue."""
    tell(home, "switchd", SwitchApi.withdraw_caller, name)


@click.group()
def figures() -> None:
    """The call centre's figures (docs/figures-callcentre.md)."""


_days = click.option("--days", default=1.0, show_default=True, help="Of the last so many days.")
_json = click.option("--json", "as_json", is_flag=True, help="As JSON, with every figure.")


@figures.command()
@click.option("--by", type=click.Choice([*sums.By]), default=sums.By.QUEUE, show_default=True)
@_days
@_json
@click.pass_obj
def queues(home: Home, by: str, days: float, as_json: bool) -> None:
    """Callers: offered, answered, abandoned, service level."""
    zone = ZoneInfo(load_current(home)[1].office.time_zone)
    now = time.time()
    with closing(open_store(home)) as db:
        found = sums.of_queues(db, now - days * _DAY_S, now, sums.By(by), zone)
    if as_json:
        output.as_json([asdict(row) for row in found])
        return
    head = (by, "offered", "answered", "abandoned", "service level", "ASA", "AHT", "longest wait")
    output.table(
        head,
        (
            (
                row.key,
                row.offered,
                row.answered,
                row.abandoned,
                _percent(row.service_level),
                output.length(row.asa_s),
                output.length(row.aht_s),
                output.length(row.longest_wait_s),
            )
            for row in found
        ),
    )


@figures.command()
@_days
@_json
@click.pass_obj
def agents(home: Home, days: float, as_json: bool) -> None:
    """Agents: calls, time in each state, occupancy."""
    now = time.time()
    with closing(open_store(home)) as db:
        found = sums.of_agents(db, now - days * _DAY_S, now)
    if as_json:
        output.as_json([asdict(row) for row in found])
        return
    output.table(
        ("agent", "answered", "missed", "logged in", "paused", "talk", "occupancy"),
        (
            (
                row.agent,
                row.answered,
                row.missed,
                output.length(row.logged_in_s),
                output.length(row.paused_s),
                output.length(row.talk_s),
                _percent(row.occupancy),
            )
            for row in found
        ),
    )


@figures.command()
@_json
@click.pass_obj
def unreturned(home: Home, as_json: bool) -> None:
    """Callers who gave up, and whom nobody has spoken to since."""
    with closing(open_store(home)) as db:
        found = owed.unreturned(db, time.time())
    if as_json:
        output.as_json(found)
        return
    output.table(
        ("number", "queue", "last", "calls"),
        ((row.caller, row.queue, output.moment(row.at), row.calls) for row in found),
    )


def _percent(ratio: float | None) -> str:
    return "" if ratio is None else f"{100 * ratio:.0f} %"
