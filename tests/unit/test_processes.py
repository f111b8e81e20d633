"""Finding and ending processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from firmware import processes

STUBBORN = (
    "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('ready', flush=True); signal.pause()"
)
MEEK = "import signal; print('ready', flush=True); signal.pause()"


@contextmanager
def child(code: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-S", "-c", code]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, **environment})
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        try:
            yield process
        finally:
            process.kill()


def test_found_by_how_it_was_started() -> None:
    code = f"{MEEK}  # {os.getpid()}"
    with child(code) as process:
        assert processes.started_with([sys.executable, "-S", "-c", code]) == [process.pid]
        assert processes.started_with([sys.executable, "-S", "-c"]) == []
        assert "signal.pause" in processes.command_of(process.pid)


def test_found_by_its_environment() -> None:
    mark = f"box-{os.getpid()}"
    with child(MEEK, MARK_OF_TEST=mark) as process:
        assert processes.with_environment("MARK_OF_TEST", mark) == [process.pid]
        assert processes.with_environment("MARK_OF_TEST", mark[:-1]) == []


def test_asked_first() -> None:
    with child(MEEK) as process:
        assert processes.end([process.pid], grace_s=5.0) == []
        assert process.wait() == -15


def test_killed_when_it_does_not_listen() -> None:
    with child(STUBBORN) as process:
        assert processes.end([process.pid], grace_s=0.1) == []
        assert process.wait() == -9


def test_killed_at_once_without_grace() -> None:
    with child(MEEK) as process:
        assert processes.end([process.pid], grace_s=0) == []
        assert process.wait() == -9


def test_one_that_is_gone_is_no_trouble() -> None:
    with child(MEEK) as process:
        process.kill()
        process.wait()
        assert processes.end([process.pid], grace_s=0.1) == []
        assert processes.command_of(process.pid) == ""
