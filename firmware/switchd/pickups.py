"""Which telephones ring, and who may take their calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from firmware.model.dialplan import Dialplan
from firmware.switchd.call import Call
from firmware.switchd.leg import Leg
from firmware.switchd.scripts.pickup import RINGING


class Pickups:
    """``calls`` are those that live, in the order they came."""

    def __init__(self, calls: Mapping[str, Call], plan: Callable[[], Dialplan]) -> None:
        self._calls = calls
        self._plan = plan

    def of_group(self, picker: str) -> Leg | None:
        """The telephone of ``picker``'s group that rings longest."""
        return next((leg for leg in self._ringing() if self._may(picker, leg)), None)

    def directed(self, picker: str, number: str) -> Leg | None:
        """The telephone of extension ``number``, if it rings and ``picker`` may take its call."""
        mine = (leg for leg in self._ringing() if leg.party == number and self._may(picker, leg))
        return next(mine, None)

    def may_take(self, picker: str, leg: Leg) -> bool:
        """Whether ``leg`` rings and ``picker`` may take its call."""
        return leg in self._ringing() and self._may(picker, leg)

    def _ringing(self) -> Iterator[Leg]:
        for call in self._calls.values():
            yield from (leg for leg in call.legs if leg in call.ringing and leg.state in RINGING)

    def _may(self, picker: str, leg: Leg) -> bool:
        stations = self._plan().stations
        one, other = stations.get(picker), stations.get(leg.party)
        return one is not None and other is not None and one.pickup_group == other.pickup_group
