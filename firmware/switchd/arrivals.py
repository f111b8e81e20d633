"""Who calls, and for what: an INVITE as the exchange understands it.

An INVITE comes from a telephone through the edge, from a line's port, or from a provider's
trunk; each says who calls and what was dialled in its own way.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware.model.dialplan import Destination, DestinationKind, Dialplan
from firmware.sip.message import Invitation
from firmware.switchd import plans, trunk_plans
from firmware.switchd.call import Origin
from firmware.switchd.outside import Outside
from firmware.switchd.people import People


class Arrivals:
    """``plan`` is asked at each call; ``outside`` knows the trunks, the lines and their routes."""

    def __init__(
        self, *, plan: Callable[[], Dialplan], people: People, outside: Callable[[], Outside]
    ) -> None:
        self._plan = plan
        self._people = people
        self._outside = outside

    def origin(self, invite: Invitation, account: str) -> Origin:
        """Who calls. ``account`` is the one of the stack that took the INVITE."""
        if invite.trunk:
            return self._trunk_origin(invite)
        plan = self._plan()
        station = plan.station_of_line(invite.line)
        if account in plans.TELEPHONES:
            caller = invite.asserted.user if invite.asserted else invite.sender.user
            station = plan.stations.get(caller)
            line = ""
        else:
            caller = station.number if station else trunk_plans.caller(invite)[0]
            line = invite.line if station is None else ""
        telephone = station.number if station else ""
        if station is not None and (user := self._people.at(telephone)) != telephone:
            station, caller = plan.stations[user], user
        return Origin(
            caller=caller,
            caller_name=station.name if station else _name_of(invite),
            called=invite.called,
            line=line,
            language=station.language if station else plan.language,
            telephone=telephone,
        )

    def destination(self, invite: Invitation, account: str) -> Destination | None:
        """Where the call is to go first; None when nothing has the number."""
        if invite.trunk:
            origin = self._trunk_origin(invite)
            return self._outside().arrive(origin.line, origin.called, origin.caller).to
        if account == plans.LINES and invite.line in self._outside().ways.plan.lines:
            return self._outside().arrive(invite.line, "", invite.sender.user).to
        return self._plan().dialled(invite.called)

    def is_emergency(self, destination: Destination | None) -> bool:
        """Whether a call to ``destination`` is one for help."""
        return (
            destination is not None
            and destination.kind is DestinationKind.NUMBER
            and self._plan().outside.is_emergency(destination.name)
        )

    def _trunk_origin(self, invite: Invitation) -> Origin:
        trunks = self._outside().ways.trunks
        caller, caller_name = trunk_plans.caller(invite)
        return Origin(
            caller=caller,
            caller_name=caller_name,
            called=trunks.did(invite) if trunks is not None else invite.called,
            line=invite.trunk,
            language=self._plan().language,
        )


def _name_of(invite: Invitation) -> str:
    """The name of a caller who does not hide."""
    return "" if invite.is_private else invite.sender.name
