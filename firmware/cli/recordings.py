"""``markaz recordings``: keep, release, take away, delete and verify what was recorded."""

from __future__ import annotations

import getpass
import os
import shutil
import sys
import time
from contextlib import closing
from pathlib import Path

import click
from sqlite_utils import Database

from firmware.cli.failure import Failure
from firmware.cli.live import json_option
from firmware.cli.output import as_json, length, moment, table
from firmware.cli.records import store
from firmware.config import history
from firmware.config.home import Home
from firmware.model.record import RecordingRecord
from firmware.model.retention import KeptKind
from firmware.store import audit, holds, ledger, mailboxes, recordings, repairs
from firmware.store.inspect import GRAVE, inspect
from firmware.store.sealed import decrypt
from firmware.store.sqlite import writing

FILES_DIFFER = 4
LEDGER_DIFFERS = 5

limit_option = click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True
)
kind_option = click.option(
    "--kind",
    type=click.Choice([str(kind) for kind in KeptKind]),
    default=str(KeptKind.RECORDING),
    show_default=True,
)


@click.group("recordings")
def recordings_group() -> None:
    """What was recorded: holds, exports, deletions, and whether all of it is there."""


@recordings_group.command()
@click.argument("ident", metavar="ID")
@click.option("--why", required=True, help="For whom, and why.")
@kind_option
@click.pass_obj
def hold(home: Home, ident: str, why: str, kind: str) -> None:
    """Keep a recording (or message) until it is released, whatever its age and the disk."""
    with closing(store(home)) as db:
        _check_there(db, KeptKind(kind), ident)
        with writing(db):
            holds.hold(db, holds.Hold(kind=kind, ident=ident, at=time.time(), who=_who(), why=why))
            _note(db, audit.Deed.HELD, ident, why)


@recordings_group.command()
@click.argument("ident", metavar="ID")
@kind_option
@click.pass_obj
def release(home: Home, ident: str, kind: str) -> None:
    """Let a recording (or message) go the way of the others again."""
    with closing(store(home)) as db, writing(db):
        if not holds.release(db, KeptKind(kind), ident):
            raise Failure(f"no {kind} {ident} is held")
        _note(db, audit.Deed.RELEASED, ident)


@recordings_group.command()
@json_option
@click.pass_obj
def held(home: Home, json_wanted: bool) -> None:
    """What is held, by whom and why."""
    with closing(store(home)) as db:
        found = holds.every(db)
    if json_wanted:
        as_json(found)
        return
    table(
        ("kind", "id", "since", "by", "why"),
        [(h.kind, h.ident, moment(h.at), h.who, h.why) for h in found],
    )


@recordings_group.command()
@click.argument("ident", metavar="ID")
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--identity", type=click.Path(exists=True, path_type=Path), help="A key of age.")
@click.pass_obj
def export(home: Home, ident: str, target: Path, identity: Path | None) -> None:
    """Write a recording into the file TARGET, decrypted if need be."""
    with closing(store(home)) as db:
        record = _found(db, ident)
        _note(db, audit.Deed.EXPORTED, ident, str(target))
    path = home.recordings / record.path
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            if record.cipher:
                decrypt(path, out, identity or _identity_file(home))
            else:
                with path.open("rb") as sound:
                    shutil.copyfileobj(sound, out)
    except BaseException:
        target.unlink()
        raise


@recordings_group.command()
@click.argument("ident", metavar="ID")
@click.option("--why", required=True, help="It is written into the ledger.")
@click.pass_obj
def delete(home: Home, ident: str, why: str) -> None:
    """Delete a recording for good. The call's record stays."""
    with closing(store(home)) as db:
        deletion = recordings.Deletion(who=_who(), why=why, at=time.time(), place="cli")
        recordings.delete(home, db, _found(db, ident), deletion)


@recordings_group.command()
@click.option("--head", "noted", default="", help="A head that was noted once.")
@json_option
@click.pass_obj
def verify(home: Home, noted: str, json_wanted: bool) -> None:
    """Whether every recording is there and as it was, and the ledger is whole.

    Prints the ledger's head: note it elsewhere, for whoever can write in the store could write
    the whole ledger anew. Exit status: 0 all is well; 4 files are missing, changed or extra; 5 the
    ledger was changed, or does not have the head that was noted.
    """
    with closing(store(home)) as db:
        findings = list(inspect(home, db))
        count, head = sum(1 for _ in recordings.every(db)), ledger.head(db)
        is_noted = not noted or ledger.holds_head(db, noted)
    if json_wanted:
        as_json({"recordings": count, "head": head, "findings": findings, "has_head": is_noted})
    else:
        table(("what is wrong", "which"), [(f.fault, f.what) for f in findings])
        click.echo(f"{count} recordings, {len(findings)} faults; head of the ledger: {head or '-'}")
    if not is_noted:
        click.echo(f"markaz: the ledger does not have the head {noted}", err=True)
    if not is_noted or any(finding.fault in GRAVE for finding in findings):
        sys.exit(LEDGER_DIFFERS)
    if findings:
        sys.exit(FILES_DIFFER)


@recordings_group.command("audit")
@click.argument("ident", metavar="[ID]", default="")
@limit_option
@json_option
@click.pass_obj
def audit_trail(home: Home, ident: str, limit: int, json_wanted: bool) -> None:
    """Who listened to recordings, took them away, deleted, held or released them."""
    with closing(store(home)) as db:
        found = audit.newest(db, limit, ident)
    if json_wanted:
        as_json(found)
        return
    table(
        ("when", "who", "from", "what", "recording", "detail"),
        [(moment(d.at), d.who, d.place, d.what, d.ident, d.detail) for d in found],
    )


@recordings_group.command()
@limit_option
@json_option
@click.pass_obj
def repaired(home: Home, limit: int, json_wanted: bool) -> None:
    """What was cut off by a loss of power or a crash, and what was made of it."""
    with closing(store(home)) as db:
        found = repairs.newest(db, limit)
    if json_wanted:
        as_json(found)
        return
    table(
        ("when", "kind", "id", "cut off because", "recovered", "mended"),
        [(moment(r.at), r.kind, r.ident, r.cause, length(r.recovered_s), r.healed) for r in found],
    )


def _who() -> str:
    """Who runs the command; behind sudo, who they are themselves."""
    return os.environ.get("SUDO_USER") or getpass.getuser()


def _note(db: Database, deed: audit.Deed, ident: str, detail: str = "") -> None:
    audit.note(
        db,
        audit.Done(at=time.time(), who=_who(), place="cli", what=deed, ident=ident, detail=detail),
    )


def _found(db: Database, ident: str) -> RecordingRecord:
    record = recordings.find(db, ident)
    if record is None:
        raise Failure(f"there is no recording {ident}")
    return record


def _check_there(db: Database, kind: KeptKind, ident: str) -> None:
    if kind is KeptKind.RECORDING:
        _found(db, ident)
    elif mailboxes.find(db, ident) is None:
        raise Failure(f"there is no message {ident}")


def _identity_file(home: Home) -> Path | None:
    found = history.load_current(home)[1].recording.encryption.identity_file
    return Path(found) if found else None
