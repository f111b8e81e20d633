"""Where a call goes: destinations, and what a dialled number means."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from firmware.model.features import DEFAULT_CODES, Feature, FeatureCodes
from firmware.model.ringing import RingGroup


class DestinationKind(StrEnum):
    EXTENSION = "extension"
    QUEUE = "queue"
    IVR = "ivr"
    VOICEMAIL = "voicemail"  # the box of an extension, to speak into
    MAILBOX = "mailbox"  # the same, for its owner; "any" asks whose
    GROUP = "group"
    CALENDAR = "calendar"  # goes on as the calendar says
    NUMBER = "number"  # dialled as if inside
    FEATURE = "feature"  # a feature code, as it was dialled
    PARK = "park"  # a slot, or the park's own number for any
    CONFERENCE = "conference"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Destination:
    """A place a call can be led to, written ``kind:name``."""

    kind: DestinationKind
    name: str

    @classmethod
    def parse(cls, text: str) -> Destination:
        """From its written form.

        Raises:
            ValueError: no such kind, or no name.
        """
        kind, colon, name = text.partition(":")
        if not colon or not name:
            raise ValueError(f"'{text}' is no destination; write kind:name, as in extension:101")
        return cls(DestinationKind(kind), name)

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """What answers as an extension: a SIP telephone, or the telephone on a station line."""

    number: str
    name: str
    language: str
    line: str  # "" for a SIP telephone
    pickup_group: str = ""  # whose calls it may take, and who may take its


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPlace:
    """A ring group as a place: who rings, and where the call goes when nobody answers."""

    group: RingGroup
    otherwise: Destination | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkPlan:
    """The parking slots, and where a call goes that nobody fetches."""

    number: str
    slots: tuple[str, ...]
    timeout_s: float
    otherwise: Destination | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomPlan:
    """A conference room; without a ``pin`` whoever has the number may come in."""

    name: str
    title: str
    pin: str = field(repr=False)
    most: int
    is_recorded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePlan:
    """Telephones that answer by themselves when somebody pages them."""

    title: str
    members: tuple[str, ...]
    is_two_way: bool


NO_PARK = ParkPlan(number="", slots=(), timeout_s=0.0, otherwise=None)


class OutsideNumbers(Protocol):
    """Which numbers lead outside (``firmware.model.routing.Routing``)."""

    def __contains__(self, number: object) -> bool: ...
    def is_emergency(self, number: str) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialplan:
    """Everything a call can be led by."""

    language: str
    ring_timeout_s: float
    stations: Mapping[str, Station]
    flows: frozenset[str]  # menus are among them
    queues: Mapping[str, str]  # name to title
    numbers: Mapping[str, Destination]  # what a telephone inside dials, to where it leads
    routes: Mapping[str, Destination]  # line to where its calls go
    groups: Mapping[str, GroupPlace] = field(default_factory=dict)
    codes: FeatureCodes = DEFAULT_CODES
    boxes: frozenset[str] = frozenset()  # extensions with a voicemail box
    outside: OutsideNumbers
    calendars: frozenset[str] = frozenset()
    park: ParkPlan = NO_PARK
    rooms: Mapping[str, RoomPlan] = field(default_factory=dict)
    pages: Mapping[str, PagePlan] = field(default_factory=dict)

    def dialled(self, number: str) -> Destination | None:
        """What a telephone inside reaches by ``number``; None when it reaches nothing. Nothing
        stands before an emergency number."""
        if self.outside.is_emergency(number):
            return Destination(DestinationKind.NUMBER, number)
        if (inside := self.numbers.get(number)) is not None:
            return inside
        if (request := self.codes.parse(number)) is not None:
            if request.feature is Feature.VOICEMAIL_OF and request.argument in self.boxes:
                # A place for anybody, also for a caller who is transferred there.
                return Destination(DestinationKind.VOICEMAIL, request.argument)
            return Destination(DestinationKind.FEATURE, number)
        if number in self.outside:
            return Destination(DestinationKind.NUMBER, number)
        return None

    def has(self, destination: Destination) -> bool:
        """Whether the configuration has this place."""
        return destination.name in self._names[destination.kind]

    @property
    def _names(self) -> Mapping[DestinationKind, Container[str]]:
        return {
            DestinationKind.EXTENSION: self.stations,
            DestinationKind.QUEUE: self.queues,
            DestinationKind.IVR: self.flows,
            DestinationKind.GROUP: self.groups,
            DestinationKind.FEATURE: self.codes,
            DestinationKind.VOICEMAIL: self.boxes,
            DestinationKind.MAILBOX: self.boxes | {"any"},
            DestinationKind.CALENDAR: self.calendars,
            DestinationKind.NUMBER: _Dialled(self),
            DestinationKind.PARK: {self.park.number, *self.park.slots},
            DestinationKind.CONFERENCE: self.rooms,
            DestinationKind.PAGE: self.pages,
        }

    def station_of_line(self, line: str) -> Station | None:
        """The extension whose telephone is on the station line ``line``."""
        for station in self.stations.values():
            if station.line and station.line == line:
                return station
        return None


class _Dialled:
    """The numbers that can be dialled as if inside."""

    def __init__(self, plan: Dialplan) -> None:
        self._plan = plan

    def __contains__(self, number: object) -> bool:
        return number in self._plan.numbers or number in self._plan.outside
