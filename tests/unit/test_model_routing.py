"""Routing: which rule takes a call, inwards and outwards, and the reason it gives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.model.calendar import CalendarState
from firmware.model.dialplan import Destination
from firmware.model.pattern import Pattern
from firmware.model.routing import (
    Answer,
    Arrival,
    Carried,
    Condition,
    Dialler,
    Emergency,
    GroupOrder,
    InboundRoute,
    OutboundRoute,
    Permission,
    Routing,
    in_turn,
    to_clear,
)

QUEUE, MENU, DESK = map(Destination.parse, ("queue:support", "ivr:main", "extension:101"))
EMERGENCY = Emergency(numbers={"115": "ambulance", "110": "police"}, ways=("fxo-1",))


def always(state):
    return lambda _name: state


OPEN, CLOSED = always(CalendarState.OPEN), always(CalendarState.CLOSED)


def inbound(name="r", **parts):
    return InboundRoute(name=name, **({"to": QUEUE} | parts))


def outbound(name="r", patterns=("0.",), **parts):
    made = tuple(map(Pattern, patterns))
    return OutboundRoute(name=name, patterns=made, **({"ways": ("fxo-1",)} | parts))


def rules(*, inward=(), outward=(), defaults=None):
    return Routing(
        inbound=tuple(inward),
        outbound=tuple(outward),
        defaults=defaults or {},
        emergency=EMERGENCY,
    )


def arrive(routing, way="fxo-1", did="", caller="0912", at=OPEN):
    return routing.arrive(Arrival(way=way, did=did, caller=caller), at)


def leave(routing, number, permission=Permission.INTERNATIONAL, at=OPEN, extension="101"):
    return routing.leave(number, Dialler(extension=extension, permission=permission), at)


# -- inwards ------------------------------------------------------------------------------------


def test_the_first_route_that_fits_takes_the_call_and_the_others_say_why_not() -> None:
    routing = rules(
        inward=(
            inbound("other-line", ways=frozenset({"fxo-2"})),
            inbound("vip", caller=(Pattern("0935."),)),
            inbound("night", when=Condition(calendar="office", state=CalendarState.CLOSED)),
            inbound("rest", to=MENU),
            inbound("never"),
        )
    )
    found = arrive(routing)
    assert (found.to, found.route) == (MENU, "rest")
    assert found.why == (
        "inbound route other-line: it is not for fxo-1",
        'inbound route vip: the caller, "0912", matches none of its patterns',
        "inbound route night: calendar office is open, not closed",
        "inbound route rest: takes it, to ivr:main",
    )
    assert arrive(routing, at=CLOSED).route == "night"
    assert arrive(routing, at=always(CalendarState.HOLIDAY)).route == "night"


def test_a_route_for_holidays_does_not_take_ordinary_nights() -> None:
    holiday = Condition(calendar="office", state=CalendarState.HOLIDAY)
    routing = rules(inward=(inbound(when=holiday),))
    assert arrive(routing, at=always(CalendarState.HOLIDAY)).to == QUEUE
    assert arrive(routing, at=CLOSED).to is None


def test_did_and_withheld_numbers() -> None:
    routing = rules(
        inward=(
            inbound("sales", did=(Pattern("02122334455"), Pattern("021223345XX"))),
            inbound("shy", withheld=True, to=DESK),
        )
    )
    assert arrive(routing, way="sip-1", did="02122334567").route == "sales"
    assert arrive(routing, way="sip-1", did="02199999999", caller="").route == "shy"
    assert arrive(routing, way="sip-1", did="02199999999").to is None


def test_a_call_no_route_takes_goes_where_its_line_says_or_nowhere() -> None:
    routing = rules(defaults={"fxo-1": MENU})
    assert arrive(routing).to == MENU
    lost = arrive(routing, way="fxo-9")
    assert (lost.to, lost.why) == (None, ("the route of fxo-9 itself: there is none",))


# -- outwards -----------------------------------------------------------------------------------


def test_a_number_is_rewritten_and_goes_by_the_first_route_that_fits() -> None:
    routing = rules(
        outward=(
            outbound("mobile", ("9.09XXXXXXXXX", "909XXXXXXXXX")[1:], strip=1),
            outbound("abroad", ("900.",), strip=3, add="+", permission=Permission.INTERNATIONAL),
        )
    )
    assert leave(routing, "909121234567").number == "09121234567"
    abroad = leave(routing, "900441632960000")
    assert (abroad.answer, abroad.number) == (Answer.GO, "+441632960000")
    assert leave(routing, "777").answer is Answer.NO_ROUTE


@pytest.mark.parametrize("has", list(Permission))
@pytest.mark.parametrize("needs", list(Permission))
def test_a_permission_includes_those_before_it(has, needs) -> None:
    order = list(Permission)
    answer = leave(rules(outward=(outbound(permission=needs),)), "021", has).answer
    allowed = order.index(has) >= order.index(needs)
    assert answer is (Answer.GO if allowed else Answer.NOT_PERMITTED)


def test_a_route_that_is_not_permitted_refuses_and_does_not_pass_the_call_on() -> None:
    routing = rules(
        outward=(
            outbound("abroad", ("00.",), permission=Permission.INTERNATIONAL),
            outbound("anything", (".",), permission=Permission.LOCAL),
        )
    )
    found = leave(routing, "0044", Permission.LOCAL)
    assert (found.answer, found.route.name) == (Answer.NOT_PERMITTED, "abroad")
    assert found.why[-1] == "extension 101 (local) may not call international numbers"


def test_a_route_of_other_extensions_or_another_time_is_passed_over() -> None:
    night = Condition(calendar="office", state=CalendarState.CLOSED)
    routing = rules(
        outward=(
            outbound("boss", extensions=frozenset({"100"})),
            outbound("night", when=night),
            outbound("rest"),
        )
    )
    assert leave(routing, "021").route.name == "rest"
    assert leave(routing, "021", at=CLOSED).route.name == "night"
    assert leave(routing, "021", extension="100").route.name == "boss"


def test_nothing_left_of_a_number_is_no_call() -> None:
    found = leave(rules(outward=(outbound(patterns=("9",), strip=1),)), "9")
    assert found.answer is Answer.NO_ROUTE
    assert found.why[0] == 'outbound route r: nothing is left of "9"'


# -- emergencies --------------------------------------------------------------------------------


def test_an_emergency_number_stands_above_every_rule() -> None:
    shut = Condition(calendar="office", state=CalendarState.OPEN)
    routing = rules(
        outward=(outbound("local", ("1XX",), permission=Permission.PREMIUM, pin="1234", when=shut),)
    )
    found = leave(routing, "115", Permission.INTERNAL, at=CLOSED, extension="")
    assert (found.answer, found.number) == (Answer.EMERGENCY, "115")


def test_an_emergency_number_behind_the_digit_for_a_line_outside() -> None:
    routing = rules(
        outward=(outbound("outside", ("9.",), strip=1, permission=Permission.INTERNATIONAL),)
    )
    assert leave(routing, "9110", Permission.INTERNAL).answer is Answer.EMERGENCY
    assert leave(routing, "9110", Permission.INTERNAL).number == "110"
    assert routing.is_emergency("9110")
    assert not routing.is_emergency("9111")


def test_the_newest_call_that_is_no_emergency_is_cleared() -> None:
    def carried(call, way, began_at, is_emergency=False):
        return Carried(call=call, way=way, began_at=began_at, is_emergency=is_emergency)

    calls = [
        carried("old", "fxo-1", 1.0),
        carried("new", "fxo-2", 5.0),
        carried("help", "gsm-1", 9.0, is_emergency=True),
        carried("elsewhere", "sip-1", 9.0),
    ]
    ways = ("fxo-1", "fxo-2", "gsm-1")
    assert to_clear(calls, ways).call == "new"
    assert to_clear(calls[2:], ways) is None
    twins = [carried("b", "fxo-2", 5.0), carried("a", "fxo-1", 5.0)]
    assert to_clear(twins, ways).call == "a"


def test_the_lines_of_a_group_take_turns() -> None:
    lines = ("a", "b", "c")
    assert in_turn(lines, GroupOrder.LINEAR, "b") == ("a", "b", "c")
    assert in_turn(lines, GroupOrder.ROTATE, "b") == ("c", "a", "b")
    assert in_turn(lines, GroupOrder.ROTATE, "gone") == lines


numbers = st.text(alphabet="0123456789*#+", max_size=12)
routes = st.lists(
    st.builds(
        outbound,
        patterns=st.lists(st.sampled_from(["1.", "9!", "X", "[1-5].", "100-199"]), min_size=1),
        strip=st.integers(0, 4),
        add=numbers,
        permission=st.sampled_from(Permission),
    ),
    max_size=4,
)


@given(routes, numbers, st.sampled_from(Permission))
def test_whatever_is_dialled_nobody_goes_further_than_they_may(outward, number, permission):
    routing = rules(outward=outward)
    found = leave(routing, number, permission)
    assert (found.answer is Answer.EMERGENCY) == (
        number in EMERGENCY.numbers or (found.number in EMERGENCY.numbers and found.route is None)
    )
    if found.answer is Answer.GO:
        assert permission.allows(found.route.permission)
        assert found.number == found.route.rewritten(number) != ""
        assert number in routing
