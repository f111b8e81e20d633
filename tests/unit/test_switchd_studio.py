"""What a leg hears when a prompt is named that nobody spoke."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.prompts.shelf import Shelf
from firmware.switchd import media
from firmware.switchd.media import Studio

SPOKEN = Path(__file__).parents[2] / "build" / "prompts"


@pytest.fixture
def played(monkeypatch):
    """The files that are played, by a studio without pjsua."""
    files = []
    monkeypatch.setattr(media, "Player", lambda *paths: files.append(paths))
    monkeypatch.setattr(media, "PlayedSound", lambda *parts: parts)
    monkeypatch.setattr(media, "audio_of", lambda leg: leg)
    return files


@pytest.fixture
def studio():
    bare = Studio.__new__(Studio)  # its tones and music need pjsua
    bare._matrix, bare._prompts = None, Shelf(SPOKEN)
    return bare


def test_a_prompt_nobody_spoke_is_a_silence_and_the_call_goes_on(studio, played, caplog):
    studio.play(None, "our_greeting", "fa")

    assert played == [(SPOKEN / "fa" / "rest.wav",)]
    assert "prompt 'our_greeting' is in no language under" in caplog.text


def test_a_sentence_is_played_as_one_list(studio, played):
    studio.play(None, ("goodbye", "busy"), "en")

    names = [path.name for path in played[0]]
    assert names == ["goodbye.wav", "busy.wav", "rest.wav"]


def test_one_leg_hears_another_until_it_is_stopped_whoever_sits_there_then(studio, monkeypatch):
    nodes = {"agent": "a", "boss": "b"}
    monkeypatch.setattr(media, "audio_of", lambda leg: nodes[leg])
    studio._matrix = Joins()
    hearing = studio.hear("agent", "boss")
    assert studio._matrix.now == {("a", "b")}
    nodes.clear()  # the seat is empty
    hearing.stop()
    assert studio._matrix.now == set()


class Joins:
    """Who hears whom."""

    def __init__(self):
        self.now = set()

    def join(self, source, sink):
        self.now.add((source, sink))

    def part(self, source, sink):
        self.now.discard((source, sink))
