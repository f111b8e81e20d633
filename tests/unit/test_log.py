"""Log lines as an operator reads them."""

from __future__ import annotations

import io
import logging
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from firmware import log as logs


@pytest.fixture(autouse=True)
def _root_logger_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_one_line_with_time_level_and_short_name(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("switchd")
    logging.getLogger("firmware.switchd.leg").info("leg %s %s", "17.2", "answered")
    logging.getLogger().warning("from the root")
    logging.getLogger("firmware.switchd.leg").debug("not shown")
    first, second = capsys.readouterr().err.splitlines()
    time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}"
    assert re.fullmatch(rf"{time} INFO switchd\.leg: leg 17\.2 answered", first)
    assert re.fullmatch(rf"{time} WARNING switchd: from the root", second)


@pytest.mark.parametrize("logger", ["__main__", "firmware.switchd.main"])
def test_a_daemons_main_speaks_in_the_daemons_name(
    capsys: pytest.CaptureFixture[str], logger: str
) -> None:
    logs.set_up("switchd")
    logging.getLogger(logger).info("ready")
    assert capsys.readouterr().err.endswith("INFO switchd: ready\n")


def test_a_traceback_is_indented_below_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("edge")
    try:
        int("broken\nin two")
    except ValueError:
        logging.getLogger("firmware.edge").exception("it failed")
    first, *rest = capsys.readouterr().err.splitlines()
    assert first.endswith("ERROR edge: it failed")
    assert rest
    assert all(line.startswith("    ") for line in rest)


def test_set_up_twice_logs_once(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("edge")
    logs.set_up("edge")
    logging.getLogger("firmware.edge").info("once")
    assert len(capsys.readouterr().err.splitlines()) == 1


class _Stalled(io.StringIO):
    """A stream on a disk that does not take anything until ``flows`` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.flows = threading.Event()

    def write(self, text: str) -> int:
        self.flows.wait()
        return super().write(text)


def test_a_stalled_disk_stops_nobody_and_what_was_dropped_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stalled = _Stalled()
    monkeypatch.setattr("sys.stderr", stalled)
    monkeypatch.setattr(logs, "MOST_WAITING_LINES", 3)
    logs.set_up("switchd", aside=True)
    log = logging.getLogger("firmware.switchd")
    for number in range(10):  # one may be with the thread, three wait: the others do not fit
        log.info("line %d", number)
    stalled.flows.set()
    logging.getLogger().handlers[0].close()
    logs_before = len(stalled.getvalue().splitlines())
    log.info("afterwards")
    logging.getLogger().handlers[0].close()
    lines = stalled.getvalue().splitlines()
    assert 3 <= logs_before <= 4
    assert lines[logs_before] == f"    {10 - logs_before} lines were dropped here"
    assert lines[-1].endswith("INFO switchd: afterwards")


def test_the_last_lines_of_a_process_are_written() -> None:
    program = """
import logging
from firmware import log
log.set_up("switchd", aside=True)
for number in range(500):
    logging.getLogger().info("line %d", number)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=20
    )
    assert done.stderr.splitlines()[-1].endswith("line 499")


def test_lines_go_to_a_syslog_server_besides(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5.0)
        monkeypatch.setenv(logs.SYSLOG, f"127.0.0.1:{server.getsockname()[1]}")
        logs.set_up("switchd")
        logging.getLogger("firmware.switchd.leg").info("leg 17.2 ringing")
        packet = server.recv(2048)
        logging.basicConfig(handlers=[logging.NullHandler()], force=True)
    assert packet == b"<134>markaz-switchd: switchd.leg: leg 17.2 ringing"  # local0, info
    assert "leg 17.2 ringing" in capsys.readouterr().err
