"""What people have set, and what callers then hear and where they get."""

from __future__ import annotations

import itertools

import pytest

from firmware.config.schema import Extension
from firmware.config.sections.voicemail import Voicemail
from firmware.link.rows import FollowRow
from firmware.model.cause import Cause
from firmware.model.personal import ForwardKind
from firmware.model.record import Disposition, PersonRecord
from firmware.store.people import record_of
from tests.jump import run
from tests.unit.switchd_bench import Rig, settle, site

PEOPLE = tuple(
    Extension(number=number, name=name, password=f"not-a-secret-{number}", pin=pin)
    for number, name, pin in (
        ("101", "Sara", "2847"),
        ("102", "Omar", None),
        ("103", "Lena", "7391"),
        ("104", "Reza", None),
        ("201", "Desk", None),
    )
)
QUIET = Voicemail(for_everyone=False)


def office(**changes):
    return Rig(site(extension=PEOPLE, voicemail=QUIET, **changes))


def rung(rig):
    """The numbers whose telephones have been called, in order."""
    return [dialog.uri.removeprefix("sip:").partition("@")[0] for dialog in rig.stack.dialled]


def person(rig, number):
    return next(row for row in rig.rows("person") if row.id == number)


async def over(rig, caller):
    """The caller hangs up; every call has exactly one record and nobody is left."""
    caller.leave()
    await settle()
    assert rig.exchange.calls == 0
    assert rig.rows("call") == rig.rows("leg") == []


def test_do_not_disturb_is_busy_and_rings_nobody():
    async def story():
        rig = office()
        rig.exchange.people.set_do_not_disturb("101", True)
        caller = rig.call("101")
        await settle()
        assert rung(rig) == []
        assert caller.said == ["end USER_BUSY"]
        assert rig.ledger.last_call.disposition == Disposition.BUSY
        assert person(rig, "101").dnd

    run(story())


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        (ForwardKind.BUSY, Cause.USER_BUSY),
        (ForwardKind.BUSY, Cause.CALL_REJECTED),
        (ForwardKind.UNREACHABLE, Cause.SUBSCRIBER_ABSENT),
        (ForwardKind.UNREACHABLE, Cause.NETWORK_OUT_OF_ORDER),
    ],
)
def test_a_call_the_telephone_refuses_goes_where_the_cause_says(kind, cause):
    async def story():
        rig = office()
        rig.exchange.people.set_forward("101", kind, "103")
        caller = rig.call("101")
        await settle()
        rig.stack.dialled[0].leave(cause)
        await settle()
        assert rung(rig) == ["101", "103"]
        rig.stack.dialled[1].leg.on_answered()
        await settle()
        assert caller.said[-1] == "200"
        assert f"forwarded 101 {kind} to extension:103" in rig.ledger.story
        await over(rig, caller)
        assert rig.ledger.last_call.disposition == Disposition.ANSWERED
        assert len({r.id for r in rig.ledger.legs}) == 3

    run(story())


def test_forward_always_does_not_ring_the_telephone_and_says_who_was_meant():
    async def story():
        rig = office()
        rig.exchange.people.set_forward("101", ForwardKind.ALWAYS, "103")
        caller = rig.call("101")
        await settle()
        assert rung(rig) == ["103"]
        headers = rig.stack.dialled[0].headers
        assert headers["Diversion"] == ("<sip:101@markaz.internal>;reason=unconditional;counter=1")
        assert headers["History-Info"] == (
            "<sip:101@markaz.internal?Reason=SIP%3Bcause%3D302>;index=1, "
            "<sip:103@markaz.internal>;index=1.1;mp=1"
        )
        await over(rig, caller)

    run(story())


def test_a_call_nobody_forwarded_says_nothing_of_forwards():
    async def story():
        rig = office()
        caller = rig.call("101")
        await settle()
        assert not {"Diversion", "History-Info"} & set(rig.stack.dialled[0].headers)
        await over(rig, caller)

    run(story())


def test_no_answer_forwards_after_the_time_the_person_set():
    async def story():
        rig = office()
        rig.exchange.people.set_forward("101", ForwardKind.NO_ANSWER, "103", 8.0)
        caller = rig.call("101")
        await settle()
        rig.stack.dialled[0].leg.on_ringing()
        await rig.stack.dialled[0].leg.gone()
        await settle()
        assert rung(rig) == ["101", "103"]
        assert rig.stack.dialled[0].said == ["end NO_ANSWER"]
        assert rig.exchange._clock() - 1_000_000.0 == pytest.approx(8.0)
        await over(rig, caller)

    run(story())


def test_a_telephone_that_stops_ringing_by_itself_did_not_answer():
    async def story():
        rig = office()
        rig.exchange.people.set_forward("101", ForwardKind.NO_ANSWER, "103")
        rig.exchange.people.set_forward("101", ForwardKind.UNREACHABLE, "104")
        caller = rig.call("101")
        await settle()
        rig.stack.dialled[0].leg.on_ringing()
        rig.stack.dialled[0].leave(Cause.SUBSCRIBER_ABSENT)
        await settle()
        assert rung(rig) == ["101", "103"]
        await over(rig, caller)

    run(story())


def test_two_who_forward_to_each_other_end_the_call_with_the_right_words():
    async def story():
        rig = office()
        rig.exchange.people.set_forward("101", ForwardKind.ALWAYS, "103")
        rig.exchange.people.set_forward("103", ForwardKind.ALWAYS, "101")
        caller = rig.call("101", sender="104")
        await caller.leg.gone()
        await settle()
        assert rung(rig) == []
        assert "play unreachable en" in rig.studio.log
        assert caller.said == ["183", "end SUBSCRIBER_ABSENT"]
        assert "forward_not_followed 103: it leads back" in rig.ledger.story
        assert rig.exchange.calls == 0

    run(story())


def test_a_chain_of_forwards_ends_after_five():
    async def story():
        numbers = [str(300 + i) for i in range(8)]
        rig = Rig(
            site(
                extension=tuple(
                    Extension(number=n, name=n, password=f"not-a-secret-{n}")
                    for n in ("101", "102", "201", *numbers)
                ),
                voicemail=QUIET,
            )
        )
        for here, there in itertools.pairwise(numbers):
            rig.exchange.people.set_forward(here, ForwardKind.ALWAYS, there)
        caller = rig.call("300", sender="102")
        await caller.leg.gone()
        await settle()
        assert rung(rig) == []
        assert sum("forwarded" in line for line in rig.ledger.story) == 5

    run(story())


def test_who_gets_the_forwarded_calls_still_reaches_the_person():
    async def story():
        rig = office()
        rig.exchange.people.set_forward("101", ForwardKind.ALWAYS, "103")
        caller = rig.call("101", sender="103")
        await settle()
        assert rung(rig) == ["101"]
        await over(rig, caller)

    run(story())


@pytest.mark.parametrize(
    ("to", "error"),
    [("101", "to itself"), ("999", "no number"), ("*78", "no number"), ("extension:9", "no num")],
)
def test_a_forward_that_leads_nowhere_is_refused(to, error):
    async def story():
        rig = office()
        with pytest.raises(ValueError, match=error):
            rig.exchange.people.set_forward("101", ForwardKind.ALWAYS, to)
        assert person(rig, "101").forwards == {}

    run(story())


def test_nothing_can_be_set_for_a_number_that_is_no_extension():
    async def story():
        rig = office()
        for order in (
            lambda: rig.exchange.people.set_do_not_disturb("999", True),
            lambda: rig.exchange.people.set_forward("999", ForwardKind.BUSY, "101"),
            lambda: rig.exchange.people.log_in_at("101", "999"),
            lambda: rig.exchange.people.log_in_at("999", "101"),
        ):
            with pytest.raises(KeyError, match="there is no extension 999"):
                order()

    run(story())


def test_a_forward_to_somebody_who_has_left_the_office_is_announced():
    async def story():
        rig = office()
        rig.exchange.people.set_forward("101", ForwardKind.ALWAYS, "104")
        smaller = site(extension=PEOPLE[:3] + PEOPLE[4:], voicemail=QUIET)
        rig.exchange.reload(smaller, 8)
        caller = rig.call("101")
        await caller.leg.gone()
        await settle()
        assert caller.said[-1] == "end UNALLOCATED_NUMBER"
        assert [row.id for row in rig.rows("person")] == ["101", "102", "103", "201"]

    run(story())


def test_call_waiting_rings_a_busy_telephone_only_when_it_is_on():
    async def story():
        rig = office()
        first = rig.call("101", sender="102")
        await settle()
        rig.stack.dialled[0].leg.on_answered()
        await settle()
        second = rig.call("101", sender="103")
        await settle()
        assert rung(rig) == ["101", "101"]
        second.leave()
        await settle()
        rig.exchange.people.set_call_waiting("101", False)
        third = rig.call("101", sender="103")
        await settle()
        assert rung(rig) == ["101", "101"]
        assert third.said == ["end USER_BUSY"]
        await over(rig, first)

    run(story())


def test_follow_me_rings_more_telephones_and_the_first_answer_wins():
    async def story():
        rig = office()
        people = rig.exchange.people
        people.set_follow_steps("101", (FollowRow(number="103", delay_s=5.0),))
        people.set_follow_me("101", True)
        caller = rig.call("101", sender="102")
        await settle()
        assert rung(rig) == ["101"]
        rig.stack.dialled[0].leg.on_ringing()
        await rig.until(lambda: len(rig.stack.dialled) == 2)
        assert rung(rig) == ["101", "103"]
        assert rig.exchange._clock() - 1_000_000.0 == pytest.approx(5.0, abs=0.2)
        rig.stack.dialled[1].leg.on_answered()
        await settle()
        assert rig.stack.dialled[0].said == ["end ANSWERED_ELSEWHERE"]
        assert "join 102 103" in rig.studio.log
        await over(rig, caller)

    run(story())


def test_follow_me_without_numbers_cannot_be_switched_on():
    async def story():
        rig = office()
        with pytest.raises(ValueError, match="no numbers to follow"):
            rig.exchange.people.set_follow_me("101", True)
        with pytest.raises(ValueError, match="to itself"):
            rig.exchange.people.set_follow_steps("101", (FollowRow(number="101", delay_s=0),))

    run(story())


def test_who_logs_in_at_another_telephone_is_reached_and_known_there():
    async def story():
        rig = office()
        rig.exchange.people.log_in_at("101", "201")
        assert (person(rig, "101").at, person(rig, "201").guest) == ("201", "101")
        caller = rig.call("101", sender="102")
        await settle()
        [dialog] = rig.stack.dialled
        assert dialog.uri.startswith("sip:fxs-1@")
        assert dialog.leg.party == "101"
        await over(rig, caller)
        made = rig.call("102", sender="", line="fxs-1", asserted=False)
        await settle()
        assert rig.ledger.last_call.caller == "101"
        await over(rig, made)
        assert rig.exchange.people.log_out_of("201") == "101"
        again = rig.call("101", sender="102")
        await settle()
        assert rig.stack.dialled[-1].uri == "sip:101@markaz.internal"
        await over(rig, again)

    run(story())


def test_the_second_who_logs_in_at_a_telephone_sends_the_first_home():
    async def story():
        rig = office()
        rig.exchange.people.log_in_at("101", "201")
        rig.exchange.people.log_in_at("103", "201")
        assert rig.exchange.people.desk_of("101") == "101"
        assert rig.exchange.people.at("201") == "103"

    run(story())


def test_settings_are_put_on_record_and_come_back():
    async def story():
        rig = office()
        rig.exchange.people.set_do_not_disturb("101", True)
        rig.exchange.people.set_do_not_disturb("101", True)  # nothing new: nothing to write
        kept = [r for r in rig.ledger.records if isinstance(r, PersonRecord)]
        sara = rig.exchange.people.of("101")
        assert kept == [record_of(sara, 1_000_000.0)]
        again = office()
        again.exchange.people.restore({"101": sara}, [])
        assert person(again, "101").dnd

    run(story())


def test_a_transfer_begins_a_new_trail():
    async def story():
        rig = office()
        rig.exchange.people.set_forward("101", ForwardKind.ALWAYS, "103")
        caller = rig.call("101", sender="102")
        await settle()
        rig.stack.dialled[0].leg.on_answered()
        await settle()
        rig.refer(rig.stack.dialled[0], "104")
        await settle()
        assert rung(rig) == ["103", "104"]
        assert "Diversion" in rig.stack.dialled[0].headers
        assert "Diversion" not in rig.stack.dialled[1].headers
        rig.stack.dialled[0].leave()
        await over(rig, caller)

    run(story())
