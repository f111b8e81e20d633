"""Calls to the world outside and from it: routes, PINs, ways that fail, emergencies, calendars."""

from __future__ import annotations

import asyncio
import random

import pytest

from firmware.config.schema import Extension, Line, LineKind, Switch
from firmware.config.sections.calendars import Calendar, Hours, Weekday
from firmware.config.sections.routing import Dialling, Emergency, Inbound, LineGroup, Outbound
from firmware.link.client import Snapshot
from firmware.link.rows import LineRow
from firmware.model.cause import Cause
from firmware.model.record import CalendarOrder
from tests.jump import run
from tests.unit.switchd_bench import Rig, settle, site

WAYS = ("fxo-1", "fxo-2", "gsm-1")
FATES = (Cause.NO_CIRCUIT, Cause.USER_BUSY, Cause.NETWORK_OUT_OF_ORDER)


def office(**changes):
    parts = {
        "extension": (
            Extension(number="101", name="Sara", password="not-a-secret-1", permission="mobile"),
            Extension(number="102", name="Omar", password="not-a-secret-2", permission="internal"),
            Extension(number="201", name="Desk"),
        ),
        "line": (
            Line(name="fxo-1", kind=LineKind.TRUNK, route="calendar:office"),
            Line(name="fxo-2", kind=LineKind.TRUNK, route="ivr:main"),
            Line(name="gsm-1", kind=LineKind.MOBILE, route="number:09350000000"),
            Line(name="fxs-1", kind=LineKind.STATION, extension="201"),
        ),
        "outbound": (
            Outbound(name="secret", patterns=("077.",), ways=("gsm-1",), pin="2468"),
            Outbound(
                name="all",
                patterns=("0.", "9."),
                ways=("fxo-1", "fxo-2", "gsm-1"),
                permission="mobile",
            ),
        ),
        "calendar": (
            Calendar(
                name="office",
                hours=(Hours(days=tuple(Weekday), open=("00:00-24:00",)),),
                when_open="extension:101",
                when_closed="ivr:main",
            ),
        ),
        "switch": Switch(max_calls=20, ring_timeout_s=20.0),
    } | changes
    return site(**parts)


class Outdoors(Rig):
    """The exchange, and lines whose states the test sets."""

    def __init__(self, a_site=None):
        super().__init__(a_site or office())
        self.states = dict.fromkeys(WAYS, "idle")
        self.lines()

    def lines(self, **states):
        self.states |= {name.replace("_", "-"): state for name, state in states.items()}
        rows = tuple(
            LineRow(
                id=name,
                kind="mobile" if name == "gsm-1" else "trunk",
                state=state,
                simulated=True,
                number="",
                signal_dbm=None,
                fault="no battery" if state == "cut" else "",
            )
            for name, state in self.states.items()
        )
        self.exchange.outside.ways.told(Snapshot(rows={"line": rows}))

    @property
    def out(self):
        """The line of every call that went out, in order, with the number."""
        return [
            (d.headers["X-Markaz-Line"], d.uri.partition("@")[0].removeprefix("sip:"))
            for d in self.stack.dialled
            if "X-Markaz-Line" in d.headers
        ]


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
                await rig.until(lambda c=caller: c.leg.is_gone or not c.leg._digits.qsize())
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


# -- emergencies --------------------------------------------------------------------------------


def test_an_emergency_call_needs_no_permission_and_the_supervisors_are_told():
    async def story():
        rig = Outdoors()
        caller = rig.call("115", sender="102")
        await settle()
        assert rig.out == [("fxo-1", "115")]
        (row,) = rig.rows("emergency")
        assert (row.caller, row.number, row.service) == ("102", "115", "ambulance")
        rig.stack.dialled[0].leg.on_answered()
        await settle()
        assert rig.rows("emergency")[0].way == "fxo-1"
        caller.leave()
        await settle()
        assert rig.rows("emergency") == []
        assert "emergency 115 ambulance" in rig.ledger.story
        assert rig.ledger.last_call.line == "fxo-1"

    run(story())


def test_supervisors_are_rung_and_see_and_hear_who_calls_for_help():
    async def story():
        rig = Outdoors(office(emergency=Emergency(notify=("101", "102", "201"))))
        caller = rig.call("110", sender="102")
        await settle()
        uris = [d.uri.partition("@")[0] for d in rig.stack.dialled]
        assert sorted(uris) == ["sip:101", "sip:110", "sip:fxs-1"], "not who calls for help"
        supervisor = next(d for d in rig.stack.dialled if d.uri.startswith("sip:101@"))
        supervisor.leg.on_answered()
        await rig.until(lambda: any("emergency_alert" in line for line in rig.studio.log))
        assert not caller.leg.is_gone
        await rig.until(lambda: supervisor.leg.is_gone)

    run(story())


def test_an_emergency_call_is_taken_when_the_exchange_is_full():
    async def story():
        rig = Outdoors(office(switch=Switch(max_calls=1, ring_timeout_s=20.0)))
        rig.call("021222", sender="101")
        await settle()
        refused = rig.call("021222", sender="101")
        await settle()
        assert refused.said[-1] == "end SWITCH_CONGESTION"
        rig.lines(fxo_1="calling")
        rig.call("115", sender="102")
        await settle()
        assert rig.out[-1] == ("fxo-2", "115")

    run(story())


def test_when_every_line_is_taken_the_newest_call_that_is_no_emergency_is_cleared():
    async def story():
        rig = Outdoors()
        callers = {}
        for way in WAYS:
            callers[way] = rig.call("021222", sender="101")
            await asyncio.sleep(1.0)
            rig.stack.dialled[-1].leg.on_answered()
            rig.lines(**{way.replace("-", "_"): "in_use"})
            await rig.until(lambda w=way: rig.out[-1][0] == w)
        help_ = rig.call("115", sender="102")
        await settle()
        assert "180" in help_.said
        assert callers["gsm-1"].leg.is_gone, "the newest"
        assert callers["gsm-1"].said[-1] == "end PREEMPTION"
        assert not callers["fxo-1"].leg.is_gone
        assert rig.out[-1] == ("gsm-1", "021222"), "the line rests"
        rig.lines(gsm_1="ended")
        await settle()
        rig.call("021333", sender="201", line="fxs-1")  # nobody else gets the line
        rig.lines(gsm_1="idle")
        await settle()
        assert [out for out in rig.out if out[0] == "gsm-1"][-1] == ("gsm-1", "115")
        assert ("gsm-1", "021333") not in rig.out
        rig.stack.dialled[-1].leg.on_answered()
        await settle()
        assert "join 102 115" in rig.studio.log
        assert any(line.startswith("cleared_way gsm-1, of call") for line in rig.ledger.story)

    run(story())


def test_an_emergency_call_does_not_clear_another():
    async def story():
        rig = Outdoors(office(emergency=Emergency(ways=("fxo-1",))))
        first = rig.call("115", sender="101")
        await settle()
        rig.stack.dialled[0].leg.on_answered()
        rig.lines(fxo_1="in_use")
        second = rig.call("110", sender="102")
        await rig.until(lambda: second.leg.is_gone, timeout_s=60.0)
        assert not first.leg.is_gone
        assert rig.out == [("fxo-1", "115")]

    run(story())


def test_an_emergency_way_that_fails_is_followed_by_the_next_and_all_are_tried_again():
    async def story():
        rig = Outdoors()
        rig.call("115", sender="102")
        for n in range(4):
            await rig.until(lambda n=n: len(rig.out) == n + 1)
            rig.stack.dialled[n].leave(Cause.USER_BUSY)
        await rig.until(lambda: len(rig.out) == 5)
        assert [way for way, _number in rig.out] == [*WAYS, "fxo-1", "fxo-2"]

    run(story())


def test_an_emergency_number_behind_the_digit_for_a_line_outside():
    async def story():
        nine = Outbound(name="nine", patterns=("9.",), strip=1, ways=("gsm-1",), pin="2468")
        rig = Outdoors(office(outbound=(nine,)))
        rig.call("9115", sender="102")
        await settle()
        assert rig.out == [("fxo-1", "115")]

    run(story())


@pytest.mark.parametrize("seed", range(40))
def test_whatever_the_lines_do_help_is_found_or_refused_and_nothing_stays_behind(seed):
    """Random lines, calls on them, and fates of each attempt."""
    dice = random.Random(seed)

    async def story():
        rig = Outdoors(office(dialling=Dialling(max_calls=9)))
        others = []
        for _ in range(dice.randrange(4)):
            others.append(rig.call(dice.choice(("021222", "021333", "110")), sender="101"))
            await asyncio.sleep(0.5)
            if rig.out:
                rig.lines(**{rig.out[-1][0].replace("-", "_"): "in_use"})
                rig.stack.dialled[-1].leg.on_answered()
            await settle()
        rig.lines(**{dice.choice(("fxo_1", "fxo_2", "gsm_1")): dice.choice(("cut", "idle"))})
        emergencies = {
            call.id for call in rig.exchange._calls.values() if call.origin.called == "110"
        }
        first = len(rig.stack.dialled)
        caller = rig.call("115", sender="102")
        for _ in range(400):
            await asyncio.sleep(0.25)
            for dialog in rig.stack.dialled[first:]:
                if dialog.leg.state == "trying":
                    fate = dice.choice(("answer", *FATES))
                    dialog.leg.on_answered() if fate == "answer" else dialog.leave(fate)
            busy = {leg.way for c in rig.exchange._calls.values() for leg in c.legs if leg.is_live}
            for way, state in rig.states.items():
                if state == "in_use" and way not in busy:
                    rig.lines(**{way.replace("-", "_"): "idle"})
            if caller.leg.is_live or caller.leg.is_gone:
                break
        answered = caller.leg.is_live
        assert answered or caller.leg.is_gone
        if answered:
            caller.leave()
        await settle()
        assert rig.exchange.outside.ways.reserved == set()
        assert {row.number for row in rig.rows("emergency")} <= {"110"}
        cleared = [e.call_id for e in rig.ledger.records if getattr(e, "name", "") == "cleared"]
        assert not emergencies & set(cleared)
        assert len(cleared) == len(set(cleared)) <= 5
        for other in others:
            if not other.leg.is_gone:
                other.leave()
        await rig.until(lambda: rig.exchange.calls == 0, timeout_s=200.0)

    run(story())
