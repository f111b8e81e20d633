"""The voice: speaks texts at set-up. espeak-ng is always there; Piper, which sounds like a
person, speaks a language whose model is named in the environment::

    MARKAZ_PIPER_FA=/path/fa_IR-amir-medium.onnx make setup

Whatever the voice, sox makes its sound mono at the bridge's rate and evens it out.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from firmware.prompts.level import RATE_HZ, Sound

_EVEN_OUT = [
    *("gain", "-n", "-6"),
    *("highpass", "100"),
    *("compand", "0.01,0.2", "-60,-60,-30,-18,0,-8"),
]

_ESPEAK_VOICES = {"en": "en-gb", "fa": "fa", "ar": "ar"}

_SUN_LETTERS = "تثدذرزسشصضطظلن"

_RESPELLED = (
    # Between numbers «و» is an o at the end of the word before (bist-o-yek); espeak says "va",
    # unless it is written as the vowel it is.
    ("fa", True, re.compile(" و(?=$| )"), "\u064f"),
    # Unicode's order puts a vowel before the doubling; espeak then loses the vowel.
    ("ar", False, re.compile("([\u064b-\u0650])\u0651"), "\u0651\\1"),
    # espeak doubles what follows the article by itself, and once more where that is written.
    ("ar", False, re.compile(f"(?<=ال)([{_SUN_LETTERS}])\u0651"), "\\1"),
    # The hamza of "two" is silent after another word (wa-thnayn).
    ("ar", True, re.compile("وَاِ"), "وَ"),
)
"""What espeak-ng 1.51 says wrong as it is rightly written: the language, whether only in words
of sentences, what, and how it is written instead."""


class CannotSpeak(RuntimeError):
    """A voice refused; the text holds its words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What is to be spoken. ``is_part``: it is a word of a longer sentence."""

    words: str
    is_part: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """What speaks one language; ``ident`` changes when it would sound different."""

    language: str
    ident: str
    model: Path | None = None

    def speak(self, texts: Sequence[Text]) -> list[Callable[[], Sound]]:
        """Texts to be spoken, in their order, each by the call of what is returned for it, which
        any thread may make. So no more of the sound is in memory than is worked on.

        Raises:
            CannotSpeak: the voice or sox failed; also by what is returned.
        """
        if self.model is None:
            return [functools.partial(self._by_espeak, text) for text in texts]
        return [functools.partial(_evened_out, wav) for wav in self._by_piper(texts)]

    def _by_espeak(self, text: Text) -> Sound:
        words = text.words
        for language, only_in_parts, what, instead in _RESPELLED:
            if language == self.language and (text.is_part or not only_in_parts):
                words = what.sub(instead, words)
        voice = _ESPEAK_VOICES[self.language]
        return _evened_out(_run(["espeak-ng", "-v", voice, "-s", "150", "--stdout", "--", words]))

    def _by_piper(self, texts: Sequence[Text]) -> list[bytes]:
        """All at once: to load the model takes longer than to speak. Piper writes a file a line,
        named by a clock's nanoseconds."""
        lines = "".join(f"{' '.join(text.words.split())}\n" for text in texts)
        with tempfile.TemporaryDirectory() as folder:
            order = ["piper", "--model", str(self.model), "--output_dir", folder]
            _run(order, lines.encode(), timeout_s=60 + _PIPER_S * len(texts))
            made = sorted(Path(folder).glob("*.wav"), key=lambda path: int(path.stem))
            if len(made) != len(texts):
                raise CannotSpeak(f"piper made {len(made)} sounds of {len(texts)} texts")
            return [path.read_bytes() for path in made]


_PIPER_S = 20
"""The longest Piper takes for a text, on the slowest board."""


def voice_of(language: str, environment: Mapping[str, str] = os.environ) -> Voice:
    """The voice of one language.

    Raises:
        CannotSpeak: the environment names a model that is not there, or Piper is missing.
    """
    variable = f"MARKAZ_PIPER_{language.upper()}"
    if not environment.get(variable):
        return Voice(language=language, ident="espeak-ng 150")
    model = Path(environment[variable])
    if not model.is_file():
        raise CannotSpeak(f"{variable} names {model}, which is no file")
    if shutil.which("piper") is None:
        raise CannotSpeak(f"{variable} asks for Piper, and there is no program 'piper'")
    mark = hashlib.sha256(model.read_bytes()).hexdigest()
    return Voice(language=language, ident=f"piper {mark}", model=model)


def read(path: Path) -> Sound:
    """Any sound file sox can read, as a prompt: mono at the bridge's rate, its level evened out.

    Raises:
        CannotSpeak: sox cannot read it.
    """
    return _samples(_run([*_SOX, str(path), *_OUT, *_EVEN_OUT]))


_SOX = ["sox", "-V1", "-R"]  # "-R": the same dither each time, so that two builds are the same
_OUT = ["-r", str(RATE_HZ), "-c", "1", "-b", "16", "-e", "signed", "-t", "raw", "-"]


def _evened_out(wav: bytes) -> Sound:
    # "--ignore-length": who writes to a pipe does not know the length for the header.
    order = [*_SOX, "--ignore-length", "-t", "wav", "-", *_OUT, *_EVEN_OUT]
    return _samples(_run(order, wav))


def _samples(raw: bytes) -> Sound:
    return np.frombuffer(raw, "<i2").astype(np.float64) / 32768


def _run(order: list[str], given: bytes = b"", timeout_s: float = 120) -> bytes:
    try:
        done = subprocess.run(
            order, input=given, capture_output=True, check=True, timeout=timeout_s
        )
    except FileNotFoundError as error:
        raise CannotSpeak(f"there is no program '{order[0]}'") from error
    except subprocess.TimeoutExpired as error:
        raise CannotSpeak(f"{order[0]} did not end within {error.timeout:.0f} s") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip()
        raise CannotSpeak(f"{order[0]} failed ({error.returncode}): {said}") from error
    return bytes(done.stdout)
