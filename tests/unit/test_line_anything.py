"""Anything in any order on an analogue line: no event of the port, the exchange, the ear or the
clock finds it without an answer, and it always becomes free."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest

from firmware.config.sections.lines import (
    AnswerSign,
    CallerIdShown,
    DialMode,
    HangUpSign,
    StationTelephone,
    TrunkSignals,
)
from firmware.lined.station import StationLine
from firmware.lined.trunk import TrunkLine
from firmware.model.cause import Cause
from firmware.model.line import LineState
from hw.dahdi.port import (
    BatteryDropped,
    Flashed,
    HookLifted,
    HookReplaced,
    LineCut,
    LineMended,
    PolarityReversed,
    PulseBegan,
    PulseDigit,
    PulsesSent,
    RingBegan,
    RingEnded,
    RingerOff,
    RingerOn,
)
from hw.signal.caller_id import Absence, CallerId
from hw.signal.fax import FaxTone
from tests.unit.line_bench import FakeDialog, LineBench, tone

_STEPS = 150
_CAUSES = (Cause.NORMAL_CLEARING, Cause.USER_BUSY, Cause.TEMPORARY_FAILURE, Cause.NO_ANSWER)
Act = Callable[[], object]


def live(bench: LineBench) -> list[FakeDialog]:
    """Dialogs that still tell the line something."""
    return [dialog for dialog in bench.exchange.dialogs if dialog.events is not None]


class Anything:
    """A line, and everything that can happen to it."""

    def __init__(self, bench: LineBench, chance: random.Random) -> None:
        self.bench = bench
        self.chance = chance
        self.lost = False

    def port(self, events: Sequence[object]) -> Act:
        return lambda: None if self.lost else self.bench.happen(self.chance.choice(events))

    def port_goes_or_comes(self) -> None:
        self.lost = not self.lost
        self.bench.orders()  # those that are left are done, or forgotten with the port
        if self.lost:
            self.bench.line.on_lost("the card is gone")
        else:
            self.bench.line.on_found()

    def time_goes_by(self) -> None:
        self.bench.clock.pass_s(self.chance.choice([0.02, 0.3, 1.0, 3.0, 9.0, 70.0]))

    def invited(self) -> None:
        number = self.chance.choice(["101", "09121234567", "", "9w2", "+98"])
        dialog = self.bench.invite(number)
        if isinstance(dialog, FakeDialog):
            self.bench.exchange.dialogs.append(dialog)

    def dialog_says(self) -> None:
        for dialog in live(self.bench)[:1] if self.chance.random() < 0.5 else live(self.bench)[-1:]:
            events = dialog.events
            match self.chance.choice(["ringing", "progress", "answered", "held", "digit", "ended"]):
                case "ringing":
                    events.on_ringing()
                case "progress":
                    events.on_progress()
                case "answered":
                    events.on_answered()
                case "held":
                    events.on_held(True)
                case "digit":
                    events.on_digit(self.chance.choice("19#R"))
                case "ended":
                    dialog.events = None  # a dialog says that it has ended once, and last
                    events.on_ended(self.chance.choice(_CAUSES), self.chance.random() < 0.5)

    def exchange_goes(self) -> None:
        self.bench.line.release()

    def exchange_is_full_or_not(self) -> None:
        self.bench.exchange.full = self.chance.random() < 0.3
        self.bench.exchange.refuses = self.chance.choice([None, None, None, Cause.USER_BUSY])

    def ears_hear(self) -> None:
        """Whoever listens is told of something that an ear of that kind can find."""
        found: dict[str, list[object]] = {
            "_caller_heard": [CallerId(number="0912"), CallerId(absence=Absence.WITHHELD)],
            "_keys_heard": ["1", "5#", "*"],
            "_tone_heard": ["busy", "dial", "congestion", "howler"],
            "_fax_heard": list(FaxTone),
            "_far_answered": ["speech"],
            "told": ["dial"],
        }
        for _, report in self.bench.patch.ears:
            if self.chance.random() < 0.4:
                name = getattr(report, "__name__", "")
                report(self.chance.choice(found[name]))

    def frames_pass(self) -> None:
        self.bench.say(0.1)
        self.bench.orders()


def run_wild(anything: Anything, acts: Sequence[Act]) -> None:
    for _ in range(_STEPS):
        anything.chance.choice(acts)()


def trunk(seed: int) -> Anything:
    chance = random.Random(seed)
    signals = TrunkSignals(
        answer=chance.choice(list(AnswerSign)),
        hang_up=tuple(chance.sample(list(HangUpSign), chance.randint(1, 4))),
        dial=chance.choice(list(DialMode)),
        dial_prefix=chance.choice(["", "9w", ",", "!"]),
        wait_for_dial_tone=chance.random() < 0.7,
    )
    return Anything(LineBench(TrunkLine, signals=signals), chance)


_TRUNK_EVENTS = (
    RingBegan(),
    RingBegan(),
    RingEnded(),
    BatteryDropped(),
    PolarityReversed(),
    PulsesSent(),
    LineCut(),
    LineMended(),
    LineMended(),
)


@pytest.mark.parametrize("seed", range(80))
def test_anything_happens_to_a_trunk_line(seed):
    anything = trunk(seed)
    bench, line = anything.bench, anything.bench.line
    run_wild(
        anything,
        [
            anything.port(_TRUNK_EVENTS),
            anything.port(_TRUNK_EVENTS),
            anything.port_goes_or_comes,
            anything.time_goes_by,
            anything.time_goes_by,
            anything.invited,
            anything.dialog_says,
            anything.exchange_goes,
            anything.exchange_is_full_or_not,
            anything.ears_hear,
            anything.frames_pass,
        ],
    )
    # The world comes to rest: the port is there, the wire whole, the exchange is done.
    if anything.lost:
        anything.port_goes_or_comes()
    bench.happen(LineMended())
    bench.exchange.full, bench.exchange.refuses = False, None
    bench.hear(tone("busy", 0.02))
    for dialog in live(bench):
        events, dialog.events = dialog.events, None
        events.on_ended(Cause.NORMAL_CLEARING, by_them=True)
    bench.clock.pass_s(100.0)
    for dialog in live(bench):
        events, dialog.events = dialog.events, None
        events.on_ended(Cause.NORMAL_CLEARING, by_them=True)
    bench.clock.pass_s(100.0)
    assert line.state is LineState.IDLE
    assert line.dialog is None
    assert bench.clock.running == 0
    assert live(bench) == []
    closed = [order for order in bench.orders() if order in ("off_hook", "on_hook")]
    assert closed[-1:] != ["off_hook"]


_STATION_EVENTS = (
    Flashed(),
    PulseBegan(),
    PulseDigit("1"),
    RingerOn(),
    RingerOff(),
)


class Handset(Anything):
    """A telephone whose hook is told as a card tells it: lifted and replaced by turns."""

    lifted = False

    def hook(self) -> None:
        if self.lost:
            return
        self.lifted = not self.lifted
        self.bench.happen(HookLifted() if self.lifted else HookReplaced())

    def other(self) -> None:
        if self.lost:
            return
        event = self.chance.choice(_STATION_EVENTS)
        if isinstance(event, (RingerOn, RingerOff)) != self.lifted:
            self.bench.happen(event)

    def port_goes_or_comes(self) -> None:
        self.lifted = False
        super().port_goes_or_comes()

    def messages_come_and_go(self) -> None:
        self.bench.line.messages_wait(self.chance.randint(0, 2))


def station(seed: int) -> Handset:
    chance = random.Random(seed)
    telephone = StationTelephone(
        caller_id=chance.choice(list(CallerIdShown)),
        waiting_caller_id=chance.random() < 0.5,
        waiting_lamp=chance.random() < 0.5,
        waiting_message=chance.random() < 0.5,
    )
    bench = LineBench(
        StationLine,
        extension="102",
        owner="Ward 2",
        numbers=frozenset({"101", "1"}),
        telephone=telephone,
    )
    return Handset(bench, chance)


@pytest.mark.parametrize("seed", range(80))
def test_anything_happens_to_a_station_line(seed):
    anything = station(seed)
    bench, line = anything.bench, anything.bench.line
    run_wild(
        anything,
        [
            anything.hook,
            anything.hook,
            anything.other,
            anything.other,
            anything.port_goes_or_comes,
            anything.time_goes_by,
            anything.time_goes_by,
            anything.invited,
            anything.dialog_says,
            anything.dialog_says,
            anything.exchange_goes,
            anything.exchange_is_full_or_not,
            anything.messages_come_and_go,
            anything.frames_pass,
        ],
    )
    if anything.lost:
        anything.port_goes_or_comes()
    if anything.lifted:
        anything.hook()
    for _ in range(3):
        for dialog in live(bench):
            events, dialog.events = dialog.events, None
            events.on_ended(Cause.NORMAL_CLEARING, by_them=True)
        bench.clock.pass_s(200.0)
    assert line.state is LineState.IDLE
    assert bench.clock.running == 0
    assert live(bench) == []
