"""What was found after a cut, held against what had been said and promised before it.

The readers are not ours: SQLite's own integrity check, ``soxi`` and libsndfile for the sound.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np
import soundfile

from firmware.config import history
from firmware.config.home import Home
from tests.powercut.marks import Mark
from tests.powercut.office import RATE_HZ, tone

ALLOWED_S = 1.0


@dataclass(slots=True)
class Found:
    """What one cut cost. ``lost_s`` has the seconds lost of each recording that was being made."""

    lost_s: list[float] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not self.broken and max(self.lost_s, default=0.0) <= ALLOWED_S


def check(home: Home, marks: Iterable[Mark]) -> Found:
    """``home`` has been repaired; ``marks`` are those of one boot before the cut, oldest first."""
    found = Found()
    last: dict[str, Mark] = {}
    ended: dict[str, int] = {}
    for mark in marks:
        last[mark["what"]] = mark
        if mark["what"] == "ended":
            ended[mark["id"]] = mark["samples"]
    boot = next((mark["boot"] for mark in last.values()), 0)
    _check_store(home, found, boot, last.get("stored", {}).get("number", 0))
    _check_configuration(home, found, last.get("configured", {}).get("version", 1))
    said = dict(last["said"]["calls"]) if "said" in last else {}
    for ident, samples in {**said, **ended}.items():
        _check_recording(home, found, ident, samples, is_over=ident in ended)
    return found


def _check_store(home: Home, found: Found, boot: int, promised: int) -> None:
    with closing(sqlite3.connect(home.store_db)) as db:
        state = db.execute("PRAGMA integrity_check").fetchone()[0]
        if state != "ok":
            found.broken.append(f"the store: {state}")
        stored = {row[0] for row in db.execute("SELECT id FROM calls")}
        lost = {f"call-{boot}-{number}" for number in range(1, promised + 1)} - stored
        if lost:
            found.broken.append(f"{len(lost)} call records that were promised")
        query = "SELECT json_extract(piece, '$.calls') FROM acd_memory WHERE id = ?"
        pieces = db.execute(query, [f"agent:{boot}"]).fetchall()
        if promised and (not pieces or pieces[0][0] < promised):
            found.broken.append(f"an agent's state is {pieces}, promised was {promised}")


def _check_configuration(home: Home, found: Found, promised: int) -> None:
    version, _site = history.load_current(home)
    if version < promised:
        found.broken.append(f"the configuration is version {version}, promised was {promised}")


def _check_recording(home: Home, found: Found, ident: str, samples: int, *, is_over: bool) -> None:
    """A recording that was being made, or had ended, is playable to its last second."""
    with closing(sqlite3.connect(home.store_db)) as db:
        rows = db.execute("SELECT path FROM recordings WHERE id = ?", [ident]).fetchall()
    if not rows:
        found.lost_s.append(samples / RATE_HZ)
        return
    try:
        sound, rate_hz = soundfile.read(home.recordings / rows[0][0], dtype="int16", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        found.broken.append(f"recording {ident}: {error}")
        return
    if rate_hz != RATE_HZ or sound.shape[1] != 2:
        found.broken.append(f"recording {ident} has {rate_hz} Hz and {sound.shape[1]} channels")
        return
    number = int(ident.split("-")[1])
    good = min(_good_samples(sound[:, side], number, side) for side in (0, 1))
    found.lost_s.append(max(0, samples - good) / RATE_HZ)
    if is_over and len(sound) > samples:
        found.broken.append(f"recording {ident} is longer than what was said")


def _good_samples(heard: np.ndarray, number: int, side: int) -> int:
    """Up to where it is what was said, sample by sample."""
    wrong = np.flatnonzero(heard != tone(number, side, np.arange(len(heard))))
    return int(wrong[0]) if len(wrong) else len(heard)
