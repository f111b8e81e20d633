"""Calls to the world outside and from it: routes, PINs, ways that fail, calendars."""

from __future__ import annotations

from firmware.config.sections.calendars import Calendar
from firmware.config.sections.routing import Dialling, Inbound, LineGroup, Outbound
from firmware.model.cause import Cause
from firmware.model.record import CalendarOrder
from tests.jump import run
from tests.unit.outside_bench import Outdoors, office
from tests.unit.switchd_bench import settle

# -- outwards -----------------------------------------------------------------------------------


def test_a_telephone_calls_outside_by_the_first_way_and_the_record_says_which():
    async def story():
        rig = Outdoors()
        caller = rig.call("021222", sender="101")
        await settle()
        assert rig.out == [("fxo-1", "021222")]
        rig.stack.dialled[0].leg.on_progress()
        assert "183" in caller.said
        assert "early media to 101 from 021222" in rig.studio.log
        rig.stack.dialled[0].leg.on_answered()
        await settle()
        assert "join 101 021222" in rig.studio.log
        caller.leave()
        await settle()
        assert rig.ledger.last_call.line == "fxo-1"
        assert rig.ledger.last_call.disposition == "answered"
        assert "routed all" in rig.ledger.story

    run(story())


def test_a_way_that_fails_is_followed_by_the_next_at_once():
    async def story():
        rig = Outdoors()
        rig.lines(fxo_1="cut")
        rig.call("021222", sender="101")
        await settle()
        assert rig.out == [("fxo-2", "021222")]
        assert "way_passed_over fxo-1: down no battery" in rig.ledger.story
        rig.stack.dialled[0].leave(Cause.NO_CIRCUIT)
        await settle()
        assert rig.out == [("fxo-2", "021222"), ("gsm-1", "021222")]
        rig.stack.dialled[1].leg.on_answered()
        await settle()
        assert "way_failed fxo-2: no_circuit" in rig.ledger.story

    run(story())


def test_a_busy_party_is_busy_by_every_way():
    async def story():
        rig = Outdoors()
        caller = rig.call("021222", sender="101")
        await settle()
        rig.stack.dialled[0].leave(Cause.USER_BUSY)
        await settle()
        assert len(rig.out) == 1
        assert caller.said[-1] == "end USER_BUSY"

    run(story())


def test_when_no_way_is_left_the_caller_hears_that_all_lines_are_busy():
    async def story():
        rig = Outdoors()
        rig.lines(fxo_1="in_use", fxo_2="fault", gsm_1="cut")
        caller = rig.call("021222", sender="101")
        await rig.until(lambda: caller.leg.is_gone)
        assert rig.out == []
        assert "play lines_busy en" in rig.studio.log
        assert rig.ledger.last_call.disposition == "congestion"

    run(story())


def test_who_may_not_call_there_is_told_so_and_nothing_goes_out():
    async def story():
        rig = Outdoors()
        caller = rig.call("021222", sender="102")
        await rig.until(lambda: caller.leg.is_gone)
        assert rig.out == []
        assert "play not_permitted en" in rig.studio.log
        assert caller.said[-1] == "end CALL_REJECTED"

    run(story())


def test_the_right_pin_opens_the_route_and_is_written_nowhere():
    async def story():
        rig = Outdoors()
        caller = rig.call("0771", sender="101")
        await settle()
        for key in "1111#":
            caller.leg.on_digit(key)
        await rig.until(lambda: rig.studio.log.count("play enter_pin en") == 2)
        assert "play wrong_pin en" in rig.studio.log
        for key in "2468#":
            caller.leg.on_digit(key)
        await rig.until(lambda: rig.out == [("gsm-1", "0771")])
        assert rig.ledger.story.count("pin_wrong") == 1
        assert not any("2468" in repr(record) for record in rig.ledger.records)

    run(story())


def test_who_guesses_pins_is_no_longer_asked():
    async def story():
        rig = Outdoors()
        for _attempt in range(3):
            caller = rig.call("0771", sender="101")
            for n in range(1, 4):
                asked = rig.studio.log.count("play enter_pin en")
                await rig.until(lambda n=n, a=asked: a or rig.studio.log.count("play enter_pin en"))
                for key in f"000{n}#":
                    caller.leg.on_digit(key)
                await rig.until(lambda c=caller: c.leg.is_gone or not c.leg.has_keys)
            await rig.until(lambda c=caller: c.leg.is_gone)
        asked = rig.studio.log.count("play enter_pin en")
        caller = rig.call("0771", sender="101")
        await rig.until(lambda: caller.leg.is_gone)
        assert rig.studio.log.count("play enter_pin en") == asked == 9
        assert rig.studio.log.count("play too_many_attempts en") == 4
        assert rig.out == []

    run(story())


def test_one_extension_has_only_so_many_calls_outside():
    async def story():
        rig = Outdoors(office(dialling=Dialling(max_calls=2)))
        for _ in range(3):
            last = rig.call("021222", sender="101")
            await settle()
        assert len(rig.out) == 2
        await rig.until(lambda: last.leg.is_gone)
        assert "over_limit extension 101 has 2 calls outside" in rig.ledger.story
        other = rig.call("0771", sender="102")
        await settle()
        assert not other.leg.is_gone  # limits are each extension's own

    run(story())


def test_a_call_longer_than_its_route_allows_ends():
    async def story():
        short = Outbound(name="short", patterns=("0.",), ways=("fxo-1",), max_minutes=2)
        rig = Outdoors(office(outbound=(short,)))
        caller = rig.call("021222", sender="101")
        await settle()
        rig.stack.dialled[0].leg.on_answered()
        await rig.until(lambda: caller.leg.is_gone, timeout_s=121.0)

    run(story())


def test_the_lines_of_a_group_take_turns():
    async def story():
        group = LineGroup(name="land", lines=("fxo-1", "fxo-2"), order="rotate")
        route = Outbound(name="all", patterns=("0.",), ways=("land",))
        rig = Outdoors(office(line_group=(group,), outbound=(route,)))
        for _ in range(3):
            rig.call("021222", sender="101").leave()
            await settle()
        assert [line for line, _number in rig.out] == ["fxo-1", "fxo-2", "fxo-1"]

    run(story())


def test_an_outside_caller_cannot_be_sent_where_the_transferor_may_not_call():
    async def story():
        rig = Outdoors()
        outside = rig.call("fxo-2", sender="0912", line="fxo-2")
        await rig.until(lambda: "play welcome en" in rig.studio.log)
        outside.leg.on_digit("2")  # extension 102, which may call inside only
        await rig.until(lambda: rig.stack.dialled)
        rig.stack.dialled[0].leg.on_answered()
        await settle()
        rig.refer(rig.stack.dialled[0], "021222")
        await rig.until(lambda: any("not_permitted" in line for line in rig.ledger.story))
        assert rig.out == []

    run(story())


def test_a_party_outside_cannot_transfer_whom_it_talks_to():
    async def story():
        rig = Outdoors()
        rig.call("021222", sender="101")
        await settle()
        outside = rig.stack.dialled[0]
        outside.leg.on_answered()
        await settle()
        rig.refer(outside, "00900123456")
        await settle()
        assert rig.out == [("fxo-1", "021222")]
        assert not outside.leg.is_gone

    run(story())


# -- inwards ------------------------------------------------------------------------------------


def test_the_night_switch_changes_where_calls_go_and_is_remembered():
    async def story():
        rig = Outdoors()
        rig.call("fxo-1", sender="0912", line="fxo-1")
        await settle()
        assert rig.stack.dialled[-1].uri.startswith("sip:101@")
        code = rig.call("*28", sender="101")
        await rig.until(lambda: code.leg.is_gone)
        assert "play night_on en" in rig.studio.log
        (row,) = rig.rows("calendar")
        assert (row.state, row.override, row.number) == ("closed", "closed", "*28")
        rig.call("fxo-1", sender="0912", line="fxo-1")
        await rig.until(lambda: "play welcome en" in rig.studio.log)
        orders = [r for r in rig.ledger.records if isinstance(r, CalendarOrder)]
        assert [(order.id, order.state) for order in orders] == [("office", "closed")]
        code = rig.call("*28", sender="101")
        await rig.until(lambda: code.leg.is_gone)
        assert rig.rows("calendar")[0].state == "open"

    run(story())


def test_an_inbound_route_comes_before_the_lines_own():
    async def story():
        vip = Inbound(name="vip", ways=("fxo-2",), caller=("0935.",), to="extension:102")
        rig = Outdoors(office(inbound=(vip,)))
        rig.call("fxo-2", sender="0935111", line="fxo-2")
        await settle()
        assert rig.stack.dialled[-1].uri.startswith("sip:102@")
        rig.call("fxo-2", sender="0912", line="fxo-2")
        await rig.until(lambda: "play welcome en" in rig.studio.log)

    run(story())


def test_a_call_that_places_send_round_at_once_ends():
    async def story():
        calendars = (
            Calendar(name="office", when_closed="calendar:other"),
            Calendar(name="other", slot="1", when_closed="calendar:office"),
        )
        rig = Outdoors(office(calendar=calendars))
        caller = rig.call("fxo-1", sender="0912", line="fxo-1")
        await settle()
        assert caller.said == ["end SWITCH_CONGESTION"]
        assert "led_in_a_circle calendar:office" in rig.ledger.story

    run(story())


def test_a_line_may_lead_straight_outside_again():
    async def story():
        rig = Outdoors()
        rig.call("gsm-1", sender="0912", line="gsm-1")
        rig.lines(gsm_1="offered")
        await settle()
        assert rig.out == [("fxo-1", "09350000000")]

    run(story())
