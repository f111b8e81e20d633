"""Learning quietly from daily calls: evidence grows, proposals come, nothing changes by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from firmware.lined.learning.daily import DailyWatch
from firmware.model.cause import Cause
from firmware.model.evidence import KEPT, Evidence, Sighting, alike
from firmware.model.line import LineState
from hw.dahdi.exchanges import EXCHANGES
from hw.dahdi.office import OfficeState
from hw.dahdi.port import BatteryDropped, PolarityReversed
from tests.jump import run
from tests.rig.learning import LearningBench, surroundings
from tests.unit.line_bench import FakeExchange

DAY_S = 86400.0


def seen(*values: str, setting: str = "busy", days: int = 3) -> Evidence:
    """One call a value, spread over so many days."""
    step_s = days * DAY_S / max(1, len(values))
    return Evidence().with_(
        [Sighting(setting=setting, value=v, at=n * step_s) for n, v in enumerate(values)]
    )


# -- the evidence ---------------------------------------------------------------------------


def test_what_most_recent_calls_show_is_proposed():
    (finding,) = seen(*["440@250/250"] * 6).findings({"busy": "425@500/500"})
    assert (finding.setting, finding.value) == ("busy", "440@250/250")
    assert 0.6 < finding.confidence <= 0.9
    assert finding.why.id == "daily_calls"
    assert finding.why.params == {"times": "6", "calls": "6", "days": "3"}


@pytest.mark.parametrize(
    ("values", "days"),
    [
        (["440@250/250"], 1),  # one odd call
        (["440@250/250"] * 4, 3),  # too few
        (["440@250/250"] * 8, 1),  # all on one day: a fault of that day
        (["425@500/500"] * 8 + ["440@250/250"] * 2, 5),  # seldom
        (["440@250/250", "425@500/500"] * 5, 5),  # half of them
        (["440@250/250"] * 10 + ["425@500/500"] * 10, 9),  # it was so once
    ],
)
def test_odd_calls_propose_nothing(values, days):
    assert seen(*values, days=days).findings({"busy": "425@500/500"}) == ()


def test_what_is_in_force_is_not_proposed_within_what_a_measurement_can_say():
    near = ["428@490/510", "423@505/495", "425@500/500", "426@498/500", "424@510/495"] * 2
    assert seen(*near).findings({"busy": "425@500/500"}) == ()
    assert seen(*near).findings({"busy": "440@500/500"})[0].value in near


def test_signals_that_are_in_force_are_not_proposed_and_new_ones_are():
    calls = seen(*["polarity"] * 6, setting="hang_up")
    assert calls.findings({"hang_up": "battery+polarity+tones"}) == ()
    assert calls.findings({"hang_up": "battery+tones"})[0].value == "polarity"


def test_nothing_at_the_answer_is_what_delay_and_speech_both_say():
    assert alike("answer", "delay", "speech")
    assert not alike("answer", "delay", "polarity")
    assert seen(*["delay"] * 9, setting="answer").findings({"answer": "speech"}) == ()
    assert seen(*["delay"] * 9, setting="answer").findings({"answer": "polarity"})


def test_only_the_newest_calls_are_kept():
    evidence = seen(*["440@250/250"] * 100)
    assert len(evidence.sightings) == KEPT


# -- calls on a line ------------------------------------------------------------------------


class Office(LearningBench):
    """A bench whose wall clock is moved from day to day."""

    day = 0

    async def receives(self, talk_s: float = 6.0, *, hears_s: float = 8.0) -> None:
        """A call comes in, is answered, the caller leaves, and after some seconds the extension
        hangs up, unless the line did."""
        exchange = self.line.around.exchange
        calls = len(exchange.dialogs)
        await self.pass_s(3.0)
        self.talk_s = talk_s
        self.office.ring(self.caller)
        await self.until(lambda: len(exchange.dialogs) > calls, 12)
        dialog = exchange.last
        dialog.events.on_answered()
        await self.until(lambda: self.office.state is OfficeState.RELEASED, talk_s + 5)
        await self.pass_s(hears_s)
        if dialog.events is not None:
            dialog.events.on_ended(Cause.NORMAL_CLEARING, by_them=True)
        await self.until(lambda: self.line.state is LineState.IDLE, 10)


def on_calls(folder: Path, test: Callable[[Office], Coroutine[Any, Any, None]], name: str) -> None:
    async def whole() -> None:
        office = Office(
            folder, EXCHANGES[name], surroundings(FakeExchange()), learns_in=folder / "learning"
        )
        office.wall_clock = lambda: office.day * DAY_S
        try:
            await office.pass_s(3.0)
            await test(office)
        finally:
            office.close()

    run(whole())


def test_a_busy_tone_nobody_knew_is_proposed_after_some_calls_and_not_set(tmp_path):
    async def test(office: Office) -> None:
        plan = office.line.around.plan
        for call in range(6):
            office.day = call // 2
            await office.receives()
            assert not office.proposals_if_any() or call >= 4
        proposal = office.proposals()["busy"]
        assert proposal.value.startswith("440@2")
        assert (proposal.now, proposal.source) == ("425@500/500", "calls")
        assert [event for event, _row in office.rows] == ["learning.proposed"]
        assert office.row.state == "quiet"
        assert office.line.around.plan == plan

    on_calls(tmp_path, test, "pbx-250")


def test_what_is_known_already_is_not_proposed(tmp_path):
    async def test(office: Office) -> None:
        for call in range(6):
            office.day = call
            await office.receives()
        assert office.rows == []
        assert office.line.watcher.evidence.sightings  # it was seen, and is as configured

    on_calls(tmp_path, test, "ir-like")


def test_a_polarity_that_turns_when_the_caller_leaves_is_proposed(tmp_path):
    async def test(office: Office) -> None:
        for call in range(6):
            office.day = call
            await office.receives()
        assert office.proposals()["hang_up"].value == "polarity"
        assert "polarity" not in office.proposals()["hang_up"].now

    on_calls(tmp_path, test, "dtmf-caller-id")


def test_evidence_outlives_a_restart_and_is_forgotten_when_told(tmp_path):
    async def first(office: Office) -> None:
        for call in range(3):
            office.day = call
            await office.receives()
        assert office.rows == []

    async def second(office: Office) -> None:
        for call in range(3):
            office.day = 3 + call
            await office.receives()
        assert office.proposals()["busy"].value.startswith("440@2")
        office.desk.forget_learning("fxo-1")
        assert office.rows[-1][0] == "learning.removed"
        assert office.line.watcher.evidence == Evidence()
        assert not list((tmp_path / "learning").glob("*.json"))

    on_calls(tmp_path, first, "pbx-250")
    on_calls(tmp_path, second, "pbx-250")


def watched_call(tmp_path, events: list[tuple[float, object]], length_s: float) -> dict[str, str]:
    """What a call out showed, with that on the wires after so many seconds."""
    now_s = 0.0

    async def at_once(function):
        return function()

    async def whole() -> dict[str, str]:
        nonlocal now_s
        watch = DailyWatch(
            tmp_path / "fxo-1.json",
            work=at_once,
            clock=lambda: now_s,
            wall_clock=lambda: 0.0,
            learned=lambda evidence: None,
        )
        watch.began(outgoing=True)
        for _ in range(round(length_s * 50)):
            watch.hear(bytes(320))
        for at_s, event in events:
            now_s = at_s
            watch.wires(event)
        now_s = length_s
        watch.ended()
        await asyncio.gather(*watch._studies)
        return {one.setting: one.value for one in watch.evidence.sightings}

    return run(whole())


REVERSED, DROPPED = PolarityReversed(), BatteryDropped()


@pytest.mark.parametrize(
    ("events", "length_s", "shown"),
    [
        ([], 60.0, {"answer": "delay"}),
        ([], 10.0, {}),  # perhaps nobody answered
        ([(9.0, REVERSED)], 60.0, {"answer": "polarity"}),
        ([(58.0, REVERSED)], 60.0, {"answer": "delay", "hang_up": "polarity"}),
        (
            [(9.0, REVERSED), (59.0, REVERSED)],
            60.0,
            {"answer": "polarity", "hang_up": "polarity"},
        ),
        ([(59.0, DROPPED)], 60.0, {"answer": "delay", "hang_up": "battery"}),
    ],
)
def test_a_turn_of_the_polarity_is_the_answer_or_the_end(tmp_path, events, length_s, shown):
    assert watched_call(tmp_path, events, length_s) == shown


@pytest.mark.parametrize(
    "text",
    [
        b'{"sightings": [{"sett',
        b'{"sightings": [{"setting": "busy", "value": "beep", "at": 1.0}]}',
        b'{"sightings": [{"setting": "colour", "value": "blue", "at": 1.0}]}',
    ],
)
def test_a_spoilt_file_is_forgotten(tmp_path, text):
    file = tmp_path / "fxo-1.json"
    file.write_bytes(text)
    watch = DailyWatch(
        file,
        work=None,  # type: ignore[arg-type]
        clock=lambda: 0.0,
        wall_clock=lambda: 0.0,
        learned=lambda evidence: None,
    )
    assert watch.evidence == Evidence()
