"""Failures: every domain error as one clear line on stderr and an exit status, no traceback."""

from __future__ import annotations

import errno
import sqlite3
from typing import IO, Any

import click

from firmware.cli.output import plain
from firmware.config.history import NoConfiguration, NothingToDo
from firmware.config.problem import ConfigRejected
from firmware.link.client import LinkDown, Refused
from firmware.store.sqlite import NewerDatabase

BOX_SAID_NO = 1
CONFIG_REJECTED = 3

_DOMAIN_ERRORS = (LinkDown, Refused, NoConfiguration, NothingToDo, NewerDatabase)


class Failure(click.ClickException):
    """Ends the command with a message and the status ``exit_code``."""

    exit_code = BOX_SAID_NO

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message to stderr."""
        lines = [plain(line) for line in self.format_message().splitlines()]
        click.echo("markaz: " + "\n".join(lines), file=file, err=True)


class BadConfig(Failure):
    """Ends the command with the problems of a site configuration."""

    exit_code = CONFIG_REJECTED


class Commands(click.Group):
    """The outermost group: turns domain errors into failures."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except ConfigRejected as error:
            raise BadConfig(str(error)) from error
        except _DOMAIN_ERRORS as error:
            raise Failure(str(error)) from error
        except sqlite3.Error as error:
            raise Failure(f"the box's database does not answer: {error}") from error
        except OSError as error:
            if error.errno == errno.EPIPE:  # "| head" is no failure; click ends quietly
                raise
            raise Failure(str(error)) from error
