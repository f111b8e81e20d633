"""The guard: counts who asks for what is not theirs, and bans who does it too often.

A telephone asks for many files but for one MAC address, and holds one token. Whoever asks for
many is searching. The guard answers nobody: the desk answers everybody alike, whether banned,
unknown or wrong, so that nothing is learnt from the answer.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

MOST_WRONG = 20
"""Different wrong MAC addresses or tokens of one source within ``WATCH_S``."""

MOST_SHOWN = 3
"""Telephones that one source may put on the list without having been given anything."""

MOST_MET = 4
"""Telephones that may have their first contact from one address in one adoption window: one,
and some for a base station or a telephone that answers for others."""

WATCH_S = 600.0
BAN_S = 900.0
_MOST_SOURCES = 4096


@dataclass(slots=True)
class _Record:
    since: float
    wrong: set[str] = field(default_factory=set)
    banned_until: float = 0.0


class Guard:
    """The record of every source that asked wrongly. ``clock`` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._records: OrderedDict[str, _Record] = OrderedDict()
        self._met: dict[str, set[str]] = {}
        self.misses = 0
        self.bans = 0

    def is_banned(self, source: str) -> bool:
        """Whether a source is banned now."""
        record = self._records.get(source)
        return record is not None and record.banned_until > self._clock()

    def miss(self, source: str, wrong: str) -> None:
        """Note that ``source`` asked for ``wrong`` (a MAC address, the digest of a token)."""
        self.misses += 1
        now = self._clock()
        record = self._records.get(source)
        if record is None or (now - record.since > WATCH_S and record.banned_until <= now):
            record = self._records[source] = _Record(now)
            self._forget_oldest()
        self._records.move_to_end(source)
        record.wrong.add(wrong)
        if len(record.wrong) > MOST_WRONG and record.banned_until <= now:
            record.banned_until = now + BAN_S
            record.wrong.clear()
            self.bans += 1
            log.warning(
                "banned %s for %d s: it asked for more than %d telephones that are not its own",
                *(source, BAN_S, MOST_WRONG),
            )

    def is_crowded(self, source: str, wrong: str) -> bool:
        """Whether a source asked wrongly for so many that ``wrong`` need not be shown."""
        record = self._records.get(source)
        return record is not None and len(record.wrong - {wrong}) >= MOST_SHOWN

    def is_greedy(self, source: str, mac: str) -> bool:
        """Whether one source asks for the first files of many telephones. Notes the question."""
        met = self._met.setdefault(source, set())
        if len(self._met) > _MOST_SOURCES:
            self._met.clear()
        if mac not in met and len(met) >= MOST_MET:
            return True
        met.add(mac)
        return False

    def forget_met(self) -> None:
        """A new adoption window: every source may meet new telephones again."""
        self._met.clear()

    def banned(self) -> tuple[str, ...]:
        """The sources that are banned now."""
        return tuple(source for source in self._records if self.is_banned(source))

    def pardon(self, source: str) -> None:
        """Forget what a source did."""
        self._records.pop(source, None)

    def _forget_oldest(self) -> None:
        while len(self._records) > _MOST_SOURCES:
            self._records.popitem(last=False)
