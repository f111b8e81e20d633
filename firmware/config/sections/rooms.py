"""The sections ``park``, ``conference`` and ``page``: where calls wait, meet and are heard."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr

from firmware.config.types import (
    Destination,
    Label,
    Name,
    Number,
    Seconds,
    Section,
    Truth,
    WholeNumber,
    text,
)

Slots = Annotated[WholeNumber, Field(ge=1, le=50)]


class Park(Section):
    """Parking. A call sent to ``number`` gets any slot; the slots are the numbers after it:
    701 to 709 for nine slots at 700. Dialling a slot fetches who waits there."""

    number: Annotated[str, text(r"^[0-9]{1,16}$", "1 to 16 of the digits 0-9")] = "700"
    slots: Slots = 9
    timeout_s: Seconds = 120.0  # then it comes back to who parked it
    otherwise: Destination | None = None  # when they never answer; none: the caller is told

    @property
    def numbers(self) -> tuple[str, ...]:
        """The slots' numbers; they keep the zeros that ``number`` begins with."""
        first, width = int(self.number), len(self.number)
        return tuple(f"{first + slot:0{width}}" for slot in range(1, self.slots + 1))


class Conference(Section):
    """A conference room."""

    name: Name
    number: Number | None = None  # what telephones inside dial to reach it; none: they cannot
    title: Label
    pin: SecretStr | None = None  # digits; none: whoever has the number may come in
    most: Annotated[WholeNumber, Field(ge=2, le=32)] = 10
    record: Truth = False  # whoever comes in is told


class Page(Section):
    """Telephones that answer by themselves and let whoever calls speak to all."""

    name: Name
    number: Number | None = None
    title: Label
    members: tuple[Number, ...] = Field(min_length=1)
    two_way: Truth = False  # they are heard, too
