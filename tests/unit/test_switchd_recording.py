"""Which talks are recorded, what of them, and who is told."""

from __future__ import annotations

import asyncio

import pytest

from firmware.config.schema import Extension
from firmware.config.sections.recording import Recording, RecordingPolicy, Rule
from firmware.config.sections.rooms import Conference
from firmware.model.recording import Direction
from tests.jump import run
from tests.unit.switchd_bench import Rig, settle, site

NEVER = RecordingPolicy.NEVER


async def talking(rig, caller="102", callee="101", line=""):
    """The dialogs of two who talk."""
    one = rig.call(callee, sender=caller, line=line)
    await settle()
    other = rig.stack.dialled[-1]
    other.leg.on_answered()
    await settle()
    return one, other


async def keys(dialog, keys):
    for key in keys:
        dialog.leg.on_digit(key)
    await settle()


def rules(*written, policy=NEVER, announce=False):
    return site(recording=Recording(policy=policy, announce=announce, rule=written))


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        (Rule(extension="101", percent=100.0), 1),
        (Rule(extension="201", percent=100.0), 0),
        (Rule(direction=Direction.INTERNAL, percent=100.0), 1),
        (Rule(direction=Direction.INBOUND, percent=100.0), 0),
        (Rule(percent=0.0), 0),
        (Rule(percent=100.0), 1),
    ],
)
def test_the_first_rule_that_fits_decides(rule, count):
    async def story():
        rig = Rig(rules(rule, Rule(percent=0.0), policy=RecordingPolicy.ALWAYS))
        await talking(rig)
        assert len(rig.studio.recordings) == count

    run(story())


def test_a_call_is_drawn_once_for_all_its_talks():
    async def story():
        rig = Rig(rules(Rule(percent=50.0)))
        chosen = []
        for _ in range(60):
            before = len(rig.studio.recordings)
            one, _other = await talking(rig)
            first = len(rig.studio.recordings) - before
            call = one.leg.host
            assert (call.draw < 50.0) is (first == 1)
            chosen.append(first)
            one.leave()
            await asyncio.sleep(10.0)  # the exchange admits a few calls a second
        assert 10 < sum(chosen) < 50  # the odds against are below one in a million

    run(story())


def test_the_parties_are_told_before_they_hear_each_other_and_only_once():
    async def story():
        rig = Rig(rules(policy=RecordingPolicy.ALWAYS, announce=True))
        one, other = await talking(rig)
        assert rig.studio.log[:2] == ["play recording_notice en", "play recording_notice en"]
        assert rig.studio.recordings == []
        await asyncio.sleep(5.0)
        assert "join 102 101" in rig.studio.log
        assert len(rig.studio.recordings) == 1
        rig.refer(other, "201")
        await settle()
        rig.stack.dialled[-1].leg.on_answered()
        await asyncio.sleep(5.0)
        assert rig.studio.log.count("play recording_notice en") == 4  # 201 has not been told yet
        assert one.leg.is_live

    run(story())


def test_a_party_that_leaves_during_the_announcement_ends_the_call():
    async def story():
        rig = Rig(rules(policy=RecordingPolicy.ALWAYS, announce=True))
        one, other = await talking(rig)
        one.leave()
        await settle()
        assert other.said == ["end NORMAL_CLEARING"]
        assert rig.ledger.last_call.disposition == "answered"

    run(story())


def test_a_pause_is_silence_on_both_sides_and_is_written_down():
    async def story():
        rig = Rig()
        _one, other = await talking(rig)
        [recording] = rig.studio.recordings
        await keys(other, "*2")
        assert rig.studio.log[-2:] == ["recording rests", "play recording_paused en"]
        await keys(other, "1234")  # a card number
        assert rig.studio.log[-1] == "play recording_paused en"
        await keys(other, "*2")
        assert rig.studio.log[-3:] == [
            "caller is 102",
            "callee is 101",
            "play recording_resumed en",
        ]
        assert recording.marks == [("together", "102", "101"), ("paused",), ("resumed",)]
        assert {"recording_paused", "recording_resumed"} <= set(rig.ledger.story)

    run(story())


def test_a_pause_lasts_over_a_transfer():
    async def story():
        rig = Rig()
        one, other = await talking(rig)
        rig.exchange.orders.pause_recording(one.leg.host.id, paused=True)
        rig.refer(other, "201")
        await settle()
        rig.stack.dialled[-1].leg.on_answered()
        await settle()
        assert "callee is 201" not in rig.studio.log
        rig.exchange.orders.pause_recording(one.leg.host.id, paused=False)
        assert rig.studio.log[-2:] == ["caller is 102", "callee is 201"]
        [recording] = rig.studio.recordings
        assert recording.marks == [
            ("together", "102", "101"),
            ("paused",),
            ("apart",),
            ("together", "102", "201"),
            ("resumed",),
        ]

    run(story())


def test_orders_begin_and_end_a_recording_and_say_why_they_cannot():
    async def story():
        rig = Rig(rules(policy=NEVER))
        one, _other = await talking(rig)
        call = one.leg.host.id
        with pytest.raises(ValueError, match="is not recorded"):
            rig.exchange.orders.pause_recording(call, paused=True)
        rig.exchange.orders.record(call, on=True)
        rig.exchange.orders.record(call, on=True)
        assert len(rig.studio.recordings) == 1
        rig.exchange.orders.record(call, on=False)
        assert rig.studio.log[-1] == "recorded"
        with pytest.raises(KeyError):
            rig.exchange.orders.record("nobody", on=True)

    run(story())


def test_on_demand_recording_lasts_to_the_end_of_the_call():
    async def story():
        rig = Rig(rules(policy=NEVER))
        _one, other = await talking(rig)
        await keys(other, "*1")
        rig.refer(other, "201")
        await settle()
        rig.stack.dialled[-1].leg.on_answered()
        await settle()
        [recording] = rig.studio.recordings
        assert recording.marks[-1] == ("together", "102", "201")

    run(story())


def test_a_rooms_recording_follows_who_is_in_it():
    async def story():
        people = tuple(
            Extension(number=number, name=number, password="not-a-secret-1")
            for number in ("101", "102", "104")
        )
        room = Conference(name="board", number="300", title="Board", record=True)
        rig = Rig(site(extension=people, conference=(room,), line=(), ivr=(), queue=()))
        one, two, three = [rig.call("300", sender=number) for number in ("101", "102", "104")]
        await asyncio.sleep(5.0)
        assert rig.studio.log.count("play recording_notice en") == 3
        [first] = rig.studio.recordings
        assert first.marks == [("together", "101", "102"), ("together", "101", "102 104")]
        one.leave()
        await settle()
        first, second = rig.studio.recordings
        assert second.marks == [("together", "102", "104")]
        two.leave()
        await settle()
        assert len(rig.studio.recordings) == 2
        three.leave()
        await settle()
        assert rig.studio.log.count("recorded") == 2

    run(story())
