"""``markaz update`` and ``markaz self-test``."""

from __future__ import annotations

import time
from pathlib import Path

import click

from firmware.cli.failure import Failure
from firmware.cli.live import json_option
from firmware.cli.output import as_json, moment, table
from firmware.config import history
from firmware.config.home import Home
from firmware.link.api import UpdatesApi
from firmware.link.client import Link, LinkDown
from firmware.link.update import UpdateRow

_PATIENCE_S = 20.0
_LOOK_S = 0.5

cut_option = click.option(
    "--cut-calls", is_flag=True, help="End the calls there are; never one for help."
)


@click.group("update")
def update() -> None:
    """Newer releases: look, install, restart into them, go back."""


@update.command()
@json_option
@click.pass_obj
def status(home: Home, json_wanted: bool) -> None:
    """What runs, what is known of an update, and why it waits."""
    with _link(home) as link:
        row = _row(link)
    if json_wanted:
        as_json(row)
        return
    cells = (
        ("release", row.release),
        ("slot", row.slot),
        ("release in the other slot", row.other),
        ("update", row.state),
        ("its release", row.version),
        ("from", row.source),
        ("percent", row.percent),
        ("waits because", row.hindrance.replace("_", " ")),
        ("what went wrong", row.why),
        ("address asked", moment(row.checked_at or None)),
        ("since", moment(row.since or None)),
        ("notes", row.notes),
    )
    table(("what", "value"), cells)


@update.command()
@click.pass_obj
def check(home: Home) -> None:
    """Ask the address, look at USB sticks."""
    with _link(home) as link:
        link.call(UpdatesApi.check)
        row = _done(link)
    newer = (
        f"release {row.version} from {row.source}" if row.state == "offered" else "nothing newer"
    )
    click.echo(f"{newer}{f' ({row.why})' if row.why else ''}")


@update.command()
@click.argument(
    "bundle", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.pass_obj
def install(home: Home, bundle: Path | None) -> None:
    """Write what is offered, or the file BUNDLE, into the other slot. Calls go on.

    The box restarts into it at a quiet moment, or by `markaz update switch`.
    """
    with _link(home) as link:
        if bundle is not None:
            link.call(UpdatesApi.bring, path=str(bundle.resolve()))
            row = _done(link)
            if row.state != "ready":
                raise Failure(row.why or f"the bundle was not taken: {row.state}")
        link.call(UpdatesApi.install)
        row = _done(link)
    if row.state != "installed":
        raise Failure(row.why or f"it was not installed: {row.state}")
    click.echo(f"release {row.version} is installed and waits for its restart")


@update.command()
@cut_option
@click.pass_obj
def switch(home: Home, cut_calls: bool) -> None:
    """Restart into the installed release now."""
    with _link(home) as link:
        link.call(UpdatesApi.switch, cut_calls=cut_calls)
    click.echo("the box restarts; the new release must make a call, or the old one comes back")


@update.command()
@click.pass_obj
def confirm(home: Home) -> None:
    """Keep the release on trial, although it has made no call."""
    with _link(home) as link:
        link.call(UpdatesApi.confirm)
        row = _done(link)
    if row.state != "done":
        raise Failure(row.why or f"it is not kept: {row.state}")
    click.echo(f"release {row.release} stays")


@update.command("roll-back")
@cut_option
@click.pass_obj
def roll_back(home: Home, cut_calls: bool) -> None:
    """Restart into the release before. What was written since stays."""
    with _link(home) as link:
        link.call(UpdatesApi.roll_back, cut_calls=cut_calls)
    click.echo("the box restarts into the release before")


@update.command()
@click.pass_obj
def forget(home: Home) -> None:
    """Want no more of what is offered or installed."""
    with _link(home) as link:
        link.call(UpdatesApi.forget)


@click.command("self-test")
@json_option
@click.option("--quiet", is_flag=True, help="Say only what is wrong.")
@click.pass_obj
def self_test(home: Home, json_wanted: bool, quiet: bool) -> None:
    """One real call from inside, by SIP, answered by the exchange and listened to.

    Rings nobody. Exit status 1 when it cannot be made or nothing is heard.
    """
    from firmware.box import self_test as test  # noqa: PLC0415 - loads the SIP stack

    _number, site = history.load_current(home)
    outcome = test.call(home, site)
    if json_wanted:
        as_json(outcome)
    elif not quiet and not outcome.fault:
        click.echo(test.told(outcome))
    if outcome.fault:
        raise Failure(outcome.fault)


def _link(home: Home) -> Link:
    try:
        return Link(home.link("update"), "markaz", timeout_s=_PATIENCE_S)
    except LinkDown as error:
        raise Failure(
            f"{error}; a box that is no image with two slots has no such program"
        ) from error


def _row(link: Link) -> UpdateRow:
    row = link.snapshot()["update"][0]
    assert isinstance(row, UpdateRow)
    return row


def _done(link: Link) -> UpdateRow:
    """The row when the order at hand is carried out, with a line for every tenth part of it."""
    shown = -1
    while (row := _row(link)).is_working:
        if row.percent is not None and row.percent // 10 != shown:
            click.echo(f"{row.state} {row.percent} %", err=True)
            shown = row.percent // 10
        time.sleep(_LOOK_S)
    return row
