"""Accepting what was learned: a new version of the site, validated as any, and its line."""

from __future__ import annotations

import pytest

from firmware.cli import line_words
from firmware.config import document, history
from firmware.config.home import Home
from firmware.config.learned import Accepted, accept
from firmware.config.problem import ConfigRejected
from firmware.config.sections.learned import Learned
from firmware.lined.learning.plan import silence_of, with_learned
from firmware.model.learning import ASKS, Fault, Setting, Step
from firmware.model.tones import ToneSetting
from hw.signal.tone import plan_of, plans

SITE = """
# The office of Tehran
extension:
  - {number: 101, name: Sara, password: correct horse}
line:
  - {name: fxo-1, kind: trunk, route: extension:101}
  - {name: fxo-2, kind: trunk, route: extension:101}
  - {name: fxs-1, kind: station, extension: 101}
"""

FOUND = {
    "busy": "440@250/250",
    "hang_up": "polarity",
    "answer": "polarity",
    "caller_id": "v23",
    "caller_id_moment": "after_ring",
    "receive_level_dbm0": "-33.0",
    "receive_gain_db": "12",
    "ring": "1000/4000",
    "silence_s": "90",
}


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path)
    home.make()
    history.apply(home, SITE, "test", "first")
    return home


def proposals(**found: str) -> list[Accepted]:
    return [
        Accepted(setting=setting, value=value, source="learned", confidence=0.95)
        for setting, value in found.items()
    ]


def line_of(home: Home, name: str = "fxo-1"):
    return next(one for one in history.load_current(home)[1].line if one.name == name)


def test_what_is_accepted_is_kept_with_source_date_and_confidence(home):
    number = accept(home, "fxo-1", proposals(**FOUND), author="sara", date="2026-11-22")
    assert number == history.load_current(home)[0] == 2
    kept = {one.setting: one for one in line_of(home).learned}
    assert {setting: one.value for setting, one in kept.items()} == FOUND
    assert {(one.source, one.date, one.confidence) for one in kept.values()} == {
        ("learned", "2026-11-22", 0.95)
    }
    version = history.versions(home)[0]
    assert (version.author, version.comment[:22]) == ("sara", "learned of line fxo-1:")


def test_the_line_s_signals_follow_and_nothing_else_changes(home):
    before = history.load_current(home)[1]
    accept(home, "fxo-1", proposals(**FOUND), author="sara", date="2026-11-22")
    signals = line_of(home).signals
    assert signals.hang_up == ("polarity", "tones")  # tones are listened for in any case
    assert (signals.answer, signals.caller_id) == ("polarity", "fsk")
    assert signals.receive_gain_db == 12.0
    after = history.load_current(home)[1]
    assert line_of(home, "fxo-2") == before.line[1]
    assert after.model_copy(update={"line": before.line}) == before


def test_the_rest_of_the_text_stays_as_it_was_written(home):
    accept(home, "fxo-1", proposals(**FOUND), author="sara", date="2026-11-22")
    text = history.current_text(home)[1]
    for line in SITE.strip().splitlines():
        assert line in text or "fxo-1" in line
    assert document.parse(text) == history.load_current(home)[1]


def test_a_later_measurement_takes_the_place_of_the_former(home):
    accept(home, "fxo-1", proposals(**FOUND), author="sara", date="2026-11-22")
    accept(home, "fxo-1", proposals(busy="440@240/260"), author="sara", date="2026-12-01")
    kept = {one.setting: one for one in line_of(home).learned}
    assert (kept["busy"].value, kept["busy"].date) == ("440@240/260", "2026-12-01")
    assert kept["ring"].date == "2026-11-22"
    assert line_of(home).signals.answer == "polarity"


def test_undo_brings_back_what_was(home):
    accept(home, "fxo-1", proposals(**FOUND), author="sara", date="2026-11-22")
    history.undo(home, "sara")
    assert line_of(home).learned is None
    assert line_of(home).signals is None


@pytest.mark.parametrize("line", ["fxs-1", "fxo-9"])
def test_only_trunk_lines_are_learned(home, line):
    with pytest.raises(KeyError, match="no trunk line is called"):
        accept(home, line, proposals(busy="440@250/250"), author="sara", date="2026-11-22")
    assert history.load_current(home)[0] == 1


@pytest.mark.parametrize(
    ("found", "error"),
    [({}, ValueError), ({"colour": "blue"}, ValueError), ({"busy": "beep"}, ConfigRejected)],
)
def test_what_no_line_can_be_is_not_accepted(home, found, error):
    with pytest.raises(error):
        accept(home, "fxo-1", proposals(**found), author="sara", date="2026-11-22")
    assert history.load_current(home)[0] == 1


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [
        ("busy", "425", None),
        ("busy", "beep", "must be a tone"),
        ("ring", "1000", "must be milliseconds on and off"),
        ("hang_up", "polarity+tones", None),
        ("hang_up", "shouting", "must be battery"),
        ("caller_id", "v23", None),
        ("caller_id", "smoke", "must be bell"),
        ("silence_s", "0", "must be whole seconds"),
        ("receive_level_dbm0", "-33.5", None),
        ("receive_level_dbm0", "loud", "must be a number of dBm0"),
    ],
)
def test_a_technician_s_own_entries_are_checked(setting, value, reason):
    text = SITE.replace(
        "kind: trunk, route: extension:101}\n  - {name: fxo-2",
        f"kind: trunk, route: extension:101, learned: [{{setting: {setting}, value: '{value}', "
        "date: 2026-11-22, confidence: 0.9}]}\n  - {name: fxo-2",
    )
    if reason is None:
        assert document.parse(text).line[0].learned[0].value == value
        return
    with pytest.raises(ConfigRejected, match=reason):
        document.parse(text)


def test_one_setting_twice_and_a_station_line_are_problems():
    entry = "{setting: busy, value: '425@500/500', date: 2026-11-22, confidence: 0.9}"
    text = SITE.replace("extension: 101}\n", f"extension: 101, learned: [{entry}]}}\n")
    text = text.replace("route: extension:101}\n  - {name: fxo-2", "X", 1).replace(
        "X", f"route: extension:101, learned: [{entry}, {entry}]}}\n  - {{name: fxo-2"
    )
    with pytest.raises(ConfigRejected) as rejected:
        document.parse(text)
    reasons = [problem.reason for problem in rejected.value.problems]
    assert any("is there already" in reason for reason in reasons)
    assert any("is for analogue trunk lines" in reason for reason in reasons)


# -- the line's plan ------------------------------------------------------------------------


def learned(**values: str) -> tuple[Learned, ...]:
    return tuple(
        Learned(setting=Setting(setting), value=value, date="2026-11-22", confidence=0.9)
        for setting, value in values.items()
    )


def test_learned_tones_stand_before_the_country_s():
    plan = with_learned(plan_of("ir"), learned(busy="440@250/250", dial="350+440", ring="1/2"))
    assert (plan.busy.freqs_hz, plan.busy.cadence_ms) == ((440,), (250, 250))
    assert (plan.dial.freqs_hz, plan.dial.cadence_ms) == ((350, 440), ())
    assert plan.congestion == plan_of("ir").congestion
    assert plan.source.startswith("learned")


def test_nothing_learned_leaves_the_plan_as_it_is():
    assert with_learned(plan_of("de"), None) is plan_of("de")
    assert with_learned(plan_of("de"), learned(hang_up="polarity")) is plan_of("de")
    assert silence_of(None) == 0.0
    assert silence_of(learned(silence_s="90")) == 90.0


@pytest.mark.parametrize("country", plans())
def test_every_country_s_tones_can_be_written_down_and_read(country):
    for name in ("dial", "busy", "congestion", "ringback"):
        tone = plan_of(country).tone(name)
        setting = ToneSetting(freqs_hz=tone.freqs_hz, cadence_ms=tone.cadence_ms)
        assert ToneSetting.parse(str(setting)) == setting


@pytest.mark.parametrize("text", ["", "425@", "425@500", "a@1/2", "425@500/500/500", "425 @5/5"])
def test_what_is_no_tone_is_refused(text):
    with pytest.raises(ValueError, match="is no tone"):
        ToneSetting.parse(text)


def test_a_cadence_may_begin_at_any_burst():
    one = ToneSetting.parse("400@400/350/225/525")
    assert one.is_like(ToneSetting.parse("401@225/525/400/350"))
    assert not one.is_like(ToneSetting.parse("400@350/225/525/400"))
    assert not one.is_like(ToneSetting.parse("425@400/350/225/525"))


# -- words ----------------------------------------------------------------------------------


def test_everything_that_can_be_said_has_words():
    assert set(line_words.ASKS) == {ASKS[step] for step in Step}
    assert set(line_words.FAULTS) == {str(fault) for fault in Fault}
    assert set(line_words.SETTINGS) == {str(setting) for setting in Setting}
