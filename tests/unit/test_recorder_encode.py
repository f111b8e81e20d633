"""FLAC gives back every sample; what an encoder spoils is noticed, and the sound is kept as WAV."""

from __future__ import annotations

import hashlib
import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from firmware.config.home import Home
from firmware.model.record import RecordingRecord
from firmware.model.recording import RecordingFormat
from firmware.recorder import encode as encoding
from firmware.recorder import wav
from firmware.recorder.encode import CannotEncode, Unfaithful, compare, encode
from firmware.recorder.finish import Shape, finish
from firmware.recorder.spool import Spooled
from firmware.store.db import open_store
from tests.unit.test_recorder_finish import RATE_HZ, spooled

OPUS, FLAC, WAV = RecordingFormat.OPUS, RecordingFormat.FLAC, RecordingFormat.WAV


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.make()
    return home


def speech(seed: int, seconds: float = 8.0) -> bytes:
    """Something as loud, as broad and as broken up as speech."""
    dice = np.random.default_rng(seed)
    noise = dice.normal(size=int(seconds * RATE_HZ))
    voiced = np.convolve(noise, np.hanning(12), "same")
    words = np.sin(2 * np.pi * 0.7 * np.arange(len(noise)) / RATE_HZ + seed) > 0
    return (voiced * words * 1500).astype("<i2").tobytes()


def finished(home: Home, shape: Shape, **sides: bytes) -> RecordingRecord:
    folder = spooled(home, **sides)
    with closing(open_store(home)) as db:
        record = finish(home, db, Spooled(folder), shape)
    assert record is not None
    return record


@pytest.mark.parametrize("kind", [FLAC, WAV])
def test_every_sample_comes_back(home: Home, kind: RecordingFormat) -> None:
    left, right = speech(1), speech(2, 5.0)
    record = finished(home, Shape(format=kind), caller=left, callee=right)

    sound, rate_hz = soundfile.read(home.recordings / record.path, dtype="int16")
    assert rate_hz == RATE_HZ
    assert sound[:, 0].tobytes() == left
    assert sound[:, 1].tobytes() == right + bytes(len(left) - len(right))
    assert record.sound_sha256 == hashlib.sha256(sound.tobytes()).hexdigest()
    assert record.path.endswith(f"17.{kind}")


def test_opus_is_a_tenth_as_large_and_sounds_alike(home: Home) -> None:
    left, right = speech(1), speech(2)
    record = finished(home, Shape(format=OPUS), caller=left, callee=right)

    sound, _rate_hz = soundfile.read(home.recordings / record.path, dtype="int16")
    assert record.length_s == 8.0
    assert len(sound) == 8 * RATE_HZ
    assert record.bytes < len(left + right) / 5
    for channel, side in enumerate((left, right)):
        assert np.corrcoef(sound[:, channel], np.frombuffer(side, "<i2"))[0, 1] > 0.8


@pytest.mark.parametrize("kind", [FLAC, OPUS])
@pytest.mark.parametrize("samples", [1, 7, 319, 65536, 65537])
def test_any_length_is_taken(home: Home, kind: RecordingFormat, samples: int) -> None:
    record = finished(home, Shape(format=kind), caller=b"\x10\x00" * samples, callee=b"")

    assert record.format == kind
    assert record.length_s == samples / RATE_HZ
    assert soundfile.info(home.recordings / record.path).frames == samples


def _swapped(sound: np.ndarray) -> np.ndarray:
    return sound[:, ::-1]


def _late(sound: np.ndarray) -> np.ndarray:
    return np.roll(sound, 400, axis=0)


def _softer(sound: np.ndarray) -> np.ndarray:
    return (sound // 2).astype("int16")


def _shorter(sound: np.ndarray) -> np.ndarray:
    return sound[:-160]


@pytest.mark.parametrize("spoil", [_swapped, _late, _softer, _shorter])
@pytest.mark.parametrize("kind", [FLAC, OPUS])
def test_what_is_not_the_recording_is_noticed(home: Home, kind: RecordingFormat, spoil) -> None:
    folder = spooled(home, caller=speech(1), callee=speech(2))
    tracks = [wav.look_at(folder / name, RATE_HZ) for name in ("caller.wav", "callee.wav")]
    sides = [np.frombuffer(speech(seed), "<i2") for seed in (1, 2)]
    container, coding = encoding._CONTAINERS[kind]
    path = home.root / "spoilt"
    soundfile.write(path, spoil(np.column_stack(sides)), RATE_HZ, coding, format=container)

    with pytest.raises(Unfaithful, match="came back"):
        compare(kind, tracks, path, lambda: None)


def test_a_file_that_is_cut_short_is_noticed(home: Home) -> None:
    record = finished(home, Shape(format=FLAC), caller=speech(1), callee=speech(2))
    folder = spooled(home, caller=speech(1), callee=speech(2))
    tracks = [wav.look_at(folder / name, RATE_HZ) for name in ("caller.wav", "callee.wav")]
    path = home.recordings / record.path
    os.truncate(path, record.bytes // 2)

    with pytest.raises(Unfaithful):
        compare(FLAC, tracks, path, lambda: None)


def test_what_the_encoder_spoils_is_kept_as_wav(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def spoil(*_of_what: object) -> None:
        raise Unfaithful("samples came back that are not the ones recorded")

    monkeypatch.setattr("firmware.recorder.finish.compare", spoil)
    left = speech(1)
    record = finished(home, Shape(format=FLAC), caller=left, callee=b"")

    assert record.format == "wav"
    sound, _rate_hz = soundfile.read(home.recordings / record.path, dtype="int16")
    assert sound[:, 0].tobytes() == left
    assert "is kept as WAV, for its flac is no good" in caplog.text
    assert [path.name for path in (home.recordings / record.path).parent.iterdir()] == ["17.wav"]


def test_a_disk_that_takes_nothing_is_an_error_of_the_disk(home: Home) -> None:
    folder = spooled(home, caller=speech(1), callee=b"")
    tracks = [wav.look_at(folder / name, RATE_HZ) for name in ("caller.wav", "callee.wav")]
    full = os.open("/dev/full", os.O_RDWR)
    try:
        with pytest.raises(CannotEncode, match="could not write"):
            encode(FLAC, tracks, full, lambda: None)
    finally:
        os.close(full)


def test_opus_done_again_after_a_crash_keeps_the_first(home: Home) -> None:
    first = finished(home, Shape(format=OPUS), caller=speech(1), callee=b"")
    again = finished(home, Shape(format=OPUS), caller=speech(1), callee=b"")  # the spool was left

    assert replace(again, bytes=first.bytes, sha256=first.sha256) == first
    whole = (home.recordings / first.path).read_bytes()
    assert hashlib.sha256(whole).hexdigest() == first.sha256
