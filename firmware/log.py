"""The log: one line an event on stderr, which supervisord keeps in ``log/<daemon>.log``.

``2026-11-21T23:05:17.204 INFO switchd.leg: leg 17.2 ringing -Answered-> answered (201)``

No secret is ever logged; no card number or PIN, whole.
"""

from __future__ import annotations

import logging
import sys
import time


class _OneLine(logging.Formatter):
    """ISO local time with milliseconds; a traceback follows, indented, on lines of its own."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        seconds = time.strftime(datefmt or "%Y-%m-%dT%H:%M:%S", self.converter(record.created))
        return f"{seconds}.{int(record.msecs):03d}"

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).replace("\n", "\n    ")


def set_up(daemon_name: str) -> None:
    """Send every log line of this process, INFO and above, to stderr.

    ``daemon_name`` ("switchd") stands for the root logger; modules keep their own short name.
    Calling it again replaces what an earlier call set up.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(shown)s: %(message)s"))
    handler.addFilter(lambda record: _name(record, daemon_name))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def _name(record: logging.LogRecord, daemon_name: str) -> bool:
    """Shorten the logger's name: ``firmware.switchd.leg`` is ``switchd.leg``."""
    name = record.name.removeprefix("firmware.")
    record.shown = daemon_name if name in ("root", "__main__") else name
    return True
