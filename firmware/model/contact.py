"""The phonebook's nouns: contacts with their numbers, and callers who are not let in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class NumberKind(StrEnum):
    MOBILE = "mobile"
    WORK = "work"
    HOME = "home"
    FAX = "fax"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactNumber:
    """One number of a contact, as it was written."""

    number: str
    kind: NumberKind = NumberKind.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody outside, or a whole organisation. ``id`` is 0 until the store has given one."""

    name: str
    organisation: str = ""
    numbers: tuple[ContactNumber, ...] = ()
    language: str = ""  # "fa", "ar", "en": what they are greeted in; "" is the office's
    is_vip: bool = False
    note: str = ""
    id: int = 0

    @property
    def shown(self) -> str:
        """What a telephone's display says."""
        return self.name or self.organisation


class BlockKind(StrEnum):
    NUMBER = "number"
    PATTERN = "pattern"  # firmware.model.pattern: "0900XXXXXXX", "+9890."
    WITHHELD = "withheld"  # everybody who shows no number


class BlockAnswer(StrEnum):
    REFUSE = "refuse"  # 603: the caller hears the network's busy tone
    UNUSED = "unused"  # the caller hears that the number is not in use


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Callers who are not let in. ``value`` is the number or the pattern."""

    kind: BlockKind
    value: str = ""
    answer: BlockAnswer = BlockAnswer.REFUSE
    note: str = ""
    created_at: float = 0.0
