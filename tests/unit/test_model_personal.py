"""What a person has set decides what becomes of a call to them."""

from __future__ import annotations

import pytest

from firmware.model.cause import Cause
from firmware.model.dialplan import Destination, DestinationKind
from firmware.model.personal import (
    MAX_FORWARDS,
    Divert,
    Follow,
    FollowStep,
    Forward,
    ForwardKind,
    Person,
    Refused,
    Ring,
    Trail,
    after,
    on_call,
)

EXTENSION = DestinationKind.EXTENSION
OMAR = Destination(EXTENSION, "102")
BOX = Destination(DestinationKind.VOICEMAIL, "101")


def sara(**changes):
    return Person(number="101", **changes)


def forwards(**kinds):
    return {ForwardKind(kind): Forward(to=to) for kind, to in kinds.items()}


def called(person, *, caller="", is_busy=False, trail=Trail()):  # noqa: B008 - frozen
    return on_call(person, caller=caller, is_busy=is_busy, ring_timeout_s=30.0, trail=trail)


def test_who_has_set_nothing_is_rung_as_long_as_the_site_says():
    assert called(sara()) == Ring(30.0)
    assert after(sara(), Cause.NO_ANSWER, caller="", trail=Trail()) == Refused(Cause.NO_ANSWER)


def test_forward_always_comes_before_everything_else():
    person = sara(forwards=forwards(always=OMAR, busy=BOX), dnd=True)
    assert called(person, is_busy=True) == Divert(ForwardKind.ALWAYS, OMAR)


def test_do_not_disturb_is_busy_and_follows_the_forward_on_busy():
    assert called(sara(dnd=True)) == Refused(Cause.USER_BUSY)
    person = sara(dnd=True, forwards=forwards(busy=BOX))
    assert called(person) == Divert(ForwardKind.BUSY, BOX)


def test_call_waiting_rings_a_busy_telephone_only_when_it_is_on():
    assert called(sara(), is_busy=True) == Ring(30.0)
    assert called(sara(call_waiting=False), is_busy=True) == Refused(Cause.USER_BUSY)
    assert called(sara(call_waiting=False)) == Ring(30.0)


def test_a_forward_on_no_answer_sets_how_long_it_rings():
    person = sara(forwards={ForwardKind.NO_ANSWER: Forward(to=OMAR, after_s=12.0)})
    assert called(person) == Ring(12.0)
    assert after(person, Cause.NO_ANSWER, caller="", trail=Trail()) == Divert(
        ForwardKind.NO_ANSWER, OMAR
    )


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (Cause.USER_BUSY, ForwardKind.BUSY),
        (Cause.CALL_REJECTED, ForwardKind.BUSY),
        (Cause.NO_ANSWER, ForwardKind.NO_ANSWER),
        (Cause.SUBSCRIBER_ABSENT, ForwardKind.UNREACHABLE),
        (Cause.NO_USER_RESPONDING, ForwardKind.UNREACHABLE),
        (Cause.NETWORK_OUT_OF_ORDER, ForwardKind.UNREACHABLE),
        (Cause.SWITCH_CONGESTION, ForwardKind.UNREACHABLE),
    ],
)
def test_each_cause_asks_for_its_forward_and_for_no_other(cause, kind):
    everything = forwards(busy=OMAR, no_answer=OMAR, unreachable=OMAR)
    with_it, without = sara(forwards={kind: everything.pop(kind)}), sara(forwards=everything)
    assert after(with_it, cause, caller="", trail=Trail()) == Divert(kind, OMAR)
    assert after(without, cause, caller="", trail=Trail()) == Refused(cause)


def test_follow_me_rings_more_only_when_on_and_not_empty():
    steps = (FollowStep(number="09121234567", delay_s=5.0),)
    assert called(sara(follow_me=True, follow_steps=steps)) == Follow(30.0)
    assert called(sara(follow_me=True)) == Ring(30.0)
    assert called(sara(follow_steps=steps)) == Ring(30.0)


def test_who_gets_the_forwarded_calls_reaches_the_person_all_the_same():
    person = sara(forwards=forwards(always=OMAR, no_answer=OMAR))
    assert called(person, caller="102") == Ring(20.0)
    assert after(person, Cause.NO_ANSWER, caller="102", trail=Trail()) == Refused(Cause.NO_ANSWER)
    assert called(person, caller="103") == Divert(ForwardKind.ALWAYS, OMAR)


def test_two_who_forward_to_each_other_end_the_call():
    """A (101) to B (102) and back to A."""
    at_omar = Trail().then("101", ForwardKind.ALWAYS)
    omar = Person(number="102", forwards=forwards(always=Destination(EXTENSION, "101")))
    assert called(omar, trail=at_omar) == Refused(Cause.SUBSCRIBER_ABSENT, is_loop=True)


def test_a_loop_of_forwards_on_busy_is_busy():
    at_omar = Trail().then("101", ForwardKind.BUSY)
    omar = Person(number="102", forwards=forwards(busy=Destination(EXTENSION, "101")))
    assert after(omar, Cause.USER_BUSY, caller="", trail=at_omar) == Refused(
        Cause.USER_BUSY, is_loop=True
    )


def test_a_forward_to_oneself_is_a_loop():
    person = sara(forwards=forwards(always=Destination(EXTENSION, "101")))
    assert called(person) == Refused(Cause.SUBSCRIBER_ABSENT, is_loop=True)


def test_a_chain_ends_after_five_wherever_it_leads():
    trail = Trail()
    for hop in range(MAX_FORWARDS):
        person = Person(
            number=str(200 + hop), forwards=forwards(always=Destination(EXTENSION, str(201 + hop)))
        )
        assert isinstance(called(person, trail=trail), Divert)
        trail = trail.then(person.number, ForwardKind.ALWAYS)
    menu = Person(number="205", forwards=forwards(always=Destination(DestinationKind.IVR, "main")))
    assert called(menu, trail=trail) == Refused(Cause.SUBSCRIBER_ABSENT, is_loop=True)


def test_every_pair_of_offices_ends():
    """Whatever ten people forward to whom, a call comes to an end within six telephones."""
    people = {
        str(n): Person(
            number=str(n), forwards=forwards(always=Destination(EXTENSION, str((n * 7) % 10)))
        )
        for n in range(10)
    }
    for start in people:
        here, trail, steps = start, Trail(), 0
        while isinstance(step := called(people[here], trail=trail), Divert):
            trail, here, steps = trail.then(here, step.kind), step.to.name, steps + 1
        assert steps <= MAX_FORWARDS
        assert step == Refused(Cause.SUBSCRIBER_ABSENT, is_loop=True)
