"""`markaz line`: what it asks lined for, what it prints, what it makes of an answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from firmware.config import history
from firmware.config.home import Home
from firmware.link.api import LinedApi
from firmware.link.learning import LearningRow, LearningStep, ProposalRow
from firmware.link.lines import LoopBackRow
from firmware.link.server import Board
from tests.unit.cli_box import Daemon, markaz
from tests.unit.served import serving

SITE = """
extension:
  - {number: 101, name: Sara, password: correct horse}
line:
  - {name: fxo-1, kind: trunk, route: extension:101}
  - {name: city, kind: trunk, route: extension:101}
"""


def found(setting: str, value: str, confidence: float, why: str, **params: str) -> ProposalRow:
    return ProposalRow(
        setting=setting,
        value=value,
        now="425@500/500",
        confidence=confidence,
        why=why,
        params=params,
        source="learned",
    )


PROPOSALS = (
    found(
        "busy", "440@250/250", 0.97, "tone_repeated", times="6", percent="1", pure="99", calls="2"
    ),
    found("hang_up", "none", 0.3, "nothing_tells_hang_up", seconds="45", calls="2"),
    found("congestion", "", 0.0, "only_silence", seconds="25"),
)


class Lined(Daemon):
    """Runs the wizard in no time."""

    board: Board

    def begin_learning(self, line: str, steps: tuple[LearningStep, ...]) -> None:
        if line == "city":
            raise RuntimeError("line city is in_use: it can be learned while idle")
        self.orders.append((line, [(one.step, one.number) for one in steps]))
        row = LearningRow(
            id=line,
            state="running",
            step="",
            asks="",
            number="",
            steps=tuple(one.step for one in steps),
            done=(),
            faults={},
        )
        self.board.post("learning.began", row)
        row = replace(row, step="busy", asks="dialling_busy_number", number="5550100")
        self.board.post("learning.stepped", row)
        row = replace(row, faults={"busy": "no_dial_tone"})
        self.board.post("learning.observed", row)
        row = replace(row, state="done", proposals=PROPOSALS, at=1.0)
        self.board.post("learning.ended", row)

    def loop_back(self, line: str) -> None:
        self.orders.append(("loop back", line))
        row = LoopBackRow(
            id=line, state="running", fault="", tone_dbm0=None, return_loss_db=None, at=0.0
        )
        self.board.post("loopback.began", row)
        ended = replace(row, state="passed", tone_dbm0=-13.04, return_loss_db=18.4)
        if line == "city":
            ended = replace(row, state="failed", fault="no_dial_tone")
        self.board.post("loopback.ended", ended)

    def cancel_learning(self, line: str) -> None:
        self.orders.append(("cancel", line))

    def forget_learning(self, line: str) -> None:
        self.orders.append(("forget", line))


@pytest.fixture
def home(tmp_path) -> Home:
    home = Home(tmp_path)
    home.make()
    history.apply(home, SITE, "test", "first")
    return home


@pytest.fixture
def lined(home: Home) -> Iterator[Lined]:
    with ExitStack() as stack:
        lined = Lined("lined")
        served = stack.enter_context(serving(home, "lined", LinedApi, lined))
        lined.board = served.board
        yield lined


def learned(home: Home) -> dict[str, str]:
    line = history.load_current(home)[1].line[0]
    return {one.setting: one.value for one in line.learned or ()}


def test_only_dial_tone_is_listened_for_when_no_number_is_given(home, lined):
    assert markaz(home, "line", "learn", "1").exit_code == 0
    assert lined.orders == [("fxo-1", [("dial_tone", "")])]
    assert history.load_current(home)[0] == 1  # nothing is set that nobody accepts


def test_every_number_that_is_given_is_dialled_and_nothing_else(home, lined):
    told = markaz(
        *(home, "line", "learn", "fxo-1", "--own-number", "5550100"),
        *("--wrong-number", "5550199", "--call", "0912", "--wait-for-call"),
    )
    steps = [("dial_tone", ""), ("busy", "5550100"), ("congestion", "5550199")]
    assert lined.orders == [("fxo-1", [*steps, ("call_out", "0912"), ("call_in", "")])]
    assert "dialling 5550100, which should be busy" in told.output
    assert "is another telephone on this line off the hook?" in told.output
    assert "repeated 6 times alike within 1 %" in told.output
    assert "nothing happened for 45 s after the far end had left" in told.output


def test_with_accept_what_is_sure_becomes_the_configuration(home, lined):
    told = markaz(home, "line", "learn", "1", "--accept")
    assert told.exit_code == 0, told.output
    assert "configuration 2: busy" in told.output
    assert learned(home) == {"busy": "440@250/250"}


def test_the_technician_is_asked_for_what_is_missing_and_may_skip_it(home, lined):
    told = markaz(home, "line", "learn", "1", "--ask", stdin="5550100\n\n\nn\ny\n")
    assert lined.orders == [("fxo-1", [("dial_tone", ""), ("busy", "5550100")])]
    assert "Accept the 1 that are surest?" in told.output
    assert learned(home) == {"busy": "440@250/250"}


def test_what_was_found_is_shown_and_accepted_one_by_one(home, lined):
    markaz(home, "line", "learn", "1")
    assert "440@250/250" in markaz(home, "line", "show", "1").output
    told = markaz(home, "line", "accept", "1", "hang_up")
    assert told.exit_code == 0, told.output
    assert learned(home) == {"hang_up": "none"}
    shown = markaz(home, "line", "show", "1", "--json")
    assert json.loads(shown.output)["learned"][0]["confidence"] == 0.3
    assert json.loads(shown.output)["proposed"]["proposals"][0]["setting"] == "busy"


@pytest.mark.parametrize(
    ("arguments", "words", "status"),
    [
        (("show", "3"), "there is no trunk line 3; there are fxo-1, city", 2),
        (("learn", "city"), "line city is in_use", 1),
        (("accept", "1", "congestion"), "nothing is proposed for congestion", 1),
        (("accept", "1"), "nothing to accept for line fxo-1", 1),
    ],
)
def test_what_cannot_be_done_is_said(home, lined, arguments, words, status):
    told = markaz(home, "line", *arguments)
    assert (told.exit_code, words in told.output) == (status, True), told.output
    assert history.load_current(home)[0] == 1


def test_a_line_is_given_back_and_proposals_are_thrown_away(home, lined):
    assert markaz(home, "line", "cancel", "city").exit_code == 0
    assert markaz(home, "line", "forget", "2").exit_code == 0
    assert lined.orders == [("cancel", "city"), ("forget", "city")]


def test_without_lined_it_says_so(home):
    told = markaz(home, "line", "learn", "1")
    assert told.exit_code == 1
    assert "lined does not answer" in told.output


def test_a_line_is_tested_both_ways(home, lined):
    told = markaz(home, "line", "test", "1")
    assert told.exit_code == 0, told.output
    assert lined.orders == [("loop back", "fxo-1")]
    assert "dial tone at -13.0 dBm0, our own sound comes back 18.4 dB quieter" in told.output
    shown = markaz(home, "line", "test", "1", "--json")
    assert json.loads(shown.output)["return_loss_db"] == 18.4
    failed = markaz(home, "line", "test", "city")
    assert failed.exit_code == 1
    assert "is the line plugged into the right socket?" in failed.output
