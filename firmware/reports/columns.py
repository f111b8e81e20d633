"""Columns: a day's records in the form in which they are kept and added up.

Each kind of day has named columns of one machine type (``array``'s codes). They are kept side by
side in one block, deflated, a number of rows before them; words stand in them as numbers of the
store's list of words. Days are those of UTC, so that no change of the office's zone concerns
what is kept; lengths are milliseconds.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Columns = Mapping[str, NDArray[Any]]


class Kind(StrEnum):
    """What a block holds of its day."""

    VISITS = "visits"  # a row a visit that began then
    DEEDS = "deeds"  # agents' offers, answers and misses, counted by quarter of an hour
    STATES = "states"  # agents' time, added up by quarter of an hour
    PRESENCE = "presence"  # when agents were logged in, and paused
    CALLS = "calls"  # a row a call that began then


SCHEMAS: Mapping[Kind, Mapping[str, str]] = {
    Kind.VISITS: {
        "at": "d",
        "queue": "I",
        "agent": "I",
        "line": "I",
        "did": "I",
        "needs": "I",
        "caller": "I",
        "call": "Q",  # a digest of its id: to count calls, whose visits may be several
        "chosen": "I",  # what the agent said came of it
        "outcome": "B",
        "short": "B",
        "reached": "B",
        "in_target": "B",
        "talks": "B",
        "transferred": "B",
        "offers": "H",
        "missed": "H",
        "wait_ms": "I",
        "talk_ms": "I",
        "hold_ms": "I",
        "wrap_up_ms": "I",
    },
    Kind.DEEDS: {
        "at": "d",
        "agent": "I",
        "queue": "I",
        "offers_made": "I",
        "served": "I",
        "offers_missed": "I",
    },
    Kind.STATES: {
        "at": "d",
        "agent": "I",
        "state": "B",
        "reason": "I",
        "ms": "I",
    },
    Kind.PRESENCE: {"began": "d", "ended": "d", "agent": "I", "paused": "B"},
    Kind.CALLS: {
        "at": "d",
        "queue": "I",
        "agent": "I",
        "line": "I",
        "caller": "I",
        "called": "I",
        "chosen": "I",
        "disposition": "B",
        "is_answered": "B",
        "ring_ms": "I",
        "talk_ms": "I",
    },
}

OUTCOMES = ("answered", "abandoned", "overflowed", "turned_away", "callbacks", "waiting")
"""What became of a visit, in the order of the column's numbers."""

STATES = ("available", "offered", "talking", "wrap_up", "engaged", "paused")
"""The states of an agent who is logged in, in the order of the column's numbers."""

_HIGHEST = {"B": 2**8 - 1, "H": 2**16 - 1, "I": 2**32 - 1, "Q": 2**64 - 1}
_COMPRESSION = 1  # a quarter of the room; more of it costs ten times the time for a tenth


def packed(kind: Kind, rows: Iterable[Sequence[float]]) -> bytes:
    """Rows, each in the order of the kind's columns. A number beyond its column is the column's
    highest or lowest: a day whose clock jumped does not take the report with it."""
    schema = SCHEMAS[kind]
    table = list(rows)
    block = bytearray(len(table).to_bytes(4, "little"))
    for place, code in enumerate(schema.values()):
        column = array(code, (_fitting(row[place], code) for row in table))
        if sys.byteorder == "big":
            column.byteswap()
        block += column.tobytes()
    return zlib.compress(bytes(block), _COMPRESSION)


def unpacked(kind: Kind, block: bytes) -> Columns:
    """The columns of a block.

    Raises:
        ValueError: it is not one of this kind.
    """
    try:
        plain = zlib.decompress(block)
    except zlib.error as error:
        raise ValueError(f"a block of {kind} is damaged: {error}") from error
    rows, at = int.from_bytes(plain[:4], "little"), 4
    columns: dict[str, NDArray[Any]] = {}
    for name, code in SCHEMAS[kind].items():
        columns[name] = np.frombuffer(plain, dtype=_type_of(code), count=rows, offset=at)
        at += columns[name].nbytes
    if at != len(plain):
        raise ValueError(f"a block of {kind} has {len(plain)} bytes instead of {at}")
    return columns


def joined(kind: Kind, days: Sequence[Columns]) -> Columns:
    """The columns of several days as one."""
    if not days:
        return {name: np.empty(0, _type_of(code)) for name, code in SCHEMAS[kind].items()}
    return {name: np.concatenate([day[name] for day in days]) for name in SCHEMAS[kind]}


def _type_of(code: str) -> np.dtype[Any]:
    return np.dtype(array(code).typecode).newbyteorder("<")


def _fitting(value: float, code: str) -> float:
    return value if code == "d" else min(max(round(value), 0), _HIGHEST[code])
