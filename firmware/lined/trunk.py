"""A trunk line (FXO): rung by the network, and dialled out on."""

from __future__ import annotations

import logging

from firmware.lined.exchange import Dialog
from firmware.lined.line import Line
from firmware.model.cause import Cause
from firmware.model.line import BUSY, TRUNK_TABLE, LineEvent, LineState
from firmware.sip.message import Invitation
from hw.dahdi import port
from hw.signal.caller_id import Absence, CallerId, CallerIdDecoder
from hw.signal.dtmf import DtmfDetector
from hw.signal.tone import ToneDetector

log = logging.getLogger(__name__)

_DIGIT_S = 0.16  # one digit as DtmfGenerator sends it
_NOBODY = CallerId(absence=Absence.UNAVAILABLE)

# Refusals that may be over in a moment: the exchange restarts, or is full.
_PASSING = frozenset(
    {
        Cause.TEMPORARY_FAILURE,
        Cause.SWITCH_CONGESTION,
        Cause.NO_CIRCUIT,
        Cause.NO_USER_RESPONDING,
        Cause.NETWORK_OUT_OF_ORDER,
        Cause.INTERWORKING,
    }
)


class TrunkLine(Line[port.Port]):
    """One FXO port."""

    kind = "trunk"
    table = TRUNK_TABLE

    _caller = _NOBODY
    _burst_ended_s = 0.0

    # -- a call from the network ----------------------------------------------------------

    def on_port(self, event: object) -> None:
        """Poller: an electrical event."""
        match event:
            case port.RingBegan():
                self._ring_began()
            case port.RingEnded():
                self._burst_ended_s = self._around.clock.time()
            case port.BatteryDropped():
                self._dropped(Cause.NORMAL_CLEARING, "battery dropped")
            case port.LineCut():
                self._cut()
            case port.LineMended():
                self.fault = ""
                self.step(LineEvent.MENDED)
            case _:
                log.debug("line %s %s: %s", self.name, self.state, event)

    def _ring_began(self) -> None:
        times = self._around.times
        if self.state in (LineState.IDLE, LineState.ENDED):
            self.stop_timers()
        pause_s = self._around.clock.time() - self._burst_ended_s
        if self.step(LineEvent.RING_BEGAN):
            self._caller = _NOBODY
            self._burst_ended_s = self._around.clock.time()
            self.patch.ears = ((CallerIdDecoder().feed, self._caller_heard),)
            self.after("caller_id", times.caller_id_s, self._offer)
        elif self.state is LineState.RINGING_IN and pause_s >= times.second_ring_s:
            self._offer()  # the second ring: no caller ID came
        if self.state in (LineState.RINGING_IN, LineState.OFFERED, LineState.UNHEARD):
            self.after("ring", times.ring_gap_s, self._ring_stopped)

    def _caller_heard(self, caller: CallerId) -> None:
        if self.state is LineState.RINGING_IN:
            self._caller = caller
            self._offer()

    def _offer(self) -> None:
        """Who calls is known, or the wait is over: give the call to the exchange."""
        self.stop_timer("caller_id")
        self.patch.ears = ()
        self.number = self._caller.number
        if self.step(LineEvent.CALLER_KNOWN, self._caller_note()):
            self._invite()

    def _caller_note(self) -> str:
        caller = self._caller
        if caller.number:
            return f"caller ID {caller.number}" + (f", {caller.name}" if caller.name else "")
        return "number withheld" if caller.absence is Absence.WITHHELD else "no caller ID"

    def _invite(self) -> None:
        try:
            dialog = self._around.exchange.call(
                self.name,
                self.name,
                caller=self._caller.number,
                caller_name=self._caller.name,
                events=self,
            )
        except RuntimeError as error:
            log.warning("line %s: %s", self.name, error)
            self._unheard(Cause.SWITCH_CONGESTION)
            return
        if self.state is LineState.OFFERED:  # else it was refused before this returned
            self.dialog = dialog

    def _unheard(self, cause: Cause) -> None:
        self.dialog = None
        self.step(LineEvent.CALL_ENDED, f"cause {cause.value}")
        if cause in _PASSING:
            self.after("retry", self._around.times.retry_s, self._offer_again)

    def _offer_again(self) -> None:
        if self.step(LineEvent.RETRY):
            self._invite()

    def _ring_stopped(self) -> None:
        was_offered = self.state is LineState.OFFERED
        self.let_go()
        self.number = ""
        self.step(LineEvent.RING_STOPPED)
        if was_offered:
            self._rest()

    def on_answered(self) -> None:
        """The exchange takes the call."""
        if self.state is LineState.OFFERED:
            self.stop_timers()
            self.channel.order(lambda fxo: fxo.off_hook())
            self.answer_path()
            self._listen_in_call()
            self.step(LineEvent.ANSWERED)

    def _listen_in_call(self) -> None:
        self.patch.ears = (
            (DtmfDetector().feed, self._keys_heard),
            (ToneDetector(self._around.plan).feed, self._tone_heard),
        )

    def _keys_heard(self, digits: str) -> None:
        if self.dialog is not None and self.state is LineState.IN_USE:
            log.info("line %s heard %d keys", self.name, len(digits))
            self.dialog.send_digits(digits)

    def _tone_heard(self, tone: str) -> None:
        cause = Cause.NORMAL_CLEARING
        if self.state is LineState.CALLING:
            cause = Cause.USER_BUSY if tone == "busy" else Cause.SWITCH_CONGESTION
        self._dropped(cause, f"{tone} tone")

    # -- a call to the network ------------------------------------------------------------

    def take(self, dialog: Dialog, invitation: Invitation) -> Cause | None:
        """Dial ``invitation.called`` out on this line."""
        if self.state in BUSY:
            return Cause.USER_BUSY
        if self.state is not LineState.IDLE:
            return Cause.NO_CIRCUIT
        self.dialog = dialog
        self.number = invitation.called
        self.step(LineEvent.CALLED, f"to {self.number}")
        self.channel.order(lambda fxo: fxo.off_hook())
        self.patch.ears = (
            (ToneDetector(self._around.plan, ("dial",)).feed, lambda _tone: self._dial()),
        )
        self.after("dial_tone", self._around.times.dial_tone_s, self._no_dial_tone)
        return None

    def _no_dial_tone(self) -> None:
        self._end(LineEvent.FAILED, Cause.NO_CIRCUIT, "no dial tone")

    def _dial(self) -> None:
        if self.state is not LineState.SEIZED:
            return
        self.stop_timers()
        self.step(LineEvent.READY)
        self.patch.ears = ()
        self.patch.press(self.number)
        self.after("dialled", len(self.number) * _DIGIT_S + 0.1, self._dialled)

    def _dialled(self) -> None:
        assert self.dialog is not None
        self.step(LineEvent.DIALLED)
        self.answer_path()
        self._listen_in_call()
        self.dialog.progress()
        self.after("answer", self._around.times.answer_after_s, self._far_answered)

    def _far_answered(self) -> None:
        assert self.dialog is not None
        self.dialog.answer()
        self.step(LineEvent.FAR_ANSWERED)

    # -- the end --------------------------------------------------------------------------

    def on_ended(self, cause: Cause, by_them: bool) -> None:
        """The exchange's half is over."""
        if self.state is LineState.OFFERED:
            self._unheard(cause)
        elif self.dialog is not None:
            self.dialog = None
            who = "exchange" if by_them else "line"
            self._end(LineEvent.CALL_ENDED, cause, f"by {who}, cause {cause.value}")

    def _dropped(self, cause: Cause, note: str) -> None:
        if not self.table.is_late(self.state, LineEvent.DROPPED):
            self._end(LineEvent.DROPPED, cause, note)

    def _end(self, event: LineEvent, cause: Cause, note: str) -> None:
        self.channel.order(lambda fxo: fxo.on_hook())
        self.let_go(cause)
        self.number = ""
        self.step(event, note)
        self._rest()

    def _rest(self) -> None:
        self.after("rest", self._around.times.rest_s, lambda: self.step(LineEvent.RESTED))

    def _cut(self) -> None:
        self.fault = "no battery: the line is cut or nothing is plugged in"
        self.channel.order(lambda fxo: fxo.on_hook())
        self.let_go(Cause.NETWORK_OUT_OF_ORDER)
        self.number = ""
        self.step(LineEvent.CUT)
