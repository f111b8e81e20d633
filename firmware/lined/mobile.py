"""A mobile line: a SIM in a modem, rung by the network and dialled out on."""

from __future__ import annotations

import logging

from firmware.lined.exchange import Dialog
from firmware.lined.rung import RungLine
from firmware.model.cause import Cause
from firmware.model.line import BUSY, MOBILE_TABLE, LineEvent, LineState
from firmware.sip.message import Invitation
from hw.modem import port
from hw.signal.caller_id import Absence, CallerId
from hw.signal.dtmf import DIGITS, DtmfDetector

log = logging.getLogger(__name__)

_RINGING = (LineState.RINGING_IN, LineState.OFFERED, LineState.UNHEARD)


class MobileLine(RungLine[port.ModemPort]):
    """One SIM."""

    kind = "mobile"
    table = MOBILE_TABLE

    def on_port(self, event: object) -> None:
        """Poller: something on the modem."""
        match event:
            case port.Registered():
                self.fault = ""
                if not self.step(LineEvent.MENDED):
                    self.post("registered")
            case port.Unregistered(why):
                self._unregistered(why)
            case port.SignalMeasured(dbm):
                self.signal_dbm = dbm
                self.post("measured")
            case _:
                self._on_call(event)

    def _on_call(self, event: object) -> None:
        match event:
            case port.CallRang(number):
                self._rang(number)
            case port.CallDialled():
                self.step(LineEvent.DIALLED)
            case port.FarRang():
                if self.state is LineState.CALLING and self.dialog is not None:
                    self.dialog.ring()
            case port.CallAnswered():
                self._far_answered()
            case port.CallEnded(why):
                self._call_ended(why)

    # -- a call from the network ----------------------------------------------------------

    def _rang(self, number: str) -> None:
        if self.state in (LineState.IDLE, LineState.ENDED):
            self.stop_timers()
        absence = Absence.NONE if number else Absence.WITHHELD
        if self.step(LineEvent.RING_BEGAN):
            self.caller = CallerId(number=number, absence=absence)
            self.offer()
        if self.state in _RINGING:
            self.after("ring", self.around.times.ring_gap_s, self.ring_stopped)

    def on_answered(self) -> None:
        """The exchange takes the call."""
        if self.state is LineState.OFFERED:
            self.stop_timers()
            self.channel.order(lambda modem: modem.answer())
            self._talk()
            self.step(LineEvent.ANSWERED)

    def _talk(self) -> None:
        self.answer_path()
        self.patch.ears = ((DtmfDetector().feed, self._keys_heard),)

    def _keys_heard(self, digits: str) -> None:
        if self.dialog is not None and self.state is LineState.IN_USE:
            log.info("line %s heard %d keys", self.name, len(digits))
            self.dialog.send_digits(digits)

    def on_digit(self, digit: str) -> None:
        """A key from the exchange: the network makes the tone, which its codec would spoil."""
        if digit in DIGITS:
            self.channel.order(lambda modem: modem.send_tone(digit))

    # -- a call to the network ------------------------------------------------------------

    def take(self, dialog: Dialog, invitation: Invitation) -> Cause | None:
        """Dial ``invitation.called``."""
        if self.state in BUSY:
            return Cause.USER_BUSY
        if self.state is not LineState.IDLE:
            return Cause.NO_CIRCUIT
        number = invitation.called
        if not number or set(number) - set("0123456789*#+"):
            return Cause.INVALID_NUMBER
        self.dialog = dialog
        self.number = number
        self.step(LineEvent.CALLED, f"to {number}")
        self.step(LineEvent.READY)
        self.channel.order(lambda modem: modem.dial(number))
        return None

    def _far_answered(self) -> None:
        if self.state is LineState.DIALLING:  # the report of dialling was lost
            self.step(LineEvent.DIALLED)
        if self.state is LineState.CALLING and self.dialog is not None:
            self.dialog.answer()
            self._talk()
            self.step(LineEvent.FAR_ANSWERED)

    # -- the end --------------------------------------------------------------------------

    def hang_up_port(self) -> None:
        """End the call in the network."""
        self.channel.order(lambda modem: modem.hang_up())

    def _call_ended(self, why: str) -> None:
        if self.state in _RINGING:
            self.ring_stopped()
        else:
            busy = self.state in (LineState.DIALLING, LineState.CALLING) and why == "BUSY"
            self.dropped(Cause.USER_BUSY if busy else Cause.NORMAL_CLEARING, why)

    def _unregistered(self, why: str) -> None:
        self.fault = why
        if not self.table.is_late(self.state, LineEvent.CUT):
            self.let_go(Cause.NETWORK_OUT_OF_ORDER)
            self.number = ""
        if not self.step(LineEvent.CUT, why):
            self.post("unregistered")
