"""Commands that read the store, and the one that changes a password."""

from __future__ import annotations

import sys
from contextlib import closing

import click
from sqlite_utils import Database

from firmware.cli.failure import Failure
from firmware.cli.live import json_option
from firmware.cli.output import as_json, length, moment, table
from firmware.config.home import Home
from firmware.model.record import CallRecord
from firmware.store import calls, recordings, users
from firmware.store.db import open_store


@click.command()
@json_option
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@click.option("--before", metavar="ID", default="", help="Only calls older than this one.")
@click.pass_obj
def records(home: Home, json_wanted: bool, limit: int, before: str) -> None:
    """The records of calls, newest first."""
    with closing(store(home)) as db:
        older_than = _found(calls.find(db, before), before).started_at if before else None
        found = calls.recent(db, older_than, limit, before_id=before)
    if json_wanted:
        as_json(found)
        return
    table(
        ("call", "began", "caller", "name", "called", "place", "disposition", "length", "talk"),
        [
            (
                call.id,
                moment(call.started_at),
                call.caller,
                call.caller_name,
                call.called,
                call.place,
                call.disposition or "(lives)",
                _between(call.started_at, call.ended_at),
                _between(call.answered_at, call.ended_at),
            )
            for call in found
        ],
    )


@click.command()
@click.argument("call_id", metavar="CALL")
@json_option
@click.pass_obj
def record(home: Home, call_id: str, json_wanted: bool) -> None:
    """Everything about one call: its record, legs, timeline and recordings."""
    with closing(store(home)) as db:
        call = _found(calls.find(db, call_id), call_id)
        legs, events = calls.legs_of(db, call_id), calls.timeline(db, call_id)
        sound = recordings.of_call(db, call_id)
    if json_wanted:
        as_json({"call": call, "legs": legs, "timeline": events, "recordings": sound})
        return
    table(
        ("call", "began", "caller", "name", "called", "disposition", "cause", "hung up by"),
        [
            (
                call.id,
                moment(call.started_at),
                call.caller,
                call.caller_name,
                call.called,
                call.disposition or "(lives)",
                call.cause,
                call.hung_up_by,
            )
        ],
    )
    click.echo()
    table(
        ("leg", "direction", "party", "length", "cause"),
        [
            (leg.id, leg.direction, leg.party, _between(leg.started_at, leg.ended_at), leg.cause)
            for leg in legs
        ],
    )
    click.echo()
    table(
        ("after", "what happened", "detail"),
        [(f"{e.at - call.started_at:.3f} s", e.name, e.detail) for e in events],
    )
    click.echo()
    table(
        ("recording", "length", "file"),
        [(r.id, length(r.length_s), home.recordings / r.path) for r in sound],
    )


@click.command()
@click.argument("user")
@click.option("--create", is_flag=True, help="Add the user.")
@click.option(
    "--role",
    type=click.Choice([str(role) for role in users.Role]),
    default=str(users.Role.OWNER),
    show_default=True,
    help="The role of an added user.",
)
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the password from stdin.")
@click.pass_obj
def passwd(home: Home, user: str, create: bool, role: str, from_stdin: bool) -> None:
    """Set the console password of USER."""
    with closing(store(home)) as db:
        if not create and users.find(db, user) is None:
            raise Failure(f"there is no user {user} (--create adds one)")
        password = _password(from_stdin)
        try:
            if create:
                users.create(db, user, password, users.Role(role))
            else:
                users.set_password(db, user, password)
        except ValueError as error:
            raise Failure(str(error)) from error


def store(home: Home) -> Database:
    """The store of a box that is there: a mistyped folder must not become a new box."""
    if not home.store_db.exists():
        raise Failure(f"there is no box in {home.root}: no {home.store_db}")
    return open_store(home)


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def _found(call: CallRecord | None, call_id: str) -> CallRecord:
    if call is None:
        raise Failure(f"there is no record of a call {call_id}")
    return call


def _between(start: float | None, end: float | None) -> str:
    return "" if start is None or end is None else length(end - start)
