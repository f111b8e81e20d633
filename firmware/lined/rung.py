"""A line that the network rings (trunk, mobile): offering its calls, and their ends."""

from __future__ import annotations

import logging
from typing import TypeVar

from firmware.lined.line import Line
from firmware.lined.poller import Polled
from firmware.lined.revive import Attempt
from firmware.model.cause import Cause
from firmware.model.line import LineEvent, LineState
from hw.signal.caller_id import Absence, CallerId

log = logging.getLogger(__name__)

P = TypeVar("P", bound=Polled)

NOBODY = CallerId(absence=Absence.UNAVAILABLE)

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
"""Refusals that may be over in a moment: the exchange restarts, or is full."""


class RungLine(Line[P]):
    """What trunk and mobile lines have in common."""

    caller = NOBODY

    def hang_up_port(self) -> None:
        """End the network's half of the call."""
        raise NotImplementedError

    def offer(self) -> None:
        """Who calls is known, or the wait is over: give the call to the exchange."""
        self.stop_timer("caller_id")
        self.patch.ears = ()
        self.number = self.caller.number
        if self.step(LineEvent.CALLER_KNOWN, self._caller_note()):
            self._invite()

    def _caller_note(self) -> str:
        caller = self.caller
        if caller.number:
            return f"caller ID {caller.number}" + (f", {caller.name}" if caller.name else "")
        return "number withheld" if caller.absence is Absence.WITHHELD else "no caller ID"

    def _invite(self) -> None:
        try:
            dialog = self.around.exchange.call(
                self.name,
                self.name,
                caller=self.caller.number,
                caller_name=self.caller.name,
                events=self,
                is_withheld=self.caller.absence is Absence.WITHHELD,
            )
        except RuntimeError as error:
            log.warning("line %s: %s", self.name, error)
            self._unheard(Cause.SWITCH_CONGESTION)
            return
        if self.state is LineState.OFFERED:  # else it was refused before this returned
            self.dialog = dialog

    def _unheard(self, cause: Cause) -> None:
        """The exchange did not take the call; the network rings on."""
        self.dialog = None
        self.step(LineEvent.CALL_ENDED, f"cause {cause.value}")
        if cause in _PASSING:
            self.after("retry", self.around.times.retry_s, self._offer_again)

    def _offer_again(self) -> None:
        if self.step(LineEvent.RETRY):
            self._invite()

    def ring_stopped(self) -> None:
        """The caller gave up."""
        was_offered = self.state is LineState.OFFERED
        self.let_go()
        self.number = ""
        self.step(LineEvent.RING_STOPPED)
        if was_offered:
            self._rest()

    def on_ended(self, cause: Cause, by_them: bool) -> None:
        """The exchange's half is over."""
        if self.state is LineState.OFFERED:
            self._unheard(cause)
        elif self.dialog is not None:
            self.dialog = None
            who = "exchange" if by_them else "line"
            self.end(LineEvent.CALL_ENDED, cause, f"by {who}, cause {cause.value}")

    def dropped(self, cause: Cause, note: str) -> None:
        """The network's half is over."""
        if not self.table.is_late(self.state, LineEvent.DROPPED):
            self.end(LineEvent.DROPPED, cause, note)

    def end(self, event: LineEvent, cause: Cause, note: str) -> None:
        """Both halves end, by ``event``; the network is given a moment."""
        self.hang_up_port()
        self.let_go(cause)
        self.number = ""
        self.step(event, note)
        self._rest()

    def attempted(self, attempt: Attempt) -> None:
        """Something was tried to make a modem answer that does not."""
        self.fault = f"the modem does not answer; attempt {attempt.count}: {attempt.step}"
        if attempt.fault:
            self.fault += f", which is not possible here: {attempt.fault}"
        self.post("revived")

    def close(self) -> None:
        """The line is taken out of the configuration."""
        self.hang_up_port()
        super().close()

    def _rest(self) -> None:
        self.after("rest", self.around.times.rest_s, lambda: self.step(LineEvent.RESTED))
