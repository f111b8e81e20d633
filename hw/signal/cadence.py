"""A repeating on-off pattern, as of ringing or busy tone."""

from __future__ import annotations


class Cadence:
    """Where in a repeating on-off pattern one is, by counting milliseconds."""

    def __init__(self, cadence_ms: tuple[int, ...]) -> None:
        self._cadence_ms = cadence_ms
        self._at_ms = 0

    def step(self, ms: int) -> bool:
        """Whether the pattern is on now; then ``ms`` go by."""
        if not self._cadence_ms:
            return True
        at_ms, on = self._at_ms % sum(self._cadence_ms), True
        self._at_ms += ms
        for length_ms in self._cadence_ms:
            if at_ms < length_ms:
                return on
            at_ms -= length_ms
            on = not on
        return on
