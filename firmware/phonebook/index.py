"""The phonebook in memory: who calls, and whether they are let in, without touching the disk.

A caller is known by their whole number (E.164). A line often shows fewer digits, without the
area code or the country: then the last digits decide, seven at least, if they are those of one
contact only.
"""

from __future__ import annotations

from collections.abc import Iterable

from firmware.model.contact import Block, BlockKind, Contact
from firmware.model.pattern import Pattern
from firmware.phonebook.number import key, latin, national

TAIL = 7
"""The fewest last digits by which a number is known: a local number without its area code."""


class Phonebook:
    """All contacts and blocks. Never changed: a new one takes its place."""

    def __init__(
        self, contacts: Iterable[Contact] = (), blocks: Iterable[Block] = (), country: str = "ir"
    ) -> None:
        self.country = country
        self._by_key: dict[str, Contact] = {}
        self._by_tail: dict[str, list[tuple[str, Contact]]] = {}
        for contact in contacts:
            for number in contact.numbers:
                self._add(number.number, contact)
        self._numbers: dict[str, Block] = {}
        self._patterns: list[tuple[Pattern, Block]] = []
        self._withheld: Block | None = None
        for block in blocks:
            self._bar(block)

    def __len__(self) -> int:
        """How many numbers are known."""
        return len(self._by_key)

    def find(self, number: str) -> Contact | None:
        """Whose number it is; None when nobody's, or when it may be that of several."""
        whole = key(number, self.country)
        if (contact := self._by_key.get(whole)) is not None:
            return contact
        alike = {
            contact.id or id(contact): contact
            for digits in _digits(number, whole)
            for known, contact in self._by_tail.get(digits[-TAIL:], ())
            if known.endswith(digits) or digits.endswith(known)
        }
        return next(iter(alike.values())) if len(alike) == 1 else None

    def block_of(self, caller: str) -> Block | None:
        """Why a caller is not let in, None when they are. ``caller`` is "" when withheld."""
        whole = key(caller, self.country)
        if not whole:
            return self._withheld
        if (block := self._numbers.get(whole)) is not None:
            return block
        spellings = {caller, whole, whole.lstrip("+"), national(whole, self.country)}
        for pattern, block in self._patterns:
            if any(map(pattern.matches, spellings)):
                return block
        return None

    def _add(self, number: str, contact: Contact) -> None:
        whole = key(number, self.country)
        self._by_key.setdefault(whole, contact)
        for digits in _digits(number, whole):
            self._by_tail.setdefault(digits[-TAIL:], []).append((digits, contact))

    def _bar(self, block: Block) -> None:
        match block.kind:
            case BlockKind.NUMBER:
                self._numbers[key(block.value, self.country)] = block
            case BlockKind.PATTERN:
                self._patterns.append((Pattern(block.value), block))
            case BlockKind.WITHHELD:
                self._withheld = block


def _digits(number: str, whole: str) -> set[str]:
    """The digits by which a number can be compared: as a whole, and as written where that lacks
    a beginning (0, +), for "88776655" may pass for a whole number of a small country."""
    written = "".join(c for c in latin(number) if c in "0123456789+")
    spellings = {whole.lstrip("+0")} | ({written} if written[:1] not in {"0", "+"} else set())
    return {digits for digits in spellings if len(digits) >= TAIL}
