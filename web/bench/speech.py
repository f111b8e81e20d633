"""What the far party says: a text in the box's own voice, or a WAV file, as a line carries it."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from firmware.prompts import build
from firmware.prompts.level import Inaudible
from firmware.prompts.voice import CannotSpeak, Text, voice_of
from web.voicemail import sound

LONGEST_TEXT = 500
_LINE_HZ = 8000
_TIMEOUT_S = 30.0


class Unsayable(ValueError):
    """It cannot be made into sound."""


def of_text(words: str, language: str, target: Path) -> None:
    """Let the voice speak ``words`` into a WAV file of 8 kHz.

    Raises:
        Unsayable: it is too long, or nothing of it can be spoken.
    """
    if not words.strip() or len(words) > LONGEST_TEXT:
        raise Unsayable("no text, or too much of it")
    with tempfile.TemporaryDirectory() as folder:
        spoken = Path(folder) / "spoken.wav"
        try:
            [speak] = voice_of(language).speak([Text(words=words)])
            build.write(spoken, build.prepared(speak(), whole=True))
        except (CannotSpeak, Inaudible) as error:
            raise Unsayable(str(error)) from error
        _to_line(spoken, target)


def of_file(content: bytes, target: Path) -> None:
    """Make a WAV file of plain samples into one of 8 kHz.

    Raises:
        Unsayable: it is no such file, too long or too short, whatever it says it is.
    """
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "given.wav"
        try:
            given.write_bytes(sound.mono(content))
        except sound.BadSound as error:
            raise Unsayable(str(error)) from error
        _to_line(given, target)


def _to_line(given: Path, target: Path) -> None:
    new = target.with_name(f".{target.name}.{os.getpid()}.wav")
    order = ["sox", "-V1", str(given), "-r", str(_LINE_HZ), "-c", "1", "-b", "16", str(new)]
    try:
        subprocess.run(order, check=True, capture_output=True, timeout=_TIMEOUT_S)
        new.replace(target)
    except (OSError, subprocess.SubprocessError) as error:
        raise Unsayable(f"sox made no sound of it: {error}") from error
    finally:
        new.unlink(missing_ok=True)
