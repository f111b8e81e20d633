"""Commands for voicemail: what is in the boxes, and seeing to them for their owners."""

from __future__ import annotations

import shutil
import sys
from contextlib import closing
from pathlib import Path

import click

from firmware.cli.failure import Failure
from firmware.cli.live import json_option
from firmware.cli.orders import tell
from firmware.cli.output import as_json, length, moment, table
from firmware.cli.records import store
from firmware.config.history import load_current
from firmware.config.home import Home
from firmware.link.api import OutboxApi, SwitchApi
from firmware.link.client import Link
from firmware.model.letter import Channel
from firmware.model.voicemail import Counted, Message, MessageState
from firmware.store import mailboxes, outbox


@click.group()
def voicemail() -> None:
    """Voicemail boxes, their messages, and the letters that tell of them."""


@voicemail.command("list")
@click.argument("number", metavar="EXTENSION", required=False)
@click.option("--deleted", is_flag=True, help="Also what can still be taken back.")
@json_option
@click.pass_obj
def list_(home: Home, number: str | None, deleted: bool, json_wanted: bool) -> None:
    """The boxes, or the messages of one, newest first."""
    if number is None:
        _boxes(home, json_wanted)
        return
    states = tuple(MessageState) if deleted else (MessageState.NEW, MessageState.SAVED)
    with closing(store(home)) as db:
        found = mailboxes.messages(db, number, *states)
    if json_wanted:
        as_json(found)
        return
    table(
        ("message", "received", "caller", "name", "length", "state"),
        [
            (m.id, moment(m.recorded_at), m.caller, m.caller_name, length(m.length_s), m.state)
            for m in found
        ],
    )


def _boxes(home: Home, json_wanted: bool) -> None:
    _version, site = load_current(home)
    with closing(store(home)) as db:
        counts = mailboxes.everyones(db)
        boxes = [
            (
                one.number,
                one.name,
                counts.get(one.number, Counted()),
                mailboxes.state_of(db, one.number),
            )
            for one in site.extension
            if site.voicemail.settings_of(one.number)
        ]
    if json_wanted:
        as_json(
            [
                {"number": n, "name": name, "new": c.new, "saved": c.saved, "has_pin": s.has_pin}
                for n, name, c, s in boxes
            ]
        )
        return
    table(
        ("extension", "name", "new", "heard", "of", "PIN"),
        [
            (n, name, str(c.new), str(c.saved), site.voicemail.most_in(n), s.has_pin)
            for n, name, c, s in boxes
        ],
    )


@voicemail.command()
@click.argument("message")
@click.pass_obj
def delete(home: Home, message: str) -> None:
    """Delete a message. It can be taken back for a while."""
    _mark(home, message, MessageState.DELETED)


@voicemail.command()
@click.argument("message")
@click.pass_obj
def restore(home: Home, message: str) -> None:
    """Take a deleted message back."""
    _mark(home, message, MessageState.SAVED)


@voicemail.command()
@click.argument("message")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def export(home: Home, message: str, file: Path) -> None:
    """Copy a message into FILE, a WAV file."""
    found = _found(home, message)
    try:
        with file.open("xb") as out, (home.voicemail / found.path).open("rb") as sound:
            shutil.copyfileobj(sound, out)
    except FileExistsError as error:
        raise Failure(f"{file} exists already") from error


@voicemail.command("set-pin")
@click.argument("number", metavar="EXTENSION")
@click.option("--clear", is_flag=True, help="Take it away: the owner chooses another.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the PIN from stdin.")
@click.pass_obj
def set_pin(home: Home, number: str, clear: bool, from_stdin: bool) -> None:
    """Give a box a PIN, and open it if it was locked."""
    pin = "" if clear else _pin(from_stdin)
    if not pin and not clear:
        raise Failure("no PIN (--clear takes it away)")
    tell(home, "switchd", SwitchApi.set_mailbox_pin, number, pin)


@voicemail.command()
@click.option("--now", is_flag=True, help="Try at once what waits.")
@json_option
@click.pass_obj
def letters(home: Home, now: bool, json_wanted: bool) -> None:
    """Mail and short messages that are not out yet, and why."""
    if now:
        with Link(home.link("outbox"), "cli") as link:
            link.call(OutboxApi.retry)
    with closing(store(home)) as db:
        waiting = [letter for channel in Channel for letter in outbox.waiting(db, channel)]
    if json_wanted:
        as_json(waiting)
        return
    table(
        ("written", "by", "to", "about", "tries", "fault"),
        [
            (moment(o.created_at), o.channel, o.recipient, o.ident, str(o.attempts), o.fault)
            for o in waiting
        ],
    )


def _mark(home: Home, message: str, state: MessageState) -> None:
    tell(home, "switchd", SwitchApi.mark_message, message, state)


def _found(home: Home, message: str) -> Message:
    with closing(store(home)) as db:
        found = mailboxes.find(db, message)
    if found is None:
        raise Failure(f"there is no message {message}")
    return found


def _pin(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt("PIN", hide_input=True, confirmation_prompt=True))
