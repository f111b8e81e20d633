"""The recorder as a process: follows switchd, finishes what it ends, answers on its link."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.link.api import DaemonApi
from firmware.link.client import Link, LinkDown
from firmware.link.rows import RecordingRow
from firmware.recorder.feed import Feed
from firmware.store import recordings
from firmware.store.db import open_store
from tests.rig.until import until
from tests.unit.served import Served, serving


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.make()
    return home


@contextmanager
def switchd(home: Home) -> Iterator[Served]:
    with serving(home, "switchd", DaemonApi, object()) as served:
        yield served


def row(ident: str, ended_at: float | None = None) -> RecordingRow:
    return RecordingRow(
        id=ident,
        call=ident,
        caller_file="",
        callee_file="",
        started_at=1.0,
        ended_at=ended_at,
    )


@contextmanager
def recorder(home: Home) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-m", "firmware.recorder.main"],
        env={**os.environ, "MARKAZ_HOME": str(home.root)},
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            until(lambda: home.link("recorder").exists(), 20, "home.link('recorder').exists()")
            yield process
        finally:
            process.kill()


def spooled(home: Home, ident: str, *, done: bool = True) -> None:
    folder = home.ram_recordings / ident
    folder.mkdir()
    meta = {"id": ident, "call": ident, "started_at": 1795302957.5, "rate_hz": 16000}
    (folder / "meta.json").write_text(json.dumps(meta))
    with wave.open(str(folder / "caller.wav"), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(bytes(32000))
    if done:
        (folder / "done").write_text("{}")


def finished(home: Home, ident: str) -> bool:
    with closing(open_store(home)) as db:
        return recordings.find(db, ident) is not None


def test_the_feed_knows_what_is_recorded_and_when_it_does_not_know(home: Home) -> None:
    ended: list[int] = []
    feed = Feed(home, lambda: ended.append(1))
    feed.start()
    try:
        assert feed.live is None
        with switchd(home) as daemon:
            daemon.post("recording.started", row("1"))
            until(lambda: feed.live == {"1"}, 20, "feed.live == {'1'}")
            daemon.post("recording.started", row("2"))
            until(lambda: feed.live == {"1", "2"}, 20, "feed.live == {'1', '2'}")
            before = len(ended)
            daemon.post("recording.ended", row("1", 2.0))
            until(lambda: feed.live == {"2"}, 20, "feed.live == {'2'}")
            assert len(ended) == before + 1
        until(lambda: feed.live is None, 20, "feed.live is None")
        with switchd(home):
            until(lambda: feed.live == frozenset(), 20, "feed.live == frozenset()")
    finally:
        feed.close()


def test_a_recording_is_finished_as_soon_as_switchd_says_it_ended(home: Home) -> None:
    history.create_first(home, Site())
    with switchd(home) as daemon, recorder(home) as process:
        daemon.post("recording.started", row("17"))
        spooled(home, "17")
        started = time.monotonic()
        daemon.post("recording.ended", row("17", 2.0))
        until(lambda: finished(home, "17"), 20, "finished(home, '17')")

        assert time.monotonic() - started < 20  # not the next half minute
        with Link(home.link("recorder"), "test") as link:
            status = link.call(DaemonApi.status)
            link.call(DaemonApi.reload)
        assert (status.name, status.pid, status.config_version) == ("recorder", process.pid, 1)
        assert status.warnings == ()


def test_what_lies_in_the_spool_at_the_start_is_finished(home: Home) -> None:
    spooled(home, "17")
    spooled(home, "18", done=False)

    with recorder(home):
        until(lambda: finished(home, "17"), 20, "finished(home, '17')")

    assert (home.ram_recordings / "18").is_dir()  # switchd is down and says nothing about it


def test_keeping_is_as_important_as_any_and_sweeping_takes_what_the_others_leave(
    home: Home,
) -> None:
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    wanted = {(ours, "none"), (min(19, ours + 10), "idle")}
    with recorder(home) as process:
        until(lambda: _priorities(process) == wanted, 20, "two kinds")


def _priorities(process: subprocess.Popen[bytes]) -> set[tuple[int, str]]:
    """Of every thread: nice value, class at the disk."""
    found = set()
    for thread in (path.name for path in Path(f"/proc/{process.pid}/task").iterdir()):
        shown = subprocess.run(
            ["ionice", "-p", thread], capture_output=True, text=True, check=True
        ).stdout
        found.add((os.getpriority(os.PRIO_PROCESS, int(thread)), shown.split(":")[0].strip()))
    return found


def test_it_ends_on_sigterm_and_leaves_no_socket(home: Home) -> None:
    with switchd(home), recorder(home) as process:
        process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=20) == 0
        assert not home.link("recorder").exists()


def test_nobody_answers_before_it_starts(home: Home) -> None:
    with pytest.raises(LinkDown):
        Link(home.link("recorder"), "test")
