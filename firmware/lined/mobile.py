"""A mobile line: a SIM in a modem, rung by the network and dialled out on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from firmware.lined.exchange import Dialog
from firmware.lined.line import Surroundings
from firmware.lined.messages import Messages
from firmware.lined.poller import Channel
from firmware.lined.rung import RungLine
from firmware.lined.ussd import UssdSession
from firmware.link.rows import LineRow, UssdRow
from firmware.model.cause import Cause
from firmware.model.line import MOBILE_TABLE, LineEvent, LineState
from firmware.sip.message import Invitation
from hw.modem import port
from hw.modem.pdu import Tpdu
from hw.signal.caller_id import Absence, CallerId
from hw.signal.dtmf import DIGITS, DtmfDetector

log = logging.getLogger(__name__)

_RINGING = (LineState.RINGING_IN, LineState.OFFERED, LineState.UNHEARD)


class MobileLine(RungLine[port.ModemPort]):
    """One SIM."""

    kind = "mobile"
    table = MOBILE_TABLE
    operator = ""
    device = ""

    def __init__(
        self,
        name: str,
        channel: Channel[port.ModemPort],
        around: Surroundings,
        *,
        simulated: bool,
        messages: Messages,
        post_ussd: Callable[[str, UssdRow], None],
    ) -> None:
        super().__init__(name, channel, around, simulated=simulated)
        self._messages = messages
        self._ussd = UssdSession(name, channel, post_ussd)

    @property
    def in_network(self) -> bool:
        """Whether the SIM can send anything."""
        return self.state not in (LineState.FAULT, LineState.CUT)

    def row(self) -> LineRow:
        """The line as the link shows it."""
        return replace(super().row(), operator=self.operator, device=self.device)

    def on_port(self, event: object) -> None:
        """Poller: something on the modem."""
        match event:
            case port.Registered():
                self._registered()
            case port.Unregistered(why):
                self._unregistered(why)
            case port.SignalMeasured(dbm):
                self.signal_dbm = dbm
                self.post("measured")
            case port.OperatorNamed(name):
                self.operator = name
                self.post("named")
            case port.Identified(model=model, imei=imei):
                self.device = f"{model}, IMEI {imei}"
                self.post("identified")
            case port.TextMemory():
                self._memory(event)
            case port.UssdHeard() | port.UssdEnded():
                self._ussd.on_port(event)
            case _:
                if not self._messages.on_port(self.name, event, self._delete_text):
                    self._on_call(event)

    def _registered(self) -> None:
        self.fault = ""
        if not self.step(LineEvent.MENDED):
            self.post("registered")
        self._messages.line_is_up(self.name)

    def _memory(self, memory: port.TextMemory) -> None:
        """A full memory is emptied as soon as the store has what lies in it; until then nobody's
        messages arrive."""
        if memory.full:
            log.warning(
                "line %s: the memory %s for messages is full (%d)",
                self.name,
                memory.memory,
                memory.total,
            )
            self.post("memory_full")

    def on_found(self) -> None:
        """Poller: the ports are open. There is no network before the modem says so."""
        super().on_found()
        self._unregistered("the modem is starting")

    def on_lost(self, why: str) -> None:
        """Poller: the modem is gone."""
        super().on_lost(why)
        self.signal_dbm, self.operator = None, ""
        self._ussd.modem_is_gone(why)
        self._messages.line_is_gone(self.name)

    # -- messages and USSD ----------------------------------------------------------------

    def post_parts(self, ident: str, parts: tuple[Tpdu, ...]) -> None:
        """Give the modem the parts of a message to send."""
        self.channel.order(lambda modem: modem.send_text(ident, parts))

    def _delete_text(self, memory: str, index: int) -> None:
        self.channel.order(lambda modem: modem.delete_text(memory, index))

    def send_ussd(self, code: str) -> None:
        """See ``LinedApi.ussd``."""
        if not self.in_network:
            raise RuntimeError(f"line {self.name} is in no network: {self.fault}")
        self._ussd.send(code)

    def cancel_ussd(self) -> None:
        """See ``LinedApi.cancel_ussd``."""
        self._ussd.cancel()

    def _on_call(self, event: object) -> None:
        match event:
            case port.CallRang(number, unknown):
                self._rang(number, unknown=unknown)
            case port.CallWaited(number):
                log.info("line %s: a call waits, from %s", self.name, number or "nobody knows")
                self.post("call_waiting")
            case port.CallDialled():
                self.step(LineEvent.DIALLED)
            case port.FarRang():
                if self.state is LineState.CALLING and self.dialog is not None:
                    self.dialog.ring()
            case port.CallAnswered():
                self._far_answered()
            case port.CallEnded(why, cause):
                self._call_ended(why, cause)

    # -- a call from the network ----------------------------------------------------------

    def _rang(self, number: str, *, unknown: bool) -> None:
        if self.state in (LineState.IDLE, LineState.ENDED):
            self.stop_timers()
        absence = Absence.UNAVAILABLE if unknown else Absence.WITHHELD
        absence = Absence.NONE if number else absence
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
        if self.state is not LineState.IDLE:  # it is the line that is busy, not whom it calls
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

    def _call_ended(self, why: str, number: int) -> None:
        if self.state in _RINGING:
            self.ring_stopped()
            return
        talked = self.state not in (LineState.DIALLING, LineState.CALLING)
        unknown = Cause.NORMAL_CLEARING if talked else Cause.NORMAL_UNSPECIFIED
        try:
            cause = Cause(number) if number else unknown
        except ValueError:  # one that we have no name for
            cause = unknown
        self.dropped(cause, f"{why}, cause {number}" if number else why)

    def _unregistered(self, why: str) -> None:
        self.fault = why
        if not self.table.is_late(self.state, LineEvent.CUT):
            self.let_go(Cause.NETWORK_OUT_OF_ORDER)
            self.number = ""
        if not self.step(LineEvent.CUT, why):
            self.post("unregistered")
