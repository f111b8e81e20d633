"""Who rings when in a ring group."""

from __future__ import annotations

from firmware.model.ringing import Member, RingGroup, RingStrategy, Turn, together, turns

A, B, C = (Member(number=number) for number in ("101", "102", "103"))


def group(strategy, members=(A, B, C)):
    return RingGroup(
        name="sales",
        title="Sales",
        members=members,
        strategy=strategy,
        ring_timeout_s=30.0,
        turn_s=10.0,
        skips_busy=True,
    )


def as_they_are(members):
    return members


def test_all_ring_together_each_after_its_delay():
    late = Member(number="104", delay_s=12.0)
    never = Member(number="105", delay_s=30.0)
    assert turns(group(RingStrategy.ALL, (late, A, never)), as_they_are) == (
        Turn(A, 0.0, 30.0),
        Turn(late, 12.0, 30.0),
    )


def test_a_hunt_rings_one_after_the_other():
    assert turns(group(RingStrategy.HUNT), as_they_are) == (
        Turn(A, 0.0, 10.0),
        Turn(B, 10.0, 20.0),
        Turn(C, 20.0, 30.0),
    )


def test_a_memory_hunt_lets_those_before_ring_on():
    assert turns(group(RingStrategy.MEMORY_HUNT), as_they_are) == (
        Turn(A, 0.0, 30.0),
        Turn(B, 10.0, 30.0),
        Turn(C, 20.0, 30.0),
    )


def test_random_hunts_in_the_order_the_dice_say():
    found = turns(group(RingStrategy.RANDOM), lambda members: members[::-1])
    assert [(turn.member, turn.begins_s) for turn in found] == [(C, 0.0), (B, 10.0), (A, 20.0)]


def test_an_empty_group_has_no_round():
    assert turns(group(RingStrategy.ALL, ()), as_they_are) == ()
    assert turns(group(RingStrategy.MEMORY_HUNT, ()), as_they_are) == ()


def test_follow_me_rings_the_telephone_first():
    mobile = Member(number="09121234567", delay_s=5.0, confirms=True)
    assert together((A, mobile), 20.0) == (Turn(A, 0.0, 20.0), Turn(mobile, 5.0, 20.0))
