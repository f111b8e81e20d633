"""A spooled recording becomes a finished one, whatever happens in between."""

from __future__ import annotations

import hashlib
import json
import os
import pkgutil
import random
import signal
import subprocess
import sys
import threading
import wave
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import soundfile

from firmware.config.home import Home
from firmware.model.record import RecordingRecord
from firmware.recorder import spool
from firmware.recorder.finish import NotVerified, partial
from firmware.recorder.spool import Spooled
from firmware.recorder.sweep import Sweeper
from firmware.store import recordings
from firmware.store.db import open_store

RATE_HZ = 16000
STARTED_AT = 1795302957.5  # 2026-11-21 in UTC
PATH = "2026/11/21"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.make()
    return home


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def tone(hz: float, seconds: float) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    at = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return (8000 * np.sin(2 * np.pi * hz * at)).astype("<i2")


def spooled(
    home: Home,
    ident: str = "17",
    *,
    caller: bytes | None = None,
    callee: bytes | None = None,
    done: bool = True,
    meta: str | None = None,
) -> Path:
    folder = home.spool / ident
    folder.mkdir()
    told = {"id": ident, "call": "call-17", "started_at": STARTED_AT, "rate_hz": RATE_HZ}
    (folder / "meta.json").write_text(json.dumps(told) if meta is None else meta)
    sides = {
        "caller.wav": tone(440, 2.0).tobytes() if caller is None else caller,
        "callee.wav": tone(1000, 1.5).tobytes() if callee is None else callee,
    }
    for name, sound in sides.items():
        with wave.open(str(folder / name), "wb") as file:
            file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
            file.writeframes(sound)
    if done:
        (folder / "done").write_text(json.dumps({"ended_at": STARTED_AT + 2.0}))
    return folder


def record_of(home: Home, ident: str = "17") -> RecordingRecord | None:
    with closing(open_store(home)) as db:
        return recordings.find(db, ident)


def loudest_hz(sound: np.ndarray[tuple[int], np.dtype[np.int16]]) -> float:
    return float(np.abs(np.fft.rfft(sound)).argmax() * RATE_HZ / len(sound))


def test_both_sides_on_their_channels_and_a_row_that_says_so(home: Home) -> None:
    spooled(home)

    assert Sweeper(home).sweep() == 1

    path = home.recordings / PATH / "17.flac"
    sound, rate_hz = soundfile.read(path, dtype="int16")
    assert rate_hz == RATE_HZ
    assert loudest_hz(sound[:, 0]) == 440
    assert loudest_hz(sound[: 3 * RATE_HZ // 2, 1]) == 1000
    assert record_of(home) == RecordingRecord(
        id="17",
        call_id="call-17",
        path=f"{PATH}/17.flac",
        started_at=STARTED_AT,
        length_s=2.0,
        rate_hz=RATE_HZ,
        channels=2,
        bytes=path.stat().st_size,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        format="flac",
        sound_sha256=hashlib.sha256(sound.tobytes()).hexdigest(),
    )
    assert list(home.spool.iterdir()) == []
    assert path.stat().st_mode & 0o777 == 0o600
    assert not partial(path).exists()


def test_a_side_that_is_missing_is_silent(home: Home) -> None:
    folder = spooled(home)
    (folder / "callee.wav").unlink()

    assert Sweeper(home).sweep() == 1
    record = record_of(home)
    assert record is not None
    assert record.length_s == 2.0


def test_a_recording_without_sound_is_left_out(home: Home) -> None:
    spooled(home, caller=b"", callee=b"")

    assert Sweeper(home).sweep() == 0
    assert record_of(home) is None
    assert list(home.spool.iterdir()) == []


@pytest.mark.parametrize("meta", ["", "{", '{"id": "17"}'])
def test_a_lost_meta_file_is_reckoned_from_the_sound(home: Home, meta: str) -> None:
    folder = spooled(home, meta=meta)
    for name in ("caller.wav", "callee.wav"):
        os.utime(folder / name, (STARTED_AT + 2.0, STARTED_AT + 2.0))

    assert Sweeper(home).sweep() == 1

    record = record_of(home)
    assert record is not None
    assert (record.call_id, record.rate_hz, record.length_s) == ("17", RATE_HZ, 2.0)
    assert record.started_at == pytest.approx(STARTED_AT, abs=0.01)


def test_broken_files_are_kept_aside_with_a_reason(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        folder = spooled(home)
        (folder / "caller.wav").write_bytes(b"this is not a sound file" * 10)
        spooled(home, "18")
        assert Sweeper(home).sweep() == 1  # the sound one

    assert sorted(path.name for path in (home.spool / "broken").iterdir()) == ["17", "17-2"]
    assert (home.spool / "broken" / "17" / "callee.wav").exists()
    assert "recording 17 is broken and kept in" in caplog.text
    assert "caller.wav is no WAV file" in caplog.text
    assert spool.waiting(home.spool) == []


def test_another_recording_of_the_same_id_does_not_replace_the_first(home: Home) -> None:
    spooled(home)
    Sweeper(home).sweep()
    first = record_of(home)

    spooled(home, caller=tone(600, 1.0).tobytes())
    Sweeper(home).sweep()

    assert first is not None
    assert record_of(home) == first
    whole = (home.recordings / first.path).read_bytes()
    assert hashlib.sha256(whole).hexdigest() == first.sha256
    assert [path.name for path in (home.spool / "broken").iterdir()] == ["17"]


def test_what_is_in_memory_still_is_left_to_the_keeper(home: Home) -> None:
    spooled(home)
    twin = home.ram_recordings / "17"
    twin.mkdir()

    assert Sweeper(home).sweep() == 0
    assert [folder.id for folder in spool.waiting(home.spool)] == ["17"]
    twin.rmdir()
    assert Sweeper(home).sweep() == 1


def test_what_a_power_cut_left_is_finished(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    spooled(home, done=False)

    assert Sweeper(home).sweep() == 1
    assert "was cut off (the power went) and is whole again: 2.0 s" in caplog.text
    record = record_of(home)
    assert record is not None
    assert record.length_s == pytest.approx(2.0)


def test_a_disk_that_refuses_keeps_the_spool_and_warns_once(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    spooled(home)
    year = home.recordings / "2026"
    year.write_text("a file where a folder should be")
    sweeper = Sweeper(home)

    assert [sweeper.sweep() for _ in range(3)] == [0, 0, 0]
    assert sweeper.warning.startswith("recordings wait in the spool")
    assert caplog.text.count("recordings wait in the spool") == 1

    year.unlink()
    assert sweeper.sweep() == 1
    assert sweeper.warning == ""


def test_a_disk_that_gives_back_something_else_keeps_the_spool(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = spooled(home)

    def forget(descriptor: int, *_of_what: int) -> None:
        os.pwrite(descriptor, b"\xa5\x5a" * 50, os.fstat(descriptor).st_size // 2)

    monkeypatch.setattr("os.posix_fadvise", forget)
    sweeper = Sweeper(home)

    assert sweeper.sweep() == 0
    assert "differs from what was written" in sweeper.warning
    assert issubclass(NotVerified, OSError)
    assert (folder / "caller.wav").exists()
    assert record_of(home) is None


def test_a_stop_leaves_the_rest_for_the_next_start(home: Home) -> None:
    spooled(home)

    assert Sweeper(home, stop=lambda: True).sweep() == 0
    assert Sweeper(home).sweep() == 1


class PowerCut(BaseException):
    """Nothing after this runs, as in a power cut; no handler of ours catches it."""


CUTS = [
    "os.fsync",
    "firmware.recorder.finish._digest",
    "firmware.recorder.finish.compare",
    "firmware.recorder.finish._settle",
    "pathlib.Path.rename",
    "firmware.recorder.spool.sync_folder",
    "firmware.recorder.finish.recordings.keep",
    "firmware.recorder.finish.spool.discard",
    "shutil.rmtree",
]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", CUTS)
@pytest.mark.parametrize("occurrence", [1, 2])
def test_a_cut_at_each_step_loses_nothing_and_repeats_nothing(
    home: Home, step: str, after: bool, occurrence: int
) -> None:
    spooled(home)
    Sweeper(home).sweep()  # the same one, undisturbed
    expected = record_of(home)
    assert expected is not None
    _forget(home, expected)
    spooled(home)

    with pytest.MonkeyPatch.context() as patch:
        _cut_at(patch, step, occurrence, after=after)
        try:
            Sweeper(home).sweep()
        except PowerCut:
            cut = True
        else:
            cut = False
    # The second time does not come for every step.
    assert cut or occurrence == 2

    Sweeper(home).sweep()
    assert record_of(home) == expected
    whole = (home.recordings / expected.path).read_bytes()
    assert hashlib.sha256(whole).hexdigest() == expected.sha256
    assert list(home.spool.iterdir()) == []
    assert [p.name for p in (home.recordings / PATH).iterdir()] == ["17.flac"]


def _forget(home: Home, record: RecordingRecord) -> None:
    (home.recordings / record.path).unlink()
    for folder in ("2026/11/21", "2026/11", "2026"):
        (home.recordings / folder).rmdir()
    with closing(open_store(home)) as db:
        db.execute("DELETE FROM recordings")


def _cut_at(patch: pytest.MonkeyPatch, step: str, occurrence: int, *, after: bool) -> None:
    real = pkgutil.resolve_name(step)
    count = 0

    def cut(*args: object, **kwargs: object) -> object:
        nonlocal count
        count += 1
        if count == occurrence and not after:
            raise PowerCut
        result = real(*args, **kwargs)
        if count == occurrence:
            raise PowerCut
        return result

    patch.setattr(step, cut)


SWEEP = """
import sys
from pathlib import Path
from firmware.config.home import Home
from firmware.recorder.sweep import Sweeper
print("go", flush=True)
Sweeper(Home(Path(sys.argv[1]))).sweep()
"""


def test_kill_9_at_random_moments_ends_in_the_same_bytes(home: Home) -> None:
    dice = random.Random(7)
    noise = np.random.default_rng(1).integers(-20000, 20000, 60 * RATE_HZ, dtype=np.int16)
    for ident in ("a", "b", "c", "d"):
        spooled(home, ident, caller=noise.tobytes(), callee=noise[::-1].tobytes())
    kills = 0
    while spool.waiting(home.spool) and kills < 12:
        child = subprocess.Popen(
            [sys.executable, "-c", SWEEP, str(home.root)], stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        child.stdout.readline()
        threading.Event().wait(dice.uniform(0.0, 0.12))
        os.kill(child.pid, signal.SIGKILL)
        child.stdout.close()
        child.wait(timeout=10)
        kills += 1

    Sweeper(home).sweep()

    records = [record_of(home, ident) for ident in ("a", "b", "c", "d")]
    assert all(record is not None for record in records)
    assert len({record.sha256 for record in records if record}) == 1
    for record in records:
        assert record is not None
        whole = (home.recordings / record.path).read_bytes()
        assert hashlib.sha256(whole).hexdigest() == record.sha256
        assert record.length_s == 60.0
    assert list(home.spool.iterdir()) == []
    assert len(list((home.recordings / PATH).iterdir())) == 4


def test_waiting_sees_only_recordings(home: Home) -> None:
    spooled(home)
    (home.spool / "broken").mkdir()
    (home.spool / ".finished-3").mkdir()
    (home.spool / "stray.txt").write_text("x")

    assert spool.waiting(home.spool) == [Spooled(home.spool / "17")]
