"""Lets the catalogue be spoken into a folder: ``<language>/<prompt>.wav``, mono S16 at 16 kHz.

Only what is new or changed is spoken: ``spoken.json`` holds what each file was made from, and
is written last, so that what an interrupted set-up made is made again. A file takes its place
in one step; an exchange that runs meanwhile plays the old one or the new one.
``music.wav`` is made of quiet chords, so that nobody's rights are touched.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import tempfile
import wave
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from firmware.prompts import catalogue, level
from firmware.prompts.level import RATE_HZ, Sound
from firmware.prompts.voice import Text, Voice, voice_of

FORM = "2"
"""Of what is done to a voice's sound; another one lets everything be spoken anew."""

PAUSES_S = {True: (0.10, 0.15), False: (0.02, 0.06)}
"""Silence before and after: a prompt heard alone has more of it than a word of a sentence."""

REST_S = 0.25

_MANIFEST = "spoken.json"
_CHORDS_HZ = ((262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294))
_CHORD_S = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """One file to be spoken."""

    path: str  # below the folder
    text: str
    whole: bool
    voice: Voice

    @property
    def mark(self) -> str:
        """Another one when the file would be another."""
        made_from = f"{FORM}\0{self.voice.ident}\0{self.whole}\0{self.text}"
        return hashlib.sha256(made_from.encode()).hexdigest()[:16]


def build(folder: Path, languages: tuple[str, ...] = catalogue.LANGUAGES) -> tuple[int, int]:
    """Bring the folder up to date with the catalogue and the voices.

    Returns:
        How many prompts were spoken, and how many there are.

    Raises:
        CannotSpeak: a voice failed.
        BadCatalogue: the catalogue cannot be read.
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    orders = {order.path: order for language in languages for order in _orders(language)}
    before = _manifest(folder)
    changed = [
        order
        for path, order in orders.items()
        if before.get(path) != order.mark or not (folder / path).exists()
    ]
    for parent in {(folder / order.path).parent for order in changed}:
        parent.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # they wait for espeak-ng and sox
        for voice in {order.voice for order in changed}:
            _speak([order for order in changed if order.voice == voice], voice, pool, folder)
    if not (folder / "music.wav").exists():
        write(folder / "music.wav", music())
    _remove_others(folder, set(orders))
    marks = {path: order.mark for path, order in sorted(orders.items())}
    _replace(folder / _MANIFEST, json.dumps(marks, indent=0).encode())
    return len(changed), len(orders)


def prepared(sound: Sound, *, whole: bool) -> Sound:
    """A sound as a prompt: trimmed, and at the level all have.

    Raises:
        Inaudible: there is no speech in it.
    """
    lead_s, trail_s = PAUSES_S[whole]
    return level.trimmed(level.levelled(sound), lead_s=lead_s, trail_s=trail_s)


def write(path: Path, sound: Sound) -> None:
    """Write a WAV file, which takes its place whole."""
    with _replacing(path) as new, wave.open(str(new), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


def music() -> Sound:
    """Slow chords that swell and fade."""
    time_s = np.arange(int(_CHORD_S * RATE_HZ)) / RATE_HZ
    swell = np.sin(np.pi * time_s / _CHORD_S) ** 2
    chords = [
        swell * sum(np.sin(2 * np.pi * hz * time_s) for hz in chord) / len(chord)
        for chord in _CHORDS_HZ
    ]
    return np.asarray(np.concatenate(chords) * 10 ** (-18 / 20))


def _orders(language: str) -> Iterator[_Order]:
    words, voice = catalogue.load(language), voice_of(language)
    for name, text in words.texts.items():
        whole = name in words.whole
        yield _Order(path=f"{language}/{name}.wav", text=text, whole=whole, voice=voice)


def _speak(orders: list[_Order], voice: Voice, pool: Executor, folder: Path) -> None:
    for order in orders:
        if not order.text:  # the rest
            write(folder / order.path, np.zeros(int(REST_S * RATE_HZ)))
    spoken = [order for order in orders if order.text]
    sounds = voice.speak([Text(words=order.text, is_part=not order.whole) for order in spoken])
    for _ in pool.map(functools.partial(_keep, folder), spoken, sounds):
        pass


def _keep(folder: Path, order: _Order, speak: Callable[[], Sound]) -> None:
    try:
        write(folder / order.path, prepared(speak(), whole=order.whole))
    except level.Inaudible as error:
        raise catalogue.BadCatalogue(f"{order.path}: '{order.text}': {error}") from error


def _manifest(folder: Path) -> Mapping[str, str]:
    try:
        found = json.loads((folder / _MANIFEST).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _remove_others(folder: Path, wanted: set[str]) -> None:
    for path in folder.rglob("*.wav"):
        name = path.relative_to(folder).as_posix()
        if name not in wanted and name != "music.wav":
            path.unlink()


def _replace(path: Path, content: bytes) -> None:
    with _replacing(path) as new:
        new.write_bytes(content)


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A file beside ``path`` that takes its place at the end."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-")
    os.close(handle)
    new = Path(name)
    try:
        yield new
        new.chmod(0o644)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
