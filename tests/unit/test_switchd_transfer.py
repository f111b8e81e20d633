"""Transfers, parking, pick-up, conferences and paging on simulated legs."""

from __future__ import annotations

import asyncio

import pytest

from firmware.config.schema import Extension, Queue
from firmware.config.sections.groups import Group, GroupMember
from firmware.config.sections.rooms import Conference, Page
from firmware.model.cause import Cause
from firmware.model.record import CallRecord, Disposition
from firmware.sip.message import Replaces
from tests.jump import run
from tests.unit.switchd_bench import FakeDialog, Rig, settle, site


def everybody():
    return tuple(GroupMember(number=n) for n in ("101", "102", "103", "104"))


def office():
    people = tuple(
        Extension(number=n, name=f"Person {n}", password=f"not-a-secret-{n}")
        for n in ("101", "102", "103", "104")
    )
    return site(
        extension=people,
        line=(),
        switch=site().switch.model_copy(update={"max_calls": 50}),
        queue=(
            Queue(name="desk", number="601", title="Desk", members=("103", "104"), wrap_up_s=4.0),
        ),
        group=(
            Group(name="all", number="500", title="All", members=everybody()),
            Group(name="hunt", number="501", title="Hunt", members=everybody(), strategy="hunt"),
        ),
        conference=(
            Conference(name="weekly", number="800", title="Weekly", pin="2468", most=3),
            Conference(name="open", number="801", title="Open"),
        ),
        page=(Page(name="all", number="900", title="All", members=("101", "102", "103")),),
    )


async def talking(rig: Rig, caller: str, callee: str) -> tuple[FakeDialog, FakeDialog]:
    one = rig.call(callee, sender=caller)
    await settle()
    other = rig.stack.dialled[-1]
    other.leg.on_ringing()
    other.leg.on_answered()
    await settle()
    return one, other


async def time_passes(seconds: float) -> None:
    await asyncio.sleep(seconds)
    await settle()


def final_records(rig: Rig) -> dict[str, CallRecord]:
    records = [r for r in rig.ledger.records if isinstance(r, CallRecord) and r.ended_at]
    assert len({r.id for r in records}) == len(records)
    return {r.called: r for r in records}


def story(test):
    """Run a scenario on an office of four."""

    async def scenario():
        rig = Rig(office())
        await test(rig)
        for dialog in rig.stack.dialled:
            if not dialog.leg.is_gone and not any("end" in said for said in dialog.said):
                dialog.leave()
        await time_passes(40)
        assert rig.exchange.calls == 0
        assert rig.rows("leg") == rig.rows("call") == rig.rows("park") == rig.rows("room") == []

    run(scenario())


def test_the_transferred_one_hears_ringback_and_then_the_new_one():
    async def test(rig):
        a, b = await talking(rig, "101", "102")
        told = rig.refer(b, "103")
        await settle()
        c = rig.stack.dialled[-1]
        assert c.uri.startswith("sip:103@")
        assert "ringback to 101" in rig.studio.log
        c.leg.on_ringing()
        assert told.said == ["180"]
        c.leg.on_answered()
        await time_passes(1)
        assert told.said == ["180", "200", "end NORMAL_CLEARING"]
        assert b.said == ["end NORMAL_CLEARING"]
        assert rig.studio.log[-4:-2] == ["no ringback to 101", "join 101 103"]
        a.leave()
        await settle()
        assert c.said == ["end NORMAL_CLEARING"]
        assert [leg.party for leg in rig.ledger.legs] == ["101", "102", "103"]

    story(test)


def test_a_callers_own_transfer_leaves_the_callee_being_led():
    async def test(rig):
        a, b = await talking(rig, "101", "102")
        rig.refer(a, "103")
        await settle()
        rig.stack.dialled[-1].leg.on_answered()
        await time_passes(1)
        assert a.said[-1] == "end NORMAL_CLEARING"
        assert "join 102 103" in rig.studio.log
        b.leave()

    story(test)


def test_an_attended_transfer_moves_the_party_into_the_other_call():
    async def test(rig):
        a, b = await talking(rig, "101", "102")
        b.leg.on_held(True)
        b2, c = await talking(rig, "102", "103")
        told = rig.refer(b, replaces=Replaces(call_id=b2.id, is_early_only=False))
        await time_passes(1)
        assert told.said == ["200", "end NORMAL_CLEARING"]
        assert b.said == b2.said[2:] == ["end NORMAL_CLEARING"]
        a.leave()
        await settle()
        assert c.said == ["end NORMAL_CLEARING"]
        assert {r.disposition for r in final_records(rig).values()} == {Disposition.ANSWERED}

    story(test)


def test_nobody_may_connect_a_strangers_dialog():
    async def test(rig):
        _a, b = await talking(rig, "101", "102")
        c, _d = await talking(rig, "103", "104")
        told = rig.refer(b, replaces=Replaces(call_id=c.id, is_early_only=False))
        assert told.said == ["end CALL_REJECTED"]
        told = rig.refer(b, replaces=Replaces(call_id="nobody", is_early_only=False))
        assert told.said == ["end NORMAL_CLEARING"]

    story(test)


def test_two_telephones_that_transfer_to_each_other_for_ever_are_stopped():
    async def test(rig):
        _a, b = await talking(rig, "101", "102")
        refused = ""
        for _ in range(30):
            told = rig.refer(b, "103" if b.uri.startswith("sip:102") else "102")
            await settle()
            if told.said == ["end USER_BUSY"]:
                refused = told.said[0]
                break
            b = rig.stack.dialled[-1]
            b.leg.on_answered()
            await time_passes(1)
        assert refused == "end USER_BUSY"

    story(test)


def test_parked_by_blind_transfer_the_parker_is_told_the_slot_and_anyone_fetches():
    async def test(rig):
        a, b = await talking(rig, "101", "102")
        rig.refer(b, "700")
        await time_passes(1)
        assert [row.id for row in rig.rows("park")] == ["701"]
        announcing = rig.stack.dialled[-1]
        assert announcing.uri.startswith("sip:102@")
        assert "answer-after=0" in announcing.headers["Call-Info"]
        announcing.leg.on_answered()
        await time_passes(3)
        assert announcing.said == ["end NORMAL_CLEARING"]
        c = rig.call("701", sender="103")
        await time_passes(1)
        assert c.said == ["200"]
        assert rig.rows("park") == []
        a.leave()
        await settle()
        assert c.said == ["200", "end NORMAL_CLEARING"]
        assert final_records(rig)["701"].disposition == Disposition.ANSWERED

    story(test)


def test_parked_by_attended_transfer():
    async def test(rig):
        a, b = await talking(rig, "101", "102")
        b2 = rig.call("700", sender="102")
        await time_passes(1)
        assert rig.rows("park")[0].caller == "102"
        rig.refer(b, replaces=Replaces(call_id=b2.id, is_early_only=False))
        await time_passes(1)
        assert rig.rows("park")[0].caller == "101"
        assert "music to 101" in rig.studio.log
        c = rig.call("701", sender="103")
        await time_passes(1)
        c.leave()
        await settle()
        assert a.said[-1] == "end NORMAL_CLEARING"

    story(test)


def test_a_parked_call_that_nobody_fetches_comes_back():
    async def test(rig):
        a, b = await talking(rig, "101", "102")
        rig.refer(b, "700")
        await time_passes(1)
        rig.stack.dialled[-1].leave(Cause.USER_BUSY)  # does not want to hear the slot
        await time_passes(121)
        recall = rig.stack.dialled[-1]
        assert recall.uri.startswith("sip:102@")
        recall.leg.on_answered()
        await settle()
        assert rig.rows("park") == []
        a.leave()

    story(test)


def test_an_empty_slot_says_so_and_a_full_park_too():
    async def test(rig):
        c = rig.call("705", sender="103")
        await time_passes(5)
        assert "play park_empty en" in rig.studio.log
        assert c.said[-1] == "end UNALLOCATED_NUMBER"

    story(test)


def test_of_two_who_pick_up_one_has_the_call():
    async def test(rig):
        a = rig.call("102", sender="101")
        await settle()
        b = rig.stack.dialled[-1]
        b.leg.on_ringing()
        c, d = rig.call("**102", sender="103"), rig.call("*8", sender="104")
        await settle()
        assert b.said == ["end ANSWERED_ELSEWHERE"]
        assert c.said == ["200"]
        await time_passes(5)
        assert d.said[-1] == "end UNALLOCATED_NUMBER"
        assert "play pickup_nothing en" in rig.studio.log
        a.leave()
        await settle()
        assert c.said == ["200", "end NORMAL_CLEARING"]

    story(test)


def test_a_lamps_key_picks_up_with_replaces_and_a_person_takes_a_call_along():
    async def test(rig):
        a = rig.call("102", sender="101")
        await settle()
        b = rig.stack.dialled[-1]
        b.leg.on_ringing()
        c = rig.replace(b, sender="103")
        await settle()
        assert (b.said, c.said) == (["end ANSWERED_ELSEWHERE"], ["200"])
        elsewhere = rig.replace(c, sender="104")
        await settle()
        assert elsewhere.said == ["end CALL_REJECTED"]
        other_device = rig.replace(c, sender="103")
        await settle()
        assert other_device.said == ["200"]
        assert c.said == ["200", "end NORMAL_CLEARING"]
        a.leave()
        await settle()
        assert other_device.said == ["200", "end NORMAL_CLEARING"]

    story(test)


def test_a_conference_asks_for_its_pin_and_has_an_end_of_seats():
    async def test(rig):
        one = rig.call("800", sender="101")
        await settle()
        for key in "1111#":
            one.leg.on_digit(key)
        await time_passes(0.1)
        assert "play wrong_pin en" in rig.studio.log
        assert rig.rows("room") == []
        for key in "2468#":
            one.leg.on_digit(key)
        await time_passes(3)
        assert "music to 101" in rig.studio.log
        for number in ("102", "103"):
            member = rig.call("800", sender=number)
            await settle()
            for key in "2468#":
                member.leg.on_digit(key)
            await time_passes(3)
        assert rig.rows("room")[0].members == ("101", "102", "103")
        late = rig.call("800", sender="104")
        await settle()
        for key in "2468#":
            late.leg.on_digit(key)
        await time_passes(5)
        assert "play conference_full en" in rig.studio.log
        one.leave()
        await settle()
        assert rig.rows("room")[0].members == ("102", "103")
        for call in rig.rows("call"):
            rig.exchange.orders.hang_up(call.id)

    story(test)


def test_a_member_brings_somebody_into_the_conference_by_attended_transfer():
    async def test(rig):
        b = rig.call("801", sender="102")
        await time_passes(3)
        b2, c = await talking(rig, "102", "103")
        told = rig.refer(b, replaces=Replaces(call_id=b2.id, is_early_only=False))
        await time_passes(1)
        assert told.said == ["200", "end NORMAL_CLEARING"]
        assert [leg.party for leg in rig.studio.bridges[0].legs] == ["103"]
        c.leave()

    story(test)


def test_paging_skips_who_talks_and_lets_all_others_hear():
    async def test(rig):
        await talking(rig, "103", "104")
        speaker = rig.call("900", sender="101")
        await settle()
        paged = rig.stack.dialled[-1]
        assert paged.uri.startswith("sip:102@")
        assert len(rig.stack.dialled) == 2
        paged.leg.on_answered()
        await settle()
        assert speaker.said == ["200"]
        assert "102 comes in" in rig.studio.log
        speaker.leave()
        await settle()
        assert paged.said == ["end NORMAL_CLEARING"]

    story(test)


def test_keys_pressed_in_a_talk_reach_the_other_and_a_code_starts_and_ends_a_recording():
    async def test(rig):
        a, b = await talking(rig, "101", "102")
        for key in "12*1":
            b.leg.on_digit(key)
        await settle()
        assert a.said[-4:] == ["digits 1", "digits 2", "digits *", "digits 1"]
        assert "play recording_off en" in rig.studio.log
        assert not rig.rows("call")[0].recording
        for key in "*1":
            a.leg.on_digit(key)
        await settle()
        assert rig.rows("call")[0].recording
        assert rig.rows("recording")[0].id.endswith("-1-1")
        a.leave()

    story(test)


def test_a_caller_from_outside_cannot_switch_the_recording_off():
    async def test(rig):
        outside = rig.call("102", sender="0912", line="fxo-9")
        await settle()
        rig.stack.dialled[-1].leg.on_answered()
        await settle()
        for key in "*1":
            outside.leg.on_digit(key)
        await settle()
        assert rig.rows("call")[0].recording
        outside.leave()

    story(test)


def test_a_call_is_transferred_by_order():
    async def test(rig):
        a, b = await talking(rig, "101", "102")
        call = rig.rows("call")[0].id
        rig.exchange.orders.transfer(call_id=call, party="102", to="103")
        await settle()
        rig.stack.dialled[-1].leg.on_answered()
        await settle()
        assert b.said == ["end NORMAL_CLEARING"]
        assert "join 101 103" in rig.studio.log
        with pytest.raises(ValueError, match="leads nowhere"):
            rig.exchange.orders.transfer(call_id=call, party="103", to="99")
        with pytest.raises(KeyError, match="no party 104"):
            rig.exchange.orders.transfer(call_id=call, party="104", to="102")
        with pytest.raises(KeyError, match="no call x"):
            rig.exchange.orders.transfer(call_id="x", party="104", to="102")
        a.leave()

    story(test)


def test_two_calls_of_one_person_become_one_of_three():
    async def test(rig):
        a, b = await talking(rig, "101", "102")
        b.leg.on_held(True)
        b2, c = await talking(rig, "102", "103")
        first, second = (row.id for row in rig.rows("call"))
        rig.exchange.orders.join(first, second)
        b.leg.on_held(False)
        await settle()
        assert b2.said[-1] == "end NORMAL_CLEARING"
        assert {leg.party for leg in rig.studio.bridges[0].legs} == {"101", "102", "103"}
        with pytest.raises(ValueError, match="nobody talks both"):
            rig.exchange.orders.join(first, first)
        b.leave()
        await settle()
        assert not c.leg.is_gone
        a.leave()
        await settle()
        assert c.said == ["end NORMAL_CLEARING"]

    story(test)


def test_a_call_is_dialled_for_somebody():
    async def test(rig):
        call = rig.exchange.orders.dial("101", "102")
        await settle()
        a = rig.stack.dialled[-1]
        assert a.uri.startswith("sip:101@")
        a.leg.on_answered()
        await settle()
        b = rig.stack.dialled[-1]
        assert b.uri.startswith("sip:102@")
        assert "ringback to 101" in rig.studio.log
        b.leg.on_answered()
        await settle()
        assert rig.rows("call")[0].id == call
        b.leave()
        await settle()
        assert a.said == ["end NORMAL_CLEARING"]
        rig.exchange.orders.dial("101", "102")
        await time_passes(31)
        assert rig.stack.dialled[-1].said == ["end NO_ANSWER"]
        with pytest.raises(ValueError, match="leads nowhere"):
            rig.exchange.orders.dial("101", "99")

    story(test)
