"""One call of a station line: its dialog, and what the dialog said so far."""

from __future__ import annotations

from typing import Protocol

from firmware.lined.exchange import Dialog
from firmware.model.cause import Cause


class Owner(Protocol):
    """The line, as far as a call needs it."""

    def call_rang(self, call: StationCall) -> None: ...
    def call_progressed(self, call: StationCall) -> None: ...
    def call_answered(self, call: StationCall) -> None: ...
    def call_pressed(self, call: StationCall, digit: str) -> None: ...
    def call_ended(self, call: StationCall, cause: Cause, by_them: bool) -> None: ...
    def transfer_told(self, call: StationCall, status: int, is_final: bool) -> None: ...


class StationCall:
    """``number`` is the other party's. The ``CallEvents`` of its dialog, which it hands on."""

    def __init__(self, owner: Owner, number: str, dialog: Dialog | None = None) -> None:
        self.number = number
        self.dialog = dialog
        self.is_over = False
        self._owner = owner

    def on_ringing(self) -> None:
        """CallEvents: 180."""
        self._owner.call_rang(self)

    def on_progress(self) -> None:
        """CallEvents: 183."""
        self._owner.call_progressed(self)

    def on_answered(self) -> None:
        """CallEvents: 200 and ACK."""
        self._owner.call_answered(self)

    def on_held(self, held: bool) -> None:
        """CallEvents: the exchange does not hold its telephones."""

    def on_digit(self, digit: str) -> None:
        """CallEvents: a key of the other party."""
        self._owner.call_pressed(self, digit)

    def on_ended(self, cause: Cause, by_them: bool) -> None:
        """CallEvents: over."""
        self.is_over = True
        self.dialog = None
        self._owner.call_ended(self, cause, by_them)

    def on_transfer_told(self, status: int, is_final: bool) -> None:
        """TransferorEvents: how far our REFER has come."""
        self._owner.transfer_told(self, status, is_final)
