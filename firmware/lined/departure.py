"""A transfer under way: the user has replaced the handset, the exchange does the rest.

While it lasts, the calls belong to it and the line is free. When the exchange cannot do it, the
party that was held is given back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from firmware.lined.line import Handle, Surroundings
from firmware.lined.station_call import StationCall
from firmware.model.cause import Cause

log = logging.getLogger(__name__)

_RINGS, _REFUSED = 180, 300


class Departure:
    """``held`` goes to ``number``, or, when that is "", to where ``other`` talks or rings.

    ``failed`` is called with the party that nobody took, ``over`` when it is done in any way.
    """

    def __init__(
        self,
        around: Surroundings,
        held: StationCall,
        *,
        number: str = "",
        other: StationCall | None = None,
        failed: Callable[[StationCall], None],
        over: Callable[[Departure], None],
    ) -> None:
        self._exchange = around.exchange
        self._held = held
        self._other = other
        self._failed = failed
        self._over = over
        self._number = number
        self._timer: Handle = around.clock.call_later(around.times.transfer_s, self.end)

    def begin(self) -> None:
        """Ask the exchange."""
        self._held.owner = self
        if self._other is not None:
            self._other.owner = self
            self._exchange.connect(self._held.live(), self._other.live())
        else:
            self._exchange.send(self._held.live(), self._number)

    def end(self) -> None:
        """Both calls end here."""
        self._finish()
        for call in (self._held, self._other):
            self._hang_up(call)

    def transfer_told(self, call: StationCall, status: int, is_final: bool) -> None:  # noqa: ARG002
        """How far the exchange has come."""
        if status >= _REFUSED:
            log.info("a transfer of %s failed: %d", self._held.number, status)
            self._finish()
            self._hang_up(self._other)
            self._failed(self._held)
        elif is_final or (self._other is None and status >= _RINGS):
            self.end()

    def call_ended(self, call: StationCall, cause: Cause, by_them: bool) -> None:  # noqa: ARG002
        """A party left, or the exchange has taken our place."""
        if call is self._held:
            self.end()

    def call_rang(self, call: StationCall) -> None:
        """It rings at the other's."""

    def call_progressed(self, call: StationCall) -> None:
        """There is something to hear, and nobody who listens."""

    def call_answered(self, call: StationCall) -> None:
        """The other has just answered."""

    def call_pressed(self, call: StationCall, digit: str) -> None:
        """Nobody listens."""

    def _finish(self) -> None:
        self._timer.cancel()
        self._over(self)

    def _hang_up(self, call: StationCall | None) -> None:
        if call is not None and call.dialog is not None:
            dialog, call.dialog = call.dialog, None
            self._exchange.forget(dialog, Cause.NORMAL_CLEARING)
