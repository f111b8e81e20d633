"""Starts one box and stays with it until told to stop: what ``make run`` executes."""

from __future__ import annotations

import sys

import click

from firmware.box.run import CannotStart, run
from firmware.config.home import Home


@click.group()
def cli() -> None:
    """One box."""


@cli.command("run")
def run_command() -> None:
    """Start the box and stay in the foreground until Ctrl-C."""
    try:
        run(Home.of_environment())
    except CannotStart as error:
        click.echo(f"markaz: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    cli()
