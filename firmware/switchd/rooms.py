"""Conference rooms: everybody in one hears everybody else."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from firmware.link.rows import RoomRow
from firmware.link.server import Board
from firmware.model.dialplan import RoomPlan
from firmware.switchd.call import Call
from firmware.switchd.media import Bridge, Studio


class Room:
    """The members of one conference, each in a call of their own."""

    def __init__(self, plan: RoomPlan, mix: Bridge) -> None:
        self.plan = plan
        self.mix = mix
        self.members: list[Call] = []

    def row(self) -> RoomRow:
        """As the board shows it."""
        return RoomRow(
            id=self.plan.name,
            title=self.plan.title,
            calls=tuple(call.id for call in self.members),
            members=tuple(call.lead.party for call in self.members),
        )


class Rooms:
    """All rooms; one is there while somebody is in it."""

    def __init__(
        self, plans: Callable[[], Mapping[str, RoomPlan]], studio: Studio, board: Board
    ) -> None:
        self._plans = plans
        self._studio = studio
        self._board = board
        self._rooms: dict[str, Room] = {}

    def plan_of(self, name: str) -> RoomPlan:
        """How a room is set up."""
        return self._plans()[name]

    def enter(self, name: str, call: Call) -> Room | None:
        """Let a call's lead in; None when the room is full."""
        room = self._rooms.get(name) or Room(self.plan_of(name), self._studio.mix())
        if len(room.members) >= room.plan.most:
            return None
        self._rooms[name] = room
        if len(room.members) == 1:
            room.members[0].stop_music()
        room.members.append(call)
        room.mix.add(call.lead)
        call.mix = room.mix
        _record(room)
        self._board.post("room.entered", room.row())
        return room

    def leave(self, room: Room, call: Call) -> None:
        """A call's lead has left, or is led elsewhere."""
        room.members.remove(call)
        room.mix.remove(call.lead)
        call.mix = None
        call.tape.stop()
        _record(room)
        self._board.post("room.left" if room.members else "room.emptied", room.row())
        if not room.members:
            del self._rooms[room.plan.name]
        elif len(room.members) == 1:
            room.members[0].start_music()


def _record(room: Room) -> None:
    """The recording of a room is that of the member who is there the longest: their voice on one
    side, all others' on the other, and beside it who they are."""
    if not room.plan.is_recorded or not room.members:
        return
    first, *others = room.members
    if others:
        first.tape.follow(first.lead, *(member.lead for member in others))
    else:
        first.tape.rest()
