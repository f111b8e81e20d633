"""Sound that is no busy tone: an hour of it, made anew from a seed, always the same.

Speech is what the box says (its prompts in three languages, by espeak-ng), alone, in crowds and
sung; music is the box's own, and synthesised close to what detectors stumble over: notes and
intervals of telephone tones (A4 is France's 440 Hz, F4 with A4 North America's dial tone), a
beat of 120 a minute (250/250 ms), struck strings that repeat one note; faxes and modems are
spandsp's own; and there are digits, hums, sirens, line noise. Each piece has a level of its own
and goes through a codec, or loses packets, as calls do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hw.signal.level import RATE_HZ, RMS_AT_0_DBM0, bytes_of
from tests.rig.corpus import machines, music, speech
from tests.rig.corpus.lines import through
from tests.rig.corpus.wave import Chance, Wave

LEVELS_DBM0 = (-8.0, -14.0, -20.0, -28.0, -36.0)
PIECE_S = 12.0

KINDS = {
    "prompts": (speech.prompts, 5),
    "crowd": (speech.crowd, 2),
    "singing": (speech.singing, 2),
    "hold music": (music.hold, 1),
    "chords": (music.chords, 2),
    "melody": (music.melody, 3),
    "one note again and again": (music.struck, 3),
    "whistling": (music.whistling, 1),
    "organ third": (music.organ, 2),
    "fax": (machines.fax, 3),
    "modem": (machines.modem, 2),
    "digits": (machines.digits, 1),
    "noise": (machines.noise, 1),
    "hum and buzz": (machines.hum, 1),
    "siren": (machines.siren, 1),
    "speech over music": (speech.over_music, 2),
}
"""What makes a piece, and how often it is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """``audio`` is S16LE at 8 kHz, whole frames of 20 ms."""

    kind: str
    level_dbm0: float
    line: str
    audio: bytes

    @property
    def seconds(self) -> float:
        return len(self.audio) / 2 / RATE_HZ

    def __str__(self) -> str:
        return f"{self.kind} at {self.level_dbm0:g} dBm0 over {self.line}"


def pieces(minutes: float, seed: int = 1) -> Iterator[Piece]:
    """So many minutes, in pieces of ``PIECE_S``."""
    deck = [kind for kind, (_make, often) in KINDS.items() for _ in range(often)]
    chance = np.random.default_rng(seed)
    for number in range(round(minutes * 60 / PIECE_S)):
        if number % len(deck) == 0:
            chance.shuffle(deck)
        yield _piece(deck[number % len(deck)], np.random.default_rng((seed, number)))


def _piece(kind: str, chance: Chance) -> Piece:
    make, _often = KINDS[kind]
    level = float(chance.choice(LEVELS_DBM0))
    wave = at_level(make(PIECE_S, chance), level)
    line, wave = through(wave, chance)
    whole = len(wave) // 160 * 160
    return Piece(kind=kind, level_dbm0=level, line=line, audio=bytes_of(wave[:whole]))


def at_level(wave: Wave, level_dbm0: float) -> Wave:
    """``wave`` with its loud parts at a level."""
    frames = np.square(wave[: len(wave) // 160 * 160]).reshape(-1, 160).mean(axis=1)
    loud = frames[frames > frames.max() / 50].mean() if len(frames) and frames.max() else 1.0
    return wave * (RMS_AT_0_DBM0 * 10 ** (level_dbm0 / 20) / np.sqrt(loud))
