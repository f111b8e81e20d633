"""``markaz user``: who may use the console, for when the console itself lets nobody in: the owner
has forgotten the password, or lost the telephone with the second factor."""

from __future__ import annotations

import getpass
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import click
from sqlite_utils import Database

from firmware.cli.failure import Failure
from firmware.cli.live import json_option
from firmware.cli.output import as_json, moment, table
from firmware.cli.records import store
from firmware.config.home import Home
from firmware.model.permissions import Role
from firmware.store import audit, factors, users
from firmware.store.audit import Asked, Change, Entry
from firmware.store.passwords import SHORTEST, Weakness, weakness
from firmware.store.users import User

WEAK = {
    Weakness.SHORT: f"the password is too short: at least {SHORTEST} characters",
    Weakness.EASY: "the password is too easy to guess: take words that do not belong together",
}

role_option = click.option("--role", type=click.Choice([str(role) for role in Role]))
extension_option = click.option(
    "--extension", metavar="NUMBER", help="Whose calls and messages are their own."
)
queue_option = click.option(
    "--queue", "queues", multiple=True, metavar="NAME", help="One a supervisor sees."
)


@click.group()
def user() -> None:
    """The people who may use the console."""


@user.command("list")
@json_option
@click.pass_obj
def list_users(home: Home, json_wanted: bool) -> None:
    """Everybody: role, extension, queues, second factor."""
    with closing(store(home)) as db:
        found = users.everyone(db)
    if json_wanted:
        as_json(found)
        return
    table(
        ("name", "role", "extension", "queues", "second factor", "disabled"),
        [
            (
                one.name,
                one.role,
                one.extension,
                ", ".join(sorted(one.queues)),
                one.has_factor,
                moment(one.disabled_at),
            )
            for one in found
        ],
    )


@user.command()
@click.argument("name")
@role_option
@extension_option
@queue_option
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the password from stdin.")
@click.pass_obj
def add(home: Home, /, name: str, from_stdin: bool, **belongs: Any) -> None:
    """Add a user; an agent unless another role is named."""
    with _changing(home) as db:
        made = users.create(
            db,
            name,
            _new_password(name, from_stdin),
            Role(belongs["role"] or Role.AGENT),
            extension=belongs["extension"] or "",
            queues=frozenset(belongs["queues"]),
        )
        _tell(db, Change.USER_ADDED, name, after=_told(made))


@user.command()
@click.argument("name")
@role_option
@extension_option
@queue_option
@click.pass_obj
def place(
    home: Home, name: str, role: str | None, extension: str | None, queues: tuple[str, ...]
) -> None:
    """Give a user another role, extension or queues; what is not named stays. Their sessions
    end."""
    with _changing(home) as db:
        old = _found(db, name)
        users.place(
            db,
            name,
            Role(role) if role else old.role,
            extension=old.extension if extension is None else extension,
            queues=frozenset(queues) if queues else old.queues,
        )
        new = _found(db, name)
        _tell(db, Change.USER_CHANGED, name, before=_told(old), after=_told(new))


@user.command("reset-factor")
@click.argument("name")
@click.pass_obj
def reset_factor(home: Home, name: str) -> None:
    """Take a user's second factor away, for a lost telephone. Their sessions end."""
    with _changing(home) as db:
        _found(db, name)
        if not factors.reset(db, name):
            raise Failure(f"{name} has no second factor")
        users.end_sessions(db, name)
        _tell(db, Change.FACTOR_RESET, name)


@user.command()
@click.argument("name")
@click.pass_obj
def disable(home: Home, name: str) -> None:
    """Let a user in no more. Their sessions end."""
    with _changing(home) as db:
        users.disable(db, name, time.time())
        _tell(db, Change.USER_CHANGED, name, after={"state": "disabled"})


@user.command()
@click.argument("name")
@click.pass_obj
def enable(home: Home, name: str) -> None:
    """Let a disabled user in again."""
    with _changing(home) as db:
        users.enable(db, name)
        _tell(db, Change.USER_CHANGED, name, after={"state": "enabled"})


@user.command()
@click.argument("name")
@click.pass_obj
def remove(home: Home, name: str) -> None:
    """Take a user away."""
    with _changing(home) as db:
        old = users.find(db, name)
        users.remove(db, name)
        _tell(db, Change.USER_REMOVED, name, before=_told(old) if old else None)


@user.command("sign-out")
@click.argument("name")
@click.pass_obj
def sign_out(home: Home, name: str) -> None:
    """End all sessions of a user."""
    with _changing(home) as db:
        users.end_sessions(db, name)
        _tell(db, Change.SESSIONS_ENDED, name, after="all")


@user.command("need-factor")
@click.argument(
    "roles", nargs=-1, metavar="[ROLE]...", type=click.Choice([str(role) for role in Role])
)
@click.pass_obj
def need_factor(home: Home, roles: tuple[str, ...]) -> None:
    """Say which roles must have a second factor; without any, none must.

    ROLE is one of owner, technician, supervisor, agent, reader.
    """
    with _changing(home) as db:
        before = sorted(factors.wanted_of(db))
        factors.want_of(db, frozenset(Role(role) for role in roles))
        _tell(db, Change.FACTOR_RULES, "", before=before, after=sorted(set(roles)))


@user.command("audit")
@json_option
@click.option("--who", default="", metavar="NAME")
@click.option("--deed", default="", metavar="WORD", help='For example "signed_in".')
@click.option("--subject", default="", help="Any part of it.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.pass_obj
def audit_trail(home: Home, /, json_wanted: bool, limit: int, **asked: Any) -> None:
    """The audit trail, newest first."""
    with closing(store(home)) as db:
        found = audit.trail(db, Asked(**asked), limit)
    entries = [entry for _place, entry in found]
    if json_wanted:
        as_json(entries)
        return
    table(
        ("when", "who", "from", "what", "of what", "before", "after"),
        [(moment(e.at), e.who, e.place, e.deed, e.subject, e.before, e.after) for e in entries],
    )


@contextmanager
def _changing(home: Home) -> Iterator[Database]:
    """The store; what it refuses is said as a failure."""
    with closing(store(home)) as db:
        try:
            yield db
        except KeyError as error:
            raise Failure(str(error.args[0])) from error
        except ValueError as error:
            raise Failure(str(error)) from error


def _found(db: Database, name: str) -> User:
    found = users.find(db, name)
    if found is None:
        raise Failure(f"there is no user {name}")
    return found


def _new_password(name: str, from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    weak = weakness(password, (name,))
    if weak is not None:
        raise Failure(WEAK[weak])
    return password


def _told(one: User) -> dict[str, Any]:
    return {"role": str(one.role), "extension": one.extension, "queues": sorted(one.queues)}


def _tell(db: Database, deed: Change, name: str, *, before: Any = None, after: Any = None) -> None:
    """Write down what was done here, and by which account of the system."""
    audit.write(
        db,
        Entry(
            at=time.time(),
            who=getpass.getuser(),
            place="cli",
            deed=deed,
            subject=name,
            before=before,
            after=after,
        ),
    )
