"""Two mono files, however they were left, become one stereo file side by side."""

from __future__ import annotations

import hashlib
import io
import struct
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from firmware.recorder import wav

RATE_HZ = 16000


def header(length: int, *, rate_hz: int = RATE_HZ, channels: int = 1, extra: bytes = b"") -> bytes:
    return (
        struct.pack("<4sI4s", b"RIFF", length, b"WAVE")
        + extra
        + struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate_hz, rate_hz * 2, 2, 16)
        + struct.pack("<4sI", b"data", length)
    )


def ramp(start: int, count: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return (np.arange(start, start + count) % 30000).astype("<i2")


def nothing() -> None:
    return None


def stereo(left: Path, right: Path) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    out = io.BytesIO()
    written = wav.write_stereo(
        wav.look_at(left, RATE_HZ), wav.look_at(right, RATE_HZ), out, nothing
    )
    assert written.bytes == len(out.getvalue())
    assert written.sha256 == hashlib.sha256(out.getvalue()).hexdigest()
    out.seek(0)
    with wave.open(out) as opened:  # an independent reader
        assert (opened.getnchannels(), opened.getsampwidth()) == (2, 2)
        assert opened.getframerate() == RATE_HZ
        assert opened.getnframes() == written.samples
        frames = opened.readframes(written.samples)
    return np.frombuffer(frames, dtype="<i2").reshape(-1, 2)


def test_left_is_the_caller_and_the_shorter_side_ends_in_silence(tmp_path: Path) -> None:
    left, right = tmp_path / "caller.wav", tmp_path / "callee.wav"
    left.write_bytes(header(2000) + ramp(1, 1000).tobytes())
    right.write_bytes(header(1200) + ramp(5000, 600).tobytes())

    sound = stereo(left, right)

    assert np.array_equal(sound[:, 0], ramp(1, 1000))
    assert np.array_equal(sound[:600, 1], ramp(5000, 600))
    assert not sound[600:, 1].any()


@pytest.mark.parametrize(
    ("what", "write"),
    [
        ("length 0", lambda sound: header(0) + sound),
        ("length unknown", lambda sound: header(0xFFFFFFFF) + sound),
        ("length too short", lambda sound: header(100) + sound),
        ("half a sample at the end", lambda sound: header(0) + sound + b"\x01"),
        ("header lost in a power cut", lambda sound: bytes(44) + sound),
        (
            "another chunk before the sound",
            lambda sound: header(0, extra=struct.pack("<4sI3sx", b"LIST", 3, b"abc")) + sound,
        ),
    ],
)
def test_the_files_own_length_counts(
    tmp_path: Path, what: str, write: Callable[[bytes], bytes]
) -> None:
    left = tmp_path / "caller.wav"
    left.write_bytes(write(ramp(7, 1000).tobytes()))

    sound = stereo(left, tmp_path / "missing.wav")

    assert np.array_equal(sound[:, 0], ramp(7, 1000)), what
    assert not sound[:, 1].any()


@pytest.mark.parametrize("content", [b"", b"RIFF", header(0)[:43]])
def test_less_than_a_header_is_no_sound(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "caller.wav"
    path.write_bytes(content)

    assert wav.look_at(path, RATE_HZ).samples == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"not a wave file at all, but long enough to be one.", "is no WAV file"),
        (header(0, rate_hz=8000) + b"ab", "8000 Hz"),
        (header(0, channels=2) + b"abcd", "2 channels"),
        (header(0)[:36] + struct.pack("<4sI", b"junk", 9000) + b"x" * 9000, "no data chunk"),
    ],
)
def test_what_is_not_switchds_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "caller.wav"
    path.write_bytes(content)

    with pytest.raises(wav.BadWav, match=reason):
        wav.look_at(path, RATE_HZ)


def test_a_recording_too_long_for_a_wav_file_is_refused(tmp_path: Path) -> None:
    def side(name: str, samples: int) -> wav.Track:
        return wav.Track(path=tmp_path / name, rate_hz=RATE_HZ, offset_bytes=44, samples=samples)

    with pytest.raises(wav.BadWav, match="more than a WAV file can hold"):
        wav.write_stereo(side("a", 2**30), side("b", 5), io.BytesIO(), nothing)


def test_it_can_be_stopped_between_chunks(tmp_path: Path) -> None:
    path = tmp_path / "caller.wav"
    path.write_bytes(header(0) + bytes(2 * 200_000))
    track = wav.look_at(path, RATE_HZ)
    calls = []

    def stop_at_the_third() -> None:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt

    out = io.BytesIO()
    with pytest.raises(KeyboardInterrupt):
        wav.write_stereo(track, track, out, stop_at_the_third)
    assert len(out.getvalue()) == 44 + 2 * 65536 * 4
