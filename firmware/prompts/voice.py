"""The voice: speaks texts at set-up. espeak-ng is always there; Piper, which sounds like a
person, speaks a language whose model is named in the environment::

    MARKAZ_PIPER_FA=/path/fa_IR-amir-medium.onnx make setup

Whatever the voice, sox makes its sound mono at the bridge's rate and evens it out.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
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

_LINKING_O = re.compile(" و(?=$| )")
"""Between numbers «و» is an o at the end of the word before (bist-o-yek); espeak says "va",
unless it is written as the vowel it is."""


class CannotSpeak(RuntimeError):
    """A voice refused; the text holds its words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """What speaks one language; ``ident`` changes when it would sound different."""

    language: str
    ident: str
    model: Path | None = None

    def speak(self, text: str, *, part: bool) -> Sound:
        """Speak ``text``. ``part``: it is a word of a longer sentence.

        Raises:
            CannotSpeak: the voice or sox failed.
        """
        raw = self._by_piper(text) if self.model else self._by_espeak(text, part)
        return _evened_out(raw)

    def _by_espeak(self, text: str, part: bool) -> bytes:
        if part and self.language == "fa":
            text = _LINKING_O.sub("\N{ARABIC DAMMA}", text)
        voice = _ESPEAK_VOICES[self.language]
        return _run(["espeak-ng", "-v", voice, "-s", "150", "--stdout", "--", text])

    def _by_piper(self, text: str) -> bytes:
        order = ["piper", "--model", str(self.model), "--output_file", "/dev/stdout"]
        return _run(order, text.encode() + b"\n")


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


_SOX = ["sox", "-V1"]
_OUT = ["-r", str(RATE_HZ), "-c", "1", "-b", "16", "-e", "signed", "-t", "raw", "-"]


def _evened_out(wav: bytes) -> Sound:
    # "--ignore-length": who writes to a pipe does not know the length for the header.
    order = [*_SOX, "--ignore-length", "-t", "wav", "-", *_OUT, *_EVEN_OUT]
    return _samples(_run(order, wav))


def _samples(raw: bytes) -> Sound:
    return np.frombuffer(raw, "<i2").astype(np.float64) / 32768


def _run(order: list[str], given: bytes = b"") -> bytes:
    try:
        done = subprocess.run(order, input=given, capture_output=True, check=True, timeout=120)
    except FileNotFoundError as error:
        raise CannotSpeak(f"there is no program '{order[0]}'") from error
    except subprocess.TimeoutExpired as error:
        raise CannotSpeak(f"{order[0]} did not end within {error.timeout:.0f} s") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip()
        raise CannotSpeak(f"{order[0]} failed ({error.returncode}): {said}") from error
    return bytes(done.stdout)
