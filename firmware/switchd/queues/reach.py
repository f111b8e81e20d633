"""How agents' telephones and callers who are called back are reached: inside, or outside by the
outbound routes, on the office's own account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from firmware.model.cause import Cause
from firmware.model.dialplan import DestinationKind, Dialplan
from firmware.model.routing import Answer, Dialler, Outward, Permission, Standing
from firmware.sip.stack import NoSlot
from firmware.switchd.call import Call
from firmware.switchd.leg import Leg, LegGone
from firmware.switchd.outside import Outside
from firmware.switchd.target import Target, Trip

OF_THE_WAY = frozenset(
    {
        Cause.NO_CIRCUIT,
        Cause.NETWORK_OUT_OF_ORDER,
        Cause.TEMPORARY_FAILURE,
        Cause.SWITCH_CONGESTION,
        Cause.BEARER_NOT_AVAILABLE,
        Cause.INTERWORKING,
    }
)
"""Causes that say something of the way, not of the telephone at its end: another way may work."""


@dataclass(frozen=True, slots=True)
class Reach:
    """``plan`` and ``outside`` give the newest."""

    plan: Callable[[], Dialplan]
    outside: Callable[[], Outside]

    def may_call(self, number: str, permission: Permission = Permission.PREMIUM) -> bool:
        """Whether ``number`` can be called: a telephone inside, or a number that somebody with
        ``permission`` may call. A number for help is none."""
        destination = self.plan().dialled(number) if number else None
        if destination is None:
            return False
        if destination.kind is DestinationKind.EXTENSION:
            return destination.name in self.plan().stations
        if destination.kind is not DestinationKind.NUMBER:
            return False
        outward = self._outward(destination.name, permission)
        return outward.answer is Answer.GO and outward.route is not None and not outward.route.pin

    def targets(
        self, call: Call, number: str, permission: Permission = Permission.PREMIUM
    ) -> Iterator[Target]:
        """The ways to ``number`` that are free now, the best first. The office's own telephones
        may be anywhere; callers who are called back only as far as ``permission`` goes."""
        plan = self.plan()
        if (station := plan.stations.get(number)) is not None:
            yield call.target_of(station)
            return
        destination = plan.dialled(number)
        if destination is None or not self.may_call(number, permission):
            call.note("not_reachable", number)
            return
        if destination.kind is DestinationKind.EXTENSION:
            yield call.target_of(plan.stations[destination.name])
            return
        yield from self._ways(call, self._outward(destination.name, permission))

    def _ways(self, call: Call, outward: Outward) -> Iterator[Target]:
        outside, route = self.outside(), outward.route
        if route is None:
            return
        if why := outside.over_limit(route, ""):
            call.note("over_limit", why)
            return
        call.trip = Trip(route=route.name, extension="")
        for way in outside.ways.single(route.ways):
            if outside.ways.standing(way) is Standing.READY and way not in outside.ways.reserved:
                outside.ways.taken(way)
                call.note("went_out", way)
                call.trip = replace(call.trip, way=way)
                shown = outside.shown("", route) or None
                yield outside.ways.target(way, outward.number, shown)

    def _outward(self, number: str, permission: Permission) -> Outward:
        outside = self.outside()
        office = Dialler(extension="", permission=permission)
        return outside.routing.leave(number, office, outside.calendars.state)


async def answer_of(target: Target, dial: Callable[[Target], Leg]) -> Leg | Cause:
    """One attempt: the answered leg, or why it was not."""
    try:
        leg = dial(target)
        await leg.answered()
    except NoSlot:
        return Cause.SWITCH_CONGESTION
    except LegGone as gone:
        return gone.cause
    return leg
