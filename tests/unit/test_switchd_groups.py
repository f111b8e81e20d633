"""Ring groups: who rings when, who wins, and what the others are told."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from firmware.config.sections.groups import Group, GroupMember
from firmware.model.cause import Cause
from firmware.model.record import Disposition
from tests.jump import run
from tests.unit.switchd_bench import Rig, settle, site
from tests.unit.test_switchd_people import PEOPLE, QUIET, over, rung


def office(*members, **changes):
    group = Group(
        name="sales",
        number="610",
        title="Sales",
        members=tuple(
            GroupMember(number=number, delay_s=delay_s)
            for number, delay_s in (m if isinstance(m, tuple) else (m, 0.0) for m in members)
        ),
        **changes,
    )
    return Rig(site(extension=PEOPLE, voicemail=QUIET, group=(group,)))


def answer(rig, number):
    next(d for d in rig.stack.dialled if f":{number}@" in d.uri).leg.on_answered()


async def rang_at(rig):
    """(number, second) of each telephone that has rung."""
    return [
        (number, round(dialog.leg.started_at - 1_000_000.0))
        for number, dialog in zip(rung(rig), rig.stack.dialled, strict=True)
    ]


def test_all_ring_the_first_answer_wins_and_the_others_show_no_missed_call():
    async def story():
        rig = office("101", "103", "104")
        caller = rig.call("610", sender="102")
        await settle()
        assert rung(rig) == ["101", "103", "104"]
        for dialog in rig.stack.dialled:
            dialog.leg.on_ringing()
        assert caller.said == ["180"]
        answer(rig, "103")
        await settle()
        assert [d.said for d in rig.stack.dialled] == [
            ["end ANSWERED_ELSEWHERE"],
            [],
            ["end ANSWERED_ELSEWHERE"],
        ]
        assert caller.said == ["180", "200"]
        assert "join 102 103" in rig.studio.log
        await over(rig, caller)
        assert rig.ledger.last_call.disposition == Disposition.ANSWERED
        assert len(rig.ledger.legs) == 4

    run(story())


@pytest.mark.parametrize("order", list(itertools.permutations(("101", "103", "104"))))
def test_of_three_who_answer_in_the_same_instant_exactly_one_is_joined(order):
    async def story():
        rig = office("101", "103", "104")
        caller = rig.call("610", sender="102")
        await settle()
        for number in order:
            answer(rig, number)
        await settle()
        joined = [line for line in rig.studio.log if line.startswith("join")]
        ended = [d for d in rig.stack.dialled if d.said == ["end ANSWERED_ELSEWHERE"]]
        assert (len(joined), len(ended)) == (1, 2)
        await over(rig, caller)

    run(story())


def test_an_answer_that_crosses_the_cancel_is_ended_and_heard_by_nobody():
    async def story():
        rig = office("101", "103")
        caller = rig.call("610", sender="102")
        await settle()
        answer(rig, "101")
        await asyncio_steps(3)
        answer(rig, "103")  # its 200 crosses our CANCEL
        await settle()
        assert [line for line in rig.studio.log if line.startswith("join")] == ["join 102 101"]
        assert rig.stack.dialled[1].leg.is_gone
        await over(rig, caller)

    run(story())


async def asyncio_steps(count):
    for _ in range(count):
        await asyncio.sleep(0)


def test_delays_let_some_ring_later():
    async def story():
        rig = office("101", ("103", 7.0))
        caller = rig.call("610", sender="102")
        await settle()
        rig.stack.dialled[0].leg.on_ringing()
        await rig.until(lambda: len(rig.stack.dialled) == 2)
        assert await rang_at(rig) == [("101", 0), ("103", 7)]
        await over(rig, caller)

    run(story())


def test_a_hunt_rings_one_after_the_other():
    async def story():
        rig = office("101", "103", "104", strategy="hunt", turn_s=10.0)
        caller = rig.call("610", sender="102")
        await caller.leg.gone()
        await settle()
        assert await rang_at(rig) == [("101", 0), ("103", 10), ("104", 20)]
        assert [d.said for d in rig.stack.dialled] == [["end NO_ANSWER"]] * 3
        assert rig.ledger.last_call.disposition == Disposition.NO_ANSWER

    run(story())


def test_a_hunt_does_not_wait_for_a_telephone_that_refuses():
    async def story():
        rig = office("101", "103", strategy="hunt", turn_s=10.0)
        caller = rig.call("610", sender="102")
        await settle()
        rig.stack.dialled[0].leave(Cause.USER_BUSY)
        await settle()
        assert await rang_at(rig) == [("101", 0), ("103", 0)]
        await over(rig, caller)

    run(story())


def test_a_memory_hunt_keeps_those_before_ringing():
    async def story():
        rig = office("101", "103", strategy="memory_hunt", turn_s=10.0)
        caller = rig.call("610", sender="102")
        await rig.until(lambda: len(rig.stack.dialled) == 2)
        assert not rig.stack.dialled[0].leg.is_gone
        answer(rig, "101")
        await settle()
        assert rig.stack.dialled[1].said == ["end ANSWERED_ELSEWHERE"]
        await over(rig, caller)

    run(story())


def test_who_is_in_a_call_or_does_not_want_to_be_disturbed_does_not_ring():
    async def story():
        rig = office("101", "103", "104")
        rig.exchange.people.set_do_not_disturb("104", True)
        talk = rig.call("101", sender="102")
        await settle()
        answer(rig, "101")
        await settle()
        caller = rig.call("610", sender="201")
        await settle()
        assert rung(rig) == ["101", "103"]
        await over_both(rig, caller, talk)

    run(story())


async def over_both(rig, one, other):
    one.leave()
    await settle()
    await over(rig, other)


def test_nobody_answers_and_the_call_goes_on():
    async def story():
        rig = office("101", ring_timeout_s=15.0, otherwise="extension:104")
        caller = rig.call("610", sender="102")
        await rig.until(lambda: len(rig.stack.dialled) == 2)
        assert await rang_at(rig) == [("101", 0), ("104", 15)]
        await over(rig, caller)

    run(story())


def test_a_group_of_which_nobody_can_ring_is_busy_at_once():
    async def story():
        rig = office("101")
        rig.exchange.people.set_do_not_disturb("101", True)
        caller = rig.call("610", sender="102")
        await settle()
        assert caller.said == ["end USER_BUSY"]

    run(story())


def test_a_caller_who_gives_up_stops_all_telephones_and_they_show_a_missed_call():
    async def story():
        rig = office("101", "103")
        caller = rig.call("610", sender="102")
        await settle()
        caller.leave()
        await settle()
        assert [d.said for d in rig.stack.dialled] == [["end NORMAL_CLEARING"]] * 2
        assert rig.exchange.calls == 0
        assert rig.ledger.last_call.disposition == Disposition.CANCELLED

    run(story())
