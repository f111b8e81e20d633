"""Orders about calls that come from outside them: the console's, an operator's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from firmware.model.cause import Cause
from firmware.model.dialplan import Destination, Dialplan
from firmware.switchd.call import Call
from firmware.switchd.leg import Leg
from firmware.switchd.transfers import Transfers


class Orders:
    """Implements ``CallsApi`` (its errors too). ``begin`` starts a call for a person: KeyError
    where there is none of that number."""

    def __init__(
        self,
        *,
        calls: Mapping[str, Call],
        transfers: Transfers,
        plan: Callable[[], Dialplan],
        begin: Callable[[str, str, Destination], Call],
    ) -> None:
        self._calls = calls
        self._transfers = transfers
        self._plan = plan
        self._begin = begin

    def hang_up(self, call_id: str) -> None:
        """End a call."""
        for leg in self._call(call_id).legs:
            leg.hang_up()

    def transfer(self, *, call_id: str, party: str, to: str) -> None:
        """Send whoever talks to ``party`` elsewhere."""
        call = self._call(call_id)
        leg = next((leg for leg in call.legs if leg.party == party and leg.is_live), None)
        if leg is None:
            raise KeyError(f"call {call_id} has no party {party}")
        refusal = self._transfers.send(call, leg, to)
        if refusal is not None:
            raise ValueError(f"{party} cannot transfer to {to}: {_REASONS[refusal]}")

    def join(self, call_id: str, other_call_id: str) -> None:
        """Bring two calls of one party together."""
        call, other = self._call(call_id), self._call(other_call_id)
        common = next(
            (
                (mine, theirs)
                for mine in _talking(call)
                for theirs in _talking(other)
                if mine.party == theirs.party and call is not other
            ),
            None,
        )
        if common is None or call.talking is None or other.talking is None:
            raise ValueError(f"nobody talks both in {call_id} and in {other_call_id}")
        mine, theirs = common
        guest = other.talking.peer_of(theirs)
        if guest is None or call.talking.peer_of(mine) is None:
            raise ValueError("one of the calls has three parties already")
        call.note("joined", guest.party)
        call.talking.enter(call.take_in(guest))
        other.talking.dissolve()

    def record(self, call_id: str, *, on: bool) -> None:
        """Begin to record a talk, or end its recording."""
        call = self._call(call_id)
        if call.talking is None:
            raise ValueError(f"nobody talks in call {call_id}")
        if on is not call.is_recorded:
            call.toggle_recording()

    def pause_recording(self, call_id: str, *, paused: bool) -> None:
        """Keep what is said out of the recording from now on, or no more."""
        call = self._call(call_id)
        if not call.is_recorded:
            raise ValueError(f"call {call_id} is not recorded")
        call.pause_recording(paused)

    def dial(self, extension: str, number: str) -> str:
        """Call ``number`` for an extension, or for an agent who has a telephone outside."""
        destination = self._plan().dialled(number)
        if destination is None:
            raise ValueError(f"{number} leads nowhere")
        return self._begin(extension, number, destination).id

    def _call(self, call_id: str) -> Call:
        if call_id not in self._calls:
            raise KeyError(f"there is no call {call_id}")
        return self._calls[call_id]


def _talking(call: Call) -> list[Leg]:
    return [leg for leg in call.legs if leg.is_live]


_REASONS = {
    Cause.CALL_REJECTED: "it talks to nobody, or to more than one",
    Cause.UNALLOCATED_NUMBER: "the number leads nowhere",
    Cause.USER_BUSY: "that is whom it talks to, or the call was transferred too often",
}
