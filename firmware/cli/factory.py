"""``markaz factory-reset``: the box as it was when it was bought."""

from __future__ import annotations

import getpass

import click

from firmware import factory
from firmware.cli.failure import Failure
from firmware.config.home import Home

_GOES = """\
Everything of this office would be erased from {root}, for good:
  the configuration and all its versions, users and their passwords;
  call records, recordings, voicemail, prompts, contacts, notes;
  telephones and their passwords (each must be set up anew), keys and certificates;
  mail and short messages that wait, logs, what was learned of lines and battery.
The firmware stays. Backups that were sent to other places stay there: with one of them and its
key this office can be had back (markaz backup restore)."""


@click.command("factory-reset")
@click.option("--yes", is_flag=True, help="Do it. Without this nothing is erased.")
@click.pass_obj
def factory_reset(home: Home, yes: bool) -> None:
    """Erase everything of the office; the firmware stays, and makes new passwords at its next
    start. Make a backup first if you may want the office back."""
    if not home.root.is_dir():
        raise Failure(f"there is no box in {home.root}")
    if not yes:
        click.echo(_GOES.format(root=home.root))
        raise Failure("nothing was erased: add --yes to do it")
    try:
        factory.order(home, who=f"cli: {getpass.getuser()}")
        is_done = factory.carry_out_if_stopped(home)
    except OSError as error:
        raise Failure(
            f"the disk refuses ({error}); the next start of the box goes on with it"
        ) from error
    click.echo(
        "everything was erased: the next start is a first one"
        if is_done
        else "the box runs: stop it and start it again, and it erases everything before it begins"
    )
