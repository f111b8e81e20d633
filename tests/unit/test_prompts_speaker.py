"""The voice that speaks a site's own words while the exchange runs."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import closing

import pytest

from firmware.model.flow.text import spoken_name
from firmware.prompts.shelf import Shelf, fault_of
from firmware.prompts.speaker import Speaker

WORDS = {"en": "Welcome to the office.", "fa": "به دفتر خوش آمدید.", "ar": "أَهْلًا بِكُم."}


@pytest.mark.parametrize("language", WORDS)
def test_words_become_a_prompt_once(tmp_path, language):
    name = spoken_name(WORDS[language], whole=True)
    with closing(Speaker(tmp_path)) as speaker:
        asyncio.run(speaker.ready({name: WORDS[language]}, language))
        [file] = Shelf(tmp_path).find(name, language)
        assert fault_of(file) == ""
        first = file.stat()
        asyncio.run(speaker.ready({name: WORDS[language]}, language))
        assert file.stat().st_mtime_ns == first.st_mtime_ns


def test_what_the_voice_refuses_holds_nobody_up_and_is_not_tried_again_at_once(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("PATH", "/nowhere")
    with closing(Speaker(tmp_path)) as speaker:
        for _ in range(3):
            began = time.monotonic()
            asyncio.run(speaker.ready({"text/one": "Hello"}, "en"))
            assert time.monotonic() - began < 2
        assert len(speaker._tried) == 1
    assert list(tmp_path.rglob("*.wav")) == []


def test_words_are_spoken_ahead_and_those_no_flow_has_are_forgotten_after_a_month(tmp_path):
    folder = tmp_path / "en" / "text"
    folder.mkdir(parents=True)
    for name, age_days in (("old", 40), ("young", 10)):
        (folder / f"{name}.wav").write_bytes(b"")
        at = time.time() - age_days * 86400
        os.utime(folder / f"{name}.wav", (at, at))
    speaker = Speaker(tmp_path)
    speaker.speak_ahead({"en": {"text/new": "Hello"}})
    speaker._ahead.shutdown(wait=True)
    speaker.close()
    assert {file.stem for file in folder.glob("*.wav")} == {"new", "young"}
