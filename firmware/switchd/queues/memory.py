"""What the engine remembers, on the disk: agents' states, callbacks, places of callers.

The engine's snapshot is written in pieces, those that changed since the last time, at most once
a second while something happens; a promise to a caller is written at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from firmware.model.acd_piece import AcdPiece
from firmware.switchd.call import Ledger

log = logging.getLogger(__name__)

SAVE_S = 1.0

_NOW = "now"

Snapshot = Mapping[str, Any]

Kept = tuple[Mapping[str, Any], float]
"""A snapshot, and when it was kept (Unix seconds)."""


class Memory:
    """``snapshot`` asks the engine; ``clock`` gives Unix seconds."""

    def __init__(
        self, ledger: Ledger, clock: Callable[[], float], snapshot: Callable[[], Snapshot]
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._snapshot = snapshot
        self._kept: dict[str, str] = {}
        self._soon: asyncio.TimerHandle | None = None
        self.is_open = False
        """Nothing is written before what was kept has been read."""

    def touch(self) -> None:
        """Something has changed."""
        if self._soon is None and self.is_open:
            self._soon = asyncio.get_running_loop().call_later(SAVE_S, self.save)

    def save(self) -> None:
        """Hand over what has changed now."""
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        if not self.is_open:
            return
        at = self._clock()
        texts = {key: _json(piece) for key, piece in _pieces(self._snapshot()).items()}
        for key, text in texts.items():
            if self._kept.get(key) != text:
                self._ledger.put(AcdPiece(id=key, changed_at=at, piece=text))
        for key in self._kept.keys() - texts.keys():
            self._ledger.put(AcdPiece(id=key, changed_at=at, piece=""))
        if texts or self._kept:
            self._ledger.put(AcdPiece(id=_NOW, changed_at=at, piece=_json(self._snapshot()[_NOW])))
        self._kept = texts


def remembered(pieces: Iterable[AcdPiece]) -> Kept | None:
    """The snapshot that was kept, and when that was (Unix seconds); None when there is none, or
    none that can be read."""
    data: dict[str, Any] = {}
    newest = 0.0
    for one in pieces:
        try:
            value = msgspec.json.decode(one.piece)
        except msgspec.DecodeError as error:
            log.error("a piece of the call centre's memory, %s, cannot be read: %s", one.id, error)
            continue
        newest = max(newest, one.changed_at)
        outer, slash, inner = one.id.partition("/")
        if slash:
            data.setdefault(outer, {})[inner] = value
        else:
            data.setdefault(outer, value)
    return (data, newest) if _NOW in data else None


def _pieces(snapshot: Snapshot) -> dict[str, Any]:
    pieces: dict[str, Any] = {}
    for key, value in snapshot.items():
        if key == _NOW:
            continue
        if isinstance(value, dict):
            pieces[key] = {}  # so that an empty mapping comes back as one
            pieces |= {f"{key}/{inner}": one for inner, one in value.items()}
        else:
            pieces[key] = value
    return pieces


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
