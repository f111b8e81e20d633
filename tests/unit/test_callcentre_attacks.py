"""The call centre on a bad day, and under attack by callers: toll fraud through callbacks, races
between offers, answers, promises and withdrawals, faults that must not end it."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future

import pytest

from firmware.config.schema import Extension, Switch
from firmware.config.sections.queues import Agent, CallbackOffer, Queue
from firmware.config.sections.routing import Outbound
from firmware.model import acd
from firmware.model.queue_event import QueueEvent
from tests.jump import run
from tests.unit.acd_bench import only
from tests.unit.outside_bench import Outdoors, office
from tests.unit.switchd_bench import settle
from tests.unit.test_model_acd_callbacks import asks, dials, ended, fails, holding

ROUTES = (
    Outbound(name="premium", patterns=("90900.",), ways=("fxo-1",), permission="premium", strip=1),
    Outbound(
        name="abroad", patterns=("900.",), ways=("fxo-1",), permission="international", strip=1
    ),
    Outbound(name="home", patterns=("9.",), ways=("fxo-1", "fxo-2"), permission="mobile", strip=1),
)
PEOPLE = tuple(
    Extension(number=str(n), name=f"P{n}", password=f"not-a-secret-{n}") for n in (101, 102, 103)
)


def centre(agents=(), members=("101",), offer=None, **rule):
    parts = {"name": "support", "number": "600", "title": "Support", "wrap_up_s": 4.0}
    callback = CallbackOffer(**{"digit": "2", "prefix": "9", "retry_s": (60.0,)} | (offer or {}))
    return office(
        extension=(*PEOPLE, Extension(number="201", name="Desk")),
        queue=(Queue(**parts, members=members, callback=callback, **rule),),
        agent=agents,
        outbound=ROUTES,
        switch=Switch(max_calls=50, ring_timeout_s=20.0),
    )


def played(rig):
    return " ".join(line for line in rig.studio.log if line.startswith("play "))


def promised(rig):
    return [row.callback for queue in rig.rows("queue") for row in queue.waiting if row.callback]


async def stranger(rig, number="09121234567", keys=()):
    """Somebody from outside who waits in the queue, and presses."""
    dialog = rig.call("x", sender=number, line="fxo-2", asserted=False)
    await settle()
    for part in keys:
        for key in part:
            dialog.leg.on_digit(key)
        await settle()
    return dialog


def leave(dialog):
    """They hang up, unless they were."""
    if not dialog.leg.is_gone:
        dialog.leave()


def lined(a_site):
    """The office with the second line led straight into the queue."""
    lines = tuple(
        one.model_copy(update={"route": "queue:support"}) if one.name == "fxo-2" else one
        for one in a_site.line
    )
    return a_site.model_copy(update={"line": lines})


def paused(a_site):
    rig = Outdoors(lined(a_site))
    for agent in list(rig.exchange.queues.plan.agents):
        rig.exchange.queues.staff.pause(agent)
    return rig


# -- toll fraud -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number",
    ["0900123456", "00882123456789", "112", "115", "*72101", "**101", "000", "09*1#2", "+"],
)
def test_a_stranger_cannot_have_the_office_call_what_costs_money_or_calls_for_help(number):
    async def story():
        rig = paused(centre())
        one = await stranger(rig, keys=("2", "2", f"{number}#"))
        await asyncio.sleep(8.0)
        assert promised(rig) == []
        assert "unknown_number" in played(rig) or "callback_not_taken" in played(rig)
        leave(one)
        rig.exchange.queues.staff.resume("101")
        await asyncio.sleep(60.0)
        assert rig.out == []

    run(story())


@pytest.mark.parametrize("number", ["0900123456", "00882123456789", "112", "anonymous", "../x", ""])
def test_a_forged_number_of_a_caller_is_not_called_back(number):
    async def story():
        rig = paused(centre())
        one = await stranger(rig, number, keys=("2", "1"))
        await asyncio.sleep(8.0)
        assert promised(rig) == []
        leave(one)
        await settle()

    run(story())


def test_a_flow_does_not_ring_agents_for_a_number_that_is_not_called():
    async def story():
        rig = Outdoors(lined(centre()))
        one = await stranger(rig, keys=())
        [call] = rig.exchange._calls.values()
        leave(one)
        await settle()
        rung = len(rig.stack.dialled)
        assert not await rig.exchange.queues.ask_back(call, "support", "0900123456")
        assert not await rig.exchange.queues.ask_back(call, "support", "115")
        assert len(rig.stack.dialled) == rung
        assert promised(rig) == []

    run(story())


def test_an_office_that_wants_it_calls_back_abroad():
    async def story():
        rig = paused(centre(offer={"permission": "international"}))
        await stranger(rig, "00442012345678", keys=("2", "1"))
        await asyncio.sleep(8.0)
        assert promised(rig) == ["900442012345678"]
        rig.exchange.queues.staff.resume("101")
        await asyncio.sleep(12.0)
        assert rig.out == [("fxo-1", "00442012345678")]

    run(story())


def test_what_a_callback_may_call_is_asked_again_when_it_is_dialled():
    async def story():
        rig = paused(centre(offer={"permission": "international"}))
        await stranger(rig, "00442012345678", keys=("2", "1"))
        await asyncio.sleep(8.0)
        rig.exchange.reload(lined(centre()), 8)
        rig.exchange.queues.staff.resume("101")
        await asyncio.sleep(60.0)
        assert rig.out == []

    run(story())


def test_strangers_cannot_book_many_calls_to_one_third_party():
    async def story():
        rig = paused(centre())
        for index in range(5):
            one = await stranger(rig, f"0912000000{index}", keys=("2", "2", "09351112233#"))
            await asyncio.sleep(8.0)
            leave(one)
            await settle()
        assert promised(rig) == ["909351112233"]

    run(story())


def test_callbacks_are_no_more_than_a_queue_is_long():
    async def story():
        rig = paused(centre(max_length=3))
        for index in range(6):
            one = await stranger(rig, f"0912000000{index}", keys=("2", "1"))
            await asyncio.sleep(8.0)
            leave(one)
            await settle()
        assert len(promised(rig)) == 3

    run(story())


def test_who_calls_again_has_the_place_though_a_prefix_is_dialled_before_the_number():
    async def story():
        rig = paused(centre())
        await stranger(rig, keys=("2", "1"))
        await asyncio.sleep(8.0)
        assert promised(rig) == ["909121234567"]
        one = await stranger(rig)
        assert promised(rig) == []
        assert any("place_regained" in line for line in rig.ledger.story)
        leave(one)
        await settle()

    run(story())


# -- races ------------------------------------------------------------------------------------


def test_who_asks_for_a_callback_while_the_agent_hears_the_whisper_is_not_lost():
    async def story():
        rig = Outdoors(lined(centre(whisper="welcome")))
        one = await stranger(rig, keys=("2",))  # hears the offer of a callback
        [telephone] = rig.stack.dialled
        telephone.leg.on_answered()
        await settle()
        one.leg.on_digit("1")  # while the agent hears what it is about
        await settle()
        assert promised(rig) == []
        assert "callback_promised" not in played(rig)
        await asyncio.sleep(3.0)
        assert "join fxo-2 101" in rig.studio.log
        assert one.said == ["200"]
        leave(one)
        await settle()

    run(story())


def test_who_was_called_back_is_not_promised_it_again_and_forgotten():
    async def story():
        rig = paused(centre(offer={"first_after_s": 0.0}))
        await stranger(rig, keys=("2", "1"))
        await asyncio.sleep(8.0)
        rig.exchange.queues.staff.resume("101")
        await asyncio.sleep(1.0)
        person = rig.stack.dialled[-1]
        person.leg.on_answered()
        await settle()  # the agent's telephone rings
        for part in ("2", "2", "09351112233#"):
            for key in part:
                person.leg.on_digit(key)
            await settle()
        await asyncio.sleep(4.0)
        assert "callback_promised" not in played(rig).partition("callback_here")[2]
        assert not person.leg.is_gone
        agent = rig.stack.dialled[-1]
        agent.leg.on_answered()
        await settle()
        assert "join fxo-1 101" in rig.studio.log or "join 09121234567 101" in rig.studio.log
        leave(person)
        await settle()

    run(story())


def test_who_hangs_up_while_the_promise_is_written_is_called_back_and_has_given_up_nothing():
    async def story():
        rig = paused(centre())
        rig.ledger.stored = Future  # the disk does not answer
        one = await stranger(rig, keys=("2", "1"))
        await settle()
        leave(one)
        await asyncio.sleep(8.0)
        names = [r.name for r in rig.ledger.records if isinstance(r, QueueEvent)]
        assert "callback.taken" in names
        assert "caller.abandoned" not in names
        assert promised(rig) == ["909121234567"]

    run(story())


def test_a_callback_withdrawn_in_the_moment_it_is_to_be_dialled_is_not_dialled():
    async def story():
        rig = paused(centre(offer={"first_after_s": 0.0}))
        await stranger(rig, keys=("2", "1"))
        await asyncio.sleep(8.0)
        staff = rig.exchange.queues.staff
        staff.resume("101")  # Dial
        staff.log_out("101", by="desk")  # and StopDialling, before anything else happens
        await asyncio.sleep(30.0)
        assert rig.out == []
        assert promised(rig) == ["909121234567"]
        staff.log_in("101", by="desk")
        await asyncio.sleep(1.0)
        assert [number for _way, number in rig.out] == ["09121234567"]

    run(story())


def test_an_answer_that_crosses_a_withdrawal_does_not_take_the_next_offer():
    """The telephone answers as it is withdrawn, and rings again for the same caller at once."""

    async def story():
        rig = Outdoors(lined(centre()))
        one = await stranger(rig)
        [first] = rig.stack.dialled
        staff = rig.exchange.queues.staff
        first.leg.on_answered()  # the script hears of it after this turn
        staff.pause("101")
        staff.resume("101")
        await settle()
        again = rig.stack.dialled[1:]
        assert not any(line.startswith("join") for line in rig.studio.log)
        assert "end ANSWERED_ELSEWHERE" in first.said or "end NORMAL_CLEARING" in first.said
        for dialog in again:
            dialog.leg.on_answered()
        await settle()
        joined = [line for line in rig.studio.log if line.startswith("join")]
        assert len(joined) == len(again) == 1
        leave(one)
        await settle()

    run(story())


def test_an_agent_outside_who_logs_out_while_confirming_leaves_the_caller_waiting():
    async def story():
        mobile = Agent(number="102", telephone="909351112233", confirm=True)
        rig = Outdoors(lined(centre(agents=(mobile,), members=("102",))))
        one = await stranger(rig, number="")  # nobody to name
        [telephone] = rig.stack.dialled
        telephone.leg.on_answered()
        await settle()
        assert "agent_confirm" in played(rig)
        rig.exchange.queues.staff.log_out("102", by="desk")
        telephone.leg.on_digit("1")
        await settle()
        assert telephone.said == ["end NORMAL_CLEARING"]
        assert not any(line.startswith("join") for line in rig.studio.log)
        assert len([c for row in rig.rows("queue") for c in row.waiting]) == 1
        leave(one)
        await settle()

    run(story())


def test_a_mailbox_that_answers_for_an_agent_outside_gets_no_caller():
    async def story():
        mobile = Agent(number="102", telephone="909351112233", confirm=True)
        rig = Outdoors(lined(centre(agents=(mobile,), members=("102",))))
        one = await stranger(rig)
        rig.stack.dialled[0].leg.on_answered()
        await asyncio.sleep(14.0)
        assert "end NORMAL_CLEARING" in rig.stack.dialled[0].said
        assert not any(line.startswith("join") for line in rig.studio.log)
        leave(one)
        await settle()

    run(story())


def test_a_reload_that_takes_a_queue_away_while_it_is_offered_lets_nobody_hang():
    async def story():
        rig = Outdoors(lined(centre()))
        one = await stranger(rig)
        [telephone] = rig.stack.dialled
        other = centre().model_copy(update={"queue": ()})
        rig.exchange.reload(other.model_copy(update={"line": office().line}), 8)
        await settle()
        assert telephone.said == ["end NORMAL_CLEARING"]
        await rig.until(lambda: one.leg.is_gone, 30)
        await rig.until(lambda: rig.exchange.calls == 0, 30)

    run(story())


def test_a_fault_at_one_event_is_told_and_the_next_caller_is_served():
    async def story():
        told = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, what: told.append(what))
        rig = Outdoors(lined(centre()))
        one = await stranger(rig)
        queues = rig.exchange.queues
        connect = queues._offers.connect

        def broken(*_given):
            queues._offers.connect = connect
            raise RuntimeError("the test says so")

        queues._offers.connect = broken
        rig.stack.dialled[0].leg.on_answered()
        await settle()
        assert len(told) == 1
        leave(one)
        await settle()
        leave(rig.stack.dialled[0])
        queues.staff.log_in("101", by="desk")
        two = await stranger(rig, "09127654321")
        await asyncio.sleep(10.0)
        assert [c.caller for row in rig.rows("queue") for c in row.waiting] == ["09127654321"]
        leave(two)
        await settle()
        assert [c for row in rig.rows("queue") for c in row.waiting] == []

    run(story())


# -- the engine -------------------------------------------------------------------------------


def test_a_callback_that_expired_while_it_was_dialled_ends_when_the_agent_goes():
    witness = holding()
    asks(witness, "b")
    witness.tell(acd.Tick(), 3590.0)
    assert dials(witness.end_talk("t1", "1")) == [("b", "0911", "1", 1)]
    witness.tell(acd.Tick(), 20.0)  # past its time; it is let come to something
    gone = witness.tell(acd.AgentLoggedOut("1"))
    assert only(gone, acd.StopDialling)
    gone += witness.tell(acd.Tick(), 1.0)
    assert ended(gone) == [acd.CallbackEnd.EXPIRED]


def test_a_callback_answered_in_the_moment_it_expires_is_served():
    witness = holding()
    asks(witness, "b")
    witness.tell(acd.Tick(), 3590.0)
    witness.end_talk("t1", "1")
    del witness.reserved["b"]
    witness.held.discard("b")
    found = witness.tell(acd.CallbackAnswered("b"), 10.0)
    assert only(found, acd.Offer)
    assert ended(found) == []
    assert only(witness.accept("b", "1"), acd.Connect)


def test_a_callback_that_fails_in_the_moment_it_expires_ends_once():
    witness = holding()
    asks(witness, "b")
    witness.tell(acd.Tick(), 3590.0)
    witness.end_talk("t1", "1")
    witness.tell(acd.Tick(), 20.0)
    found = fails(witness, "b")
    assert ended(found) == [acd.CallbackEnd.EXPIRED]
    assert ended(witness.tell(acd.CallbackFailed("b"), 1.0)) == []
