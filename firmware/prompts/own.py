"""The office's own prompts: ``prompts/<language>/<name>.wav`` of the home, heard from their next
use on. What one says, where it was spoken from a text, stands beside it as ``.txt``."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from firmware.config.home import Home
from firmware.prompts import build, catalogue
from firmware.prompts.level import Inaudible, Sound
from firmware.prompts.voice import CannotSpeak, read

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}(/[a-z0-9_]{1,40})?")
LONGEST_TEXT = 500


class Unusable(ValueError):
    """It cannot be a prompt; the text is "sound" or "silent"."""


def path(home: Home, language: str, name: str) -> Path:
    """Where the office's own recording lies.

    Raises:
        ValueError: it is no prompt's name, or no language.
    """
    if language not in catalogue.LANGUAGES or not NAME.fullmatch(name):
        raise ValueError(f"no prompt {name} in {language}")
    return home.prompts / language / f"{name}.wav"


def prepared(samples: Sound, name: str) -> Sound:
    """A sound as callers hear it: cut to what is spoken, and as loud as all others.

    Raises:
        Unusable: nobody speaks in it.
    """
    try:
        return build.prepared(samples, whole="/" not in name)
    except Inaudible as error:
        raise Unusable("silent") from error


def of_file(file: Path, name: str) -> Sound:
    """The same of a sound file.

    Raises:
        Unusable: it is none, or nobody speaks in it.
    """
    try:
        samples = read(file)
    except CannotSpeak as error:
        raise Unusable("sound") from error
    return prepared(samples, name)


def keep(target: Path, sound: Sound, words: str) -> None:
    """Let callers hear a prepared sound that says ``words`` ("": nobody has written it down).

    Raises:
        OSError: it cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = target.with_suffix(".txt")
    beside.unlink(missing_ok=True)
    build.write(target, sound)
    if words:
        handle, new = tempfile.mkstemp(dir=target.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(words)
        Path(new).replace(beside)


def drop(target: Path) -> None:
    """Let callers hear the built-in one again.

    Raises:
        FileNotFoundError: there was no recording.
        OSError: it cannot be removed.
    """
    target.unlink()
    target.with_suffix(".txt").unlink(missing_ok=True)


def words_of(target: Path) -> str:
    """What a recording says, "" when nobody has written it down."""
    try:
        return target.with_suffix(".txt").read_text("utf-8")[:LONGEST_TEXT]
    except (OSError, UnicodeDecodeError):
        return ""
