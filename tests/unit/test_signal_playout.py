"""The queue between two clocks: starts late, never grows, never blocks."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from hw.signal.level import SILENCE_DBM0, bytes_of, level_dbm0, rms_of
from hw.signal.playout import Playout


def frame(number: int) -> bytes:
    return number.to_bytes(2, "little") * 160


def test_playing_begins_when_enough_frames_are_there():
    playout = Playout(ready_frames=2, max_frames=6)
    playout.put(frame(1))
    assert playout.take() == b""
    playout.put(frame(2))
    assert [playout.take(), playout.take()] == [frame(1), frame(2)]


def test_a_queue_that_ran_dry_waits_for_enough_again():
    playout = Playout(ready_frames=2, max_frames=6)
    for number in (1, 2):
        playout.put(frame(number))
    assert [playout.take() for _ in range(3)] == [frame(1), frame(2), b""]
    assert playout.missed == 1
    playout.put(frame(3))
    assert playout.take() == b""
    playout.put(frame(4))
    assert playout.take() == frame(3)


def test_what_waits_too_long_is_dropped_oldest_first():
    playout = Playout(ready_frames=1, max_frames=3)
    for number in range(1, 6):
        playout.put(frame(number))
    assert playout.dropped == 2
    assert [playout.take() for _ in range(3)] == [frame(3), frame(4), frame(5)]


def test_one_late_frame_is_not_heard():
    playout = Playout(ready_frames=2, max_frames=6)
    heard = []
    for tick in range(100):
        if tick != 50:
            playout.put(frame(tick))
        if tick == 51:
            playout.put(frame(50))
        heard.append(playout.take())
    assert heard.count(b"") == 1  # before the first
    assert playout.missed == 0


def test_what_a_stall_left_behind_is_taken_out_where_it_is_quiet():
    playout = Playout(ready_frames=1)
    loud = bytes_of(np.full(160, 3000))
    for _ in range(2):
        playout.put(loud)
    for _ in range(600):  # one frame too many, and nobody pauses
        playout.put(loud)
        assert playout.take() == loud
    assert playout.shortened == 0
    for _ in range(3):
        playout.put(bytes(320))
        playout.take()
    assert playout.shortened == 1
    playout.put(frame(7))
    assert [playout.take() for _ in range(2)].count(b"") == 0
    assert playout.dropped == playout.missed == 0


def test_after_a_frame_was_late_it_is_more_patient():
    playout = Playout(ready_frames=1)
    for _ in range(3):
        playout.put(bytes(320))
        playout.take()
        assert playout.take() == b""
    playout.put(bytes(320))
    for _ in range(1999):
        playout.put(bytes(320))
        playout.take()
    assert playout.shortened == 0
    playout.put(bytes(320))
    playout.take()
    assert playout.shortened == 1


def test_two_threads_do_not_lose_a_frame():
    playout = Playout(ready_frames=1, max_frames=100_000)
    total = 20_000
    heard: list[bytes] = []

    def read() -> None:
        while len(heard) < total:
            if got := playout.take():
                heard.append(got)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(total):
        playout.put(frame(number % 65536))
    reader.join(30)
    assert heard == [frame(number % 65536) for number in range(total)]


def test_levels_are_in_dbm0():
    full = bytes_of(32767 * np.sin(2 * np.pi * 1000 / 8000 * np.arange(8000)))
    assert level_dbm0(full) == pytest.approx(3.14, abs=0.01)
    assert level_dbm0(bytes(320)) == SILENCE_DBM0
    assert level_dbm0(b"") == SILENCE_DBM0
    assert rms_of(bytes_of(np.full(160, -7))) == pytest.approx(7.0)


def test_what_is_too_loud_is_clipped():
    assert bytes_of(np.array([40000.0, -40000.0])) == b"\xff\x7f\x00\x80"
