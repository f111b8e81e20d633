"""The ticker: the board's changes as numbered batches of items, for any number of listeners.

One thread looks at the board, at most ten times a second however fast it changes, and keeps
the last batches in a ring. A listener is only a number, that of the last batch it has had, so
a slow one costs no memory: when its number has left the ring it is told to start afresh from
a snapshot. Numbers carry an epoch, because a restarted console counts from zero again.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections import deque
from dataclasses import dataclass

from web.live.board import Board
from web.live.items import Item, items_of

log = logging.getLogger(__name__)

PACE_S = 0.1
KEPT_BATCHES = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What changed at once: items to put (new or other than before) and ids to drop. In a
    snapshot ``puts`` is everything and what is not in it is gone."""

    number: int
    snapshot: bool
    puts: tuple[Item, ...]
    drops: tuple[str, ...]


class Ticker:
    """Batches of changes. Safe to use from any thread."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._items = items_of(board.picture())
        self._number = 0
        self._ring: deque[Batch] = deque(maxlen=KEPT_BATCHES)
        self._news = threading.Condition()
        self._stopping = threading.Event()
        self.epoch = secrets.token_hex(4)

    def start(self) -> None:
        """Watch the board from now on."""
        threading.Thread(target=self._run, name="ticker", daemon=True).start()

    def stop(self) -> None:
        """Let the thread and everyone who waits in ``after`` go."""
        self._stopping.set()
        with self._news:
            self._news.notify_all()

    @property
    def stopping(self) -> bool:
        """Whether ``stop`` was called."""
        return self._stopping.is_set()

    def snapshot(self) -> Batch:
        """Everything, as of the newest batch."""
        with self._news:
            return self._snapshot()

    def after(self, number: int, timeout_s: float) -> list[Batch]:
        """The batches after ``number``, waiting for one up to ``timeout_s``; empty when nothing
        happened. A single snapshot when ``number`` has left the ring or was never given out."""
        with self._news:
            if 0 <= number == self._number and not self._stopping.is_set():
                self._news.wait(timeout_s)
            if number == self._number:
                return []
            missed = self._number - number
            if number < 0 or not 0 < missed <= len(self._ring):
                return [self._snapshot()]
            return list(self._ring)[-missed:]

    def look(self) -> bool:
        """Compare the board with what was last told; whether anything had changed."""
        items = items_of(self._board.picture())
        puts = tuple(item for key, item in items.items() if self._items.get(key) != item)
        drops = tuple(key for key in self._items if key not in items)
        if not puts and not drops:
            return False
        with self._news:
            self._number += 1
            self._items = items
            self._ring.append(Batch(number=self._number, snapshot=False, puts=puts, drops=drops))
            self._news.notify_all()
        return True

    def _snapshot(self) -> Batch:
        items = tuple(sorted(self._items.values(), key=lambda item: (item.list, item.order)))
        return Batch(number=self._number, snapshot=True, puts=items, drops=())

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                if self._board.wait(timeout_s=1.0):
                    self.look()
                    self._stopping.wait(PACE_S)
        except Exception:
            # Without this thread every live page would stand still and look true. supervisord
            # starts the console again.
            log.critical("the ticker ended by a bug; the console ends with it", exc_info=True)
            os._exit(70)
