"""``markaz backup``: make, list, verify and restore the box's backups."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from firmware.backup import make as making
from firmware.backup import restore as restoring
from firmware.backup.archive import Manifest
from firmware.backup.failure import BackupFailed, BadArchive, CannotRestore
from firmware.cli.failure import Failure
from firmware.cli.live import json_option
from firmware.cli.output import as_json, moment, table
from firmware.config import history
from firmware.config.home import Home
from firmware.store.sealed import CannotOpen, new_identity

file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
identity_option = click.option(
    "--identity",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The file of the secret key.",
)


@click.group("backup")
def backup() -> None:
    """Backups of the box: configuration, records, voicemail, prompts; recordings if wanted."""


@backup.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def key(file: Path) -> None:
    """Make a key: the secret part into FILE, which belongs elsewhere than the box.

    Prints the public part, for backup.recipient of the site configuration. Who loses FILE loses
    the backups.
    """
    with _failures():
        secret, public = new_identity()
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.write(f"# public key: {public}\n{secret}\n")
            out.flush()
            os.fsync(out.fileno())
    click.echo(public)


@backup.command()
@json_option
@click.pass_obj
def now(home: Home, json_wanted: bool) -> None:
    """Make a backup now. The box may run."""
    with _failures():
        made = making.make(home, history.load_current(home)[1])
    if json_wanted:
        as_json(made)
    else:
        click.echo(f"{made.name}: {made.files} files, {made.bytes} bytes, read back and whole")
    if made.warning:
        click.echo(f"markaz: {made.warning}", err=True)


@backup.command("list")
@json_option
@click.pass_obj
def list_backups(home: Home, json_wanted: bool) -> None:
    """The box's backups in their place, the newest first."""
    site = history.load_current(home)[1]
    with _failures():
        found = making.backups(site, making.place_of(site, home))
    if json_wanted:
        as_json(found)
        return
    table(("name", "bytes"), [(one.name, one.bytes) for one in found])


@backup.command()
@file_argument
@identity_option
def verify(file: Path, identity: Path) -> None:
    """Whether the backup in FILE is whole."""
    with _failures():
        click.echo(_told(restoring.verify(file, identity)))


@backup.command()
@file_argument
@identity_option
@click.option("--replace", is_flag=True, help="The folder holds a box: keep it aside.")
@click.pass_obj
def restore(home: Home, file: Path, identity: Path, replace: bool) -> None:
    """Make the box what it was when the backup in FILE was made. The box must not run.

    Nothing is changed unless all of it is whole.
    """
    with _failures():
        done = restoring.restore(file, identity, home, replace=replace)
    click.echo(f"restored into {home.root}: {_told(done.manifest)}")
    if done.before:
        click.echo(f"what was there before is in {done.before}")
    if done.warning:
        click.echo(
            f"markaz: this release does not accept the configuration:\n{done.warning}", err=True
        )


def _told(manifest: Manifest) -> str:
    size = sum(entry.bytes for entry in manifest.files)
    without = "" if manifest.recordings else ", without recordings"
    return (
        f"{len(manifest.files)} files, {size} bytes{without}, of {moment(manifest.created_at)} "
        f"(Markaz {manifest.markaz})"
    )


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except (BackupFailed, BadArchive, CannotRestore, CannotOpen) as error:
        raise Failure(str(error)) from error
