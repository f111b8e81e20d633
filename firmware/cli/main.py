"""``markaz``, the command: its groups put together."""

from __future__ import annotations

from pathlib import Path

import click

from firmware.cli import (
    acd,
    backup,
    callcentre,
    config,
    contacts,
    doctor,
    factory,
    ivr,
    line,
    live,
    messages,
    orders,
    person,
    phones,
    prompts,
    quality,
    recordings,
    records,
    reports,
    routes,
    update,
    user,
    voicemail,
)
from firmware.cli.failure import Commands, Failure
from firmware.config.home import Home
from firmware.version import VERSION


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="markaz", message="%(prog)s %(version)s")
@click.option(
    "--home",
    "root",
    type=click.Path(file_okay=False, path_type=Path),
    help="The box's folder (default: MARKAZ_HOME, else var).",
)
@click.pass_context
def main(ctx: click.Context, root: Path | None) -> None:
    """A telephone exchange in a box.

    Exit status: 0 done; 1 the box said no, or a daemon is down; 2 the command was written
    wrongly; 3 the site configuration has problems.
    """
    ctx.obj = Home(root.resolve()) if root else Home.of_environment()


@main.command()
@click.pass_obj
def run(home: Home) -> None:
    """Start the box and stay in the foreground; Ctrl-C ends all of it."""
    from firmware.box import run as box  # noqa: PLC0415 - only this command starts processes

    try:
        box.run(home)
    except box.CannotStart as error:
        raise Failure(str(error)) from error


for command in (
    live.status,
    doctor.doctor,
    doctor.support_bundle,
    live.calls,
    live.queues,
    live.lines,
    line.line,
    live.trunks,
    live.extensions,
    records.records,
    records.record,
    records.note,
    quality.quality,
    records.passwd,
    user.user,
    recordings.recordings_group,
    backup.backup,
    update.update,
    update.self_test,
    factory.factory_reset,
    config.config,
    orders.hang_up,
    orders.agent,
    callcentre.caller,
    callcentre.figures,
    reports.reports,
    orders.bench,
    phones.phones,
    voicemail.voicemail,
    routes.route,
    routes.calendar,
    contacts.contacts,
    prompts.prompts,
    ivr.ivr,
    person.person,
    messages.sms,
    messages.ussd,
    acd.acd,
):
    main.add_command(command)


if __name__ == "__main__":
    main()
