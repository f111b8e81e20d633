"""Calls between extensions, from the first INVITE to the record."""

from __future__ import annotations

import pytest

from firmware.model.cause import Cause
from firmware.model.dialplan import DestinationKind
from firmware.model.record import Disposition
from firmware.switchd import plans
from tests.jump import run
from tests.unit.switchd_bench import Rig, settle, site


def test_an_extension_is_rung_answered_joined_and_recorded():
    async def story():
        rig = Rig()
        caller = rig.call("101", sender="102")
        await settle()
        [callee] = rig.stack.dialled
        assert callee.uri == "sip:101@markaz.internal"
        callee.leg.on_ringing()
        assert caller.said == ["180"]
        callee.leg.on_answered()
        await settle()
        assert caller.said == ["180", "200"]
        assert rig.studio.log == ["join 102 101", "caller is 102", "callee is 101"]
        caller.leave()
        await settle()
        assert callee.said == ["end NORMAL_CLEARING"]
        assert rig.studio.log[-2:] == ["recording rests", "recorded"]
        record = rig.ledger.last_call
        assert (record.caller, record.caller_name, record.called) == ("102", "Omar", "101")
        assert record.disposition == Disposition.ANSWERED
        assert record.hung_up_by == "caller"
        assert record.cause == Cause.NORMAL_CLEARING
        assert record.config_version == 7
        assert len(rig.ledger.legs) == 2
        assert rig.rows("call") == rig.rows("leg") == []
        assert rig.exchange.calls == 0

    run(story())


def test_the_callee_may_hang_up_too():
    async def story():
        rig = Rig()
        caller = rig.call("101")
        await settle()
        rig.stack.dialled[0].leg.on_answered()
        await settle()
        rig.stack.dialled[0].leave()
        await settle()
        assert caller.said[-1] == "end NORMAL_CLEARING"
        assert rig.ledger.last_call.hung_up_by == "callee"

    run(story())


def test_an_unknown_number_is_announced_and_refused_with_404s_cause():
    async def story():
        rig = Rig()
        caller = rig.call("999")
        await caller.leg.gone()
        await settle()
        assert caller.said == ["183", "end UNALLOCATED_NUMBER"]
        assert "play unknown_number en" in rig.studio.log
        assert rig.ledger.last_call.disposition == Disposition.FAILED

    run(story())


def test_a_busy_telephone_is_told_by_its_status_alone():
    async def story():
        rig = Rig()
        caller = rig.call("101")
        await settle()
        rig.stack.dialled[0].leave(Cause.USER_BUSY)
        await settle()
        assert caller.said == ["end USER_BUSY"]
        assert rig.studio.log == []
        assert rig.ledger.last_call.disposition == Disposition.BUSY

    run(story())


def test_nobody_answers_within_the_ring_time():
    async def story():
        rig = Rig()
        caller = rig.call("101")
        await settle()
        rig.stack.dialled[0].leg.on_ringing()
        await caller.leg.gone()
        await settle()
        assert rig.stack.dialled[0].said == ["end NO_ANSWER"]
        assert caller.said == ["180", "183", "end NO_ANSWER"]
        record = rig.ledger.last_call
        assert record.disposition == Disposition.NO_ANSWER
        assert record.ended_at - record.started_at == 20.0 + 2.0  # ringing, announcement

    run(story())


def test_an_unregistered_telephone_is_said_to_be_unreachable():
    async def story():
        rig = Rig()
        caller = rig.call("101")
        await settle()
        rig.stack.dialled[0].leave(Cause.SUBSCRIBER_ABSENT)
        await caller.leg.gone()
        assert "play unreachable en" in rig.studio.log
        assert caller.said == ["183", "end SUBSCRIBER_ABSENT"]

    run(story())


def test_a_caller_who_gives_up_while_it_rings_cancels_the_callee():
    async def story():
        rig = Rig()
        caller = rig.call("101")
        await settle()
        rig.stack.dialled[0].leg.on_ringing()
        caller.leave()
        await settle()
        assert rig.stack.dialled[0].said == ["end NORMAL_CLEARING"]
        assert rig.ledger.last_call.disposition == Disposition.CANCELLED

    run(story())


def test_an_answer_that_crosses_the_callers_cancel_is_hung_up():
    async def story():
        rig = Rig()
        caller = rig.call("101")
        await settle()
        [callee] = rig.stack.dialled
        callee.leg.on_answered()  # and in the same instant
        caller.leave()
        await settle()
        assert callee.said == ["end NORMAL_CLEARING"]
        assert rig.exchange.calls == 0

    run(story())


def test_a_held_party_hears_music_until_it_is_taken_back():
    async def story():
        rig = Rig()
        caller = rig.call("101")
        await settle()
        [callee] = rig.stack.dialled
        callee.leg.on_answered()
        await settle()
        callee.leg.on_held(True)
        assert rig.rows("leg")[1].state == "held"
        callee.leg.on_held(False)
        assert rig.rows("leg")[1].state == "answered"
        caller.leave()
        await settle()

    run(story())


def test_the_exchange_refuses_what_is_over_its_limit():
    async def story():
        rig = Rig()
        callers = [rig.call("101", sender=str(n)) for n in range(4)]
        await settle()
        assert [c.said for c in callers] == [[], [], [], ["end SWITCH_CONGESTION"]]
        assert rig.ledger.last_call.disposition == Disposition.CONGESTION
        assert len(rig.stack.dialled) == 3

    run(story())


def test_a_full_stack_is_announced_as_congestion():
    async def story():
        rig = Rig()
        rig.stack.is_full = True
        caller = rig.call("101")
        await caller.leg.gone()
        assert caller.said == ["183", "end SWITCH_CONGESTION"]
        assert "play congestion en" in rig.studio.log
        await settle()
        assert rig.exchange.calls == 0

    run(story())


def test_a_call_from_a_station_line_is_its_extensions_call():
    async def story():
        rig = Rig()
        rig.call("101", sender="fxs-1", line="fxs-1")
        await settle()
        [row] = rig.rows("call")
        assert (row.caller, row.caller_name) == ("201", "Desk")

    run(story())


def test_a_station_line_is_called_at_lined():
    async def story():
        rig = Rig()
        rig.call("201")
        await settle()
        assert rig.stack.dialled[0].uri == "sip:fxs-1@127.0.0.4:15095"

    run(story())


def test_when_lined_dies_the_calls_on_its_lines_end():
    async def story():
        rig = Rig()
        on_line = rig.call("101", sender="0912", line="fxo-1")
        inside = rig.call("101", sender="102")
        await settle()
        rig.exchange.lines_lost()
        await settle()
        assert on_line.leg.is_gone
        assert not inside.leg.is_gone

    run(story())


def test_a_call_can_be_hung_up_by_order_and_an_unknown_one_is_an_error():
    async def story():
        rig = Rig()
        caller = rig.call("101")
        await settle()
        [row] = rig.rows("call")
        rig.exchange.orders.hang_up(row.id)
        await settle()
        assert caller.leg.is_gone
        with pytest.raises(KeyError, match=row.id):
            rig.exchange.orders.hang_up(row.id)

    run(story())


def test_a_new_configuration_is_taken_while_calls_run():
    async def story():
        rig = Rig()
        rig.call("101")
        await settle()
        before = site()
        rig.exchange.reload(site(extension=before.extension[1:], queue=(), ivr=(), line=()), 8)
        again = rig.call("101")
        await again.leg.gone()
        assert again.said[-1] == "end UNALLOCATED_NUMBER"
        await settle()
        assert len(rig.rows("call")) == 1

    run(story())


@pytest.mark.parametrize(
    ("number", "destination"),
    [
        ("101", "extension:101"),
        ("600", "ivr:main"),
        ("601", "queue:support"),
        ("main", None),
        ("support", None),
        ("0601", None),
    ],
)
def test_a_dialled_number_reaches_what_the_configuration_gives_it(number, destination):
    reached = plans.dialplan(numbered_site()).dialled(number)
    assert (None if reached is None else str(reached)) == destination


def test_a_queue_and_a_menu_without_a_number_are_reached_by_none():
    reached = plans.dialplan(site()).numbers.items()
    people = {number for number, to in reached if to.kind is not DestinationKind.PARK}
    assert people == {"101", "102", "201"}


def test_a_telephone_inside_dials_a_queues_number_and_waits_in_it():
    async def story():
        rig = Rig(numbered_site())
        caller = rig.call("601", sender="201")
        await settle()
        assert caller.said == ["200"]
        [agent] = rig.stack.dialled
        assert agent.uri == "sip:101@markaz.internal"
        agent.leg.on_answered()
        await settle()
        assert "join 201 101" in rig.studio.log
        caller.leave()
        await settle()
        record = rig.ledger.last_call
        assert (record.called, record.queue, record.agent) == ("601", "support", "101")

    run(story())


def test_a_fax_that_a_line_hears_is_on_the_calls_record():
    async def story():
        rig = Rig()
        caller = rig.call("", sender="0912", line="fxo-1")
        await settle()
        caller.leg.on_heard("fax: cng")
        assert "heard fax: cng from fxo-1" in rig.ledger.story

    run(story())


def test_a_telephone_inside_dials_a_menus_number_and_is_asked():
    async def story():
        rig = Rig(numbered_site())
        caller = rig.call("600", sender="101")
        await settle()
        assert caller.said == ["200"]
        assert rig.studio.log == ["play welcome en"]
        caller.leg.on_digit("2")
        await settle()
        assert rig.stack.dialled[0].uri == "sip:102@markaz.internal"
        caller.leave()
        await settle()
        assert rig.ledger.last_call.digits == "2"

    run(story())


def numbered_site():
    plain = site()
    return site(
        ivr=(plain.ivr[0].model_copy(update={"number": "600"}),),
        queue=(plain.queue[0].model_copy(update={"number": "601"}),),
    )


def test_an_offer_that_cannot_be_answered_ends_the_call_and_nothing_else():
    async def story():
        rig = Rig()
        caller = rig.call("999")
        caller.progress = caller.leave  # pjsua refuses the offered session inside the order
        other = rig.call("101")
        await settle()
        assert caller.leg.is_gone
        assert not other.leg.is_gone
        assert rig.exchange.calls == 1

    run(story())
