"""What came of a call, said at a telephone: by a code and the outcome's number."""

from __future__ import annotations

import asyncio

import pytest

from firmware.config.sections.queues import OutcomeItem
from firmware.model.record import CallOutcome
from firmware.store import outcomes, rows
from tests.jump import run
from tests.unit.callcentre_bench import agent, caller, centre, code, events, played
from tests.unit.outside_bench import Outdoors
from tests.unit.switchd_bench import settle

CHOICES = (
    OutcomeItem(name="solved", title="Solved", prompt="own_solved"),
    OutcomeItem(name="again", title="Will call again"),
)


def required(**rule):
    rule = {"outcome": CHOICES, "outcome_required": True, "members": ("101",)} | rule
    return Outdoors(centre(**rule))


async def talked(rig, talk_s=10.0):
    """A caller whom 101 has served; the call's id."""
    one = await caller(rig, "104")
    rig.stack.dialled[-1].leg.on_answered()
    await asyncio.sleep(talk_s)
    call = agent(rig, "101").call
    one.leave()
    await settle()
    return call


def said(rig):
    return [
        (one.call_id, one.agent, one.outcome)
        for one in rig.ledger.records
        if isinstance(one, CallOutcome)
    ]


def test_the_code_with_the_outcomes_number_ends_the_wrap_up():
    async def story():
        rig = required()
        call = await talked(rig)
        assert agent(rig, "101").state == "wrap_up"
        await code(rig, "*262", "101")
        assert said(rig) == [(call, "101", "again")]
        assert agent(rig, "101").state == "available"
        assert "agent_outcome_ask" not in str(played(rig))

    run(story())


@pytest.mark.parametrize("dialled", ["*26", "*25", "*24", "*23"])
def test_no_code_leads_around_an_outcome_that_the_queue_wants(dialled):
    async def story():
        rig = required()
        await talked(rig)
        await code(rig, dialled, "101")  # presses nothing, three times
        await asyncio.sleep(30.0)
        assert "agent_outcome_missing" in played(rig)
        assert (agent(rig, "101").state, said(rig)) == ("wrap_up", [])
        await code(rig, dialled, "101", keys="1")
        await asyncio.sleep(8.0)
        assert [outcome for _call, _agent, outcome in said(rig)] == ["solved"]
        assert agent(rig, "101").state != "wrap_up"

    run(story())


def test_the_outcomes_that_have_a_prompt_are_said_with_their_number():
    async def story():
        rig = required()
        await talked(rig)
        await code(rig, "*26", "101", keys="1")
        asked = next(line for line in rig.studio.log if "agent_outcome_ask" in line)
        assert "own_solved" in asked
        assert asked.count("agent_outcome_choice") == 1

    run(story())


@pytest.mark.parametrize("number", ["3", "0"])
def test_a_number_that_is_not_in_the_list_is_said_to_be_wrong(number):
    async def story():
        rig = required()
        await talked(rig)
        await code(rig, f"*26{number}", "101")
        assert "agent_outcome_unknown" in played(rig)
        assert (agent(rig, "101").state, said(rig)) == ("wrap_up", [])
        await code(rig, "*26", "101", keys=f"{number}1")  # asked again after the wrong one
        await asyncio.sleep(8.0)
        assert [outcome for _call, _agent, outcome in said(rig)] == ["solved"]

    run(story())


def test_what_was_said_at_the_desks_page_needs_no_number():
    async def story():
        rig = required()
        call = await talked(rig)
        db = rig.exchange.mailroom._disk.db
        outcomes.choose(db, call_id=call, agent="101", outcome="again", at=1.0)
        await code(rig, "*26", "101")
        assert (agent(rig, "101").state, said(rig)) == ("available", [])

    run(story())


def test_the_wrap_up_lasts_until_it_is_said_and_its_longest_is_over():
    async def story():
        rig = required(wrap_up_s=4.0, wrap_up_most_s=300.0)
        await talked(rig)
        await asyncio.sleep(200.0)
        assert agent(rig, "101").state == "wrap_up"
        await asyncio.sleep(110.0)
        assert agent(rig, "101").state == "available"

    run(story())


def test_who_logs_out_in_the_talk_leaves_when_they_have_said_it():
    async def story():
        rig = required()
        one = await caller(rig, "104")
        rig.stack.dialled[-1].leg.on_answered()
        await asyncio.sleep(5.0)
        rig.exchange.queues.staff.log_out("101", by="console")
        one.leave()
        await settle()
        assert agent(rig, "101").state == "wrap_up"
        await code(rig, "*261", "101")
        assert agent(rig, "101").state == "logged_out"
        assert [outcome for _call, _agent, outcome in said(rig)] == ["solved"]

    run(story())


def test_where_none_is_wanted_nobody_is_asked_and_who_likes_says_it_later_too():
    async def story():
        rig = required(outcome_required=False)
        call = await talked(rig)
        await code(rig, "*26", "101")
        assert agent(rig, "101").state == "available"
        await asyncio.sleep(600.0)
        await code(rig, "*261", "101")
        assert said(rig) == [(call, "101", "solved")]
        await asyncio.sleep(600.0)
        await code(rig, "*262", "101")  # a quarter of an hour after the call it is too late
        assert len(said(rig)) == 1
        assert "agent_not_in_wrap_up" in played(rig)
        assert len(events(rig, "wrap_up.ended")) == 1

    run(story())


def test_a_record_of_the_switch_replaces_what_the_same_agent_said_before(tmp_path):
    async def story():
        rig = required()
        db = rig.exchange.mailroom._disk.db
        for at, outcome in enumerate(("solved", "again")):
            rows.save(db, CallOutcome(call_id="c1", agent="101", outcome=outcome, at=at))
        rows.save(db, CallOutcome(call_id="c1", agent="102", outcome="solved", at=3))
        assert outcomes.last_of(db, "c1", "101") == "again"
        assert outcomes.last_of(db, "c1", "102") == "solved"

    run(story())
