"""``markaz prompts``: the office's own recordings take the place of the voice, and go again."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from firmware.config.home import Home
from firmware.prompts.shelf import Shelf
from tests.unit.cli_box import markaz

SPOKEN = Path(__file__).parents[2] / "build" / "prompts"


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "var")
    home.make()
    return home


@pytest.fixture
def stereo(tmp_path):
    """What somebody recorded: stereo, 44.1 kHz, quiet, with a long pause before and after."""
    file = tmp_path / "goodbye take 2.flac"
    subprocess.run(
        [
            "sox",
            "-n",
            "-r",
            "44100",
            "-c",
            "2",
            str(file),
            "synth",
            "1.2",
            "sine",
            "300-900",
            "vol",
            "0.05",
            "pad",
            "2",
            "3",
        ],
        check=True,
    )
    return file


def test_any_sound_file_becomes_a_prompt(home, stereo):
    done = markaz(home, "prompts", "record", "fa", "goodbye", str(stereo))

    assert (done.exit_code, done.stdout) == (0, "goodbye in fa: 1.5 s, from goodbye take 2.flac\n")
    own = home.prompts / "fa" / "goodbye.wav"
    assert Shelf(home.prompts, SPOKEN).find("goodbye", "fa") == (own,)
    shown = json.loads(markaz(home, "prompts", "--own", "--json").stdout)
    assert [(row["language"], row["prompt"], row["recording"]) for row in shown] == [
        ("fa", "goodbye", "own")
    ]

    assert markaz(home, "prompts", "drop", "fa", "goodbye").exit_code == 0
    assert Shelf(home.prompts, SPOKEN).find("goodbye", "fa") == (SPOKEN / "fa" / "goodbye.wav",)


def test_words_of_sentences_and_greetings_can_be_recorded(home, stereo):
    for name in ("number/20_and", "our_office"):
        assert markaz(home, "prompts", "record", "fa", name, str(stereo)).exit_code == 0
    own = {row["prompt"] for row in json.loads(markaz(home, "prompts", "--own", "--json").stdout)}
    assert own == {"number/20_and", "our_office"}


def test_everything_that_is_said_is_listed_with_its_text(home):
    listed = json.loads(markaz(home, "prompts", "--json").stdout)
    assert len(listed) > 1000
    assert {
        "language": "fa",
        "prompt": "number/20_and",
        "recording": "",
        "text": "بیست و",
    } in listed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("drop", "fa", "goodbye"), "there is no recording of goodbye in fa"),
        (("record", "fa", "../../etc/passwd"), "'../../etc/passwd' is no prompt's name"),
        (("record", "fa", "parked_at"), "parked_at has gaps: record its parts, parked_at/1"),
    ],
)
def test_what_cannot_be_done_is_one_line(home, stereo, arguments, said):
    more = (str(stereo),) if arguments[0] == "record" else ()
    result = markaz(home, "prompts", *arguments, *more)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"markaz: {said}")


def test_what_has_no_sound_is_refused(home, tmp_path):
    (tmp_path / "x.wav").write_text("no sound")
    subprocess.run(
        ["sox", "-n", "-r", "8000", str(tmp_path / "still.wav"), "trim", "0", "1"], check=True
    )
    for name in ("x.wav", "still.wav"):
        result = markaz(home, "prompts", "record", "en", "goodbye", str(tmp_path / name))
        assert "cannot be a prompt: " in result.stderr
    assert not list(home.prompts.rglob("*.wav"))
