"""A station line (FXS): its telephone is one more phone of the exchange."""

from __future__ import annotations

import logging

from firmware.lined.exchange import Dialog
from firmware.lined.line import Line, Surroundings
from firmware.lined.poller import Channel
from firmware.model.cause import Cause
from firmware.model.line import STATION_TABLE, LineEvent, LineState
from firmware.sip.message import Invitation, Party
from hw.dahdi import port
from hw.signal.caller_id import MAX_NAME, MAX_NUMBER, CallerId, CallerIdEncoder
from hw.signal.dtmf import DtmfDetector
from hw.signal.tone import ToneGenerator

log = logging.getLogger(__name__)

_ID_PAUSE_S = 0.5  # GR-30: caller ID begins 0.5 to 1.5 s after the first ring
_ID_LASTS_S = 1.5


class StationLine(Line[port.Port]):
    """One FXS port. ``extension`` is the number it calls as, ``owner`` the name. A number in
    ``numbers`` is dialled at once unless a longer one begins with it; others after a pause."""

    kind = "station"
    table = STATION_TABLE

    def __init__(
        self,
        name: str,
        channel: Channel[port.Port],
        around: Surroundings,
        *,
        simulated: bool,
        extension: str,
        owner: str,
        numbers: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(name, channel, around, simulated=simulated)
        self._extension = extension
        self._owner = owner
        self._numbers = numbers
        self._digits = ""
        self._caller: Party | None = None

    # -- the telephone --------------------------------------------------------------------

    def on_port(self, event: object) -> None:
        """Poller: an electrical event."""
        match event:
            case port.HookLifted():
                self._lifted()
            case port.HookReplaced():
                self._replaced()
            case port.PulseDigit(digit):
                self._key(digit)
            case port.RingerOff():
                self._send_caller_id()
            case _:
                log.debug("line %s %s: %s", self.name, self.state, event)

    def _lifted(self) -> None:
        was_ringing = self.state is LineState.RINGING_OUT
        if not self.step(LineEvent.HOOK_LIFTED):
            return
        if was_ringing:
            assert self.dialog is not None
            self.stop_timers()
            self.dialog.answer()
            self.answer_path()
            self._listen()
            return
        self._digits = ""
        self._sound("dial")
        self.patch.ears = ((DtmfDetector(filter_dial_tone=True).feed, self._keys_heard),)
        self.after("digit", self.around.times.first_digit_s, self._no_digit)

    def _replaced(self) -> None:
        if not self.table.is_late(self.state, LineEvent.HOOK_REPLACED):
            self.let_go()
            self.number = ""
            self.step(LineEvent.HOOK_REPLACED)

    def _listen(self) -> None:
        self.patch.ears = ((DtmfDetector().feed, self._keys_heard),)

    def _keys_heard(self, digits: str) -> None:
        for digit in digits:
            self._key(digit)

    def _key(self, digit: str) -> None:
        if self.state in (LineState.CALLING, LineState.IN_USE):
            if self.dialog is not None:
                self.dialog.send_digits(digit)
            return
        if self.table.is_late(self.state, LineEvent.DIGIT):
            return
        ends = digit == "#" and bool(self._digits)
        self._digits += "" if ends else digit
        self.number = self._digits
        self.patch.mouth = None
        self.step(LineEvent.DIGIT)
        if ends or self._is_whole():
            self._dialled()
        else:
            self.after("digit", self.around.times.next_digit_s, self._dialled)

    def _is_whole(self) -> bool:
        digits = self._digits
        longer = (n for n in self._numbers if n.startswith(digits) and n != digits)
        return digits in self._numbers and not any(longer)

    def _no_digit(self) -> None:
        self.step(LineEvent.FAILED, "nothing dialled")
        self._end_tone("congestion")

    def _dialled(self) -> None:
        self.stop_timer("digit")
        self.number = self._digits
        self.step(LineEvent.DIALLED, f"to {self.number}")
        try:
            dialog = self.around.exchange.call(
                self.name,
                self.number,
                caller=self._extension,
                caller_name=self._owner,
                events=self,
            )
        except RuntimeError as error:
            log.warning("line %s: %s", self.name, error)
            self.on_ended(Cause.SWITCH_CONGESTION, by_them=True)
            return
        if self.state is LineState.CALLING:  # else it was refused before this returned
            self.dialog = dialog

    # -- a call from the exchange ---------------------------------------------------------

    def take(self, dialog: Dialog, invitation: Invitation) -> Cause | None:
        """Ring the telephone."""
        if self.state is LineState.FAULT:
            return Cause.SUBSCRIBER_ABSENT
        if self.state is not LineState.IDLE:
            return Cause.USER_BUSY
        self.dialog = dialog
        self._caller = invitation.asserted or invitation.sender
        self.number = self._caller.user
        self.step(LineEvent.CALLED, f"from {self.number}")
        self.channel.order(lambda fxs: fxs.start_ringing())
        dialog.ring()
        return None

    def _send_caller_id(self) -> None:
        caller, self._caller = self._caller, None
        if caller is not None and self.state is LineState.RINGING_OUT:
            self.channel.order(lambda fxs: fxs.transmit_on_hook(_ID_PAUSE_S + _ID_LASTS_S))
            self.after("caller_id", _ID_PAUSE_S, lambda: self._say_caller_id(caller))

    def _say_caller_id(self, caller: Party) -> None:
        digits = "".join(c for c in caller.user if c in "0123456789*#+")[:MAX_NUMBER]
        # The standards know Latin letters only; a telephone shows rubbish for anything else.
        name = caller.name[:MAX_NAME] if caller.name.isascii() else ""
        self.patch.mouth = CallerIdEncoder(CallerId(number=digits, name=name))

    # -- the dialog -----------------------------------------------------------------------

    def on_ringing(self) -> None:
        """180: the called party's telephone rings; nobody sends that sound."""
        if self.state is LineState.CALLING:
            self._sound("ringback")

    def on_progress(self) -> None:
        """183: the exchange sends what is to be heard."""
        if self.state is LineState.CALLING and self.dialog is not None:
            self.answer_path()
            self._listen()

    def on_answered(self) -> None:
        """200: the called party answered."""
        if self.state is LineState.CALLING:
            self.answer_path()
            self._listen()
            self.step(LineEvent.ANSWERED)

    def on_ended(self, cause: Cause, by_them: bool) -> None:
        """The exchange's half is over."""
        who = "exchange" if by_them else "line"
        was_ringing = self.state is LineState.RINGING_OUT
        self.dialog = None
        self.let_go()
        self.step(LineEvent.CALL_ENDED, f"by {who}, cause {cause.value}")
        if was_ringing:
            self.number = ""
            self.channel.order(lambda fxs: fxs.stop_ringing())
        else:
            # The telephone is told that the other side left, and its user by a tone.
            self.channel.order(lambda fxs: fxs.on_hook())
            over = cause in (Cause.USER_BUSY, Cause.NORMAL_CLEARING)
            self._end_tone("busy" if over else "congestion")

    def _end_tone(self, tone: str) -> None:
        self._sound(tone)
        self.after("end_tone", self.around.times.end_tone_s, self.patch.close)

    def _sound(self, tone: str) -> None:
        self.patch.mouth = ToneGenerator(self.around.plan.tone(tone))
