"""How the lives of a box in the guest are judged, and what is kept of them."""

from __future__ import annotations

import json

from tests.hil import led
from tests.hil.covered import Covered, merged
from tests.hil.led import EXPECTED, LIVES_ON, RESTARTS, Ended, faults

GOOD = Ended(words=[(1.0, "kept for 30 s"), (40.0, "deaf"), (110.0, "still here")], how=RESTARTS)


def test_a_life_that_went_as_expected_has_no_fault():
    assert faults(EXPECTED["deaf"], GOOD) == []


def test_an_end_that_is_another_a_missing_word_and_a_wrong_time_are_told():
    early = Ended(words=[*GOOD.words[:2], (50.0, "still here")], how=RESTARTS)
    assert faults(EXPECTED["deaf"], early) == ["it took 10 s, not 55 to 85 s"]
    alive = Ended(words=GOOD.words[:1], how=LIVES_ON)
    assert faults(EXPECTED["deaf"], alive) == [
        "it never came to 'deaf'",
        "it lives on; expected: it starts anew",
    ]


def test_what_a_guest_left_says_how_each_life_ended(tmp_path):
    told = [("rest", 1.0, "begins"), ("rest", 9.0, "power is halted"), ("deaf", 1.0, "begins")]
    words = [json.dumps({"life": life, "at": at, "word": word}) for life, at, word in told]
    (tmp_path / "told").write_text("\n".join(words) + "\n")
    (tmp_path / "starts").write_text("start\nstart\n")
    ended = led.seen(["rest", "deaf", "killed"], tmp_path, is_off=False)
    assert {name: one.how for name, one in ended.items()} == {
        "rest": RESTARTS,
        "deaf": "was still there when it was given up",
    }
    assert ended["rest"].words == [(1.0, "begins"), (9.0, "power is halted")]


def test_lives_that_are_led_one_by_one_are_kept_together(tmp_path):
    led.write({"deaf": GOOD, "killed": Ended()}, tmp_path)
    led.write({"killed": Ended(words=[(1.0, "deaf"), (13.0, "gone")], how=RESTARTS)}, tmp_path)
    written = json.loads((tmp_path / led.COVERED).read_text())["covered"]
    assert [(one["test"], one["outcome"]) for one in written] == [
        ("deaf", "passed"),
        ("killed", "passed"),
    ]
    rows = merged([Covered.read(tmp_path / led.COVERED)])
    assert rows[EXPECTED["deaf"].feature] == {"qemu": "1 test"}
