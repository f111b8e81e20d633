"""A blind transfer under way: the lead is led on, and the transferor waits to hear how it went."""

from __future__ import annotations

from firmware.model.cause import Cause
from firmware.model.dialplan import Station
from firmware.sip.transfer import TransferRequest
from firmware.switchd.leg import Leg


class Transfer:
    """``transferor`` is their leg, which they may leave any time; ``station`` where the call
    comes back to when nobody takes it."""

    def __init__(
        self, transferor: Leg, station: Station | None, request: TransferRequest | None
    ) -> None:
        self.transferor = transferor
        self.station = station
        self._request = request

    def rang(self) -> None:
        """The target rings."""
        if self._request is not None:
            self._request.rang()

    def succeed(self) -> None:
        """The target has answered."""
        if self._request is None:
            self.transferor.hang_up()
            return
        self._request.succeed(and_then=self.transferor.hang_up)
        self._request = None

    def fail(self, cause: Cause) -> None:
        """Nobody took it; the transferor is told and may be talked to again."""
        if self._request is not None:
            self._request.fail(cause)
            self._request = None
