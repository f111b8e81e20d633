"""Where a call goes: destinations, and what a dialled number means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class DestinationKind(StrEnum):
    EXTENSION = "extension"
    QUEUE = "queue"
    IVR = "ivr"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """An IVR menu: greets, takes one key, goes on."""

    name: str
    greeting: str
    language: str
    choices: Mapping[str, Destination]
    digit_timeout_s: float
    attempts: int
    otherwise: Destination | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialplan:
    """Everything a call can be led by."""

    language: str
    ring_timeout_s: float
    stations: Mapping[str, Station]
    menus: Mapping[str, Menu]
    queues: Mapping[str, str]  # name to title
    numbers: Mapping[str, Destination]  # what a telephone inside dials, to where it leads
    routes: Mapping[str, Destination]  # line to where its calls go

    def dialled(self, number: str) -> Destination | None:
        """What a telephone inside reaches by ``number``; None when it reaches nothing."""
        return self.numbers.get(number)

    def station_of_line(self, line: str) -> Station | None:
        """The extension whose telephone is on the station line ``line``."""
        for station in self.stations.values():
            if station.line and station.line == line:
                return station
        return None
