"""Commands about the SIMs' short messages and USSD codes."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import asdict

import click

from firmware.cli.failure import Failure
from firmware.cli.live import json_option
from firmware.cli.output import as_json, moment, table
from firmware.config.home import Home
from firmware.link.api import LinedApi
from firmware.link.client import Link
from firmware.link.rows import UssdRow
from firmware.store import sms as messages
from firmware.store.db import open_store

_LOOK_S = 0.2
_PATIENCE_S = 75.0
"""lined gives a network a minute to answer a USSD code."""


@click.group()
def sms() -> None:
    """Short messages by the box's SIMs."""


@sms.command()
@click.argument("to", metavar="NUMBER")
@click.argument("text")
@click.option("--line", default="", help="The SIM's line (default: the first in a network).")
@click.pass_obj
def send(home: Home, *, to: str, text: str, line: str) -> None:
    """Send TEXT to NUMBER; prints the message's id. `markaz sms list` says what became of it."""
    with Link(home.link("lined"), "cli") as link:
        click.echo(link.call(LinedApi.send_sms, line, to, text))


@sms.command("list")
@json_option
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@click.option("--line", default="", help="Only of this SIM.")
@click.pass_obj
def list_(home: Home, json_wanted: bool, limit: int, line: str) -> None:
    """The messages that came and went, newest first."""
    with closing(open_store(home)) as db:
        found = messages.recent(db, limit, line=line)
    if json_wanted:
        as_json(found)
        return
    table(
        ("id", "at", "line", "direction", "number", "state", "text", "fault"),
        [
            (m.id, moment(m.at), m.line, m.direction, m.number, m.state, m.text, m.fault)
            for m in found
        ],
    )


@click.command()
@click.argument("line")
@click.argument("code")
@json_option
@click.pass_obj
def ussd(home: Home, line: str, code: str, json_wanted: bool) -> None:
    """Send a USSD CODE (or the answer to the network's question) and print what it says."""
    with Link(home.link("lined"), "cli") as link:
        asked_at = time.monotonic()
        link.call(LinedApi.ussd, line, code)
        row = _answer(link, line, asked_at)
    if json_wanted:
        as_json(asdict(row))
    elif row.fault:
        raise Failure(f"line {line}: {row.fault}")
    else:
        click.echo(row.text)


def _answer(link: Link, line: str, asked_at: float) -> UssdRow:
    """The line's row once the network, or the modem, has answered."""
    while time.monotonic() < asked_at + _PATIENCE_S:
        for row in link.snapshot().get("ussd", ()):
            if isinstance(row, UssdRow) and row.id == line and row.state != "sent":
                return row
        time.sleep(_LOOK_S)
    raise Failure(f"line {line} does not say what came of the code")
