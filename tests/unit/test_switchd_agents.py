"""The call centre on the live path: how agents are reached, what they do."""

from __future__ import annotations

import asyncio

import pytest

from firmware.config.callcentre import agent_rules, queue_rules
from firmware.config.sections.queues import (
    Agent,
    AutoPauseItem,
    ExitKey,
    PauseReason,
)
from firmware.model.calendar import CalendarState
from firmware.model.dialplan import Destination
from firmware.sip.message import Replaces
from tests.jump import run
from tests.unit.callcentre_bench import (
    PEOPLE,
    agent,
    caller,
    centre,
    code,
    events,
    played,
    uris,
    waiting,
)
from tests.unit.outside_bench import Outdoors, office
from tests.unit.switchd_bench import settle

# -- nothing on the path of an offer waits ----------------------------------------------------


def test_an_agent_who_becomes_free_is_rung_within_one_turn_of_the_loop():
    async def story():
        rig = Outdoors(centre(members=("101",), wrap_up_s=0.0))
        one = await caller(rig, "104")
        two = await caller(rig, "105")
        rig.stack.dialled[0].leg.on_answered()
        await settle()
        rig.stack.dialled[0].leave()
        assert len(rig.stack.dialled) == 1  # not within the stack's own report
        await asyncio.sleep(0)
        assert len(rig.stack.dialled) == 2
        one.leave()
        two.leave()
        await settle()

    run(story())


def test_a_free_agent_is_rung_as_soon_as_the_callers_script_runs():
    async def story():
        rig = Outdoors(centre(members=("101",)))
        one = rig.call("600", sender="104")
        await asyncio.sleep(0)
        assert uris(rig) == ["101"]
        await settle()
        one.leave()
        await settle()

    run(story())


# -- agents -----------------------------------------------------------------------------------


def test_all_telephones_ring_and_those_who_lose_show_no_missed_call():
    async def story():
        rig = Outdoors(centre(strategy="ring_all"))
        one = await caller(rig, "104")
        assert sorted(uris(rig)) == ["101", "102"]
        winner, loser = rig.stack.dialled
        winner.leg.on_answered()
        await settle()
        assert loser.said == ["end ANSWERED_ELSEWHERE"]
        assert events(rig, "offer.missed") == []
        one.leave()
        await settle()

    run(story())


def test_an_agent_on_a_mobile_must_press_one_before_the_caller_is_joined():
    async def story():
        mobile = Agent(number="501", name="Ali", telephone="09121112233", confirm=True)
        rig = Outdoors(centre(agents=(mobile,), members=("501",)))
        one = await caller(rig, "104")
        assert rig.out == [("fxo-1", "09121112233")]
        [leg] = rig.stack.dialled
        leg.leg.on_answered()
        await settle()
        assert any("agent_confirm" in line for line in played(rig))
        assert not any(line.startswith("join") for line in rig.studio.log)
        leg.leg.on_digit("1")
        await settle()
        assert any(line.startswith("join 104") for line in rig.studio.log)
        one.leave()
        await settle()

    run(story())


def test_an_agent_on_a_mobile_orders_a_call_and_their_mobile_rings_first():
    async def story():
        mobile = Agent(number="501", name="Ali", telephone="09121112233")
        rig = Outdoors(centre(agents=(mobile,), members=("501",)))
        rig.exchange.orders.dial("501", "104")
        await settle()
        assert rig.out == [("fxo-1", "09121112233")]
        [far] = rig.stack.dialled
        far.leg.on_answered()
        await settle()
        wanted = rig.stack.dialled[-1]
        assert wanted.uri.startswith("sip:104@")
        wanted.leg.on_answered()
        await settle()
        assert any(line.startswith("join") for line in rig.studio.log)
        far.leave()
        await settle()
        assert wanted.said == ["end NORMAL_CLEARING"]
        with pytest.raises(KeyError, match="no extension 777"):
            rig.exchange.orders.dial("777", "104")

    run(story())


def test_a_mailbox_that_presses_nothing_does_not_get_the_caller():
    async def story():
        mobile = Agent(number="501", name="Ali", telephone="09121112233", confirm=True)
        rig = Outdoors(centre(agents=(mobile,), members=("501",), confirm_timeout_s=8.0))
        one = await caller(rig, "104")
        [leg] = rig.stack.dialled
        leg.leg.on_answered()
        await asyncio.sleep(9.0)
        assert leg.said == ["end NORMAL_CLEARING"]
        assert [e.reason for e in events(rig, "offer.missed")] == ["unconfirmed"]
        assert not one.leg.is_gone
        one.leave()
        await settle()

    run(story())


def test_the_agent_hears_what_it_is_about_while_the_caller_hears_music():
    async def story():
        rig = Outdoors(centre(whisper="agent_whisper"))
        one = await caller(rig, "104")
        await asyncio.sleep(3.0)
        rig.stack.dialled[0].leg.on_answered()
        await settle()
        assert "agent_whisper" in played(rig)
        assert not any(line.startswith("join") for line in rig.studio.log)
        await asyncio.sleep(2.1)
        assert "join 104 101" in rig.studio.log
        one.leave()
        await settle()

    run(story())


def test_a_pause_with_its_reason_by_telephone_and_back():
    async def story():
        lunch = PauseReason(name="lunch", digit="3", title="Lunch")
        rig = Outdoors(centre(reasons=(lunch,), members=("101",)))
        await code(rig, "*243", "101")
        assert (agent(rig, "101").state, agent(rig, "101").reason) == ("paused", "lunch")
        one = await caller(rig, "104")
        assert uris(rig) == []
        await code(rig, "*25", "101")
        assert uris(rig) == ["101"]
        await code(rig, "*245", "102")
        assert "agent_pause_unknown" in played(rig) or "agent_unknown" in played(rig)
        changed = [(e.state, e.reason) for e in events(rig, "agent.changed") if e.agent == "101"]
        assert ("paused", "lunch") in changed
        one.leave()
        await settle()

    run(story())


def test_an_agent_sits_down_at_any_telephone_with_number_and_pin():
    async def story():
        guest = Agent(number="501", name="Ali", telephone="09121112233", pin="1357")
        rig = Outdoors(centre(agents=(guest,), members=("501",)))
        rig.exchange.queues.staff.log_out("501", by="test")
        wrong = rig.call("*22501", sender="103")
        await settle()
        for key in "9999#":
            wrong.leg.on_digit(key)
        await asyncio.sleep(1.0)
        wrong.leave()
        await settle()
        assert agent(rig, "501").state == "logged_out"
        await code(rig, "*22501", "103", keys="1357#")
        assert (agent(rig, "501").state, agent(rig, "501").telephone) == ("available", "103")
        one = await caller(rig, "104")
        assert uris(rig)[-1] == "103"
        rig.stack.dialled[-1].leg.on_answered()
        await settle()
        assert agent(rig, "501").state == "talking"
        one.leave()
        await code(rig, "*23", "103")
        await asyncio.sleep(5.0)
        assert agent(rig, "501").state == "logged_out"

    run(story())


def test_wrap_up_lasts_until_done_and_can_be_made_longer():
    async def story():
        rig = Outdoors(centre(members=("101",), wrap_up_s=30.0))
        one = await caller(rig, "104")
        rig.stack.dialled[0].leg.on_answered()
        await asyncio.sleep(10.0)
        one.leave()
        await settle()
        assert agent(rig, "101").state == "wrap_up"
        await code(rig, "*272", "101")  # two minutes more
        await asyncio.sleep(60.0)
        assert agent(rig, "101").state == "wrap_up"
        await code(rig, "*26", "101")
        assert agent(rig, "101").state == "available"
        [talk] = events(rig, "talk.ended")
        assert (talk.agent, talk.reason, round(talk.seconds)) == ("101", "caller", 10)
        [wrap_up] = events(rig, "wrap_up.ended")
        assert wrap_up.visit == talk.visit
        assert 60.0 < wrap_up.seconds < 90.0

    run(story())


def test_who_is_not_to_be_disturbed_or_in_a_call_of_their_own_is_not_offered():
    async def story():
        rig = Outdoors(centre(members=("101",)))
        rig.exchange.people.set_do_not_disturb("101", True)
        one = await caller(rig, "104")
        assert uris(rig) == []
        own = rig.call("103", sender="101")
        await settle()
        rig.exchange.people.set_do_not_disturb("101", False)
        await settle()
        assert uris(rig) == ["103"]  # their own call; no offer
        own.leave()
        await settle()
        assert uris(rig) == ["103", "101"]
        one.leave()
        await settle()

    run(story())


def test_a_telephone_that_is_not_registered_is_not_rung():
    async def story():
        rig = Outdoors(centre(members=("101",)))
        rig.exchange.queues.staff.registered("101", False)
        one = await caller(rig, "104")
        assert uris(rig) == []
        rig.exchange.queues.staff.registered("101", True)
        await settle()
        assert uris(rig) == ["101"]
        one.leave()
        await settle()

    run(story())


def test_who_misses_calls_is_paused():
    async def story():
        rig = Outdoors(
            centre(members=("101",), auto_pause=AutoPauseItem(after=2), offer_timeout_s=10.0)
        )
        one = await caller(rig, "104")
        await asyncio.sleep(30.0)
        assert (agent(rig, "101").state, agent(rig, "101").reason) == ("paused", "missed_calls")
        missed = events(rig, "offer.missed")
        assert [(e.agent, e.reason, round(e.seconds)) for e in missed] == [
            ("101", "no_answer", 10),
            ("101", "no_answer", 10),
        ]
        one.leave()
        await settle()

    run(story())


def test_hold_and_transfer_are_written_down():
    async def story():
        rig = Outdoors(centre(members=("101",)))
        one = await caller(rig, "104")
        [leg] = rig.stack.dialled
        leg.leg.on_answered()
        await settle()
        leg.leg.on_held(True)
        await asyncio.sleep(7.0)
        leg.leg.on_held(False)
        rig.refer(leg, "103")
        await settle()
        leg.leave()
        await settle()
        [hold] = events(rig, "hold.ended")
        assert round(hold.seconds) == 7
        [talk] = events(rig, "talk.ended")
        assert (talk.reason, talk.destination) == ("transferred", "extension:103")
        one.leave()
        await settle()

    run(story())


def test_an_agent_who_transfers_with_consultation_is_free_at_once():
    async def story():
        rig = Outdoors(centre(members=("101",), wrap_up_s=0.0))
        one = await caller(rig, "104")
        leg = rig.stack.dialled[0]
        leg.leg.on_answered()
        await settle()
        consult = rig.call("103", sender="101")
        await settle()
        colleague = rig.stack.dialled[1]
        colleague.leg.on_answered()
        await settle()
        rig.refer(leg, replaces=Replaces(call_id=consult.id, is_early_only=False))
        await settle()
        leg.leave()
        consult.leave()
        await settle()
        assert agent(rig, "101").state == "available"
        [talk] = events(rig, "talk.ended")
        assert (talk.reason, talk.agent) == ("transferred", "101")
        one.leave()
        await settle()

    run(story())


def test_who_gave_up_is_off_the_list_when_somebody_calls_them():
    async def story():
        rig = Outdoors(centre(members=()))
        one = await caller(rig, "104")
        one.leave()
        await settle()
        stranger = rig.call("x", sender="02188776655", line="fxo-2", asserted=False)
        await settle()
        stranger.leave()
        own = rig.call("902188776655", sender="101")
        await settle()
        rig.stack.dialled[-1].leg.on_answered()
        await settle()
        assert [e.caller for e in events(rig, "number.reached")] == ["902188776655"]
        own.leave()
        await settle()

    run(story())


def test_an_agent_is_not_thought_busy_because_the_exchange_was_full():
    async def story():
        rig = Outdoors(centre(members=("101",)))
        rig.stack.is_full = True
        one = await caller(rig, "104")
        assert [e.reason for e in events(rig, "offer.missed")] == ["unreachable"]
        rig.stack.is_full = False
        await asyncio.sleep(6.0)
        assert uris(rig) == ["101"]
        assert {row.party for row in rig.rows("leg")} == {"104", "101"}
        one.leave()
        await settle()

    run(story())


# -- changes, orders, memory ------------------------------------------------------------------


def test_a_change_of_everything_while_callers_wait_loses_nobody():
    async def story():
        rig = Outdoors(centre(members=()))
        callers = [await caller(rig, n) for n in ("104", "105")]
        site = centre(members=("102",), strategy="linear")
        rig.exchange.reload(site, 8)
        await settle()
        assert uris(rig) == ["102"]
        rig.stack.dialled[0].leg.on_answered()
        await settle()
        rig.exchange.reload(centre(members=("101",)), 9)  # 102 talks, and is no member any more
        await settle()
        assert uris(rig) == ["102", "101"]
        assert "join 104 102" in rig.studio.log
        assert not any(one.leg.is_gone for one in callers)
        gone = office(extension=PEOPLE, queue=())
        rig.exchange.reload(gone, 10)  # the queue is taken out: its caller is told, not forgotten
        await asyncio.sleep(3.0)
        assert callers[1].leg.is_gone
        assert events(rig, "caller.left")[-1].reason == "queue_removed"
        callers[0].leave()
        await settle()

    run(story())


def test_a_supervisor_prioritises_moves_and_withdraws_callers():
    async def story():
        rig = Outdoors(centre(members=()))
        one, two = await caller(rig, "104"), await caller(rig, "105")
        queues = rig.exchange.queues.supervision
        [row] = [q for q in rig.rows("queue") if q.id == "support"]
        queues.prioritise(row.waiting[1].visit, 9)
        await settle()
        assert waiting(rig) == ["105", "104"]
        queues.move(row.waiting[1].call, Destination.parse("queue:sales"))
        await settle()
        assert (waiting(rig), waiting(rig, "sales")) == (["104"], ["105"])
        with pytest.raises(ValueError, match="there is no queue:nowhere"):
            queues.move(row.waiting[0].call, Destination.parse("queue:nowhere"))
        queues.withdraw(row.waiting[0].visit)
        await asyncio.sleep(3.0)
        assert one.leg.is_gone
        with pytest.raises(KeyError, match="waits in no queue"):
            queues.withdraw(row.waiting[0].visit)
        two.leave()
        await settle()

    run(story())


def test_agents_with_a_calendar_come_and_go_with_it():
    async def story():
        clerk = Agent(number="101", calendar="office")
        rig = Outdoors(centre(agents=(clerk,), members=("101",)))
        states = {"office": CalendarState.OPEN}
        staff = rig.exchange.queues.staff
        assert agent_now(rig, "101") == "logged_out"
        staff.look_at_calendars(states.__getitem__)
        assert agent_now(rig, "101") == "available"
        staff.log_out("101", by="phone")  # by hand: the calendar has not changed
        staff.look_at_calendars(states.__getitem__)
        assert agent_now(rig, "101") == "logged_out"
        states["office"] = CalendarState.CLOSED
        staff.look_at_calendars(states.__getitem__)
        states["office"] = CalendarState.OPEN
        staff.look_at_calendars(states.__getitem__)
        assert agent_now(rig, "101") == "available"

    run(story())


def agent_now(rig, number):
    return rig.exchange.queues.staff.state_of(number)


def test_what_the_configuration_says_reaches_the_engine():
    site = centre(
        agents=(Agent(number="101", capacity=2, skill=({"skill": "language.fa", "weight": 80},)),),
        place=({"member": "102", "tier": 2, "weight": 5},),
        skill_step=({"until_s": 20.0, "need": ({"skill": "tax"},), "language": 10},),
        tier_step=({"after_s": 30.0, "highest": 2},),
        exit=(ExitKey(digit="0", to="extension:103"),),
        join_empty=("logged_out", "paused"),
    )
    rule = queue_rules(site)["support"]
    assert (rule.tiers, rule.weights) == ({"102": 2}, {"102": 5})
    assert rule.skill_steps[0].needs[0].skill == "tax"
    assert (rule.tier_steps[0].after_s, rule.exits) == (30.0, {"0": "extension:103"})
    assert rule.join_empty == {"logged_out", "paused"}
    one = agent_rules(site)["101"]
    assert (one.capacity, one.skills) == (2, {"language.fa": 80})
