"""The prompts as a page shows them and as an office replaces them.

A recording of the office's own lies in ``prompts/<language>/<name>.wav`` of the home and is heard
from its next use on; what it says, where it was spoken from a text, stands beside it as ``.txt``.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from firmware.config.home import Home
from firmware.prompts import catalogue, own
from firmware.prompts.own import LONGEST_TEXT, NAME, Unusable, path
from firmware.prompts.shelf import fault_of
from firmware.prompts.voice import CannotSpeak, Text, voice_of
from web.voicemail import sound

__all__ = ["LONGEST_TEXT", "NAME", "Unusable", "path"]

_BUILT_IN = Path(os.environ.get("MARKAZ_PROMPTS", Path(__file__).parents[2] / "build" / "prompts"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One prompt in one language. ``text`` is what the box's voice says, or the office's own text;
    "" when nobody has written it down. ``fault``: why the office's recording is passed over."""

    name: str
    text: str
    is_own: bool
    is_built_in: bool
    fault: str = ""

    @property
    def is_whole(self) -> bool:
        """Heard alone, not as a word of a sentence."""
        return "/" not in self.name


def prompts(home: Home, language: str) -> tuple[Prompt, ...]:
    """Every prompt of a language, and every recording, also of what the box itself never says."""
    words = catalogue.of(language)
    theirs = _own(home, language)
    return tuple(
        _prompt(home, language, name, words.texts.get(name, ""))
        for name in sorted({*words.texts, *theirs})
    )


def find(home: Home, language: str, name: str) -> Prompt:
    """One prompt; one that nobody has recorded yet is silent."""
    return _prompt(home, language, name, catalogue.of(language).texts.get(name, ""))


def heard(home: Home, language: str, name: str) -> Path | None:
    """The file that callers hear."""
    theirs = path(home, language, name)
    if theirs.is_file() and not fault_of(theirs):
        return theirs
    built_in = _BUILT_IN / language / f"{name}.wav"
    return built_in if built_in.is_file() else None


def replace(home: Home, language: str, name: str, content: bytes) -> None:
    """Let callers hear an uploaded WAV file.

    Raises:
        Unusable: it is none, whatever it says it is; or too long, too short, or silent.
        OSError: it cannot be written.
    """
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "given.wav"
        try:
            given.write_bytes(sound.mono(content))
        except sound.BadSound as error:
            raise Unusable("sound") from error
        made = own.of_file(given, name)
    own.keep(path(home, language, name), made, "")


def speak(home: Home, language: str, name: str, words: str) -> None:
    """Let the box's voice say other words.

    Raises:
        Unusable: there are none, too many, or none that can be spoken.
        OSError: it cannot be written.
    """
    words = " ".join(words.split())
    if not words or len(words) > LONGEST_TEXT:
        raise Unusable("text")
    try:
        [say] = voice_of(language).speak([Text(words=words, is_part="/" in name)])
        samples = say()
    except CannotSpeak as error:
        raise Unusable("voice") from error
    own.keep(path(home, language, name), own.prepared(samples, name), words)


def drop(home: Home, language: str, name: str) -> bool:
    """Let callers hear the built-in one again; whether there was another."""
    target = path(home, language, name)
    try:
        own.drop(target)
    except FileNotFoundError:
        return False
    return True


def _prompt(home: Home, language: str, name: str, text: str) -> Prompt:
    target = path(home, language, name)
    is_own = target.exists()
    if is_own:
        text = own.words_of(target)
    return Prompt(
        name=name,
        text=text,
        is_own=is_own,
        is_built_in=name in catalogue.of(language).texts,
        fault=fault_of(target) if is_own else "",
    )


def _own(home: Home, language: str) -> set[str]:
    folder = home.prompts / language
    found = {file.relative_to(folder).with_suffix("").as_posix() for file in folder.rglob("*.wav")}
    return {name for name in found if NAME.fullmatch(name)}
