"""One call of a station line: its dialog, and who is told what the dialog says."""

from __future__ import annotations

from typing import Protocol

from firmware.lined.exchange import Dialog
from firmware.model.alert import Ringing
from firmware.model.cause import Cause


class Owner(Protocol):
    """Who has the call: the line, or a departure."""

    def call_rang(self, call: StationCall) -> None:
        """180."""
        ...

    def call_progressed(self, call: StationCall) -> None:
        """183."""
        ...

    def call_answered(self, call: StationCall) -> None:
        """200 and ACK."""
        ...

    def call_pressed(self, call: StationCall, digit: str) -> None:
        """The other party pressed a key."""
        ...

    def call_ended(self, call: StationCall, cause: Cause, by_them: bool) -> None:
        """It is over."""
        ...

    def transfer_told(self, call: StationCall, status: int, is_final: bool) -> None:
        """How far the REFER on its dialog has come, as a SIP status."""
        ...


class StationCall:
    """``number`` and ``name`` are the other party's, ``ringing`` the kind of a call from the
    exchange; who ``is_withheld`` is not shown. It is the ``CallEvents`` of its dialog, and hands
    on what they say."""

    def __init__(
        self,
        owner: Owner,
        number: str,
        *,
        name: str = "",
        ringing: Ringing | None = None,
        is_withheld: bool = False,
    ) -> None:
        self.owner = owner
        self.number = number
        self.name = name
        self.ringing = ringing
        self.is_withheld = is_withheld
        self.dialog: Dialog | None = None
        self.is_held = False
        self.is_over = False

    def live(self) -> Dialog:
        """The dialog of a call that is not over."""
        if self.dialog is None:
            raise RuntimeError(f"the call with {self.number} has no dialog")
        return self.dialog

    def on_ringing(self) -> None:
        """CallEvents."""
        self.owner.call_rang(self)

    def on_progress(self) -> None:
        """CallEvents."""
        self.owner.call_progressed(self)

    def on_answered(self) -> None:
        """CallEvents."""
        self.owner.call_answered(self)

    def on_held(self, held: bool) -> None:
        """CallEvents: the exchange plays its music itself; it does not hold its telephones."""

    def on_digit(self, digit: str) -> None:
        """CallEvents."""
        self.owner.call_pressed(self, digit)

    def on_ended(self, cause: Cause, by_them: bool) -> None:
        """CallEvents."""
        self.is_over, self.dialog = True, None
        self.owner.call_ended(self, cause, by_them)

    def on_transfer_told(self, status: int, is_final: bool) -> None:
        """TransferorEvents."""
        self.owner.transfer_told(self, status, is_final)
