"""Where spoken prompts lie: the files that say something in a language.

A folder given earlier wins: the office's own recordings (``home/prompts/<language>/<name>.wav``)
stand before what the voice spoke at set-up. A recording that is no mono S16 WAV file at 16 kHz
cannot be played in a sentence with the others and is passed over; ``markaz prompts record``
makes one of any sound file.
"""

from __future__ import annotations

import functools
import logging
import wave
from pathlib import Path

from firmware.model.speech.parts import Part, Sentence
from firmware.model.speech.sentence import REST, prompts_of
from firmware.prompts import catalogue
from firmware.prompts.level import RATE_HZ

log = logging.getLogger(__name__)

FALLBACK = "en"


class MissingPrompt(FileNotFoundError):
    """A prompt that no language has."""


class Shelf:
    """The folders of prompts, the first to be looked in first."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders
        for language in catalogue.LANGUAGES:  # read now, not while somebody waits to hear it
            catalogue.of(language)

    @property
    def music(self) -> Path:
        """What is heard on hold."""
        return self._found("music.wav") or self._folders[-1] / "music.wav"

    def music_called(self, name: str) -> Path:
        """The site's own music ``music/<name>.wav``; what is heard on hold where there is none."""
        return self._found(f"music/{name}.wav") or self.music

    def find(self, said: str | Part | Sentence, language: str) -> tuple[Path, ...]:
        """The files that say it, one after the other; where the language lacks a prompt, it is
        heard in English.

        Raises:
            MissingPrompt: no language has it.
            KeyError: no such phrase, or one of its gaps is not filled.
        """
        if language not in catalogue.LANGUAGES:
            language = FALLBACK
        phrases = catalogue.of(language).phrases
        names = prompts_of(said, language, phrases)
        if len(names) != 1:
            # pjmedia reports the end of a list of files up to 128 ms before it is heard: what is
            # lost when playing stops there is silence.
            names = (*names, REST)
        return tuple(self._file(name, language) for name in names)

    def _file(self, name: str, language: str) -> Path:
        for spoken_in in (language, FALLBACK):
            if path := self._found(f"{spoken_in}/{name}.wav"):
                return path
        raise MissingPrompt(
            f"prompt '{name}' is in no language under {', '.join(map(str, self._folders))}"
        )

    def _found(self, name: str) -> Path | None:
        for folder in self._folders:
            path = folder / name
            try:
                state = path.stat()
            except OSError:
                continue
            if is_playable(path, state.st_mtime_ns, state.st_size):
                return path
        return None


@functools.lru_cache(maxsize=4096)
def is_playable(path: Path, _changed: int, _size: int) -> bool:
    """Whether a file is one all prompts can be played with. Looked at once until it changes."""
    if fault := fault_of(path):
        log.warning("prompt %s is passed over: %s", path, fault)
    return not fault


def fault_of(path: Path) -> str:
    """Why a file cannot be a prompt; "" when it can."""
    try:
        with wave.open(str(path), "rb") as sound:
            form = (sound.getnchannels(), sound.getsampwidth() * 8, sound.getframerate())
    except (OSError, EOFError, wave.Error) as error:
        return f"it is no WAV file ({error})"
    if form != (1, 16, RATE_HZ):
        return "it has {} channels of {} bits at {} Hz, not one of 16 at 16000".format(*form)
    return ""
