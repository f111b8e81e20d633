"""supervisord's log, which may be lost: a full disk ends no call.

supervisord's handlers print into its stderr what hinders the log. That is on the same disk, and
what it raises ends supervisord, and every program with it (``supervisor.loggers.Handler.emit``,
``supervisor.supervisord.Supervisor.runforever``). Here a line that cannot be written is lost, and
no more than that; the log goes on when there is room.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from supervisor import loggers

_turn_over = loggers.RotatingFileHandler.doRollover


def install() -> None:
    """For all of supervisor's loggers in this process."""
    loggers.Handler.handleError = _lose
    loggers.RotatingFileHandler.doRollover = _turn_over_or_go_on


def _lose(_handler: loggers.Handler) -> None:
    """Of the line that was to be written."""


def _turn_over_or_go_on(handler: loggers.RotatingFileHandler) -> None:
    """A new file, or when there can be none, the old one."""
    try:
        _turn_over(handler)
    except (OSError, ValueError):  # ValueError: the file was closed the last time
        with contextlib.suppress(OSError):
            handler.stream = Path(handler.baseFilename).open("ab")  # noqa: SIM115 - it stays open
