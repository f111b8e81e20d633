"""The short messages with one number, in both directions, as a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from sqlite_utils import Database

from firmware.model.sms import SmsRecord
from firmware.phonebook.number import spellings
from firmware.store import sms
from web.writing import local

MOST_TEXTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The messages of one day, the oldest first. ``at`` is the first one's, in Unix seconds."""

    at: float
    texts: tuple[SmsRecord, ...]


def thread_with(db: Database, number: str, country: str) -> tuple[Day, ...]:
    """The newest messages from and to a number, however a network spelt it, day by day.

    Raises:
        sqlite3.Error: the store cannot be read.
    """
    if not number:
        return ()
    found = sms.of_numbers(db, spellings(number, country), MOST_TEXTS)
    days = groupby(reversed(found), key=lambda one: local(one.at).date())
    each = (tuple(texts) for _day, texts in days)
    return tuple(Day(at=texts[0].at, texts=texts) for texts in each)
