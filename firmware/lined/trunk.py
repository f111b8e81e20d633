"""A trunk line (FXO): rung by the network, and dialled out on."""

from __future__ import annotations

import logging

from firmware.lined.exchange import Dialog
from firmware.lined.rung import NOBODY, RungLine
from firmware.model.cause import Cause
from firmware.model.line import TRUNK_TABLE, LineEvent, LineState
from firmware.sip.message import Invitation
from hw.dahdi import port
from hw.signal.caller_id import CallerId, CallerIdDecoder
from hw.signal.dtmf import DIGITS, DtmfDetector
from hw.signal.tone import ToneDetector

log = logging.getLogger(__name__)

_DIGIT_S = 0.16  # one digit as DtmfGenerator sends it


class TrunkLine(RungLine[port.Port]):
    """One FXO port."""

    kind = "trunk"
    table = TRUNK_TABLE

    _burst_ended_s = 0.0
    _early: tuple[CallerId, float] | None = None

    # -- a call from the network ----------------------------------------------------------

    def on_port(self, event: object) -> None:
        """Poller: an electrical event."""
        match event:
            case port.RingBegan():
                self._ring_began()
            case port.RingEnded():
                self._ring_ended()
            case port.BatteryDropped():
                self.dropped(Cause.NORMAL_CLEARING, "battery dropped")
            case port.LineCut():
                self._cut()
            case port.LineMended():
                self.fault = ""
                self.step(LineEvent.MENDED)
            case _:
                log.debug("line %s %s: %s", self.name, self.state, event)

    def step(self, event: LineEvent, note: str = "") -> bool:
        """Take ``event``. An idle line is listened to: its first ring may have been missed, its
        caller ID then tells who rings."""
        taken = super().step(event, note)
        if taken and self.state is LineState.IDLE:
            self._listen_on_hook()
        return taken

    def _listen_on_hook(self) -> None:
        self._early = None
        self.patch.ears = ((CallerIdDecoder().feed, self._caller_heard),)

    def _ring_began(self) -> None:
        times, now_s = self.around.times, self.around.clock.time()
        pause_s = now_s - self._burst_ended_s
        if self.state is LineState.ENDED:
            self._listen_on_hook()
        if self.state in (LineState.IDLE, LineState.ENDED):
            self.stop_timers()
        if self.step(LineEvent.RING_BEGAN):
            self._burst_ended_s = now_s
            self.caller = NOBODY
            self.after("caller_id", times.caller_id_s, self.offer)
            if self._early is not None and now_s - self._early[1] <= times.ring_gap_s:
                self._caller_heard(self._early[0])
        elif self.state is LineState.RINGING_IN and pause_s >= times.second_ring_s:
            self.offer()  # the second ring: no caller ID came
        if self.state in (LineState.RINGING_IN, LineState.OFFERED, LineState.UNHEARD):
            self.after("ring", times.ring_gap_s, self.ring_stopped)

    def _ring_ended(self) -> None:
        if self.state in (LineState.IDLE, LineState.ENDED):
            self._ring_began()  # a burst that began unseen, when the port was opened
        self._burst_ended_s = self.around.clock.time()

    def _caller_heard(self, caller: CallerId) -> None:
        if self.state is LineState.RINGING_IN:
            self.caller = caller
            self.offer()
        else:
            self._early = (caller, self.around.clock.time())

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
            (ToneDetector(self.around.plan).feed, self._tone_heard),
        )

    def _keys_heard(self, digits: str) -> None:
        if self.dialog is not None and self.state is LineState.IN_USE:
            log.info("line %s heard %d keys", self.name, len(digits))
            self.dialog.send_digits(digits)

    def _tone_heard(self, tone: str) -> None:
        cause = Cause.NORMAL_CLEARING
        if self.state is LineState.CALLING:
            cause = Cause.USER_BUSY if tone == "busy" else Cause.SWITCH_CONGESTION
        self.dropped(cause, f"{tone} tone")

    # -- a call to the network ------------------------------------------------------------

    def take(self, dialog: Dialog, invitation: Invitation) -> Cause | None:
        """Dial ``invitation.called`` out on this line."""
        if self.state is not LineState.IDLE:  # it is the line that is busy, not whom it calls
            return Cause.NO_CIRCUIT
        if not invitation.called or set(invitation.called) - set(DIGITS):
            return Cause.INVALID_NUMBER
        self.dialog = dialog
        self.number = invitation.called
        self.step(LineEvent.CALLED, f"to {self.number}")
        self.channel.order(lambda fxo: fxo.off_hook())
        self.patch.ears = (
            (ToneDetector(self.around.plan, ("dial",)).feed, lambda _tone: self._dial()),
        )
        self.after("dial_tone", self.around.times.dial_tone_s, self._no_dial_tone)
        return None

    def _no_dial_tone(self) -> None:
        self.end(LineEvent.FAILED, Cause.NO_CIRCUIT, "no dial tone")

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
        self.after("answer", self.around.times.answer_after_s, self._far_answered)

    def _far_answered(self) -> None:
        assert self.dialog is not None
        self.dialog.answer()
        self.step(LineEvent.FAR_ANSWERED)

    # -- the end --------------------------------------------------------------------------

    def hang_up_port(self) -> None:
        """Open the loop."""
        self.channel.order(lambda fxo: fxo.on_hook())

    def _cut(self) -> None:
        self.fault = "no battery: the line is cut or nothing is plugged in"
        self.hang_up_port()
        self.let_go(Cause.NETWORK_OUT_OF_ORDER)
        self.number = ""
        self.step(LineEvent.CUT)
