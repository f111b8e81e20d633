"""Menus and queues, as a caller and an agent meet them."""

from __future__ import annotations

import asyncio

from firmware.model.cause import Cause
from firmware.model.queue_event import QueueEvent
from firmware.model.record import Disposition
from tests.jump import run
from tests.unit.switchd_bench import Rig, settle


def test_a_line_reaches_the_menu_its_digit_the_queue_and_the_queue_an_agent():
    async def story():
        rig = Rig()
        caller = rig.call("fxo-1", sender="02188776655", line="fxo-1", asserted=False)
        await settle()
        assert caller.said == ["200"]
        assert rig.studio.log == ["play welcome en"]
        await asyncio.sleep(1.0)
        caller.leg.on_digit("1")  # during the greeting
        await settle()
        assert rig.studio.log[1:3] == ["stop welcome", "play queue_wait en"]
        [agent] = rig.stack.dialled
        assert agent.uri == "sip:101@markaz.internal"
        agent.leg.on_ringing()
        await asyncio.sleep(3.0)
        assert "music to fxo-1" in rig.studio.log
        agent.leg.on_answered()
        await settle()
        assert rig.studio.log[-4:] == [
            "no music to fxo-1",
            "join fxo-1 101",
            "caller is fxo-1",
            "callee is 101",
        ]
        await asyncio.sleep(10.0)
        caller.leave()
        await settle()
        record = rig.ledger.last_call
        assert (record.caller, record.line) == ("02188776655", "fxo-1")
        assert (record.digits, record.queue, record.agent) == ("1", "support", "101")
        assert record.disposition == Disposition.ANSWERED
        assert record.ended_at - record.answered_at == 10.0
        story = rig.ledger.story
        assert story.index("pressed 1") < story.index("offered 101") < story.index("accepted 101")

    run(story())


def test_a_wrong_digit_is_said_to_be_wrong_and_silence_ends_in_goodbye():
    async def story():
        rig = Rig()
        caller = rig.call("x", line="fxo-1")
        await settle()
        caller.leg.on_digit("9")
        await caller.leg.gone()
        played = [line for line in rig.studio.log if line.startswith("play")]
        assert played == [
            "play welcome en",
            "play invalid_choice en",
            "play welcome en",
            "play goodbye en",
        ]
        await settle()
        record = rig.ledger.last_call
        assert record.digits == "9"
        assert record.disposition == Disposition.ABANDONED

    run(story())


def test_a_menu_leads_to_an_extension_that_is_busy_and_the_caller_hears_it():
    async def story():
        rig = Rig()
        caller = rig.call("x", line="fxo-1")
        await settle()
        caller.leg.on_digit("2")
        await settle()
        rig.stack.dialled[0].leave(Cause.USER_BUSY)
        await caller.leg.gone()
        assert "end busy" in rig.studio.log  # heard to its end: the caller was answered
        assert caller.said == ["200", "end USER_BUSY"]

    run(story())


def _events(rig, *names):
    return [r for r in rig.ledger.records if isinstance(r, QueueEvent) and r.name in names]


async def _waiting_caller(rig, sender="0912"):
    caller = rig.call("x", sender=sender, line="fxo-1", asserted=False)
    await settle()
    caller.leg.on_digit("1")
    await settle()
    return caller


def test_a_missed_offer_reaches_the_next_agent():
    async def story():
        rig = Rig()
        caller = await _waiting_caller(rig)
        rig.stack.dialled[0].leave(Cause.SUBSCRIBER_ABSENT)
        await settle()
        assert [d.uri for d in rig.stack.dialled] == [
            "sip:101@markaz.internal",
            "sip:102@markaz.internal",
        ]
        assert "missed 101 subscriber_absent" in rig.ledger.story
        caller.leave()
        await settle()

    run(story())


def test_an_unanswered_offer_is_withdrawn_after_its_time():
    async def story():
        rig = Rig()
        caller = await _waiting_caller(rig)
        await asyncio.sleep(15.5)
        assert rig.stack.dialled[0].said == ["end NORMAL_CLEARING"]
        assert rig.stack.dialled[1].uri == "sip:102@markaz.internal"
        caller.leave()
        await settle()

    run(story())


def test_a_caller_who_gives_up_stops_the_agents_ringing_and_counts_as_abandoned():
    async def story():
        rig = Rig()
        caller = await _waiting_caller(rig)
        [queue] = rig.rows("queue")
        assert [c.caller for c in queue.waiting] == ["0912"]
        caller.leave()
        await settle()
        assert rig.stack.dialled[0].said == ["end NORMAL_CLEARING"]
        [queue] = rig.rows("queue")
        assert queue.waiting == ()
        assert rig.ledger.last_call.disposition == Disposition.ABANDONED
        assert [one.caller for one in _events(rig, "caller.abandoned")] == ["0912"]
        assert {row.state for row in rig.rows("agent")} == {"available"}

    run(story())


def test_an_agent_who_answers_as_the_caller_leaves_is_free_again():
    async def story():
        rig = Rig()
        caller = await _waiting_caller(rig)
        [agent] = rig.stack.dialled
        agent.leg.on_answered()
        caller.leave()
        await settle()
        assert agent.leg.is_gone
        assert len(_events(rig, "caller.served", "caller.abandoned")) == 1
        await asyncio.sleep(5.0)  # a wrap-up, if the talk was counted as begun
        assert {row.state for row in rig.rows("agent")} == {"available"}

    run(story())


def test_after_the_talk_the_agent_wraps_up_and_then_takes_the_next():
    async def story():
        rig = Rig()
        first = await _waiting_caller(rig)
        rig.stack.dialled[0].leg.on_answered()
        await settle()
        rig.exchange.queues.staff.log_out("102", by="test")
        second = await _waiting_caller(rig, sender="0913")
        assert len(rig.stack.dialled) == 1
        first.leave()
        await settle()
        assert {row.id: row.state for row in rig.rows("agent")}["101"] == "wrap_up"
        await asyncio.sleep(4.1)
        assert len(rig.stack.dialled) == 2
        second.leave()
        await settle()

    run(story())


def test_an_agents_own_call_keeps_offers_away():
    async def story():
        rig = Rig()
        own = rig.call("201", sender="101")
        await settle()
        caller = await _waiting_caller(rig)
        assert rig.stack.dialled[1].uri == "sip:102@markaz.internal"
        own.leave()
        caller.leave()
        await settle()

    run(story())


def test_a_caller_is_taken_out_after_the_longest_wait():
    async def story():
        rig = Rig()
        for agent in ("101", "102"):
            rig.exchange.queues.staff.log_out(agent, by="test")
        caller = await _waiting_caller(rig)
        await caller.leg.gone()
        await settle()
        assert "expelled waited_too_long" in rig.ledger.story
        assert caller.said[-1] == "end NO_ANSWER"
        assert rig.ledger.last_call.disposition == Disposition.NO_ANSWER

    run(story())
