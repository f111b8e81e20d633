"""Hot-desking: which telephone a call comes from, and who may make it theirs."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable

from firmware.switchd.call import Call

log = logging.getLogger(__name__)

MOST_FAILURES = 6
LOCKED_S = 900.0


class Desks:
    """``pin_of`` gives the PIN of an extension, "" for none; ``clock`` is any steady clock."""

    def __init__(self, pin_of: Callable[[str], str], clock: Callable[[], float]) -> None:
        self._pin_of = pin_of
        self._clock = clock
        self._failures: dict[str, list[float]] = {}

    def telephone_of(self, call: Call) -> str:
        """The extension whose telephone the lead speaks from."""
        return call.origin.telephone or call.lead.party

    def admits(self, number: str, pin: str) -> bool:
        """Whether ``pin`` is that of ``number``. After six wrong ones nobody is let in for a
        quarter of an hour, whatever they dial."""
        now, known = self._clock(), self._pin_of(number)
        failures = [at for at in self._failures.get(number, []) if now - at < LOCKED_S]
        right = bool(known) and hmac.compare_digest(known.encode(), pin.encode())
        if right and len(failures) < MOST_FAILURES:
            self._failures.pop(number, None)
            return True
        if known:  # what is dialled for a number that is nobody's need not be remembered
            self._failures[number] = [*failures, now][-MOST_FAILURES:]
            log.warning("hot desk: a wrong PIN for %s (%d)", number, len(failures) + 1)
        return False
