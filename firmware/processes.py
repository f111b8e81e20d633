"""The processes of this machine, found by how they were started, and an end for them.

For what supervisord cannot see: workers whose parent was killed, a box whose supervisord was.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

_PROC = Path("/proc")


def started_with(arguments: Sequence[str]) -> list[int]:
    """The pids of processes started with exactly these arguments."""
    wanted = _joined(arguments)
    return [pid for pid in _pids() if _read(pid, "cmdline") == wanted]


def with_environment(name: str, value: str) -> list[int]:
    """The pids of processes that were given this environment variable, but for our own."""
    wanted = f"{name}={value}".encode()
    return [
        pid
        for pid in _pids()
        if pid != os.getpid() and wanted in _read(pid, "environ").split(b"\0")
    ]


def command_of(pid: int) -> str:
    """How a process was started, for people; "" when it is gone."""
    return _read(pid, "cmdline").replace(b"\0", b" ").decode(errors="replace").strip()


def end(pids: Iterable[int], *, grace_s: float) -> list[int]:
    """End processes: asked with SIGTERM, after ``grace_s`` seconds with SIGKILL.

    Returns those that are there even so (in the kernel, or not ours).
    """
    left = list(pids)
    for number, wait_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, 2.0)):
        if number is signal.SIGTERM and grace_s <= 0:
            continue
        _signal(left, number)
        left = _wait(left, wait_s)
    return left


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue


def _wait(pids: Iterable[int], timeout_s: float) -> list[int]:
    """Those of ``pids`` that are still there after at most ``timeout_s`` seconds."""
    until = time.monotonic() + timeout_s
    left = []
    for pid in pids:
        try:
            watch = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            poll = select.poll()
            poll.register(watch, select.POLLIN)
            if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
                left.append(pid)
        finally:
            os.close(watch)
    return left


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())


def _read(pid: int, name: str) -> bytes:
    try:
        return (_PROC / str(pid) / name).read_bytes()
    except OSError:  # it ended meanwhile, or belongs to somebody else
        return b""


def _joined(arguments: Sequence[str]) -> bytes:
    return "\0".join(arguments).encode() + b"\0"
