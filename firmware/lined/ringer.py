"""How a station line's telephone rings: the cadence says what kind of call it is, and in its long
pause the telephone is told who calls."""

from __future__ import annotations

from firmware.model.alert import Ringing

_ONE_MS = (1000, 4000)
_TWO_MS = (400, 200, 400, 4000)
_THREE_MS = (400, 200, 400, 200, 400, 4000)


def ring_ms_of(ringing: Ringing | None, country_ms: tuple[int, ...]) -> tuple[int, ...]:
    """The cadence for a kind of call: the country's for one from outside, as the public network
    rings; another one for one from inside; three short rings for a queue."""
    match ringing:
        case Ringing.QUEUE:
            return _THREE_MS
        case Ringing.INTERNAL:
            return _TWO_MS if len(country_ms) == len(_ONE_MS) else _ONE_MS
        case _:
            return country_ms


class Ringer:
    """Where in its cadence the ringing is, by the bursts that have ended."""

    def __init__(self, ring_ms: tuple[int, ...]) -> None:
        self.ring_ms = ring_ms
        self._ended = 0

    def burst_ended(self) -> bool:
        """One more burst ended; whether the long pause of the first ring begins now."""
        pauses = self.ring_ms[1::2]
        self._ended += 1
        return self._ended == pauses.index(max(pauses)) + 1
