"""Transfers as parties ask for them: blind (somewhere else) and attended (to whom I talk to).

An attended transfer is a change of seats: the transferred party sits down where the transferor
sat in their other call, whatever goes on there: a talk, a telephone that rings, a queue, a room.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from firmware.model.cause import Cause
from firmware.model.dialplan import Destination, DestinationKind, Dialplan
from firmware.model.leg import LegState
from firmware.sip.message import Replaces
from firmware.sip.transfer import TransferRequest
from firmware.switchd.call import Call
from firmware.switchd.leg import Leg
from firmware.switchd.talk import Departure

log = logging.getLogger(__name__)

MOST_TRANSFERS = 20
"""Of one call: two telephones that transfer to each other by themselves would never end."""

_PRIVATE = tuple(f"{kind}:" for kind in (DestinationKind.FEATURE, DestinationKind.MAILBOX))
"""Places where a person sees to their own affairs: nobody else can be put into their seat."""

_PLAYING = frozenset(LegState) - {LegState.ENDING, LegState.GONE}


class Transfers:
    """What becomes of transfer requests. ``calls`` are those that live, by id."""

    def __init__(self, calls: Mapping[str, Call], plan: Callable[[], Dialplan]) -> None:
        self._calls = calls
        self._plan = plan

    def asked(self, call: Call, leg: Leg, request: TransferRequest) -> None:
        """``leg`` wants the party it talks to elsewhere. A party outside may not: it would call
        on the account of whoever it talks to."""
        refusal: Cause | None = Cause.CALL_REJECTED
        if leg.way:
            log.warning("call %s: a party on %s asks for a transfer", call.id, leg.way)
        elif request.replaces is not None:
            refusal = self._connect(call, leg, request.replaces, request)
        else:
            refusal = self._send(call, leg, request.number, request)
        if refusal is not None:
            log.info("call %s: %s may not transfer: %s", call.id, leg.party, refusal.name.lower())
            request.fail(refusal)

    def send(self, call: Call, leg: Leg, number: str) -> Cause | None:
        """An order from outside: whoever talks to ``leg`` goes to ``number``. Why not, or None."""
        return self._send(call, leg, number, None)

    def holder_of(self, replaces: Replaces) -> tuple[Call, Leg] | None:
        """The leg whose dialog is named, and its call."""
        for call in self._calls.values():
            for leg in call.legs:
                # A lamp names the leg itself: see firmware.model.lamp_document.
                if leg.dialog is not None and replaces.call_id in (leg.dialog.id, leg.id):
                    return (call, leg) if leg.state in _PLAYING else None
        return None

    def _send(
        self, call: Call, leg: Leg, number: str, request: TransferRequest | None
    ) -> Cause | None:
        talk = call.talking
        peer = talk.peer_of(leg) if talk is not None else None
        if talk is None or peer is None:
            return Cause.CALL_REJECTED
        destination = self._plan().dialled(number)
        if destination is None:
            return Cause.UNALLOCATED_NUMBER
        if destination == _own(peer) or call.transfers >= MOST_TRANSFERS:
            return Cause.USER_BUSY
        call.transfers += 1
        station = self._plan().stations.get(leg.party)
        talk.depart(Departure(transferor=leg, to=destination, station=station, request=request))
        return None

    def _connect(
        self, call: Call, leg: Leg, replaces: Replaces, request: TransferRequest
    ) -> Cause | None:
        found = self.holder_of(replaces)
        if found is None:
            return Cause.NORMAL_CLEARING  # 487: the other call has just ended
        other, seat = found
        if other is call or seat.party != leg.party:
            return Cause.CALL_REJECTED
        guest, left, to = _peer(call, leg), call, other
        if guest is None:  # alone here, in a queue or a room: whom the other talk has comes here
            guest, seat, left, to = _peer(other, seat), leg, other, call
        if to.place.startswith(_PRIVATE):
            return Cause.CALL_REJECTED
        if guest is None or not guest.is_live or left.talking is None:
            return Cause.CALL_REJECTED
        call.note("transferred", f"{guest.party} takes the place of {seat.party} in {other.id}")
        talk = left.talking
        seat.swap(guest)
        talk.close()
        request.succeed(and_then=talk.dissolve)
        return None


def _peer(call: Call, leg: Leg) -> Leg | None:
    return call.talking.peer_of(leg) if call.talking is not None else None


def _own(leg: Leg) -> Destination:
    return Destination.parse(f"extension:{leg.party}")
