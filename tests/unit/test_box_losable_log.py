"""supervisord on a full disk: the log is lost, the programs go on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from supervisor import loggers

from firmware.box import losable_log
from tests.rig.until import overload, until

_CONFIGURATION = """
[supervisord]
nodaemon=true
silent=true
logfile={log}
logfile_maxbytes=0
pidfile={folder}/pid

[program:talker]
command={python} -u {folder}/talker.py
startsecs=0
redirect_stderr=true
stdout_logfile={log}
stdout_logfile_maxbytes=0
"""

_TALKER = """
import pathlib, select
for number in range(100000):
    print("a line", number)
    pathlib.Path("{folder}/said").open("a").write("x")
    select.select([], [], [], 0.01)
"""


def test_a_full_disk_ends_neither_supervisord_nor_its_programs(tmp_path):
    file = tmp_path / "supervisord.conf"
    file.write_text(_CONFIGURATION.format(folder=tmp_path, python=sys.executable, log="/dev/full"))
    (tmp_path / "talker.py").write_text(_TALKER.format(folder=tmp_path))
    said = tmp_path / "said"
    with (
        Path("/dev/full").open("wb") as full,
        subprocess.Popen(
            [sys.executable, "-P", "-m", "firmware.box.overseer", "-c", str(file)],
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=full,
        ) as running,
    ):
        try:
            until(
                lambda: said.exists() and said.stat().st_size > 100,
                20.0 * overload(),
                "a hundred lines",
            )
            assert running.poll() is None
        finally:
            running.terminate()


@pytest.fixture
def handler(tmp_path):
    made = loggers.RotatingFileHandler(str(tmp_path / "a.log"), maxBytes=10, backupCount=1)
    yield made
    made.stream.close()


def test_a_log_that_cannot_be_turned_over_goes_on_in_its_file(tmp_path, handler):
    (tmp_path / "a.log.1" / "in the way").mkdir(parents=True)
    for line in (b"more than ten\n", b"and once more\n"):
        handler.stream.write(line)
        losable_log._turn_over_or_go_on(handler)
    assert (tmp_path / "a.log").read_bytes() == b"more than ten\nand once more\n"
    (tmp_path / "a.log.1" / "in the way").rmdir()
    (tmp_path / "a.log.1").rmdir()
    handler.stream.write(b"third\n")
    losable_log._turn_over_or_go_on(handler)
    assert (tmp_path / "a.log").read_bytes() == b""
