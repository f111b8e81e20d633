"""The box's supervisord against programs of its own: what it forks is as good as a new process."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from firmware import processes
from tests.rig.child import Child
from tests.rig.until import overload, until

PROBE = """
import atexit, json, os, signal, sys, threading, time
from pathlib import Path

IMPORTED_BY = os.getpid()

def main():
    folder = Path(os.environ["PROBE_FOLDER"])
    name = os.environ["SUPERVISOR_PROCESS_NAME"]
    told = {
        "pid": os.getpid(),
        "imported_by": IMPORTED_BY,
        "nice": os.nice(0),
        "memory": int(Path("/proc/self/oom_score_adj").read_text()),
        "arguments": sys.argv,
        "files": sorted(os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd")
                        if int(n) > 2 and os.path.exists(f"/proc/self/fd/{n}")),
        "threads": len(os.listdir("/proc/self/task")),
        "caught": [int(n) for n in signal.valid_signals()
                   if callable(signal.getsignal(n)) and n != signal.SIGINT],
    }
    atexit.register((folder / f"{name}.left").touch)
    def at_leisure():
        stop.wait()
        (folder / f"{name}.thread").touch()
    stop = threading.Event()
    signal.signal(signal.SIGUSR1, lambda *_: stop.set())
    threading.Thread(target=at_leisure).start()
    new = folder / f"{name}.new"
    new.write_text(json.dumps(told))
    new.rename(folder / f"{name}.{os.getpid()}")
    stop.wait()
    return 7
"""

BROKEN = "raise RuntimeError('cannot be read')"

CONFIGURATION = """
[supervisord]
nodaemon=true
silent=true
directory={folder}
pidfile={folder}/supervisord.pid
logfile={folder}/supervisord.log
childlogdir={folder}
minfds=256
[unix_http_server]
file={folder}/supervisor.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""

PROGRAM = """
[program:{name}]
command={python} -P -m {words}
autorestart=true
startsecs=0
startretries=1000
redirect_stderr=true
stdout_logfile={folder}/{name}.log
"""

WITHOUT_A_WAIT_S = 0.3
"""supervisord itself takes 1 s: it looks once a second."""

STARTER = "firmware.box.daemon"
PROGRAMS = {
    "broken": f"{STARTER} broken_probe",
    "warm": f"{STARTER} warm_probe",
    "polite": f"{STARTER} polite_probe 5",
    "foreign": "warm_probe_script",
}


@dataclass(frozen=True, slots=True)
class Overseen:
    """A supervisord, its programs, and what they tell of themselves in ``folder``."""

    folder: Path
    child: Child

    def told(self, name: str, *, but: int = 0) -> dict[str, Any]:
        """What a program tells of itself; of another process than ``but``."""

        def found() -> Path | None:
            paths = (
                path
                for path in self.folder.glob(f"{name}.*")
                if path.suffix[1:].isdigit() and path.suffix != f".{but}"
            )
            return next(paths, None)

        path = until(found, 10.0 * overload(), f"{name} tells of itself")
        assert path is not None
        told: dict[str, Any] = json.loads(path.read_text())
        return told

    def has(self, name: str) -> Callable[[], bool]:
        return (self.folder / name).exists


@pytest.fixture
def overseen(tmp_path: Path) -> Iterator[Overseen]:
    for name in ("warm_probe", "polite_probe"):
        (tmp_path / f"{name}.py").write_text(PROBE)
    (tmp_path / "broken_probe.py").write_text(BROKEN)
    (tmp_path / "warm_probe_script.py").write_text("import warm_probe\nwarm_probe.main()\n")
    configuration = tmp_path / "supervisord.conf"
    programs = (
        PROGRAM.format(name=name, words=words, folder=tmp_path, python=sys.executable)
        for name, words in PROGRAMS.items()
    )
    configuration.write_text(CONFIGURATION.format(folder=tmp_path) + "".join(programs))
    child = Child(
        "overseer",
        [sys.executable, "-P", "-m", "firmware.box.overseer", "-c", str(configuration)],
        tmp_path / "output",
        environment={"PYTHONPATH": str(tmp_path), "PROBE_FOLDER": str(tmp_path)},
    )
    yield Overseen(tmp_path, child)
    child.stop()
    # The foreign one outlives a supervisord that was killed.
    processes.end(processes.with_environment("PROBE_FOLDER", str(tmp_path)), grace_s=0.0)


def test_a_daemon_is_forked_with_its_modules_and_like_a_new_process(overseen: Overseen) -> None:
    told = overseen.told("warm")
    assert told["imported_by"] == overseen.child.pid
    assert told["nice"] == os.nice(0)
    assert told["arguments"] == [str(overseen.folder / "warm_probe.py")]
    assert (told["files"], told["threads"], told["caught"]) == ([], 1, [])
    listed = processes.command_of(told["pid"])
    assert listed == f"{sys.executable} -P -m warm_probe"


def test_a_nice_daemon_reads_its_modules_itself(overseen: Overseen) -> None:
    told = overseen.told("polite")
    assert told["imported_by"] == told["pid"]
    assert told["nice"] == os.nice(0) + 5


def test_without_memory_supervisord_ends_last_and_what_calls_need_before_it(
    overseen: Overseen,
) -> None:
    ours = int(Path(f"/proc/{overseen.child.pid}/oom_score_adj").read_text())
    assert ours < overseen.told("warm")["memory"] < overseen.told("polite")["memory"]


def test_any_other_command_is_executed(overseen: Overseen) -> None:
    told = overseen.told("foreign")
    assert told["imported_by"] == told["pid"]
    assert "warm_probe_script" in processes.command_of(told["pid"])


def test_a_module_that_cannot_be_read_hurts_only_its_own_daemon(overseen: Overseen) -> None:
    overseen.told("warm")
    log = overseen.folder / "broken.log"
    until(lambda: log.exists() and "cannot be read" in log.read_text(), 10.0, "it says why")
    overseen.child.check()


def test_its_end_is_an_ordinary_end(overseen: Overseen) -> None:
    told = overseen.told("warm")
    os.kill(told["pid"], signal.SIGUSR1)
    until(overseen.has("warm.left"), 5.0, "what was registered for the end is done")
    assert overseen.has("warm.thread")(), "threads are waited for first"
    again = overseen.told("warm", but=told["pid"])
    assert again["imported_by"] == overseen.child.pid
    assert "exit status 7" in (overseen.folder / "supervisord.log").read_text()


def test_what_dies_is_started_again_without_a_wait(overseen: Overseen) -> None:
    before = overseen.told("warm")["pid"]
    killed_at = time.time()
    os.kill(before, signal.SIGKILL)
    again = overseen.told("warm", but=before)["pid"]
    log = (overseen.folder / "supervisord.log").read_text()
    line = next(line for line in log.splitlines() if f"'warm' with pid {again}" in line)
    started_at = datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S,%f").astimezone().timestamp()
    assert started_at - killed_at < WITHOUT_A_WAIT_S * overload()


@pytest.mark.parametrize("name", ["warm", "polite"])
def test_it_dies_with_its_supervisord(overseen: Overseen, name: str) -> None:
    pid = overseen.told(name)["pid"]
    os.kill(overseen.child.pid, signal.SIGKILL)
    until(lambda: processes.command_of(pid) == "", 5.0, f"{name} has ended")
