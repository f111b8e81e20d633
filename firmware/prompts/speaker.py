"""Speaks a site's own words: prompts ``text/<mark>`` in a folder beside the office's recordings.

Words are spoken once, in threads of their own, when a configuration is taken up; what somebody is
to hear that has not been spoken yet (a name out of a look-up) is spoken then, which takes a
tenth of a second or two.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from firmware.prompts import build
from firmware.prompts.level import Inaudible
from firmware.prompts.voice import CannotSpeak, Text, voice_of

log = logging.getLogger(__name__)

WAIT_S = 4.0
"""The longest that a caller waits for the voice."""

_NICE = 10

_KEPT_S = 30 * 86400.0
"""How long words are kept that no flow has any more: a version may be brought back."""


class Speaker:
    """``folder`` is below the home; languages are folders in it."""

    def __init__(self, folder: Path, threads: int = 2) -> None:
        self._folder = folder
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="voice")
        self._ahead = ThreadPoolExecutor(
            1, thread_name_prefix="voice-ahead", initializer=_stand_back
        )
        self._tried: dict[tuple[str, str], float] = {}

    async def ready(self, words: Mapping[str, str], language: str) -> None:
        """Return once all ``words``, by their prompts' names, are spoken; or can not be, or not
        soon enough: then nothing is heard in their place."""
        missing = {name: text for name, text in words.items() if not self._is_there(name, language)}
        if not missing:
            return
        loop = asyncio.get_running_loop()
        speaking = [
            loop.run_in_executor(self._pool, self._speak, name, text, language)
            for name, text in missing.items()
        ]
        _done, late = await asyncio.wait(speaking, timeout=WAIT_S)
        if late:
            log.warning("%d texts in %s were not spoken within %g s", len(late), language, WAIT_S)

    def speak_ahead(self, words: Mapping[str, Mapping[str, str]]) -> None:
        """Speak, by language, what flows will say, one after the other, and forget what none has
        said for a month. Returns at once."""
        self._ahead.submit(self._prepare, {key: dict(value) for key, value in words.items()})

    def close(self) -> None:
        """End the threads; what is not spoken by now is spoken another time."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._ahead.shutdown(wait=True, cancel_futures=True)

    def _prepare(self, words: Mapping[str, Mapping[str, str]]) -> None:
        for language, texts in words.items():
            for name, text in texts.items():
                if not self._is_there(name, language):
                    self._speak(name, text, language)
        self._forget(words)

    def _forget(self, words: Mapping[str, Mapping[str, str]]) -> None:
        before = time.time() - _KEPT_S
        wanted = {self._path(name, key) for key, texts in words.items() for name in texts}
        for path in self._folder.glob("*/text/*.wav"):
            if path not in wanted and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)

    def _path(self, name: str, language: str) -> Path:
        return self._folder / language / f"{name}.wav"

    def _is_there(self, name: str, language: str) -> bool:
        return self._path(name, language).exists()

    def _speak(self, name: str, text: str, language: str) -> None:
        """In a thread. What the voice refuses is not tried again for a minute."""
        if self._tried.get((language, name), 0.0) > time.monotonic() - 60.0:
            return
        path = self._path(name, language)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            [speak] = voice_of(language).speak([Text(words=text)])
            build.write(path, build.prepared(speak(), whole=True))
        except (CannotSpeak, Inaudible, OSError) as error:
            self._tried[language, name] = time.monotonic()
            log.error("a text of %d characters is not spoken in %s: %s", len(text), language, error)


def _stand_back() -> None:
    """Let calls go first: Linux has priorities for threads, and programs inherit them."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
