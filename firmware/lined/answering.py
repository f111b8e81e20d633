"""A trunk line on a voice modem: one that answers, dials, says, listens, hears keys and reads
caller ID.

A modem that cannot speak and listen at once is honest about it: the row has no ability "talks",
and the line takes no calls out but announcements. What the exchange plays, it says; while nothing
is played it listens. So a menu, an announcement and a mailbox work, and a conversation does not.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from firmware.lined.exchange import Dialog
from firmware.lined.rung import NOBODY, RungLine
from firmware.link.rows import LineRow
from firmware.model.cause import Cause
from firmware.model.line import TRUNK_TABLE, LineEvent, LineState
from firmware.sip.message import Invitation
from hw.modem import voice_port as port
from hw.signal.caller_id import Absence, CallerId

log = logging.getLogger(__name__)

_TALKS = "talks"
_RINGING = (LineState.RINGING_IN, LineState.OFFERED, LineState.UNHEARD)


class AnsweringLine(RungLine[port.VoicePort]):
    """One voice modem."""

    kind = "trunk"
    table = TRUNK_TABLE
    device = ""
    abilities: tuple[str, ...] = ()

    def row(self) -> LineRow:
        """The line as the link shows it."""
        return replace(super().row(), device=self.device, abilities=self.abilities)

    def on_port(self, event: object) -> None:
        """Poller: something on the modem."""
        match event:
            case port.RingHeard():
                self._rang()
            case port.CallerRead():
                self._caller_read(event)
            case port.VoiceIdentified(model=model, abilities=abilities):
                self.device, self.abilities = model, abilities
                self.post("identified")
            case _:
                self._on_call(event)

    def _on_call(self, event: object) -> None:
        match event:
            case port.KeyHeard(digit):
                if self.dialog is not None and self.state is LineState.IN_USE:
                    self.dialog.send_digits(digit)
            case port.FarHungUp(why):
                self.dropped(Cause.NORMAL_CLEARING, why)
            case port.FaxHeard():
                log.info("line %s: a fax machine calls", self.name)
                self.post("fax")
                if self.dialog is not None:
                    self.dialog.tell("fax: cng")
            case port.AnswerFailed(why):
                log.warning("line %s: %s", self.name, why)
                self.dropped(Cause.TEMPORARY_FAILURE, why)
            case port.FarAnswered():
                self._far_answered()
            case port.DialFailed(why, number):
                self._dial_failed(why, number)

    # -- a call from the network ----------------------------------------------------------

    def _rang(self) -> None:
        times = self.around.times
        if self.state in (LineState.IDLE, LineState.ENDED):
            self.stop_timers()
        if self.step(LineEvent.RING_BEGAN):
            self.caller = NOBODY
            self.after("caller_id", times.caller_id_s, self.offer)
        elif self.state is LineState.RINGING_IN:
            self.offer()  # the second ring: no caller ID came
        if self.state in _RINGING:
            self.after("ring", times.ring_gap_s, self.ring_stopped)

    def _caller_read(self, read: port.CallerRead) -> None:
        if self.state is LineState.RINGING_IN:
            absence = Absence.WITHHELD if read.withheld else Absence.UNAVAILABLE
            self.caller = CallerId(
                number=read.number,
                name=read.name,
                absence=Absence.NONE if read.number else absence,
            )
            self.offer()

    def on_answered(self) -> None:
        """The exchange takes the call."""
        if self.state is LineState.OFFERED:
            self.stop_timers()
            self.channel.order(lambda modem: modem.answer())
            self.answer_path()
            self.step(LineEvent.ANSWERED)

    # -- a call to the network ------------------------------------------------------------

    def take(self, dialog: Dialog, invitation: Invitation) -> Cause | None:
        """Dial ``invitation.called``; what cannot be talked on is refused, unless nobody will."""
        if self.state is not LineState.IDLE:  # it is the line that is busy, not whom it calls
            return Cause.NO_CIRCUIT
        number = invitation.called
        if not number or set(number) - set("0123456789*#"):
            return Cause.INVALID_NUMBER
        if _TALKS not in self.abilities and not invitation.is_announcement:
            log.info("line %s carries no conversation: %s for %s", self.name, dialog.id, number)
            return Cause.BEARER_NOT_AVAILABLE
        self.dialog = dialog
        self.number = number
        self.step(LineEvent.CALLED, f"to {number}")
        self.step(LineEvent.READY)
        self.channel.order(lambda modem: modem.dial(number))
        self.step(LineEvent.DIALLED)
        return None

    def _far_answered(self) -> None:
        if self.state is LineState.CALLING and self.dialog is not None:
            self.dialog.answer()
            self.answer_path()
            self.step(LineEvent.FAR_ANSWERED)

    def _dial_failed(self, why: str, number: int) -> None:
        try:
            cause = Cause(number) if number else Cause.NORMAL_UNSPECIFIED
        except ValueError:
            cause = Cause.NORMAL_UNSPECIFIED
        self.dropped(cause, why)

    # -- the end --------------------------------------------------------------------------

    def hang_up_port(self) -> None:
        """Go on hook."""
        self.channel.order(lambda modem: modem.hang_up())
