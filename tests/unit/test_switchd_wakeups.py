"""Wake-up calls: at their time, three times, and whatever the clock on the wall does."""

from __future__ import annotations

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from firmware.model.cause import Cause
from firmware.model.power.state import Measure
from firmware.model.record import CallRecord, Disposition
from firmware.model.speech.parts import Phrase, TimeOfDay
from firmware.model.wakeup import WakeUp, WakeUpState
from firmware.switchd.wakeups import WakeUps
from tests.jump import run
from tests.unit.switchd_bench import Ledger, Rig, settle, site
from tests.unit.test_switchd_features import dial, heard
from tests.unit.test_switchd_people import PEOPLE, QUIET, person

TEHRAN = ZoneInfo("Asia/Tehran")


def office():
    return Rig(site(extension=PEOPLE, voicemail=QUIET))


def clock_text(rig, later_s):
    """What the office's clock shows then, as it is dialled."""
    return datetime.fromtimestamp(rig.exchange._clock() + later_s, TEHRAN).strftime("%H%M")


def last(rig):
    return [r for r in rig.ledger.records if isinstance(r, WakeUp)][-1]


def test_a_person_is_called_at_the_time_they_dialled_and_hears_it():
    async def story():
        rig = office()
        await dial(rig, f"*35{clock_text(rig, 600)}")
        assert heard(rig)[0].startswith("Phrase(name='wake_up_set'")
        [at] = person(rig, "101").wake_ups
        assert 540 <= at - 1_000_000.0 <= 660
        await rig.until(lambda: rig.stack.dialled)
        assert rig.exchange._clock() == pytest.approx(at, abs=0.2)
        [dialog] = rig.stack.dialled
        assert dialog.uri == "sip:101@markaz.internal"
        dialog.leg.on_answered()
        await rig.until(lambda: rig.exchange.calls == 0)
        then = datetime.fromtimestamp(at, TEHRAN)
        said = Phrase("wake_up_call", {"time": TimeOfDay(then.hour, then.minute)})
        assert heard(rig)[1:] == [f"{said} en"] * 3
        await settle()
        assert (last(rig).state, last(rig).tries) == (WakeUpState.ANSWERED, 1)
        assert person(rig, "101").wake_ups == ()
        assert rig.ledger.last_call.disposition == Disposition.ANSWERED

    run(story())


def test_it_is_tried_three_times_three_minutes_apart():
    async def story():
        rig = office()
        at = rig.exchange.wake_ups.set("101", clock_text(rig, 600))
        await rig.until(lambda: last(rig).state is not WakeUpState.WAITING, timeout_s=3000)
        tries = [d.leg.started_at - at for d in rig.stack.dialled]
        assert tries == pytest.approx([0.0, 225.0, 450.0], abs=0.5)
        assert (last(rig).state, last(rig).tries) == (WakeUpState.UNANSWERED, 3)
        calls = {r.id: r for r in rig.ledger.records if isinstance(r, CallRecord)}
        assert [r.disposition for r in calls.values()] == [Disposition.NO_ANSWER] * 3
        assert rig.exchange.calls == 0

    run(story())


def test_a_telephone_that_refuses_is_tried_again():
    async def story():
        rig = office()
        rig.exchange.wake_ups.set("101", clock_text(rig, 600))
        await rig.until(lambda: rig.stack.dialled)
        rig.stack.dialled[0].leave(Cause.USER_BUSY)
        await rig.until(lambda: len(rig.stack.dialled) == 2)
        rig.stack.dialled[1].leg.on_answered()
        await rig.until(lambda: last(rig).state is WakeUpState.ANSWERED)
        assert last(rig).tries == 2

    run(story())


def test_a_cancelled_one_rings_nobody():
    async def story():
        rig = office()
        rig.exchange.wake_ups.set("101", clock_text(rig, 600))
        await dial(rig, "*36")
        assert person(rig, "101").wake_ups == ()
        assert last(rig).state is WakeUpState.CANCELLED
        await asyncio.sleep(1200)
        assert rig.stack.dialled == []

    run(story())


def test_it_survives_a_restart():
    async def story():
        rig = office()
        at = 1_000_500.0
        rig.exchange.wake_ups.restore([WakeUp(id="1", number="101", at=at, due_at=at, tries=2)])
        assert person(rig, "101").wake_ups == (at,)
        await rig.until(lambda: rig.stack.dialled)
        assert rig.exchange._clock() == pytest.approx(at, abs=0.2)
        await rig.until(lambda: rig.exchange.calls == 0)
        await settle()
        assert last(rig).state is WakeUpState.UNANSWERED

    run(story())


class Wall:
    """A wall clock that can be put forward and back."""

    def __init__(self):
        self.ahead_s = 0.0

    def __call__(self):
        return 1_000_000.0 + asyncio.get_running_loop().time() + self.ahead_s


def wake_ups(wall, rung):
    async def ring(wake_up):
        rung.append((wake_up.id, wall()))
        return True

    return WakeUps(store=Ledger(), clock=wall, zone=lambda: TEHRAN, ring=ring, show=str)


@pytest.mark.parametrize(
    ("jump_s", "rings"),
    [(600.0, True), (1000.0, True), (2000.0, False), (-3600.0, False)],
)
def test_the_clock_is_put_forward_or_back(jump_s, rings):
    """Due in 600 s. Ten minutes forward it is due, in the quarter of an hour after that it still
    wakes, later it is missed; an hour back it waits."""

    async def story():
        wall, rung = Wall(), []
        found = wake_ups(wall, rung)
        at = wall() + 600.0
        found.restore([WakeUp(id="1", number="101", at=at, due_at=at)])
        running = asyncio.ensure_future(found.run())
        await asyncio.sleep(1.0)
        wall.ahead_s = jump_s
        await asyncio.sleep(6.0)
        assert bool(rung) is rings
        assert found.of("101") == ((at,) if jump_s < 0 else ())
        running.cancel()

    run(story())


def test_a_board_that_wakes_up_in_1970_waits_until_it_knows_the_time():
    async def story():
        wall, rung = Wall(), []
        wall.ahead_s = -1_000_000.0
        found = wake_ups(wall, rung)
        found.restore([WakeUp(id="1", number="101", at=1_000_100.0, due_at=1_000_100.0)])
        running = asyncio.ensure_future(found.run())
        await asyncio.sleep(30.0)
        wall.ahead_s = 60.0  # the network has told it the time
        await asyncio.sleep(20.0)
        assert [ident for ident, _at in rung] == ["1"]
        assert rung[0][1] == pytest.approx(1_000_100.0, abs=0.1)
        running.cancel()

    run(story())


@pytest.mark.parametrize("code", ["*35", "*352561"])
def test_no_time_or_a_wrong_one_sets_nothing(code):
    async def story():
        rig = office()
        await dial(rig, code, keys="2561" if code == "*35" else "")
        assert person(rig, "101").wake_ups == ()

    run(story())


def test_a_wrong_time_is_asked_again():
    async def story():
        rig = office()
        time = clock_text(rig, 600)
        caller = rig.call("*35", sender="101")
        for keys in ("2561", time):
            await rig.until(lambda: heard(rig)[-1:] == ["enter_time en"])
            for key in keys:
                await settle()
                caller.leg.on_digit(key)
            rig.studio.log.append("play heard en")
        await caller.leg.gone()
        assert len(person(rig, "101").wake_ups) == 1

    run(story())


def test_nobody_waits_for_more_than_ten():
    async def story():
        rig = office()
        for hour in range(10):
            rig.exchange.wake_ups.set("101", f"{hour:02}00")
        with pytest.raises(ValueError, match="10 wake-up calls already"):
            rig.exchange.wake_ups.set("101", "1200")
        assert rig.exchange.wake_ups.cancel("101") == 10

    run(story())


def test_while_no_call_may_begin_nobody_is_woken_and_afterwards_all_are():
    async def story():
        rig = office()
        rig.exchange.shortage.measures = frozenset({Measure.DRAIN})
        rig.exchange.wake_ups.set("101", clock_text(rig, 600))
        rig.exchange.wake_ups.set("102", clock_text(rig, 86400 - 120))  # not due by then
        await asyncio.sleep(3 * 3600)  # far beyond the time that a wake-up call may be late
        assert rig.stack.dialled == []
        assert last(rig).state is WakeUpState.WAITING
        rig.exchange.shortage.measures = frozenset()
        await rig.until(lambda: rig.stack.dialled, timeout_s=10)
        [dialog] = rig.stack.dialled
        assert dialog.uri == "sip:101@markaz.internal"
        dialog.leg.on_answered()
        await rig.until(lambda: rig.exchange.calls == 0)
        assert last(rig).state is WakeUpState.ANSWERED
        assert last(rig).tries == 1

    run(story())
