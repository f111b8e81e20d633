"""Prompts are heard equally loud, whole and at once; and only what changed is spoken anew."""

from __future__ import annotations

import os
import re
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from firmware.prompts import build, catalogue, level
from firmware.prompts import voice as voice_module
from firmware.prompts.shelf import MissingPrompt, Shelf, fault_of
from firmware.prompts.voice import CannotSpeak, Text, Voice, read, voice_of

SPOKEN = Path(__file__).parents[2] / "build" / "prompts"
FRAME = 80  # 5 ms
LOAD = catalogue.load


def samples(path):
    with wave.open(str(path)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 16000)
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2") / 32768


def spoken(language):
    return [p for p in (SPOKEN / language).rglob("*.wav") if p.stem != "rest"]


def speech_dbov(sound):
    """The level of speech by another way than the builder's: the mean power of the 5 ms frames
    less than 15.9 dB under the level all should have (the margin of ITU-T P.56)."""
    power = (sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME) ** 2).mean(axis=1)
    return 10 * np.log10(power[power > 10 ** ((level.TARGET_DBOV - 15.9) / 10)].mean())


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_every_prompt_of_the_box_is_spoken(language):
    words = set(catalogue.load(language).texts) - {"rest"}
    files = {p.relative_to(SPOKEN / language).with_suffix("").as_posix() for p in spoken(language)}

    assert files == words, "set-up speaks what is new: image-build/setup/setup test"


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_every_prompt_is_as_loud_as_the_others_and_begins_at_once(language):
    for path in spoken(language):
        sound = samples(path)
        assert abs(speech_dbov(sound) - level.TARGET_DBOV) < 2, path
        assert np.abs(sound).max() < 0.98, f"{path} is clipped"
        heard = np.flatnonzero(np.abs(sound) > 0.003) / 16000
        assert heard[0] < 0.3, f"{path} begins late"
        assert len(sound) / 16000 - heard[-1] < 0.3, f"{path} ends late"


def test_the_same_words_are_the_same_sound():
    (speak,) = voice_of("en", {}).speak([Text(words="Welcome")])
    assert np.array_equal(speak(), speak())


def test_arabic_and_persian_are_not_spelled_out():
    """A voice that lacks a language says its letters one by one: many times as long."""
    for language in catalogue.LANGUAGES:
        for name in ("digit/7", "date/weekday_4"):
            assert len(samples(SPOKEN / language / f"{name}.wav")) < 1.5 * 16000


@pytest.fixture
def noise():
    """Half a second of pause, a second of "speech", a long pause."""
    chance = np.random.default_rng(1)
    return np.concatenate([np.zeros(8000), chance.normal(0, 0.01, 16000), np.zeros(16000)])


@pytest.mark.parametrize("factor", [0.1, 1.0, 30.0])
def test_a_recording_is_brought_to_the_level_of_all(noise, factor):
    made = build.prepared(np.clip(noise * factor, -1, 1), whole=True)

    assert abs(speech_dbov(made) - level.TARGET_DBOV) < 0.5
    assert abs(len(made) - 1.25 * 16000) < 700


@pytest.mark.parametrize("sound", [np.zeros(16000), np.zeros(0), np.full(16000, 1e-5)])
def test_silence_is_no_prompt(sound):
    with pytest.raises(level.Inaudible):
        build.prepared(sound, whole=True)


def small_catalogue(monkeypatch, tmp_path, **texts):
    for language in catalogue.LANGUAGES:
        (tmp_path / f"{language}.toml").write_text("[digit]\n1 = 'one'\n")
    (tmp_path / "calls.toml").write_text(
        "".join(f"[{n}]\nen = '{t}'\nfa = '{t}'\nar = '{t}'\n" for n, t in texts.items())
    )
    monkeypatch.setattr(catalogue, "load", lambda language: LOAD(language, tmp_path))


def test_only_what_changed_is_spoken_anew(monkeypatch, tmp_path):
    folder = tmp_path / "made"
    small_catalogue(monkeypatch, tmp_path, a="hello", b="goodbye")
    assert build.build(folder, ("en",)) == (4, 4)  # and the digit, and the rest
    assert build.build(folder, ("en",)) == (0, 4)
    before = (folder / "en" / "a.wav").stat().st_mtime_ns
    (folder / "en" / "digit" / "1.wav").unlink()

    small_catalogue(monkeypatch, tmp_path, a="hello", c="welcome")
    assert build.build(folder, ("en",)) == (2, 4)

    assert (folder / "en" / "a.wav").stat().st_mtime_ns == before
    assert not (folder / "en" / "b.wav").exists()
    assert {path.name for path in folder.iterdir()} == {"en", "music.wav", "spoken.json"}


def test_a_text_without_a_sound_is_an_error(monkeypatch, tmp_path):
    small_catalogue(monkeypatch, tmp_path, a="…")

    with pytest.raises(catalogue.BadCatalogue, match=r"en/a.wav: '…': there is no speech in it"):
        build.build(tmp_path / "made", ("en",))


PIPER = """#!/bin/sh
[ "$1 $3" = "--model --output_dir" ] || exit 2
n=100
while read -r line; do n=$((n + 1)); espeak-ng -v fa -w "$4/$n.wav" "$line"; done
"""
"""A stand-in for the program that is called as Piper is, and names its files as it does."""


@pytest.fixture
def piper(monkeypatch, tmp_path):
    model = tmp_path / "voice.onnx"
    model.write_text("a model")
    program = tmp_path / "bin" / "piper"
    program.parent.mkdir()
    program.write_text(PIPER)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("MARKAZ_PIPER_FA", str(model))
    return program


def test_piper_speaks_the_languages_whose_model_is_named(monkeypatch, tmp_path, piper):
    small_catalogue(monkeypatch, tmp_path, a="سلام و درود بر شما", b="نه")
    folder = tmp_path / "made"
    assert build.build(folder, ("en", "fa")) == (8, 8)
    assert build.build(folder, ("en", "fa")) == (0, 8)
    long, short = (len(samples(folder / "fa" / f"{name}.wav")) for name in "ab")
    assert long > 2 * short  # each text in its own file

    (tmp_path / "voice.onnx").write_text("a better model")
    assert build.build(folder, ("en", "fa")) == (4, 8)
    assert voice_of("en") == Voice(language="en", ident="espeak-ng 150")


def test_a_piper_that_says_too_little_is_an_error(monkeypatch, tmp_path, piper):
    small_catalogue(monkeypatch, tmp_path, a="سلام")
    piper.write_text("#!/bin/sh\nexit 0\n")
    with pytest.raises(CannotSpeak, match="piper made 0 sounds of 2 texts"):
        build.build(tmp_path / "made", ("fa",))
    piper.write_text("#!/bin/sh\necho no such voice >&2; exit 3\n")
    with pytest.raises(CannotSpeak, match=r"piper failed \(3\): no such voice"):
        build.build(tmp_path / "made", ("fa",))


def test_a_model_without_piper_is_an_error(monkeypatch, piper):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CannotSpeak, match="no program 'piper'"):
        voice_of("fa")


def test_a_model_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CannotSpeak, match=r"MARKAZ_PIPER_AR names .*x.onnx, which is no file"):
        voice_of("ar", {"MARKAZ_PIPER_AR": str(tmp_path / "x.onnx")})


def test_what_is_no_sound_is_refused(tmp_path):
    (tmp_path / "x.wav").write_text("not a sound")

    with pytest.raises(CannotSpeak, match="sox failed"):
        read(tmp_path / "x.wav")


def test_a_recording_of_the_office_is_heard_instead_of_the_voice(tmp_path):
    shelf = Shelf(tmp_path, SPOKEN)
    assert shelf.find("goodbye", "fa") == (SPOKEN / "fa" / "goodbye.wav",)

    (tmp_path / "fa").mkdir()
    build.write(tmp_path / "fa" / "goodbye.wav", np.zeros(800))
    build.write(tmp_path / "fa" / "our_greeting.wav", np.zeros(800))

    assert shelf.find("goodbye", "fa") == (tmp_path / "fa" / "goodbye.wav",)
    assert shelf.find("goodbye", "ar") == (SPOKEN / "ar" / "goodbye.wav",)
    assert shelf.find("our_greeting", "fa") == (tmp_path / "fa" / "our_greeting.wav",)
    with pytest.raises(MissingPrompt, match="'our_greeting' is in no language"):
        shelf.find("our_greeting", "en")


def test_a_recording_of_another_form_is_passed_over(tmp_path, caplog):
    (tmp_path / "en").mkdir()
    with wave.open(str(tmp_path / "en" / "goodbye.wav"), "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(44100)
        sound.writeframes(bytes(400))
    (tmp_path / "en" / "busy.wav").write_bytes(b"RIFF")
    shelf = Shelf(tmp_path, SPOKEN)

    assert shelf.find("goodbye", "en") == (SPOKEN / "en" / "goodbye.wav",)
    assert shelf.find("busy", "en") == (SPOKEN / "en" / "busy.wav",)
    assert "2 channels of 16 bits at 44100 Hz" in caplog.text
    assert "it is no WAV file" in fault_of(tmp_path / "en" / "busy.wav")


def test_an_unknown_language_is_heard_in_english():
    assert Shelf(SPOKEN).find("goodbye", "de") == (SPOKEN / "en" / "goodbye.wav",)


def espeak_hears(language, text, *, part=False):
    """The sounds espeak-ng makes of a text as the voice writes it for it, in IPA."""
    ordered = []

    def run(order, given=b"", timeout_s=0):
        ordered.append(order)
        return subprocess.run(order, input=given, capture_output=True, check=True).stdout

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(voice_module, "_run", run)
        (speak,) = voice_of(language, {}).speak([Text(words=text, is_part=part)])
        speak()
    words = ordered[0][-1]
    said = subprocess.run(
        ["espeak-ng", "-v", language, "-q", "--ipa", "--", words],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return re.sub("[ˈˌ.\n]", "", said).strip()


@pytest.mark.parametrize(
    ("language", "text", "sounds"),
    [
        ("fa", "بیست و", "bisto"),
        ("fa", "سی‌اُم", "siom"),
        ("ar", "السِّتُّون", "ʔassitːuːn"),
        ("ar", "الثَّانِيَة", "ʔaθθaːniːat"),
        ("ar", "وَاِثْنَيْن", "waθnain"),
        ("ar", "مُرَبَّع", "murabːaʕ"),
        ("ar", "رَسَائِلَ جَدِيدَة", "rasaːʔila dʒadiːdat"),
    ],
)
def test_numbers_sound_as_they_are_spoken(language, text, sounds):
    assert espeak_hears(language, text, part=True).replace("oː", "o") == sounds
