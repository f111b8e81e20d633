"""The log: one line an event on stderr, which supervisord keeps in ``log/<daemon>.log``.

``2026-11-21T23:05:17.204 INFO switchd.leg: leg 17.2 ringing -Answered-> answered (201)``

No secret is ever logged; no card number or PIN, whole.

A disk that stalls stops supervisord, then fills the pipe, and the next line written would stop
its daemon. Daemons that calls wait for therefore write from a thread of its own (``aside``).
"""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import os
import queue
import sys
import threading
import time
from typing import TextIO

MOST_WAITING_LINES = 20_000
"""That wait for a stalled disk; more are dropped, and their number is told."""

_LAST_LINES_S = 2.0
"""How long the end of a process waits for its last lines to be written."""


class _OneLine(logging.Formatter):
    """ISO local time with milliseconds; a traceback follows, indented, on lines of its own."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        seconds = time.strftime(datefmt or "%Y-%m-%dT%H:%M:%S", self.converter(record.created))
        return f"{seconds}.{int(record.msecs):03d}"

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).replace("\n", "\n    ")


class _Aside(logging.Handler):
    """Hands finished lines to a thread that writes them; never waits. Lines that do not fit are
    dropped, and how many they were is a line as soon as there is room."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._lines: queue.Queue[str] = queue.Queue(MOST_WAITING_LINES)
        self._dropped = 0
        threading.Thread(target=self._write, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        try:
            if self._dropped:
                self._lines.put_nowait(f"    {self._dropped} lines were dropped here")
                self._dropped = 0
            self._lines.put_nowait(line)
        except queue.Full:
            self._dropped += 1

    def _write(self) -> None:
        while True:
            line = self._lines.get()
            self._stream.write(f"{line}\n")
            self._stream.flush()
            self._lines.task_done()

    def close(self) -> None:
        """Let the thread write what waits; a disk that stalls is not waited for."""
        with self._lines.all_tasks_done:
            self._lines.all_tasks_done.wait_for(
                lambda: not self._lines.unfinished_tasks, _LAST_LINES_S
            )
        super().close()


SYSLOG = "MARKAZ_SYSLOG"
"""In the environment: where lines go besides, "192.0.2.1:514". The box sets it."""


class _ToSyslog(logging.handlers.QueueHandler):
    """Hands lines to a thread that sends them to a syslog server by UDP; what does not fit into
    the queue is dropped. It is a copy: the files have all."""

    def __init__(self, address: tuple[str, int], daemon_name: str) -> None:
        self._lines: queue.Queue[logging.LogRecord] = queue.Queue(MOST_WAITING_LINES)
        super().__init__(self._lines)
        sender = logging.handlers.SysLogHandler(
            address, facility=logging.handlers.SysLogHandler.LOG_LOCAL0
        )
        sender.ident = f"markaz-{daemon_name}: "
        sender.append_nul = False
        self._sender = sender
        self._listener = logging.handlers.QueueListener(self._lines, sender)
        self._listener.start()

    def enqueue(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(record)

    def close(self) -> None:
        self._listener.stop()
        self._sender.close()
        super().close()


def _syslog(daemon_name: str) -> list[logging.Handler]:
    host, _, port = os.environ.get(SYSLOG, "").rpartition(":")
    return [_ToSyslog((host, int(port)), daemon_name)] if host else []


def set_up(daemon_name: str, *, aside: bool = False) -> None:
    """Send every log line of this process, INFO and above, to stderr.

    ``daemon_name`` ("switchd") stands for the root logger; modules keep their own short name.
    ``aside``: by a thread, for a daemon that no disk may stop. It does not outlive a fork.
    Calling it again replaces what an earlier call set up.
    """
    handler = _Aside(sys.stderr) if aside else logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(shown)s: %(message)s"))
    copies = _syslog(daemon_name)
    for copy in copies:
        copy.setFormatter(logging.Formatter("%(shown)s: %(message)s"))
    for one in (handler, *copies):
        one.addFilter(lambda record: _name(record, daemon_name))
    logging.basicConfig(level=logging.INFO, handlers=[handler, *copies], force=True)


def _name(record: logging.LogRecord, daemon_name: str) -> bool:
    """Shorten the logger's name: ``firmware.switchd.leg`` is ``switchd.leg``."""
    name = record.name.removeprefix("firmware.")
    is_main = name in ("root", "__main__") or name.endswith(".main")
    record.shown = daemon_name if is_main else name
    return True
