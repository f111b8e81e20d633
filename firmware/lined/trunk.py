"""A trunk line (FXO): rung by the network, and dialled out on."""

from __future__ import annotations

import logging
from typing import Protocol

from firmware.config.sections.lines import (
    AnswerSign,
    CallerIdSent,
    HangUpSign,
    TrunkSignals,
)
from firmware.lined.dialling import Dialling, can_dial, wait_for_dial_tone
from firmware.lined.exchange import Dialog
from firmware.lined.line import Surroundings
from firmware.lined.patch import Ear
from firmware.lined.poller import Channel
from firmware.lined.rung import NOBODY, RungLine
from firmware.model.cause import Cause
from firmware.model.learning import Fault
from firmware.model.line import TRUNK_TABLE, LineEvent, LineState
from firmware.sip.message import Invitation
from hw.dahdi import port
from hw.signal.answer import AnswerEar
from hw.signal.caller_id import CallerId, CallerIdDecoder
from hw.signal.dtmf import DtmfDetector
from hw.signal.dtmf_caller_id import DtmfCallerIdDecoder
from hw.signal.fax import FaxDetector, FaxTone
from hw.signal.silence import SilenceEar
from hw.signal.supervise import Supervision

log = logging.getLogger(__name__)

_TAPS_PER_MS = 8
_SETTLE_S = 1.0  # a line that is dialled on without dial tone is given so long
_REVERSAL_S = 0.6  # the polarity may waver so long after an answer
_ROUNDS = 2
_NEW_DIAL_TONE_S = 15.0  # after a flash dial tone is wanted

_TONES_OF = {
    HangUpSign.TONES: ("busy", "congestion", "howler"),
    HangUpSign.DIAL_TONE: ("dial",),
}

_RINGING = (LineState.RINGING_IN, LineState.OFFERED, LineState.UNHEARD)


class Learner(Protocol):
    """Who has the line while it is learned (``firmware.lined.learning``)."""

    def on_port(self, event: object) -> bool:
        """Something happened on the port; False: it is not for the learner, who lets go."""
        ...

    def stopped(self, fault: Fault) -> None:
        """The line is not the learner's any more."""
        ...


class Watcher(Protocol):
    """Who learns from daily calls (``firmware.lined.learning.daily``), and changes nothing."""

    def began(self, *, outgoing: bool) -> None:
        """A call's audio is through."""
        ...

    def hear(self, frame: bytes) -> None:
        """20 ms of it, in the poller's thread."""
        ...

    def wires(self, event: object) -> None:
        """Something happened on the port."""
        ...

    def ended(self) -> None:
        """It is over."""
        ...


class TrunkLine(RungLine[port.Port]):
    """One FXO port. ``signals`` is how the exchange at its other end behaves."""

    kind = "trunk"
    table = TRUNK_TABLE

    def __init__(
        self,
        name: str,
        channel: Channel[port.Port],
        around: Surroundings,
        *,
        simulated: bool,
        signals: TrunkSignals | None = None,
        silence_s: float = 0.0,
    ) -> None:
        super().__init__(name, channel, around, simulated=simulated)
        self._signals = signals or TrunkSignals()
        # A dial tone with a cadence is recognised by two rounds of it.
        rounds_s = _ROUNDS * sum(around.plan.dial.cadence_ms) / 1000
        self._dial_tone_s = self._signals.dial_tone_s + rounds_s
        self._burst_ended_s = 0.0
        self._early: tuple[CallerId, float] | None = None
        self._dialling: Dialling | None = None
        self._answered_s = 0.0
        self._reversals_due = 0  # in this call, of the polarity, that say nothing of its end
        self._has_loop = False  # a call from the network that we took by seizing the line
        self._faxes: set[FaxTone] = set()
        self._learner: Learner | None = None
        self.watcher: Watcher | None = None
        self.silence_s = silence_s  # so long without sound ends a call; 0: it does not

    # -- being learned --------------------------------------------------------------------

    @property
    def signals(self) -> TrunkSignals:
        """How the exchange at its other end behaves, as far as it was configured."""
        return self._signals

    def learn(self, learner: Learner) -> None:
        """Give the line to ``learner``, who has it until ``end_learning`` or until it is told.

        Raises:
            RuntimeError: it is in use, or not there.
        """
        if self.state is not LineState.IDLE:
            raise RuntimeError(f"line {self.name} is {self.state}: it can be learned while idle")
        self._learner = learner
        self.step(LineEvent.LEARN_BEGAN)

    def end_learning(self) -> None:
        """The learner gives it back."""
        self._learner = None
        self.stop_timers()
        self.hang_up_port()
        self.patch.close()
        self.step(LineEvent.LEARN_ENDED)
        self._rest()

    def _take_from_learner(self, fault: Fault) -> None:
        learner, self._learner = self._learner, None
        if learner is not None:
            self.stop_timers()
            self.patch.close()
            learner.stopped(fault)

    def _is_learners(self, event: object) -> bool:
        """Whether ``event`` is for the learner; what is not takes the line from it."""
        if self._learner is None or isinstance(event, port.LineMended):
            return False
        if isinstance(event, port.LineCut):
            self._take_from_learner(Fault.LINE_CUT)
            return False
        if self._learner.on_port(event):
            return True
        self._take_from_learner(Fault.CALL_CAME_IN)
        self._listen_on_hook()
        return False

    def on_lost(self, why: str) -> None:
        """Poller: the port is gone."""
        self._take_from_learner(Fault.PORT_LOST)
        super().on_lost(why)

    def close(self) -> None:
        """The line is taken out of the configuration."""
        self._take_from_learner(Fault.REMOVED)
        super().close()

    # -- the port -------------------------------------------------------------------------

    def on_port(self, event: object) -> None:
        """Poller: an electrical event."""
        if self.watcher is not None:
            self.watcher.wires(event)
        if not self._is_learners(event):
            self._happened(event)

    def _happened(self, event: object) -> None:
        match event:
            case port.RingBegan():
                self._ring_began()
            case port.RingEnded():
                self._ring_ended()
            case port.BatteryDropped():
                if HangUpSign.BATTERY in self._signals.hang_up:
                    self._left("battery dropped")
            case port.PolarityReversed():
                self._reversed()
            case port.PulsesSent():
                if self._dialling is not None:
                    self._dialling.pulses_sent()
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

    def _reversed(self) -> None:
        if self.state is LineState.CALLING and self._signals.answer is AnswerSign.POLARITY:
            self._far_answered("polarity reversed")
        elif self.state is LineState.IN_USE and HangUpSign.POLARITY in self._signals.hang_up:
            if self.around.clock.time() - self._answered_s < _REVERSAL_S:
                return
            if self._reversals_due:
                self._reversals_due -= 1
            else:
                self._left("polarity reversed")

    # -- a call from the network ----------------------------------------------------------

    def _listen_on_hook(self) -> None:
        self._early = None
        kind = self._signals.caller_id
        feeds = []
        if kind in (CallerIdSent.AUTO, CallerIdSent.FSK):
            feeds.append(CallerIdDecoder().feed)
        if kind not in (CallerIdSent.FSK, CallerIdSent.NONE):
            feeds.append(DtmfCallerIdDecoder(bare=kind is CallerIdSent.DTMF_BARE).feed)
        self.patch.ears = tuple((feed, self._caller_heard) for feed in feeds)

    def _ring_began(self) -> None:
        times, now_s = self.around.times, self.around.clock.time()
        pause_s = now_s - self._burst_ended_s
        if self.state is LineState.SEIZED:
            self._meet()
            return
        if self.state is LineState.CUT:  # it rings, so it is whole: the driver says so later
            self.fault = ""
            self.step(LineEvent.MENDED)
        if self.state is LineState.ENDED:
            self._listen_on_hook()
        if self.state in (LineState.IDLE, LineState.ENDED):
            self.stop_timers()
        if self.step(LineEvent.RING_BEGAN):
            self._burst_ended_s = now_s
            self.caller = NOBODY
            self.after("caller_id", times.caller_id_s, self.offer)
            self._take_early(now_s)
        elif self.state is LineState.RINGING_IN and pause_s >= times.second_ring_s:
            self.offer()  # the second ring: no caller ID came
        if self.state in _RINGING and not self._has_loop:
            self.after("ring", times.ring_gap_s, self.ring_stopped)

    def _take_early(self, now_s: float) -> None:
        """Caller ID may have come before the first ring, or may not be sent at all."""
        if self._early is not None and now_s - self._early[1] <= self.around.times.early_id_s:
            self._caller_heard(self._early[0])
        elif self._signals.caller_id is CallerIdSent.NONE:
            self.offer()

    def _meet(self) -> None:
        """Glare: we seized the line as the network began to ring it, and so took the call. The
        one we were to make must go another way."""
        self.let_go(Cause.NO_CIRCUIT)
        self._has_loop = True
        self.caller, self.number = NOBODY, ""
        self.step(LineEvent.RING_BEGAN, "both seized the line")
        self.offer()
        if self.state is LineState.OFFERED:
            self.patch.ears = self._ears_for_the_end()
        elif self._has_loop:  # the exchange did not take it
            self.ring_stopped()

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
            self._has_loop = False
            self.channel.order(lambda fxo: fxo.off_hook())
            self._reversals_due = 0
            self._talk()
            self.step(LineEvent.ANSWERED)

    # -- in a call ------------------------------------------------------------------------

    def _talk(self) -> None:
        """The way is open, and what comes along it is listened to."""
        self._answered_s = self.around.clock.time()
        self._faxes.clear()
        taps = self._signals.echo_canceller_ms * _TAPS_PER_MS
        self.channel.order(lambda fxo: fxo.cancel_echo(taps))
        if self.watcher is not None:
            self.watcher.began(outgoing=self.state is LineState.CALLING)
        self.answer_path()
        self._listen_in_call()

    def _listen_in_call(self) -> None:
        watch: tuple[Ear, ...] = ()
        if self.watcher is not None:
            watch = ((self.watcher.hear, lambda _nothing: None),)
        ears: tuple[Ear, ...] = (
            *watch,
            (DtmfDetector().feed, self._keys_heard),
            (FaxDetector().feed, self._fax_heard),
            *self._ears_for_the_end(),
        )
        if self.state is LineState.CALLING and self._signals.answer is AnswerSign.SPEECH:
            ears = (*ears, (AnswerEar(self.around.plan).feed, self._far_answered))
        self.patch.ears = ears

    def _ears_for_the_end(self, but: HangUpSign | None = None) -> tuple[Ear, ...]:
        signs = [sign for sign in self._signals.hang_up if sign is not but]
        names = [name for sign in signs for name in _TONES_OF.get(sign, ())]
        ears: tuple[Ear, ...] = ()
        if names:
            ears = ((Supervision(self.around.plan, names).feed, self._tone_heard),)
        if self.silence_s:
            silence = f"{self.silence_s:g} s of silence"
            ears = (*ears, (SilenceEar(self.silence_s).feed, lambda _: self._left(silence)))
        return ears

    def _keys_heard(self, digits: str) -> None:
        if self.dialog is not None and self.state is LineState.IN_USE:
            log.info("line %s heard %d keys", self.name, len(digits))
            self.dialog.send_digits(digits)

    def _fax_heard(self, tone: FaxTone) -> None:
        if self.dialog is None or tone in self._faxes:
            return
        self._faxes.add(tone)
        self.note = f"fax: {tone}"
        log.info("line %s %s: %s", self.name, self.state, self.note)
        self.post("fax")
        self.dialog.tell(self.note)

    def _tone_heard(self, tone: str) -> None:
        self._left(f"{tone} tone", tone)

    def _left(self, note: str, tone: str = "") -> None:
        """The network says that the call is over."""
        if self._has_loop and self.state in _RINGING:
            self.ring_stopped()
            return
        cause = Cause.NORMAL_CLEARING
        if self.state in (LineState.SEIZED, LineState.DIALLING):
            cause = Cause.NO_CIRCUIT
        elif self.state is LineState.CALLING and tone:
            # Dial tone after the number: the exchange has not heard it.
            causes = {"busy": Cause.USER_BUSY, "dial": Cause.NO_CIRCUIT}
            cause = causes.get(tone, Cause.SWITCH_CONGESTION)
        self.dropped(cause, note)

    def on_digit(self, digit: str) -> None:
        """A key of the exchange's party; "R" is the flash key (RFC 4733 event 16)."""
        if digit != "R":
            super().on_digit(digit)
        elif self.state is LineState.IN_USE:
            self.flash()

    def flash(self) -> None:
        """Do what a telephone's flash key does: another call, at the exchange outside."""
        if self.state is not LineState.IN_USE:
            raise RuntimeError(f"line {self.name} is {self.state}: a flash is for a call")
        log.info("line %s: flash", self.name)
        self.channel.order(lambda fxo: fxo.flash())
        self.patch.ears = (
            (DtmfDetector().feed, self._keys_heard),
            *self._ears_for_the_end(but=HangUpSign.DIAL_TONE),
        )
        self.after("flash", _NEW_DIAL_TONE_S, self._listen_in_call)

    # -- a call to the network ------------------------------------------------------------

    def take(self, dialog: Dialog, invitation: Invitation) -> Cause | None:
        """Dial ``invitation.called`` out on this line. While it is learned only a call for help
        is led here: it ends the learning, and is led here again when the line has rested."""
        if self.state is LineState.LEARNING:
            self._take_from_learner(Fault.CALL_CAME_IN)
            self.end_learning()
        if self.state is not LineState.IDLE:  # it is the line that is busy, not whom it calls
            return Cause.NO_CIRCUIT
        numbers = (invitation.called, self._signals.dial_prefix + invitation.called)
        if not all(can_dial(number, self._signals.dial) for number in numbers):
            return Cause.INVALID_NUMBER
        self.dialog = dialog
        self.number = invitation.called
        self.step(LineEvent.CALLED, f"to {self.number}")
        self.channel.order(lambda fxo: fxo.off_hook())
        if self._signals.wait_for_dial_tone:
            wait_for_dial_tone(self, self.around.plan, self._dial)
            self.after("dial_tone", self._dial_tone_s, self._no_dial_tone)
        else:
            self.patch.ears = ()
            self.after("dial_tone", _SETTLE_S, self._dial)
        return None

    def _no_dial_tone(self) -> None:
        self.end(LineEvent.FAILED, Cause.NO_CIRCUIT, "no dial tone")

    def _dial(self) -> None:
        if self.state is not LineState.SEIZED:
            return
        self.stop_timers()
        self.step(LineEvent.READY)
        signals = self._signals
        self._dialling = Dialling(
            self,
            signals.dial_prefix + self.number,
            mode=signals.dial,
            plan=self.around.plan,
            dial_tone_s=self._dial_tone_s,
            done=self._dialled,
            failed=self._no_dial_tone,
        )
        self._dialling.go_on()

    def _dialled(self) -> None:
        assert self.dialog is not None
        self._dialling = None
        self.step(LineEvent.DIALLED)
        self._talk()
        self.dialog.progress()
        self._reversals_due = 1  # the answer, wherever it is not waited for
        if self._signals.answer is AnswerSign.DELAY:
            self.after("answer", self._signals.answer_delay_s, self._far_answered)

    def _far_answered(self, sign: str = "") -> None:
        if self.state is not LineState.CALLING:
            return
        assert self.dialog is not None
        if sign == "polarity reversed":
            self._reversals_due = 0
        self._answered_s = self.around.clock.time()
        self.dialog.answer()
        self.step(LineEvent.FAR_ANSWERED, sign)

    # -- the end --------------------------------------------------------------------------

    def let_go(self, cause: Cause = Cause.NORMAL_CLEARING) -> None:
        """End the call at the exchange, if there is one, and part the audio."""
        self._dialling = None
        super().let_go(cause)

    def ring_stopped(self) -> None:
        """The caller gave up."""
        if self._has_loop:
            self._has_loop = False
            self.hang_up_port()
        super().ring_stopped()

    def on_ended(self, cause: Cause, by_them: bool) -> None:
        """The exchange's half is over. A call that we took by seizing the line does not ring on."""
        if self._has_loop and self.state is LineState.OFFERED:
            self.dialog = None
            self.ring_stopped()
        else:
            super().on_ended(cause, by_them)

    def end(self, event: LineEvent, cause: Cause, note: str) -> None:
        """Both halves end."""
        if self.watcher is not None:
            self.watcher.ended()
        super().end(event, cause, note)

    def hang_up_port(self) -> None:
        """Open the loop."""
        self.channel.order(lambda fxo: fxo.on_hook())

    def _cut(self) -> None:
        self.fault = "no battery: the line is cut or nothing is plugged in"
        self._has_loop = False
        self.hang_up_port()
        self.let_go(Cause.NETWORK_OUT_OF_ORDER)
        self.number = ""
        self.step(LineEvent.CUT)
