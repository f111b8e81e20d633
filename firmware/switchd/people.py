"""The people of the office: what each has set, where they sit, whom they called last.

Everything is in memory and on the board; what somebody sets goes to the store's writer and is
safe once ``kept`` says so. A person is known by the number of their extension; their *desk* is
the extension whose telephone they use, their own until they log in elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, Protocol

from firmware.link.rows import FollowRow, PersonRow
from firmware.link.server import Board
from firmware.model.dialplan import Destination, DestinationKind, Dialplan
from firmware.model.features import Feature
from firmware.model.personal import (
    DEFAULT_NO_ANSWER_S,
    FollowStep,
    Forward,
    ForwardKind,
    Person,
)
from firmware.model.record import CallRecord, Record
from firmware.store.people import record_of

STORED_TIMEOUT_S = 5.0
"""How long a person waits to hear that a setting is safe."""

MOST_FOLLOW_STEPS = 8


class Store(Protocol):
    """What keeps settings (``firmware.store.writer.StoreWriter``)."""

    def put(self, record: Record) -> None: ...
    def stored(self) -> Future[None]: ...


class People:
    """Everybody. ``plan`` gives the newest dialplan, ``legs_of`` how many legs a party has."""

    def __init__(
        self,
        *,
        plan: Callable[[], Dialplan],
        legs_of: Callable[[str], int],
        board: Board,
        store: Store,
        clock: Callable[[], float],
    ) -> None:
        self._plan = plan
        self._legs_of = legs_of
        self._board = board
        self._store = store
        self._clock = clock
        self._people: dict[str, Person] = {}
        self._shown: set[str] = set()
        self._called: dict[str, str] = {}
        self._callers: dict[str, str] = {}
        self.wake_ups_of: Callable[[str], tuple[float, ...]] = lambda number: ()
        """When a person is to be woken; whoever wakes them says so here."""
        self.changed: Callable[[str], None] = lambda number: None
        """Told whose settings have changed."""

    def restore(self, people: Mapping[str, Person], calls: Iterable[CallRecord]) -> None:
        """Begin with what the store has. ``calls`` are the newest, the oldest first."""
        self._people = dict(people)
        for call in calls:
            self.called(call.caller, call.called)
            kind, _, number = call.place.partition(":")
            if kind == DestinationKind.EXTENSION:
                self.was_called(number, call.caller)
        self.show_all()

    def show_all(self) -> None:
        """Show everybody of the newest dialplan, and nobody else."""
        stations = self._plan().stations
        for number in self._shown - set(stations):
            self._board.post("person.removed", self._row(number))
        self._shown = set(stations)
        for number in stations:
            self.show(number)

    def show(self, number: str) -> None:
        """Show one person as they are now."""
        self._board.post("person.changed", self._row(number))

    # -- who and where --------------------------------------------------------------------

    def of(self, number: str) -> Person:
        """What a person has set."""
        return self._people.get(number) or Person(number=number)

    def desk_of(self, number: str) -> str:
        """The extension whose telephone a person uses now."""
        at = self.of(number).at
        return at if at in self._plan().stations else number

    def at(self, desk: str) -> str:
        """The person who uses the telephone of an extension now."""
        for person in self._people.values():
            if person.at == desk and person.number in self._plan().stations:
                return person.number
        return desk

    def is_busy(self, number: str) -> bool:
        """Whether the telephone a person uses is in a call."""
        desk = self.desk_of(number)
        users = {desk, self.at(desk), number}
        return any(self._legs_of(user) for user in users if self.desk_of(user) == desk)

    def require(self, number: str) -> None:
        """Refuse what is asked for a number that is no extension's.

        Raises:
            KeyError: no such extension.
        """
        if number not in self._plan().stations:
            raise KeyError(f"there is no extension {number}")

    # -- what they set --------------------------------------------------------------------

    def set_do_not_disturb(self, number: str, on: bool) -> None:
        """No call rings.

        Raises:
            KeyError: no such extension.
        """
        self._change(number, dnd=on)

    def set_call_waiting(self, number: str, on: bool) -> None:
        """Whether a second call rings while they are in one.

        Raises:
            KeyError: no such extension.
        """
        self._change(number, call_waiting=on)

    def set_forward(
        self, number: str, kind: ForwardKind, to: str, after_s: float = DEFAULT_NO_ANSWER_S
    ) -> Destination | None:
        """Lead calls elsewhere: to a number as the person would dial it, or a destination as the
        configuration writes it; "" ends it.

        Returns:
            Where they go now.

        Raises:
            KeyError: no such extension.
            ValueError: it leads nowhere, or to the person.
        """
        forwards = {k: f for k, f in self.of(number).forwards.items() if k is not kind}
        if to:
            if not 1.0 <= after_s <= 300.0:
                raise ValueError(f"after {after_s:g} s: a telephone rings from 1 to 300 seconds")
            forwards[kind] = Forward(to=self._resolve(number, to), after_s=after_s)
        self._change(number, forwards=forwards)
        return forwards[kind].to if to else None

    def end_forwards(self, number: str) -> None:
        """Calls come to the person again.

        Raises:
            KeyError: no such extension.
        """
        self._change(number, forwards={})

    def set_follow_me(self, number: str, on: bool) -> None:
        """Whether the numbers of follow-me ring with the telephone.

        Raises:
            KeyError: no such extension.
            ValueError: there are none.
        """
        if on and not self.of(number).follow_steps:
            raise ValueError(f"extension {number} has no numbers to follow")
        self._change(number, follow_me=on)

    def set_follow_steps(self, number: str, steps: Iterable[FollowRow]) -> None:
        """Which numbers ring with the telephone; none ends follow-me.

        Raises:
            KeyError: no such extension.
            ValueError: too many, one that leads nowhere, or the person's own.
        """
        wanted = tuple(FollowStep(number=step.number, delay_s=step.delay_s) for step in steps)
        if len(wanted) > MOST_FOLLOW_STEPS:
            raise ValueError(f"at most {MOST_FOLLOW_STEPS} numbers can follow a person")
        for step in wanted:
            to = self._resolve(number, step.number)
            if to.kind not in (DestinationKind.EXTENSION, DestinationKind.NUMBER):
                raise ValueError(f"{step.number} is no telephone")
            if not 0.0 <= step.delay_s <= 300.0:
                raise ValueError(f"{step.number}: it may begin 0 to 300 seconds later")
        still = self.of(number).follow_me and bool(wanted)
        self._change(number, follow_steps=wanted, follow_me=still)

    def set_speed_dial(self, number: str, slot: str, to: str) -> None:
        """What a short code calls; "" empties the slot.

        Raises:
            KeyError: no such extension.
            ValueError: no such slot, or a number that cannot be called.
        """
        if not (slot.isascii() and slot.isdigit() and len(slot) <= 2):
            raise ValueError(f"slot '{slot}': it must be one or two of the digits 0-9")
        dials = {s: n for s, n in self.of(number).speed_dials.items() if s != slot}
        if to:
            if self.find(to) is None:
                raise ValueError(f"{to} is no number that can be called")
            dials[slot] = to
        self._change(number, speed_dials=dials)

    def log_in_at(self, number: str, desk: str) -> None:
        """The person uses the telephone of extension ``desk`` from now on; who used it before
        is back at their own.

        Raises:
            KeyError: no such extension.
        """
        self.require(desk)
        guest = self.at(desk)
        if guest not in (desk, number):
            self._change(guest, at="")
        self._change(number, at="" if desk == number else desk)
        self.show(desk)

    def log_out_of(self, desk: str) -> str:
        """Whoever uses the telephone of ``desk`` is back at their own, and so is its own person
        who had gone elsewhere; who it was, "" for nobody.

        Raises:
            KeyError: no such extension.
        """
        self.require(desk)
        guest = self.at(desk)
        if guest == desk and not self.of(desk).at:
            return ""
        self._change(guest, at="")
        self.show(desk)
        return guest

    async def kept(self) -> bool:
        """Wait until everything set so far is on the disk, but not for ever."""
        try:
            await asyncio.wait_for(asyncio.wrap_future(self._store.stored()), STORED_TIMEOUT_S)
        except (TimeoutError, asyncio.CancelledError):
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            return False
        return True

    # -- whom they called -----------------------------------------------------------------

    def called(self, number: str, dialled: str) -> None:
        """A person has dialled a number; codes do not count."""
        if dialled and dialled not in self._plan().codes:
            self._called[number] = dialled

    def was_called(self, number: str, caller: str) -> None:
        """Somebody who showed a number has called a person."""
        if caller:
            self._callers[number] = caller

    def last_called(self, number: str) -> str:
        """The number a person dialled last; "" for none."""
        return self._called.get(number, "")

    def last_caller(self, number: str) -> str:
        """The number that called a person last; "" for none."""
        return self._callers.get(number, "")

    # -- within ---------------------------------------------------------------------------

    def find(self, to: str) -> Destination | None:
        """Where ``to`` leads: a number as it is dialled, or a destination as it is written. A
        feature code is none: it would do something, over and over, for whoever calls."""
        plan = self._plan()
        if ":" in to:
            try:
                found: Destination | None = Destination.parse(to)
            except ValueError:
                return None
        else:
            found = plan.dialled(to)
        if found is None or found.kind is DestinationKind.FEATURE or not plan.has(found):
            return None
        return found

    def _resolve(self, number: str, to: str) -> Destination:
        request = self._plan().codes.parse(to)
        if request is not None and request.feature in (Feature.VOICEMAIL, Feature.VOICEMAIL_OF):
            to = f"{DestinationKind.VOICEMAIL}:{request.argument or number}"
        found = self.find(to)
        if found is None:
            raise ValueError(f"{to} is no number that calls can be led to")
        if found == Destination(DestinationKind.EXTENSION, number):
            raise ValueError(f"extension {number} cannot be led to itself")
        return found

    def _change(self, number: str, **changes: Any) -> None:
        self.require(number)
        person = replace(self.of(number), **changes)
        if person == self.of(number):
            return
        self._people[number] = person
        self._store.put(record_of(person, self._clock()))
        self.show(number)
        self.changed(number)

    def _row(self, number: str) -> PersonRow:
        person, station = self.of(number), self._plan().stations.get(number)
        no_answer = person.forwards.get(ForwardKind.NO_ANSWER)
        return PersonRow(
            id=number,
            name=station.name if station else "",
            dnd=person.dnd,
            call_waiting=person.call_waiting,
            forwards={str(kind): str(forward.to) for kind, forward in person.forwards.items()},
            no_answer_s=no_answer.after_s if no_answer else DEFAULT_NO_ANSWER_S,
            follow_me=person.follow_me,
            follow_steps=tuple(
                FollowRow(number=step.number, delay_s=step.delay_s) for step in person.follow_steps
            ),
            speed_dials=dict(person.speed_dials),
            at=person.at,
            guest=self.at(number) if self.at(number) != number else "",
            wake_ups=self.wake_ups_of(number),
        )
