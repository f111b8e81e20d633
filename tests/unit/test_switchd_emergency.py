"""Calls for help: they go out whatever stands in their way."""

from __future__ import annotations

import asyncio
import random

import pytest

from firmware.config.schema import Switch
from firmware.config.sections.routing import Dialling, Emergency, Outbound
from firmware.model.cause import Cause
from tests.jump import run
from tests.unit.outside_bench import FATES, WAYS, Outdoors, office
from tests.unit.switchd_bench import settle


def test_an_emergency_call_needs_no_permission_and_the_supervisors_are_told():
    async def story():
        rig = Outdoors()
        caller = rig.call("115", sender="102")
        await settle()
        assert rig.out == [("fxo-1", "115")]
        (row,) = rig.rows("emergency")
        assert (row.caller, row.number, row.service) == ("102", "115", "ambulance")
        rig.stack.dialled[0].leg.on_answered()
        await settle()
        assert rig.rows("emergency")[0].way == "fxo-1"
        caller.leave()
        await settle()
        assert rig.rows("emergency") == []
        assert "emergency 115 ambulance" in rig.ledger.story
        assert rig.ledger.last_call.line == "fxo-1"

    run(story())


def test_supervisors_are_rung_and_see_and_hear_who_calls_for_help():
    async def story():
        rig = Outdoors(office(emergency=Emergency(notify=("101", "102", "201"))))
        caller = rig.call("110", sender="102")
        await settle()
        uris = [d.uri.partition("@")[0] for d in rig.stack.dialled]
        assert sorted(uris) == ["sip:101", "sip:110", "sip:fxs-1"], "not who calls for help"
        supervisor = next(d for d in rig.stack.dialled if d.uri.startswith("sip:101@"))
        supervisor.leg.on_answered()
        await rig.until(lambda: any("emergency_alert" in line for line in rig.studio.log))
        assert not caller.leg.is_gone
        await rig.until(lambda: supervisor.leg.is_gone)

    run(story())


def test_an_emergency_call_is_taken_when_the_exchange_is_full():
    async def story():
        rig = Outdoors(office(switch=Switch(max_calls=1, ring_timeout_s=20.0)))
        rig.call("021222", sender="101")
        await settle()
        refused = rig.call("021222", sender="101")
        await settle()
        assert refused.said[-1] == "end SWITCH_CONGESTION"
        rig.lines(fxo_1="calling")
        rig.call("115", sender="102")
        await settle()
        assert rig.out[-1] == ("fxo-2", "115")

    run(story())


def test_when_every_line_is_taken_the_newest_call_that_is_no_emergency_is_cleared():
    async def story():
        rig = Outdoors()
        callers = {}
        for way in WAYS:
            callers[way] = rig.call("021222", sender="101")
            await asyncio.sleep(1.0)
            rig.stack.dialled[-1].leg.on_answered()
            rig.lines(**{way.replace("-", "_"): "in_use"})
            await rig.until(lambda w=way: rig.out[-1][0] == w)
        help_ = rig.call("115", sender="102")
        await settle()
        assert "180" in help_.said
        assert callers["gsm-1"].leg.is_gone, "the newest"
        assert callers["gsm-1"].said[-1] == "end PREEMPTION"
        assert not callers["fxo-1"].leg.is_gone
        assert rig.out[-1] == ("gsm-1", "021222"), "the line rests"
        rig.lines(gsm_1="ended")
        await settle()
        rig.call("021333", sender="201", line="fxs-1")  # nobody else gets the line
        rig.lines(gsm_1="idle")
        await settle()
        assert [out for out in rig.out if out[0] == "gsm-1"][-1] == ("gsm-1", "115")
        assert ("gsm-1", "021333") not in rig.out
        rig.stack.dialled[-1].leg.on_answered()
        await settle()
        assert "join 102 115" in rig.studio.log
        assert any(line.startswith("cleared_way gsm-1, of call") for line in rig.ledger.story)

    run(story())


def test_an_emergency_call_does_not_clear_another():
    async def story():
        rig = Outdoors(office(emergency=Emergency(ways=("fxo-1",))))
        first = rig.call("115", sender="101")
        await settle()
        rig.stack.dialled[0].leg.on_answered()
        rig.lines(fxo_1="in_use")
        second = rig.call("110", sender="102")
        await rig.until(lambda: second.leg.is_gone, timeout_s=60.0)
        assert not first.leg.is_gone
        assert rig.out == [("fxo-1", "115")]

    run(story())


def test_an_emergency_way_that_fails_is_followed_by_the_next_and_all_are_tried_again():
    async def story():
        rig = Outdoors()
        rig.call("115", sender="102")
        for n in range(4):
            await rig.until(lambda n=n: len(rig.out) == n + 1)
            rig.stack.dialled[n].leave(Cause.USER_BUSY)
        await rig.until(lambda: len(rig.out) == 5)
        assert [way for way, _number in rig.out] == [*WAYS, "fxo-1", "fxo-2"]

    run(story())


def test_an_emergency_number_behind_the_digit_for_a_line_outside():
    async def story():
        nine = Outbound(name="nine", patterns=("9.",), strip=1, ways=("gsm-1",), pin="2468")
        rig = Outdoors(office(outbound=(nine,)))
        rig.call("9115", sender="102")
        await settle()
        assert rig.out == [("fxo-1", "115")]

    run(story())


@pytest.mark.parametrize("seed", range(40))
def test_whatever_the_lines_do_help_is_found_or_refused_and_nothing_stays_behind(seed):
    """Random lines, calls on them, and fates of each attempt."""
    dice = random.Random(seed)

    async def story():
        rig = Outdoors(office(dialling=Dialling(max_calls=9)))
        others = []
        for _ in range(dice.randrange(4)):
            others.append(rig.call(dice.choice(("021222", "021333", "110")), sender="101"))
            await asyncio.sleep(0.5)
            if rig.out:
                rig.lines(**{rig.out[-1][0].replace("-", "_"): "in_use"})
                rig.stack.dialled[-1].leg.on_answered()
            await settle()
        rig.lines(**{dice.choice(("fxo_1", "fxo_2", "gsm_1")): dice.choice(("cut", "idle"))})
        emergencies = {
            call.id for call in rig.exchange._calls.values() if call.origin.called == "110"
        }
        first = len(rig.stack.dialled)
        caller = rig.call("115", sender="102")
        for _ in range(400):
            await asyncio.sleep(0.25)
            for dialog in rig.stack.dialled[first:]:
                if dialog.leg.state == "trying":
                    fate = dice.choice(("answer", *FATES))
                    dialog.leg.on_answered() if fate == "answer" else dialog.leave(fate)
            busy = {leg.way for c in rig.exchange._calls.values() for leg in c.legs if leg.is_live}
            for way, state in rig.states.items():
                if state == "in_use" and way not in busy:
                    rig.lines(**{way.replace("-", "_"): "idle"})
            if caller.leg.is_live or caller.leg.is_gone:
                break
        answered = caller.leg.is_live
        assert answered or caller.leg.is_gone
        if answered:
            caller.leave()
        await settle()
        assert rig.exchange.outside.ways.reserved == set()
        assert {row.number for row in rig.rows("emergency")} <= {"110"}
        cleared = [e.call_id for e in rig.ledger.records if getattr(e, "name", "") == "cleared"]
        assert not emergencies & set(cleared)
        assert len(cleared) == len(set(cleared)) <= 5
        for other in others:
            if not other.leg.is_gone:
                other.leave()
        await rig.until(lambda: rig.exchange.calls == 0, timeout_s=200.0)

    run(story())


def test_a_line_that_is_being_learned_is_taken_back_for_a_call_for_help():
    async def story():
        rig = Outdoors()
        rig.lines(fxo_1="learning", fxo_2="cut", gsm_1="cut")
        ordinary = rig.call("021222", sender="101")
        await settle()
        assert rig.out == []
        ordinary.leave()
        rig.call("115", sender="102")
        await settle()
        assert rig.out == [("fxo-1", "115")]
        rig.stack.dialled[0].leave(Cause.NO_CIRCUIT)  # the wizard lets go
        rig.lines(fxo_1="ended")
        await asyncio.sleep(2.0)
        rig.lines(fxo_1="idle")
        await asyncio.sleep(2.0)
        assert rig.out == [("fxo-1", "115")] * 2

    run(story())
