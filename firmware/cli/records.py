"""Commands that read the store, and the one that changes a password."""

from __future__ import annotations

import getpass
import sys
import time
from contextlib import closing
from datetime import UTC
from typing import Any

import click
from sqlite_utils import Database

from firmware.cli.failure import Failure
from firmware.cli.live import json_option
from firmware.cli.output import as_json, length, moment, table
from firmware.config.home import Home
from firmware.model.permissions import Role
from firmware.model.quality import LegQuality
from firmware.model.record import CallRecord, Disposition
from firmware.store import audit, calls, quality, recordings, users
from firmware.store.db import open_store
from firmware.store.search import (
    CallText,
    TextKind,
    Wanted,
    search,
    tag,
    tags_of,
    texts_of,
    untag,
    write_text,
)


@click.command()
@json_option
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@click.option("--before", metavar="ID", default="", help="Only calls older than this one.")
@click.option("--number", default="", help="Any part of the caller's or the called number.")
@click.option("--name", default="", help="Any part of the caller's name.")
@click.option("--agent", default="", metavar="NUMBER")
@click.option("--queue", default="", metavar="NAME")
@click.option("--line", default="", metavar="NAME", help="The line or trunk it came or went by.")
@click.option("--disposition", type=click.Choice([str(one) for one in Disposition]))
@click.option("--since", type=click.DateTime(), help="Began at this time (UTC) or later.")
@click.option("--until", type=click.DateTime(), help="Began before this time (UTC).")
@click.option("--shortest", type=float, metavar="SECONDS", help="Of the talk.")
@click.option("--longest", type=float, metavar="SECONDS", help="Of the talk.")
@click.option("--text", default="", help="Words of its notes or its transcript.")
@click.option("--tag", default="")
@click.pass_obj
def records(home: Home, /, json_wanted: bool, limit: int, before: str, **wanted: Any) -> None:
    """The records of calls, newest first; with options, those that fit all of them."""
    for end in ("since", "until"):
        if wanted[end] is not None:
            wanted[end] = wanted[end].replace(tzinfo=UTC).timestamp()
    wanted["disposition"] = wanted["disposition"] or ""
    wanted["shortest_s"], wanted["longest_s"] = wanted.pop("shortest"), wanted.pop("longest")
    with closing(store(home)) as db:
        older_than = _found(calls.find(db, before), before).started_at if before else None
        found = search(db, Wanted(**wanted), older_than, limit, before_id=before)
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
        heard = quality.of_call(db, call_id)
        texts, tags = texts_of(db, call_id), tags_of(db, call_id)
    if json_wanted:
        parts = {"call": call, "legs": legs, "timeline": events, "recordings": sound}
        as_json({**parts, "quality": heard, "texts": texts, "tags": tags})
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
    click.echo()
    _quality_table(heard)
    if texts or tags:
        click.echo()
        table(("when", "by", "what", "text"), [(moment(t.at), t.by, t.kind, t.text) for t in texts])
        click.echo("".join(f"#{tag} " for tag in tags))


def _quality_table(heard: list[LegQuality]) -> None:
    """What the box heard of each party, and what the party says it heard of the box."""
    table(
        ("leg", "codec", "heard", "lost", "jitter", "MOS", "told lost", "jitter", "MOS", "trip"),
        [
            (
                one.id,
                one.codec,
                one.heard_packets,
                one.heard_lost + one.heard_late,
                f"{one.heard_jitter_ms:.1f} ms",
                f"{one.heard_mos:.1f}",
                one.told_lost,
                f"{one.told_jitter_ms:.1f} ms",
                f"{one.told_mos:.1f}",
                f"{one.round_trip_ms:.0f} ms",
            )
            for one in heard
        ],
    )


@click.command()
@click.argument("call_id", metavar="CALL")
@click.argument("text", required=False, default="")
@click.option("--tag", "tags", multiple=True, help="Put it among the calls with this tag.")
@click.option("--untag", "untags", multiple=True, help="Take this tag off it.")
@click.pass_obj
def note(
    home: Home, call_id: str, text: str, tags: tuple[str, ...], untags: tuple[str, ...]
) -> None:
    """Write a note about a call, by which it is found from now on."""
    by = getpass.getuser()
    with closing(store(home)) as db:
        _found(calls.find(db, call_id), call_id)
        if text.strip():
            kind = TextKind.NOTE
            write_text(db, CallText(call_id=call_id, kind=kind, by=by, at=time.time(), text=text))
        for name in tags:
            tag(db, call_id, name, by=by, at=time.time())
        for name in untags:
            untag(db, call_id, name)


@click.command()
@click.argument("user")
@click.option("--create", is_flag=True, help="Add the user.")
@click.option(
    "--role",
    type=click.Choice([str(role) for role in Role]),
    default=str(Role.OWNER),
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
                users.create(db, user, password, Role(role))
            else:
                users.set_password(db, user, password)
            audit.write(
                db,
                audit.Entry(
                    at=time.time(),
                    who=getpass.getuser(),
                    place="cli",
                    deed=audit.Change.USER_ADDED if create else audit.Change.PASSWORD_CHANGED,
                    subject=user,
                    after={"role": role} if create else None,
                ),
            )
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
