"""The power cut's own parts: what a cut leaves of a disk, and that a loss is seen."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import numpy as np
import pytest

from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.recorder.sweep import Sweeper
from firmware.recorder.wav import header
from firmware.store.db import open_store
from tests.powercut.check import check
from tests.powercut.log import BadLog, Log
from tests.powercut.marks import FIRST_SECTOR, SECTOR_BYTES
from tests.powercut.office import RATE_HZ, tone

FLUSH, FUA = 1, 2


def log_of(folder: Path, *writes: tuple[int, bytes, int]) -> Log:
    """A log of ``(sector, content, flags)``, over a disk of zeros."""
    content = struct.pack("<QQQI", 0x6A736677736872, 1, len(writes), SECTOR_BYTES)
    content = content.ljust(SECTOR_BYTES, b"\0")
    for sector, data, flags in writes:
        head = struct.pack("<QQQQ", sector, len(data) // SECTOR_BYTES, flags, 0)
        content += head.ljust(SECTOR_BYTES, b"\0") + data
    (folder / "log").write_bytes(content)
    with (folder / "base").open("wb") as base:
        base.truncate(64 * SECTOR_BYTES)
    return Log(folder / "log", folder / "base")


def sector(letter: str) -> bytes:
    return letter.encode() * SECTOR_BYTES


def test_what_was_flushed_is_there_and_what_was_not_may_be_anything(tmp_path: Path) -> None:
    log = log_of(
        tmp_path,
        (3, sector("a"), 0),
        (0, b"", FLUSH),
        (3, sector("b") + sector("c"), 0),
        (9, sector("d"), FUA),
    )
    seen = set()
    for seed in range(60):
        disk = log.at(3, random.Random(seed))
        seen.add((disk[3 * 512 : 4 * 512][:1] + disk[4 * 512 : 5 * 512][:1]).decode())
        assert disk[9 * 512 : 10 * 512] == sector("d")
    assert seen == {"a\0", "bc", "b\0"}  # not written, written, torn
    assert log.at(0, random.Random(1))[9 * 512] == 0


def test_marks_are_in_the_log_in_their_place_and_on_no_disk(tmp_path: Path) -> None:
    mark = b'{"boot": 1, "what": "stored", "number": 4}'.ljust(SECTOR_BYTES)
    log = log_of(tmp_path, (1, sector("a"), 0), (FIRST_SECTOR, mark, 0), (2, sector("b"), 0))
    assert log.marks == [(1, {"boot": 1, "what": "stored", "number": 4})]
    assert len(log.at(2, random.Random(1))) == 64 * SECTOR_BYTES


def test_another_file_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(bytes(1024))
    (tmp_path / "base").write_bytes(bytes(1024))
    with pytest.raises(BadLog):
        Log(tmp_path / "log", tmp_path / "base")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "box")
    home.make()
    history.create_first(home, Site())
    open_store(home).close()
    return home


def spooled(home: Home, samples: int, *, wrong_from: int | None = None) -> None:
    """What a cut left of the recording 1-7-0."""
    folder = home.spool / "1-7-0"
    folder.mkdir()
    meta = f'{{"id": "1-7-0", "call": "1-7-0", "started_at": 1795302957.5, "rate_hz": {RATE_HZ}}}'
    (folder / "meta.json").write_text(meta)
    for side, name in enumerate(("caller", "callee")):
        sound = tone(7, side, np.arange(samples))
        if wrong_from is not None:
            sound[wrong_from:] = 0
        (folder / f"{name}.wav").write_bytes(header(RATE_HZ, 1, 0) + sound.tobytes())
    Sweeper(home).sweep()


SAID = {"boot": 1, "what": "said", "calls": [["1-7-0", 5 * RATE_HZ]]}


@pytest.mark.parametrize(
    ("samples", "wrong_from", "lost_s", "is_good"),
    [
        (5 * RATE_HZ, None, 0.0, True),
        (round(4.3 * RATE_HZ), None, 0.7, True),
        (round(3.5 * RATE_HZ), None, 1.5, False),
        (5 * RATE_HZ, 2 * RATE_HZ, 3.0, False),  # long enough, but not what was said
    ],
)
def test_what_is_lost_of_a_recording_is_seen(
    home: Home, samples: int, wrong_from: int | None, lost_s: float, is_good: bool
) -> None:
    spooled(home, samples, wrong_from=wrong_from)
    found = check(home, [SAID])
    assert found.broken == []
    assert found.lost_s == [pytest.approx(lost_s, abs=0.01)]
    assert found.is_good is is_good


def test_what_was_promised_and_is_not_there_is_seen(home: Home) -> None:
    marks = [
        {"boot": 1, "what": "stored", "number": 2},
        {"boot": 1, "what": "configured", "version": 3},
        SAID,
    ]
    found = check(home, marks)
    assert found.lost_s == [5.0]
    assert len(found.broken) == 3
    assert "2 call records" in found.broken[0]
    assert "configuration is version 1" in found.broken[2]
