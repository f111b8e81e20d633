"""The recorder on a disk that misbehaves: twenty calls' sound goes on being written into memory at
its own pace, and every sample is in the recordings afterwards.

What a caller hears meanwhile is tested with real telephones (``tests/sim/test_recording_disk.py``).
"""

from __future__ import annotations

import json
import os
import shutil
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import soundfile

from firmware.box import memory
from firmware.config.home import Home
from firmware.link.api import DaemonApi
from firmware.link.client import Link
from firmware.model.record import RecordingRecord
from firmware.model.recording import NO_ROOM
from firmware.store import recordings
from firmware.store.db import open_store
from tests.rig.bad_disk import BadDisk
from tests.rig.until import overload, until
from tests.unit.test_recorder_daemon import recorder, row, switchd

pytestmark = pytest.mark.skipif(
    not os.access("/dev/fuse", os.W_OK) or os.geteuid() != 0,
    reason="mounting a disk of ours needs /dev/fuse and root",
)

CALLS = 20
RATE_HZ = 16000
FRAME_S = 0.1
WRITTEN_LATE_S = 0.1
"""The longest a write into memory may last: pjmedia's buffer is larger."""


class Writer:
    """What switchd's media thread does: writes both sides of twenty calls, ten times a second."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._sounds = [
            np.random.default_rng(call).integers(-9000, 9000, RATE_HZ, "<i2", endpoint=True)
            for call in range(CALLS)
        ]
        self.frames = 0
        self.longest_s = 0.0
        for call in range(CALLS):
            self._begin(call)

    def folder(self, call: int) -> Path:
        return self._home.ram_recordings / f"c{call:02}"

    def sound(self, call: int) -> bytes:
        """All that was said on one side."""
        whole = np.tile(self._sounds[call], 1 + self.frames // 10).tobytes()
        return whole[: self.frames * round(FRAME_S * RATE_HZ) * 2]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End every call."""
        self._stop.set()
        self._thread.join()
        for call in range(CALLS):
            (self.folder(call) / "done").write_text(json.dumps({"ended_at": 2.0}))

    def _begin(self, call: int) -> None:
        self.folder(call).mkdir()
        meta = {"id": f"c{call:02}", "call": f"c{call:02}", "started_at": 1.8e9, "rate_hz": RATE_HZ}
        (self.folder(call) / "meta.json").write_text(json.dumps(meta))
        for side in ("caller.wav", "callee.wav"):
            (self.folder(call) / side).write_bytes(_open_header())

    def _run(self) -> None:
        files = [
            (call, (self.folder(call) / side).open("ab", buffering=0))
            for call in range(CALLS)
            for side in ("caller.wav", "callee.wav")
        ]
        while not self._stop.wait(FRAME_S):
            began = time.monotonic()
            start = self.frames % 10 * round(FRAME_S * RATE_HZ)
            for call, file in files:
                file.write(self._sounds[call][start : start + round(FRAME_S * RATE_HZ)].tobytes())
            self.frames += 1
            self.longest_s = max(self.longest_s, time.monotonic() - began)
        for _call, file in files:
            file.close()


def _open_header() -> bytes:
    """As pjmedia writes it at first: without lengths."""
    block = 2
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", 0, b"WAVE", b"fmt ", 16, 1, 1, RATE_HZ, RATE_HZ * block, block, 16, b"data", 0,
    )  # fmt: skip


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[BadDisk]:
    with BadDisk(tmp_path / "d") as mounted:
        yield mounted


@pytest.fixture
def home(disk: BadDisk, tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path / "box")
    home.root.mkdir()
    for name in ("recordings", "spool", "store"):
        (disk.mount / name).mkdir()
        (home.root / name).symlink_to(disk.mount / name)
    home.make()
    memory.prepare(home)
    home.make()
    open_store(home).close()
    yield home
    disk.behave()
    shutil.rmtree(home.ram.resolve())


def alarms(home: Home) -> dict[str, str]:
    with Link(home.link("recorder"), "test") as link:
        return {row.id: row.text for row in link.snapshot().get("alarm", ())}


def kept(home: Home) -> list[RecordingRecord]:
    with closing(open_store(home)) as db:
        return list(recordings.every(db))


def slow(home: Home, disk: BadDisk, written: Callable[[float], None]) -> None:
    disk.behave(write_s=0.1)
    written(4.0)
    disk.behave()


def stalled(home: Home, disk: BadDisk, written: Callable[[float], None]) -> None:
    disk.stall(10.0)
    until(lambda: "has not answered" in alarms(home).get("keeping", ""), 9, "it is told")
    until(lambda: "keeping" not in alarms(home), 15 * overload(), "it answers again")


def full(home: Home, disk: BadDisk, written: Callable[[float], None]) -> None:
    disk.behave(is_full=True)
    with Link(home.link("recorder"), "test") as link:
        link.call(DaemonApi.reload)  # look at once
    until((home.ram_recordings / NO_ROOM).exists, 5, "no new call is recorded")
    until(lambda: {"keeping", "room"} <= set(alarms(home)), 5, "it is told")
    disk.behave()
    with Link(home.link("recorder"), "test") as link:
        link.call(DaemonApi.reload)
    until(lambda: not (home.ram_recordings / NO_ROOM).exists(), 10, "there is room again")


def sealed(home: Home, disk: BadDisk, written: Callable[[float], None]) -> None:
    disk.behave(is_sealed=True)
    until(lambda: "Read-only" in alarms(home).get("keeping", ""), 5, "it is told")
    written(2.0)
    disk.behave()


def removed(home: Home, disk: BadDisk, written: Callable[[float], None]) -> None:
    for folder in (*(disk.mount / "recordings").iterdir(), disk.mount / "spool" / "recordings"):
        shutil.rmtree(folder, ignore_errors=True)  # the keeper writes into it meanwhile
    written(1.0)


@pytest.mark.parametrize("happens", [slow, stalled, full, sealed, removed])
def test_nothing_of_twenty_calls_is_lost_and_their_writer_never_waits(
    home: Home, disk: BadDisk, happens: Callable[..., None]
) -> None:
    writer = Writer(home)

    def written(seconds: float) -> None:
        wanted = writer.frames + round(seconds / FRAME_S)
        until(lambda: writer.frames >= wanted, 5 * seconds + 5, f"{seconds} s are written")

    with switchd(home) as daemon, recorder(home):
        for call in range(CALLS):
            daemon.post("recording.started", row(f"c{call:02}"))
        writer.start()
        try:
            written(1.5)
            happens(home, disk, written)
            written(0.5)
        finally:
            writer.stop()
        for call in range(CALLS):
            daemon.post("recording.ended", row(f"c{call:02}", 2.0))
        until(lambda: len(kept(home)) == CALLS, 40 * overload(), "all are finished")

    assert writer.longest_s < WRITTEN_LATE_S * overload()
    for call, record in enumerate(kept(home)):
        sound, _rate_hz = soundfile.read(home.recordings / record.path, dtype="int16")
        for channel in (0, 1):
            assert sound[:, channel].tobytes() == writer.sound(call)
