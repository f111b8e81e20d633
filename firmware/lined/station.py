"""A station line (FXS): its telephone is one more phone of the exchange."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from firmware.config.sections.lines import CallerIdShown, StationTelephone
from firmware.lined.announce import WaitingCaller, encoder_of, shown
from firmware.lined.departure import Departure
from firmware.lined.exchange import Dialog
from firmware.lined.line import Line, Surroundings
from firmware.lined.pair import Pair
from firmware.lined.poller import Channel
from firmware.lined.ringer import Ringer, ring_ms_of
from firmware.lined.sounds import RECALL_BURSTS, REMINDER_BURSTS, Stutter, Waiting, howl
from firmware.lined.station_call import StationCall
from firmware.model.cause import Cause
from firmware.model.flash import ON_FLASH, ON_HANG_UP, Behind, Flash, HangUp
from firmware.model.line import STATION_TABLE, LineEvent, LineState
from firmware.sip.call import CallEvents
from firmware.sip.message import Invitation
from hw.dahdi import port
from hw.signal.caller_id import CallerId, CallerIdEncoder, waiting_message
from hw.signal.dtmf import DtmfDetector
from hw.signal.tone import ToneGenerator

log = logging.getLogger(__name__)

_ID_PAUSE_S = 0.5  # GR-30: caller ID begins 0.5 to 1.5 s after the first ring
_ID_LASTS_S = 1.5
_DIGIT_S = 0.14  # of caller ID in digits, which comes before the first ring
_BEFORE_RING_S = 0.4
_MESSAGE_S = 1.0
_TAPS_PER_MS = 8


_KEYED = (CallerIdShown.BELL, CallerIdShown.V23)


class StationLine(Line[port.Port]):
    """One FXS port. ``extension`` is the number it calls as, ``owner`` the name. A number in
    ``numbers`` is dialled at once unless a longer one begins with it; others after a pause.
    ``is_reminded`` says whether dial tone stutters: a message waits, calls do not ring.
    ``telephone`` is what the telephone on it understands."""

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
        is_reminded: Callable[[], bool] = lambda: False,
        telephone: StationTelephone | None = None,
    ) -> None:
        super().__init__(name, channel, around, simulated=simulated)
        self._extension = extension
        self._owner = owner
        self._numbers = numbers
        self._is_reminded = is_reminded
        self._telephone = telephone or StationTelephone()
        self._messages = 0
        self._lamp_told: int | None = None
        self._digits = ""
        self._calls = Pair(around.exchange, name)
        self._departures: list[Departure] = []
        self._ringer: Ringer | None = None

    # -- the telephone --------------------------------------------------------------------

    def on_port(self, event: object) -> None:
        """Poller: an electrical event."""
        match event:
            case port.HookLifted():
                self._lifted()
            case port.HookReplaced():
                self._replaced()
            case port.Flashed():
                self._flashed()
            case port.PulseBegan():
                if self.state in (LineState.SEIZED, LineState.DIALLING):
                    self.patch.mouth = None  # dial tone ends with the first pulse
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
        self._ringer = None
        self.stop_timers()
        if not was_ringing:
            self._dial_tone(REMINDER_BURSTS if self._is_reminded() else 0)
        else:
            self._calls.answer()
            self._talk()

    def _replaced(self) -> None:
        if self.table.is_late(self.state, LineEvent.HOOK_REPLACED):
            return
        what = ON_HANG_UP[self.state, self._calls.behind]
        front, second = self._calls.take_away()
        self._quiet()
        self.number = ""
        self.step(LineEvent.HOOK_REPLACED)
        if what is HangUp.CONNECT:
            self._depart(second, other=front)
            return
        self._calls.end(front)
        if what is HangUp.SEND:
            self._depart(second, number=self._digits)
        elif what is HangUp.RING and second is not None:
            self._ring(second)

    def _flashed(self) -> None:
        flash = ON_FLASH.get((self.state, self._calls.behind))
        if flash is None:
            log.debug("line %s %s: a flash on the hook", self.name, self.state)
            return
        move, event = _MOVES[flash]
        if flash not in (Flash.JOIN, Flash.PART):  # of three, two go on hearing one another
            self._quiet()
        move(self._calls)
        front = self._calls.front
        self.number = front.number if front is not None else ""
        self.step(event)
        if flash is Flash.TAKE:
            self._calls.answer()
        if flash in (Flash.ANEW, Flash.HOLD):
            self._dial_tone(RECALL_BURSTS)
        elif flash not in (Flash.JOIN, Flash.PART):
            self._talk()

    def _dial_tone(self, bursts: int) -> None:
        self._digits = ""
        self.patch.mouth = Stutter(self.around.plan.dial, bursts)
        self.patch.ears = ((DtmfDetector(filter_dial_tone=True).feed, self._keys_heard),)
        self.after("digit", self.around.times.first_digit_s, self._no_digit)

    def _talk(self) -> None:
        """The handset hears the front, unless it ended as it was answered."""
        front = self._calls.front
        if front is None or front.dialog is None:
            return
        self.patch.open()
        self.channel.prime()
        taps = self._telephone.echo_canceller_ms * _TAPS_PER_MS
        self.channel.order(lambda fxs: fxs.cancel_echo(taps))
        self.around.exchange.join(front.dialog, self.name)
        self.patch.ears = ((DtmfDetector().feed, self._keys_heard),)

    def _keys_heard(self, digits: str) -> None:
        for digit in digits:
            self._key(digit)

    def _key(self, digit: str) -> None:
        if self.state in (LineState.CALLING, LineState.IN_USE):
            if (front := self._calls.front) is not None and front.dialog is not None:
                front.dialog.send_digits(digit)
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
        call = self._calls.front = StationCall(self, self.number)
        try:
            dialog = self.around.exchange.call(
                self.name,
                self.number,
                caller=self._extension,
                caller_name=self._owner,
                events=call,
            )
        except RuntimeError as error:
            log.warning("line %s: %s", self.name, error)
            call.on_ended(Cause.SWITCH_CONGESTION, by_them=True)
            return
        if not call.is_over:  # else it was refused before this returned
            call.dialog = dialog

    # -- calls from the exchange ----------------------------------------------------------

    def take(self, dialog: Dialog, invitation: Invitation) -> Cause | None:
        """Ring the telephone, or tell who talks that somebody else calls."""
        if self.state is LineState.FAULT:
            return Cause.SUBSCRIBER_ABSENT
        waits = self.state is LineState.IN_USE and self._calls.behind is Behind.NOBODY
        if self.state is not LineState.IDLE and not waits:
            return Cause.USER_BUSY
        caller = invitation.asserted or invitation.sender
        call = StationCall(
            self,
            caller.user,
            name=caller.name,
            ringing=invitation.ringing,
            is_withheld=invitation.is_private,
        )
        call.dialog = dialog
        if waits:
            self._calls.wait(call)
            self.step(LineEvent.CALL_WAITS, f"from {call.number}")
            self._tell_who_waits(call)
        else:
            self._ring(call)
        dialog.ring()
        return None

    def events_of(self, dialog: Dialog) -> CallEvents:
        """Who is told of a dialog that was taken."""
        for call in (self._calls.front, self._calls.second):
            if call is not None and call.dialog is dialog:
                return call
        raise RuntimeError(f"line {self.name} has no such call")

    def _ring(self, call: StationCall) -> None:
        self._calls.front = call
        self.number = call.number
        kind = "held" if call.is_held else call.ringing or "call"
        self.step(LineEvent.CALLED, f"{kind}, {call.number}")
        ring_ms = ring_ms_of(call.ringing, self.around.plan.ring_ms)
        self._ringer = Ringer(ring_ms)
        self.patch.mouth = None
        if self._telephone.caller_id is CallerIdShown.DTMF:
            self._say_caller_id(call)
            wait_s = (len(call.number) + 2) * _DIGIT_S + _BEFORE_RING_S
            self.channel.order(lambda fxs: fxs.transmit_on_hook(wait_s))
            self.after("bell", wait_s, lambda: self._start_bell(ring_ms))
        else:
            self._start_bell(ring_ms)
        if call.is_held:
            self.after("recall", self.around.times.recall_s, self._recall_over)

    def _start_bell(self, ring_ms: tuple[int, ...]) -> None:
        self.channel.order(lambda fxs: fxs.start_ringing(ring_ms))

    def _tell_who_waits(self, call: StationCall) -> None:
        kind, tone = self._telephone.caller_id, self.around.plan.waiting
        if not (self._telephone.waiting_caller_id and kind in _KEYED):
            self.patch.mouth = Waiting(tone)
            return
        teller = WaitingCaller(tone, _shown(call), kind)
        ears = self.patch.ears

        def told(outcome: str) -> None:
            log.info("line %s: who waits was %s", self.name, outcome)
            if self.patch.mouth is teller:
                self.patch.mouth = Waiting(tone, begin_silent=True)
                self.patch.ears = ears

        self.patch.mouth, self.patch.ears = teller, ((teller.feed, told),)

    def _recall_over(self) -> None:
        call = self._front()
        self._calls.end(call, Cause.NO_ANSWER)
        self.call_ended(call, Cause.NO_ANSWER, by_them=False)

    def _send_caller_id(self) -> None:
        if self._ringer is None or not self._ringer.burst_ended():
            return
        if self._telephone.caller_id not in _KEYED:
            return
        caller = self._front()
        self.channel.order(lambda fxs: fxs.transmit_on_hook(_ID_PAUSE_S + _ID_LASTS_S))
        self.after("caller_id", _ID_PAUSE_S, lambda: self._say_caller_id(caller))

    def _say_caller_id(self, caller: StationCall) -> None:
        self.patch.mouth = encoder_of(_shown(caller), self._telephone.caller_id)

    # -- messages -------------------------------------------------------------------------

    def messages_wait(self, count: int) -> None:
        """So many new messages wait for the extension."""
        self._messages = count
        self._show_messages()

    def step(self, event: LineEvent, note: str = "") -> bool:
        """Take ``event``. What is to be shown of messages waits for an idle line."""
        taken = super().step(event, note)
        if taken and event is LineEvent.FOUND:
            self._lamp_told = None
        if taken and self.state is LineState.IDLE:
            self._show_messages()
        return taken

    def _show_messages(self) -> None:
        count = self._messages
        if self.state is not LineState.IDLE or count == self._lamp_told:
            return
        if self._telephone.waiting_lamp:
            self.channel.order(lambda fxs: fxs.show_waiting(count))
        was, self._lamp_told = self._lamp_told, count
        changed = bool(was) != bool(count)
        if self._telephone.waiting_message and changed:
            self.channel.order(lambda fxs: fxs.transmit_on_hook(_MESSAGE_S))
            self.patch.mouth = CallerIdEncoder(waiting_message(waiting=count > 0))

    # -- what the calls report ------------------------------------------------------------

    def call_rang(self, call: StationCall) -> None:
        """180: the called party's telephone rings; nobody sends that sound."""
        if self._is_calling(call):
            self._sound("ringback")

    def call_progressed(self, call: StationCall) -> None:
        """183: the exchange sends what is to be heard."""
        if self._is_calling(call) and call.dialog is not None:
            self._talk()

    def call_answered(self, call: StationCall) -> None:
        """200: the called party answered."""
        if self._is_calling(call):
            self._talk()
            self.step(LineEvent.ANSWERED)

    def call_pressed(self, call: StationCall, digit: str) -> None:
        """A key of the other party, heard as a tone."""
        if call is self._calls.front or self._calls.behind is Behind.JOINED:
            self.patch.press(digit)

    def call_ended(self, call: StationCall, cause: Cause, by_them: bool) -> None:
        """The exchange's half of a call is over."""
        note = f"{call.number} by {'exchange' if by_them else 'line'}, cause {cause.value}"
        was_front, was = call is self._calls.front, self._calls.behind
        self._calls.forget(call)
        if was is Behind.JOINED:
            self.number = self._front().number
            self.step(LineEvent.PARTED, note)
        elif not was_front:
            if was is Behind.WAITING and self.state is LineState.IN_USE:
                self.patch.mouth = None
            self.step(LineEvent.ALONE_AGAIN, note)
        elif self.state is LineState.RINGING_OUT:
            self._quiet()
            self.number = ""
            self.step(LineEvent.CALL_ENDED, note)
            self.channel.order(lambda fxs: fxs.stop_ringing())
        else:
            self._quiet()
            self.step(LineEvent.CALL_ENDED, note)
            self._tell_end(cause)

    def transfer_told(self, call: StationCall, status: int, is_final: bool) -> None:
        """Of a transfer that has failed, and the party was given back."""

    def _tell_end(self, cause: Cause) -> None:
        if self._calls.behind is Behind.NOBODY:
            # The telephone is told that the other side left, and its user by a tone.
            self.channel.order(lambda fxs: fxs.on_hook())
        over = cause in (Cause.USER_BUSY, Cause.NORMAL_CLEARING)
        self._end_tone("busy" if over else "congestion")

    def _end_tone(self, tone: str) -> None:
        self._sound(tone)
        self.after("end_tone", self.around.times.end_tone_s, self._howl)

    def _howl(self) -> None:
        self.patch.mouth = howl(self.around.plan.howler)
        self.after("end_tone", self.around.times.howl_s, self.patch.close)

    def _sound(self, tone: str) -> None:
        self.patch.mouth = ToneGenerator(self.around.plan.tone(tone))

    # -- transfers ------------------------------------------------------------------------

    def _depart(
        self, held: StationCall | None, *, number: str = "", other: StationCall | None = None
    ) -> None:
        assert held is not None
        departure = Departure(
            self.around,
            held,
            number=number,
            other=other,
            failed=self._give_back,
            over=self._departures.remove,
        )
        self._departures.append(departure)
        departure.begin()

    def _give_back(self, call: StationCall) -> None:
        """A transfer has failed: who was held calls the telephone, if it is free."""
        if self.state is not LineState.IDLE:
            self._calls.end(call)
            return
        call.owner = self
        if not call.is_held:
            self._calls.put_on_hold(call)
        self._ring(call)

    # -- the whole line -------------------------------------------------------------------

    def let_go(self, cause: Cause = Cause.NORMAL_CLEARING) -> None:
        """End the calls, and part the audio."""
        self._quiet()
        for call in self._calls.take_away():
            self._calls.end(call, cause)

    def release(self) -> None:
        """The exchange is gone, and every call with it."""
        for departure in list(self._departures):
            departure.end()
        for call in (self._calls.second, self._calls.front):
            if call is not None:
                self._calls.end(call, Cause.TEMPORARY_FAILURE)
                self.call_ended(call, Cause.TEMPORARY_FAILURE, by_them=True)

    def close(self) -> None:
        """The line is taken out of the configuration."""
        for departure in list(self._departures):
            departure.end()
        super().close()

    def _is_calling(self, call: StationCall) -> bool:
        return call is self._calls.front and self.state is LineState.CALLING

    def _front(self) -> StationCall:
        assert self._calls.front is not None
        return self._calls.front

    def _quiet(self) -> None:
        """Nobody is heard, nothing sounds, nothing is waited for."""
        self.stop_timers()
        self.patch.close()
        self._ringer = None


def _shown(call: StationCall) -> CallerId:
    return shown(call.number, call.name, is_withheld=call.is_withheld)


_MOVES: Mapping[Flash, tuple[Callable[[Pair], None], LineEvent]] = {
    Flash.ANEW: (Pair.start_over, LineEvent.ANEW),
    Flash.HOLD: (Pair.hold, LineEvent.HELD),
    Flash.TAKE: (Pair.take, LineEvent.TAKEN),
    Flash.RETURN: (Pair.go_back, LineEvent.RETURNED),
    Flash.SWAP: (Pair.swap, LineEvent.RETURNED),
    Flash.JOIN: (Pair.join, LineEvent.JOINED),
    Flash.PART: (Pair.part, LineEvent.PARTED),
}
