"""``markaz config``: check, show, apply, history and undo of the site configuration."""

from __future__ import annotations

import getpass
from typing import IO

import click

from firmware.cli.failure import BOX_SAID_NO
from firmware.cli.live import json_option
from firmware.cli.output import as_json, moment, table
from firmware.config import document, history
from firmware.config.home import Home
from firmware.config.reading import MAX_CHARACTERS
from firmware.config.rollout import Told, Uptake, roll_out
from firmware.config.schema import Site

_text_file = click.File("r", encoding="utf-8")


@click.group()
def config() -> None:
    """The site configuration: one YAML document, kept in versions."""


@config.command()
@click.argument("file", type=_text_file)
def check(file: IO[str]) -> None:
    """Report every problem in FILE ("-" is stdin). Nothing is changed.

    Exit status 3 if there is any.
    """
    site = document.parse(_read(file))
    click.echo(f"no problems: {_summary(site)}")


@config.command()
@click.option("--secrets", is_flag=True, help="With passwords, as it was accepted.")
@click.option("--version", "number", type=int, help="An older version instead of the current.")
@click.pass_obj
def show(home: Home, secrets: bool, number: int | None) -> None:
    """Print the configuration. Without --secrets every default is spelled out, passwords are
    masked, and the output cannot be applied."""
    text = history.current_text(home)[1] if number is None else history.text_of(home, number)
    click.echo(text if secrets else document.dump(document.parse(text), secrets=False), nl=False)


@config.command()
@click.argument("file", type=_text_file)
@click.option("-m", "--message", required=True, help="What changed, and why.")
@click.pass_obj
def apply(home: Home, file: IO[str], message: str) -> None:
    """Make FILE ("-" is stdin) the configuration, and tell the daemons.

    With any problem nothing is changed (exit status 3). Exit status 1 if a daemon did not take
    it up.
    """
    _roll_out(home, history.apply(home, _read(file), getpass.getuser(), message))


@config.command()
@click.pass_obj
def undo(home: Home) -> None:
    """Bring back the version before the current one, as a new version."""
    _roll_out(home, history.undo(home, getpass.getuser()))


@config.command("history")
@json_option
@click.pass_obj
def history_(home: Home, json_wanted: bool) -> None:
    """Every version that was accepted, newest first."""
    versions = history.versions(home)
    if json_wanted:
        as_json(versions)
        return
    table(
        ("version", "accepted", "by", "comment"),
        [(v.number, moment(v.accepted_at), v.author, v.comment) for v in versions],
    )


def _read(file: IO[str]) -> str:
    try:
        return file.read(MAX_CHARACTERS + 2)  # one too many is refused; a mark may precede
    except UnicodeDecodeError as error:
        raise click.BadParameter(f"{file.name} is not UTF-8: {error}") from error


def _summary(site: Site) -> str:
    counts = (
        (len(site.extension), "extensions"),
        (len(site.line), "lines"),
        (len(site.ivr), "menus"),
        (len(site.queue), "queues"),
    )
    return ", ".join(f"{count} {noun}" for count, noun in counts)


def _roll_out(home: Home, number: int) -> None:
    click.echo(f"configuration {number} is accepted")
    told = roll_out(home, number)
    for one in told:
        click.echo(f"  {one.daemon}: {_outcome(one)}", err=one.uptake in _NOT_TAKEN)
    if any(one.uptake in _NOT_TAKEN for one in told):
        raise click.exceptions.Exit(BOX_SAID_NO)


_NOT_TAKEN = {Uptake.REFUSED, Uptake.BEHIND}


def _outcome(told: Told) -> str:
    match told.uptake:
        case Uptake.TAKEN:
            return "runs it"
        case Uptake.DOWN:
            return "is down; it reads it when it starts"
        case Uptake.REFUSED:
            return f"refused it: {told.text}"
        case Uptake.BEHIND:
            return f"did not take it up: {told.text}"
