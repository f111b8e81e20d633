"""The call centre on the live path: what callers hear, and how they keep their places."""

from __future__ import annotations

import asyncio

from firmware.config.sections.queues import (
    Announcements,
    ExitKey,
    Messages,
    Overflow,
    Vip,
)
from firmware.model.acd import ExpelReason
from firmware.model.cause import Cause
from firmware.model.power.state import Measure
from firmware.switchd.queues.centre import HELD_BACK_S
from tests.jump import run
from tests.unit.callcentre_bench import (
    agent,
    caller,
    centre,
    events,
    hold_office,
    played,
    promise,
    uris,
    waiting,
)
from tests.unit.outside_bench import Outdoors
from tests.unit.switchd_bench import settle

# -- what callers hear ------------------------------------------------------------------------


def test_a_waiting_caller_is_told_the_place_and_the_wait_and_hears_messages_between():
    async def story():
        announce = Announcements(first_s=10.0, every_s=30.0, gap_s=5.0)
        message = Messages(prompts=("welcome",), first_s=25.0, every_s=100.0)
        rig = Outdoors(centre(announce=announce, message=message, members=("101",), music="oud"))
        first = await caller(rig, "104")
        rig.stack.dialled[0].leg.on_answered()
        await settle()
        second = await caller(rig, "105")
        await asyncio.sleep(45.0)
        said = played(rig)
        assert said[0] == "queue_wait"
        assert any("queue_next" in line and "queue_wait_time" in line for line in said)
        assert "('welcome',)" in said
        assert "oud music to 105" in rig.studio.log
        first.leave()
        second.leave()
        await settle()

    run(story())


def test_an_announcement_is_cut_when_the_agent_answers_and_delays_no_offer():
    async def story():
        announce = Announcements(first_s=1.0, every_s=3.0, gap_s=0.0, while_offered=True)
        rig = Outdoors(centre(announce=announce, greeting="welcome"))
        one = await caller(rig, "104")
        assert uris(rig) == ["101"]  # rings while the greeting is heard
        rig.stack.dialled[0].leg.on_answered()
        await settle()
        assert rig.studio.log[-1] == "callee is 101" or "join 104 101" in rig.studio.log
        assert "stop welcome" in rig.studio.log
        assert "end welcome" not in rig.studio.log
        one.leave()
        await settle()

    run(story())


def test_a_key_leads_out_of_the_queue_and_a_full_one_overflows():
    async def story():
        rig = Outdoors(
            centre(
                members=(),
                max_length=1,
                exit=(ExitKey(digit="9", to="extension:103"),),
                overflow=(Overflow(reason=ExpelReason.FULL, to="queue:sales"),),
            )
        )
        one = await caller(rig, "104")
        two = await caller(rig, "105")
        assert uris(rig) == ["103"]  # two is in sales
        one.leg.on_digit("9")
        await settle()
        assert uris(rig) == ["103", "103"] or one.leg.host.place == "extension:103"
        left = {(e.reason, e.destination) for e in events(rig, "caller.left")}
        assert left == {("full", "queue:sales"), ("exit_key", "extension:103")}
        one.leave()
        two.leave()
        await settle()

    run(story())


def test_who_waited_too_long_goes_where_the_queue_says():
    async def story():
        way_out = Overflow(reason=ExpelReason.WAITED_TOO_LONG, to="extension:103")
        rig = Outdoors(centre(members=(), max_wait_s=30.0, overflow=(way_out,)))
        one = await caller(rig, "104")
        await asyncio.sleep(31.0)
        assert uris(rig) == ["103"]
        one.leave()
        await settle()

    run(story())


def test_an_important_caller_is_served_first():
    async def story():
        rig = Outdoors(centre(members=("101",), vip=(Vip(number="105", priority=9),)))
        rig.exchange.queues.staff.pause("101")
        plain = await caller(rig, "104")
        vip = await caller(rig, "105")
        assert waiting(rig) == ["105", "104"]
        rig.exchange.queues.staff.resume("101")
        await settle()
        assert "offered 101" in rig.ledger.story
        assert [e.caller for e in events(rig, "offer.made")] == ["105"]
        plain.leave()
        vip.leave()
        await settle()

    run(story())


def test_who_gave_up_and_calls_again_has_the_place_again():
    async def story():
        rig = Outdoors(centre(members=(), resume_s=60.0))
        one = await caller(rig, "104")
        await asyncio.sleep(1.0)
        two = await caller(rig, "105")
        one.leave()
        await settle()
        again = await caller(rig, "104")
        assert waiting(rig) == ["104", "105"]
        assert events(rig, "caller.moved")[0].position == 1
        two.leave()
        again.leave()
        await settle()

    run(story())


# -- callbacks --------------------------------------------------------------------------------


def test_a_caller_keeps_the_place_without_the_line_and_is_called_when_it_is_reached():
    async def story():
        rig = Outdoors(hold_office())
        busy = await caller(rig, "105")
        rig.stack.dialled[0].leg.on_answered()
        await settle()
        await promise(rig, "104")
        assert "callback_promised" in played(rig)
        assert any("callback_offer" in line for line in played(rig))
        assert [row.callback for q in rig.rows("queue") for row in q.waiting] == ["104"]
        busy.leave()
        await asyncio.sleep(12.0)  # wrap-up
        assert uris(rig) == ["101", "104"]  # the person first; the agent is kept
        assert agent(rig, "101").state != "available"
        rig.stack.dialled[1].leg.on_answered()
        await settle()
        assert uris(rig) == ["101", "104", "101"]
        rig.stack.dialled[2].leg.on_answered()
        await settle()
        assert "join 104 101" in rig.studio.log
        names = [e.name for e in events(rig) if e.name.startswith("callback")]
        assert names == ["callback.taken", "callback.tried", "callback.reached"]
        rig.stack.dialled[1].leave()
        await settle()

    run(story())


def test_a_callback_that_nobody_answers_is_tried_again_and_then_given_up():
    async def story():
        rig = Outdoors(hold_office())
        await promise(rig)  # 101 is free: the telephone rang meanwhile
        await asyncio.sleep(10.0)
        tries = [d for d in rig.stack.dialled if "104" in d.uri]
        tries[-1].leave(Cause.NO_ANSWER)
        await asyncio.sleep(62.0)
        tries = [d for d in rig.stack.dialled if "104" in d.uri]
        assert len(tries) == 2
        tries[-1].leave(Cause.USER_BUSY)
        await asyncio.sleep(62.0)
        ended = events(rig, "callback.ended")
        assert [(e.caller, e.reason) for e in ended] == [("104", "not_reached")]
        assert agent(rig, "101").state == "available"

    run(story())


def test_while_no_call_may_begin_callbacks_are_held_back_and_then_made():
    async def story():
        rig = Outdoors(hold_office())
        busy = await caller(rig, "105")
        rig.stack.dialled[0].leg.on_answered()
        await settle()
        await promise(rig, "104")
        rig.exchange.shortage.measures = frozenset({Measure.DRAIN})
        busy.leave()
        await asyncio.sleep(4 * 3600.0)
        assert uris(rig) == ["101"]  # nobody was dialled, none of the tries was used up
        assert [row.callback for q in rig.rows("queue") for row in q.waiting] == ["104"]
        assert "callback.tried" not in [e.name for e in events(rig)]
        rig.exchange.shortage.measures = frozenset()
        await asyncio.sleep(HELD_BACK_S + 1.0)
        assert uris(rig) == ["101", "104"]
        rig.stack.dialled[1].leg.on_answered()
        await settle()
        assert "callback.reached" in [e.name for e in events(rig)]
        rig.stack.dialled[1].leave()
        await settle()

    run(story())


def test_a_callback_waits_for_a_way_that_is_not_up_yet():
    async def story():
        rig = Outdoors(hold_office())
        rig.exchange.queues.staff.pause("101")
        stranger = rig.call("x", sender="02188776655", line="fxo-2", asserted=False)
        await settle()
        stranger.leave()
        one = await caller(rig, "104")
        for keys in ("2", "2", "02188776655#"):
            for key in keys:
                one.leg.on_digit(key)
            await settle()
        await asyncio.sleep(8.0)
        rig.lines(fxo_1="cut", fxo_2="cut", gsm_1="cut")
        rig.exchange.queues.staff.resume("101")
        await asyncio.sleep(10.0)
        assert rig.out == []
        rig.lines(fxo_2="idle")
        await asyncio.sleep(3.0)
        assert rig.out == [("fxo-2", "02188776655")]
        assert events(rig, "callback.missed") == []

    run(story())


def test_a_caller_may_give_another_number_or_stay():
    async def story():
        rig = Outdoors(hold_office())
        rig.exchange.queues.staff.pause("101")
        one = await caller(rig, "104")
        one.leg.on_digit("2")
        await settle()
        one.leg.on_digit("2")
        await settle()
        for key in "777#":
            one.leg.on_digit(key)
        await asyncio.sleep(6.0)
        assert "unknown_number" in played(rig)
        assert waiting(rig) == ["104"]
        one.leg.on_digit("2")
        await settle()
        one.leg.on_digit("2")
        await settle()
        for key in "09121234567#":
            one.leg.on_digit(key)
        await asyncio.sleep(6.0)
        assert [row.callback for q in rig.rows("queue") for row in q.waiting] == ["09121234567"]
        rig.exchange.queues.staff.resume("101")
        await asyncio.sleep(11.0)
        assert rig.out == [("fxo-1", "09121234567")]  # over a line, by the outbound routes

    run(story())
