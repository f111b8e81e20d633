"""A person's own calls, out of the picture of all of them."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.link.rows import CallRow, LegRow
from web.live.board import Picture, rows_of

TALKING = frozenset({"answered", "held"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCall:
    """One talk of an extension: its leg there, and who is at the other end."""

    leg: str
    number: str
    name: str


def calls(picture: Picture, number: str) -> list[OwnCall]:
    """The talks of the extension ``number`` that go on now, at whichever of its telephones."""
    legs = rows_of(picture, LegRow, "leg").values()
    found = rows_of(picture, CallRow, "call")
    return [
        _of(leg, found.get(leg.call))
        for leg in legs
        if leg.party == number and leg.state in TALKING
    ]


def _of(leg: LegRow, call: CallRow | None) -> OwnCall:
    if call is None:
        return OwnCall(leg=leg.id, number="", name="")
    if leg.direction == "inbound":
        return OwnCall(leg=leg.id, number=call.called, name="")
    return OwnCall(leg=leg.id, number=call.caller, name=call.caller_name)
