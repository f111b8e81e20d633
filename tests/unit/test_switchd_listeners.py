"""Supervisors who listen in: whom each of the three hears, in every way of listening."""

from __future__ import annotations

import asyncio

import pytest

from firmware.config.sections.queues import Agent
from firmware.model.listening import Listening, paths
from firmware.switchd.control_agents import AgentsControl
from tests.jump import run
from tests.unit.callcentre_bench import agent, caller, centre
from tests.unit.outside_bench import Outdoors
from tests.unit.switchd_bench import settle

BOSS = "105"


def heard_in(log):
    """Who hears whom now, by the studio's log."""
    now = []
    for line in log:
        if line.startswith("no more: "):
            now.remove(line.removeprefix("no more: "))
        elif " hears " in line:
            now.append(line)
    return set(now)


async def talking(rig, number="0912"):
    """A caller who talks to agent 101; their dialog, the agent's, and the call's id."""
    one = await caller(rig, number)
    rig.stack.dialled[-1].leg.on_answered()
    await settle()
    call = next(row for row in rig.rows("call") if row.caller == number)
    return one, rig.stack.dialled[-1], call.id


async def listening(rig, call, how="listen", *, answered=True):
    """Supervisor 105 listens in on 101; their dialog and the listening's id."""
    ident = AgentsControl(rig.exchange).listen_in(
        supervisor=BOSS, call_id=call, agent="101", how=how
    )
    await settle()
    dialog = rig.stack.dialled[-1]
    if answered:
        dialog.leg.on_answered()
        await settle()
    return dialog, ident


def office(**more):
    return Outdoors(centre(members=("101",), **more))


# -- who hears whom ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "wanted"),
    [
        ("listen", {"105 hears 101", "105 hears 0912"}),
        ("whisper", {"105 hears 101", "105 hears 0912", "101 hears 105"}),
        ("barge", {"105 hears 101", "105 hears 0912", "101 hears 105", "0912 hears 105"}),
    ],
)
def test_each_way_of_listening_joins_exactly_these(how, wanted):
    async def story():
        rig = office()
        one, _agent, call = await talking(rig)
        boss, _ = await listening(rig, call, how)
        assert heard_in(rig.studio.log) == wanted
        boss.leave()
        await settle()
        assert heard_in(rig.studio.log) == set()
        assert not one.leg.is_gone
        assert rig.rows("listener") == []
        one.leave()
        await settle()

    run(story())


def test_nobody_is_heard_before_the_supervisor_answers_and_the_board_says_so():
    async def story():
        rig = office()
        one, _agent, call = await talking(rig)
        _boss, ident = await listening(rig, call, answered=False)
        (row,) = rig.rows("listener")
        assert (row.id, row.supervisor, row.agent, row.call) == (ident, BOSS, "101", call)
        assert (row.how, row.is_on) == ("listen", False)
        assert heard_in(rig.studio.log) == set()
        rig.stack.dialled[-1].leg.on_answered()
        await settle()
        assert rig.rows("listener")[0].is_on
        one.leave()
        await settle()

    run(story())


def test_keys_and_orders_change_the_way_of_listening():
    async def story():
        rig = office()
        one, _agent, call = await talking(rig)
        boss, ident = await listening(rig, call)
        boss.leg.on_digit("5")
        await settle()
        assert "101 hears 105" in heard_in(rig.studio.log)
        assert "0912 hears 105" not in heard_in(rig.studio.log)
        AgentsControl(rig.exchange).change_listening(ident, "barge")
        assert "0912 hears 105" in heard_in(rig.studio.log)
        boss.leg.on_digit("4")
        await settle()
        assert heard_in(rig.studio.log) == {"105 hears 101", "105 hears 0912"}
        assert [row.how for row in rig.rows("listener")] == ["listen"]
        told = [line for line in rig.ledger.story if line.startswith("listened")]
        assert told == [f"listened 105 to 101: {how}" for how in ("listen", "whisper", "barge")] + [
            "listened 105 to 101: listen"
        ]
        one.leave()
        await settle()

    run(story())


def test_of_whoever_holds_the_call_the_supervisor_hears_nothing():
    async def story():
        rig = office()
        one, agents, call = await talking(rig)
        await listening(rig, call)
        agents.leg.on_held(True)
        assert heard_in(rig.studio.log) == {"105 hears 0912"}
        agents.leg.on_held(False)
        assert heard_in(rig.studio.log) == {"105 hears 101", "105 hears 0912"}
        one.leave()
        await settle()

    run(story())


def test_a_supervisor_who_holds_is_not_heard():
    async def story():
        rig = office()
        one, _agent, call = await talking(rig)
        boss, _ = await listening(rig, call, "barge")
        boss.leg.on_held(True)
        assert heard_in(rig.studio.log) == {"105 hears 101", "105 hears 0912"}
        one.leave()
        await settle()

    run(story())


# -- the talk changes -------------------------------------------------------------------------


def test_the_supervisor_is_hung_up_when_the_talk_is_over_or_the_agent_sends_the_caller_on():
    async def story():
        rig = office()
        one, _agent, call = await talking(rig)
        boss, _ = await listening(rig, call)
        one.leave()
        await settle()
        assert boss.leg.is_gone
        await asyncio.sleep(5.0)
        two, agents, call = await talking(rig, "0913")
        boss, _ = await listening(rig, call, "barge")
        rig.refer(agents, "102")
        await settle()
        assert boss.leg.is_gone
        assert heard_in(rig.studio.log) == set()
        assert not two.leg.is_gone
        two.leave()
        await settle()

    run(story())


def test_whoever_comes_to_sit_in_the_agents_place_is_not_heard():
    async def story():
        rig = office()
        one, _agent, call = await talking(rig)
        boss, _ = await listening(rig, call)
        # 101 goes on at the place of another: their colleague takes the seat.
        seat = next(leg for leg in rig.exchange._calls[call].legs if leg.party == "101")
        other = rig.call("104", sender="103")
        await settle()
        other.leg.swap(seat)
        await settle()
        assert heard_in(rig.studio.log) == set()
        assert boss.leg.is_gone
        one.leave()
        await settle()

    run(story())


def test_who_barges_in_is_in_the_recording_and_who_whispers_is_not():
    async def story():
        rig = office()
        one, _agent, call = await talking(rig)
        boss, ident = await listening(rig, call, "whisper")
        assert rig.studio.recordings[-1].marks == [("together", "0912", "101")]  # nothing is seen
        AgentsControl(rig.exchange).change_listening(ident, "barge")
        assert rig.studio.recordings[-1].marks[-1] == ("together", "0912", "101 105")
        boss.leave()
        await settle()
        assert rig.studio.recordings[-1].marks[-1] == ("together", "0912", "101")
        one.leave()
        await settle()

    run(story())


@pytest.mark.parametrize("how", ["listen", "whisper", "barge"])
def test_the_agent_hears_a_tone_where_their_queue_wants_that(how):
    async def story():
        rig = office(listening_tone=True)
        one, _agent, call = await talking(rig)
        _boss, ident = await listening(rig, call, how, answered=False)
        assert "beep" not in rig.studio.log
        rig.stack.dialled[-1].leg.on_answered()
        await settle()
        assert rig.studio.log.count("beep") == 1
        AgentsControl(rig.exchange).change_listening(ident, "barge" if how != "barge" else "listen")
        assert rig.studio.log.count("beep") == 1
        one.leave()
        await settle()

    run(story())


def test_the_agent_of_another_queue_hears_none():
    async def story():
        rig = office()
        one, _agent, call = await talking(rig)
        await listening(rig, call)
        assert "beep" not in rig.studio.log
        one.leave()
        await settle()

    run(story())


# -- taking over ------------------------------------------------------------------------------


@pytest.mark.parametrize("at_once", [True, False])
def test_who_takes_over_has_the_caller_and_the_agent_is_free(at_once):
    async def story():
        rig = office(wrap_up_s=0.0)
        one, agents, call = await talking(rig)
        if at_once:
            boss, _ = await listening(rig, call, "take_over")
        else:
            boss, ident = await listening(rig, call)
            AgentsControl(rig.exchange).change_listening(ident, "take_over")
            await settle()
        assert heard_in(rig.studio.log) == set()
        parties = {leg.party for leg in rig.exchange._calls[call].talking.parties}
        assert parties == {"0912", BOSS}
        assert agents.said[-1].startswith("end ")
        assert agent(rig, "101").state == "available"
        assert "taken_over 105 from 101" in rig.ledger.story
        assert rig.studio.recordings[-1].marks[-1] == ("together", "0912", BOSS)
        assert not one.leg.is_gone
        assert not boss.leg.is_gone
        boss.leave()
        await settle()
        assert one.leg.is_gone

    run(story())


def test_what_is_ordered_while_the_telephone_rings_holds_from_the_answer_on():
    async def story():
        rig = office()
        one, _agent, call = await talking(rig)
        boss, ident = await listening(rig, call, answered=False)
        AgentsControl(rig.exchange).change_listening(ident, "barge")
        assert heard_in(rig.studio.log) == set()
        boss.leg.on_answered()
        await settle()
        assert "0912 hears 105" in heard_in(rig.studio.log)
        one.leave()
        await settle()

    run(story())


@pytest.mark.parametrize("how", ["whisper", "take_over"])
def test_an_agent_outside_is_listened_to_as_any_other(how):
    async def story():
        mobile = Agent(number="501", name="Ali", telephone="09121112233")
        rig = Outdoors(centre(agents=(mobile,), members=("501",), wrap_up_s=0.0))
        one = await caller(rig, "104")
        rig.stack.dialled[-1].leg.on_answered()
        await settle()
        call = next(row for row in rig.rows("call") if row.caller == "104")
        AgentsControl(rig.exchange).listen_in(
            supervisor=BOSS, call_id=call.id, agent="501", how=how
        )
        await settle()
        rig.stack.dialled[-1].leg.on_answered()
        await settle()
        if how == "whisper":
            far = rig.stack.dialled[0].leg.party
            assert heard_in(rig.studio.log) == {
                "105 hears 104",
                f"105 hears {far}",
                f"{far} hears 105",
            }
        else:
            parties = {leg.party for leg in rig.exchange._calls[call.id].talking.parties}
            assert parties == {"104", BOSS}
            assert agent(rig, "501").state == "available"
        one.leave()
        await settle()

    run(story())


# -- refusals ---------------------------------------------------------------------------------


def test_what_cannot_be_is_refused():
    async def story():
        rig = office()
        one, _agent, call = await talking(rig)
        order = AgentsControl(rig.exchange).listen_in
        for arguments, error in (
            ({"supervisor": "999"}, KeyError),
            ({"call_id": "none"}, KeyError),
            ({"agent": "102"}, ValueError),
            ({"supervisor": "101"}, ValueError),
            ({"how": "shout"}, ValueError),
        ):
            asked = {"supervisor": BOSS, "call_id": call, "agent": "101", "how": "listen"}
            with pytest.raises(error):
                order(**(asked | arguments))
        await listening(rig, call)
        with pytest.raises(ValueError, match="listens in already"):
            order(supervisor=BOSS, call_id=call, agent="101", how="listen")
        with pytest.raises(KeyError):
            AgentsControl(rig.exchange).change_listening("none", "listen")
        one.leave()
        await settle()

    run(story())


def test_of_two_orders_at_once_the_second_is_refused():
    async def story():
        rig = office()
        one, _agent, call = await talking(rig)
        orders = AgentsControl(rig.exchange)
        orders.listen_in(supervisor=BOSS, call_id=call, agent="101", how="listen")
        with pytest.raises(ValueError, match="listens in already"):
            orders.listen_in(supervisor=BOSS, call_id=call, agent="101", how="listen")
        await settle()
        assert len(rig.rows("listener")) == 1
        one.leave()
        await settle()

    run(story())


def test_a_key_that_comes_with_the_end_of_the_talk_changes_nothing():
    async def story():
        rig = office()
        one, _agent, call = await talking(rig)
        boss, _ident = await listening(rig, call)
        one.leave()
        boss.leg.on_digit("5")
        await settle()
        assert rig.rows("listener") == []
        assert [line for line in rig.ledger.story if line.startswith("listened")] == [
            "listened 105 to 101: listen"
        ]
        assert boss.leg.is_gone

    run(story())


def test_of_two_supervisors_who_take_over_at_once_the_first_has_the_caller():
    async def story():
        rig = office()
        one, _agent, call = await talking(rig)
        orders = AgentsControl(rig.exchange)
        first, mine = await listening(rig, call)
        theirs = orders.listen_in(supervisor="104", call_id=call, agent="101", how="listen")
        await settle()
        second = rig.stack.dialled[-1]
        second.leg.on_answered()
        await settle()
        orders.change_listening(mine, "take_over")
        with pytest.raises(ValueError, match="does not talk any more"):
            orders.change_listening(theirs, "take_over")
        assert {row.supervisor: row.how for row in rig.rows("listener")} == {
            BOSS: "take_over",
            "104": "listen",
        }
        await settle()
        assert first.leg.party == BOSS
        assert not one.leg.is_gone
        one.leave()
        await settle()

    run(story())


def test_a_talk_that_ends_while_the_supervisors_telephone_rings_leaves_nobody_behind():
    async def story():
        rig = office()
        one, _agent, call = await talking(rig)
        boss, _ = await listening(rig, call, answered=False)
        one.leave()
        await settle()
        boss.leg.on_answered()
        await settle()
        assert boss.leg.is_gone
        assert rig.rows("listener") == []

    run(story())


def test_a_supervisor_who_does_not_answer_is_given_up():
    async def story():
        rig = office()
        one, _agent, call = await talking(rig)
        boss, _ = await listening(rig, call, answered=False)
        await asyncio.sleep(31.0)
        assert boss.leg.is_gone
        assert rig.rows("listener") == []
        assert not one.leg.is_gone
        one.leave()
        await settle()

    run(story())


def test_the_paths_of_a_talk_of_three():
    found = paths(Listening.BARGE, agent="a", others=("c", "d"), supervisor="s", holding=("c",))
    assert found == {("a", "s"), ("d", "s"), ("s", "a"), ("s", "c"), ("s", "d")}
