"""Rules of parking, conferences and paging: their numbers, their members, their PINs."""

from __future__ import annotations

from collections.abc import Iterator

from firmware.config.problem import Problem
from firmware.config.reading import MASK
from firmware.config.rules.parts import Item, items, near, repeated, section, texts
from firmware.config.scalar import shown
from firmware.config.sections.rooms import Park

_SECTIONS = ("conference", "page")


def numbers(document: Item) -> Iterator[tuple[str, str]]:
    """The path and the text of each number that a telephone inside can dial."""
    for name in _SECTIONS:
        for path, item in items(document, name):
            if item.get("number"):
                yield f"{path}.number", item["number"]
    written = section(document, "park")
    if all(written.get(key, "") is not None for key in ("number", "slots")):
        park = Park.model_validate(
            {key: value for key, value in written.items() if key in {"number", "slots"}}
        )
        yield "park.number", park.number
        yield from (("park.slots", number) for number in park.numbers)


def check(document: Item, known: Item) -> Iterator[Problem]:
    """Every problem of these sections."""
    for name in _SECTIONS:
        names = [(f"{p}.name", i["name"]) for p, i in items(document, name) if i.get("name")]
        yield from repeated(names, f"a second {name} of this name")
    for path, page in items(document, "page"):
        members = list(texts(path, page, "members"))
        yield from repeated(members, "the same member twice")
        for place, member in members:
            if member not in known["extension"]:
                yield Problem(
                    path=place,
                    value=shown(member),
                    reason="no extension has this number",
                    suggestion=near(member, known["extension"]),
                )
    for path, room in items(document, "conference"):
        yield from _pin(f"{path}.pin", room.get("pin"))


def _pin(path: str, pin: str | None) -> Iterator[Problem]:
    if pin == MASK:
        yield Problem(
            path=path,
            value=MASK,
            reason="is the mask of a shown configuration, not a PIN",
            suggestion="start from `markaz config show --secrets`",
        )
    elif pin is not None and not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 16):
        yield Problem(path=path, value=MASK, reason="must be 4 to 16 digits: it is keyed in")
