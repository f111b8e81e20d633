"""A caller calls a person: what they have set decides where the call goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from firmware.model.cause import Cause
from firmware.model.dialplan import Destination, DestinationKind
from firmware.model.personal import Divert, Follow, Refused, Ring, after, kind_of, on_call
from firmware.model.ringing import Member, Turn, together
from firmware.model.routing import Answer, Standing
from firmware.model.speech.parts import Digits
from firmware.switchd.call import Call
from firmware.switchd.leg import Leg
from firmware.switchd.round import Round
from firmware.switchd.scripts.refuse import refuse
from firmware.switchd.target import Target, Trip

if TYPE_CHECKING:
    from firmware.switchd.places import House

CONSENT_TIMEOUT_S = 10.0

_OURS = frozenset({Cause.SWITCH_CONGESTION})
"""Causes that say nothing of the person: the caller should try again, not leave a message."""


async def call_person(call: Call, house: House, number: str) -> Destination | None:
    """Ring the telephone of a person, and whatever they want to ring with it; when one answers,
    join both until one leaves. Otherwise the call goes where they have forwarded it.

    Raises:
        LegGone: the caller left before.
    """
    people, plan = house.people, house.plan()
    person = people.of(number)
    caller = call.lead.party if call.lead.party in plan.stations else ""
    people.was_called(number, call.origin.caller)
    decision = on_call(
        person,
        caller=caller,
        is_busy=people.is_busy(number),
        ring_timeout_s=plan.ring_timeout_s,
        trail=call.trail,
    )
    if isinstance(decision, Ring | Follow):
        members = [Member(number=number)]
        if isinstance(decision, Follow):
            members += follow_members(house, number)
        turns = together(members, decision.timeout_s)
        found = await ring(call, house, turns, person=number)
        if isinstance(found, Cause) or found.party in plan.stations:
            call.trip = None  # nobody outside took it
        if isinstance(found, Leg):
            return await call.talk(found)
        decision = after(person, found, caller=caller, trail=call.trail)
    return await led_on(call, house, number, decision)


async def led_on(
    call: Call, house: House, number: str, decision: Divert | Refused
) -> Destination | None:
    """The person did not take the call: lead it where they want it, else say so."""
    if isinstance(decision, Divert):
        call.note("forwarded", f"{number} {decision.kind} to {decision.to}")
        call.trail = call.trail.then(number, decision.kind)
        return decision.to
    if decision.is_loop:
        call.note("forward_not_followed", f"{number}: it leads back")
    box = Destination(DestinationKind.VOICEMAIL, number)
    if call.transfer is None and decision.cause not in _OURS and house.plan().has(box):
        call.trail = call.trail.then(number, kind_of(decision.cause))
        return box
    return await refuse(call, decision.cause)


def follow_members(house: House, number: str) -> list[Member]:
    """Who rings with the telephone of a person. A telephone outside may be a machine that
    answers everything: there, somebody must press a key."""
    stations = house.plan().stations
    return [
        Member(number=s.number, delay_s=s.delay_s, confirms=s.number not in stations)
        for s in house.people.of(number).follow_steps
    ]


def _outside(call: Call, house: House, person: str, number: str) -> Iterator[Target]:
    """The ways to a number outside that ``person`` may call, those that are free now."""
    outside = house.outside
    outward = outside.routing.leave(number, outside.dialler(person), outside.calendars.state)
    route = outward.route
    if outward.answer is not Answer.GO or route is None or route.pin:
        call.note("not_followed", outward.why[-1])
        return
    if why := outside.over_limit(route, person):
        call.note("over_limit", why)
        return
    call.trip = Trip(route=route.name, extension=person)
    for way in outside.ways.single(route.ways):
        if outside.ways.standing(way) is Standing.READY and way not in outside.ways.reserved:
            outside.ways.taken(way)
            call.trip = replace(call.trip, way=way)
            yield outside.ways.target(way, outward.number, outside.shown(person, route) or None)


async def ring(
    call: Call, house: House, turns: tuple[Turn, ...], *, person: str = ""
) -> Leg | Cause:
    """Let telephones ring, by extension or by the number outside.

    ``person`` is on whose account numbers outside are called.

    Returns:
        The leg that answered, or why nobody did.

    Raises:
        LegGone: the caller left.
    """

    def targets(turn: Turn) -> Iterator[Target]:
        number = turn.member.number
        if (station := house.plan().stations.get(number)) is not None:
            yield call.target_of(station)
        elif person:
            yield from _outside(call, house, person, number)

    async def consent(leg: Leg) -> bool:
        said = call.tell(leg, "follow_me_take", number=Digits(call.origin.caller))
        return await leg.collect(said, CONSENT_TIMEOUT_S) == "1"

    return await Round(call, targets, consent).run(turns)
