"""People who are reached outside: forwards and follow-me to numbers of the world outside."""

from __future__ import annotations

from firmware.link.rows import FollowRow
from firmware.model.cause import Cause
from firmware.model.personal import ForwardKind
from tests.jump import run
from tests.unit.outside_bench import Outdoors
from tests.unit.switchd_bench import settle

MOBILE = "09121234567"


def follow(rig, *steps):
    people = rig.exchange.people
    people.set_follow_steps("101", tuple(FollowRow(number=n, delay_s=s) for n, s in steps))
    people.set_follow_me("101", True)


async def over(rig, caller):
    caller.leave()
    await settle()
    assert rig.exchange.calls == 0
    assert rig.rows("leg") == []


def test_a_forward_to_outside_goes_by_the_routes_on_the_account_of_who_forwards():
    async def story():
        rig = Outdoors()
        rig.exchange.people.set_forward("101", ForwardKind.ALWAYS, MOBILE)
        caller = rig.call("101", sender="102")  # who may not call outside
        await settle()
        assert rig.out == [("fxo-1", MOBILE)]
        rig.stack.dialled[0].leg.on_answered()
        await settle()
        assert caller.said[-1] == "200"
        await over(rig, caller)

    run(story())


def test_who_may_not_call_outside_forwards_nobody_there():
    async def story():
        rig = Outdoors()
        rig.exchange.people.set_forward("102", ForwardKind.ALWAYS, MOBILE)
        caller = rig.call("102", sender="101")  # who may
        await caller.leg.gone()
        assert rig.out == []
        assert "play not_permitted en" in rig.studio.log

    run(story())


def test_follow_me_outside_takes_the_call_only_with_a_key():
    async def story():
        rig = Outdoors()
        follow(rig, (MOBILE, 0.0))
        caller = rig.call("101", sender="102")
        await settle()
        desk, mobile = rig.stack.dialled
        desk.leg.on_ringing()
        mobile.leg.on_answered()
        await settle()
        assert caller.said == ["180"]  # not answered yet
        assert any("follow_me_take" in line for line in rig.studio.log)
        mobile.leg.on_digit("1")
        await settle()
        assert caller.said == ["180", "200"]
        assert desk.said == ["end ANSWERED_ELSEWHERE"]
        assert f"join 102 {mobile.leg.party}" in rig.studio.log
        await over(rig, caller)
        assert rig.ledger.last_call.line == "fxo-1"

    run(story())


def test_a_machine_that_answers_outside_does_not_get_the_call():
    async def story():
        rig = Outdoors()
        follow(rig, (MOBILE, 0.0))
        caller = rig.call("101", sender="102")
        await settle()
        desk, mobile = rig.stack.dialled
        desk.leg.on_ringing()
        mobile.leg.on_answered()
        await mobile.leg.gone()
        assert mobile.said == ["end NO_ANSWER"]
        assert not desk.leg.is_gone
        desk.leg.on_answered()
        await settle()
        assert "join 102 101" in rig.studio.log
        await over(rig, caller)
        assert rig.ledger.last_call.line == ""

    run(story())


def test_the_telephone_is_answered_while_the_far_one_is_asked():
    async def story():
        rig = Outdoors()
        follow(rig, (MOBILE, 0.0))
        caller = rig.call("101", sender="102")
        await settle()
        desk, mobile = rig.stack.dialled
        mobile.leg.on_answered()
        await settle()
        desk.leg.on_answered()
        await settle()
        assert mobile.said == ["end ANSWERED_ELSEWHERE"]
        assert "join 102 101" in rig.studio.log
        await over(rig, caller)

    run(story())


def test_follow_me_tries_the_next_way_when_one_fails():
    async def story():
        rig = Outdoors()
        follow(rig, (MOBILE, 0.0))
        caller = rig.call("101", sender="102")
        await settle()
        rig.stack.dialled[0].leg.on_ringing()
        rig.stack.dialled[1].leave(Cause.NETWORK_OUT_OF_ORDER)
        await settle()
        assert [way for way, _number in rig.out] == ["fxo-1", "fxo-2"]
        await over(rig, caller)

    run(story())


def test_follow_me_does_not_call_what_its_person_may_not():
    async def story():
        rig = Outdoors()
        rig.exchange.people.set_follow_steps("102", (FollowRow(number=MOBILE, delay_s=0.0),))
        rig.exchange.people.set_follow_me("102", True)
        caller = rig.call("102", sender="101")
        await settle()
        assert rig.out == []
        assert len(rig.stack.dialled) == 1
        assert any(line.startswith("not_followed") for line in rig.ledger.story)
        await over(rig, caller)

    run(story())


def test_nobody_is_reached_and_the_caller_is_told_why_the_desk_did_not_answer():
    async def story():
        rig = Outdoors()
        follow(rig, (MOBILE, 0.0))
        rig.exchange.people.set_forward("101", ForwardKind.NO_ANSWER, "201", 6.0)
        caller = rig.call("101", sender="102")
        await rig.until(lambda: len(rig.stack.dialled) == 3)
        assert [d.said for d in rig.stack.dialled[:2]] == [["end NO_ANSWER"]] * 2
        assert rig.stack.dialled[2].leg.party == "201"
        await over(rig, caller)

    run(story())
