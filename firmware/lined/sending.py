"""Messages on their way out: queued until their SIM is in a network, sent part by part, then
waited for until the network has said what became of each part.

A message is sent once: when it is not known whether a part went out (the modem fell silent, the
box lost power), it fails and says so, rather than being sent again.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from firmware.model.sms import LATE_S, SmsRecord, SmsState, with_reference, without_reference
from hw.modem import faults
from hw.modem.pdu import StatusReport, Tpdu, submit
from hw.modem.port import TextAccepted, TextRefused

log = logging.getLogger(__name__)

MOST_WAITING = 200
_PAUSES_S = (10.0, 30.0, 120.0)
_UNSURE = "it is not known whether it was sent: {}"
_SAME_DIGITS = 7


class Postman(Protocol):
    """A line that takes messages to its network."""

    @property
    def in_network(self) -> bool: ...
    def post_parts(self, ident: str, parts: tuple[Tpdu, ...]) -> None: ...


class Sending:
    """``changed`` keeps a message and makes it known under its state's name; ``later`` runs a
    function after so many seconds; ``line_of`` finds a line."""

    def __init__(
        self,
        *,
        changed: Callable[[SmsRecord], None],
        later: Callable[[float, Callable[[], None]], object],
        line_of: Callable[[str], Postman | None],
        wall_clock: Callable[[], float],
    ) -> None:
        self._changed = changed
        self._later = later
        self._line_of = line_of
        self._wall_clock = wall_clock
        self._waiting: dict[str, SmsRecord] = {}  # queued or being sent, in their order
        self._parts: dict[str, tuple[Tpdu, ...]] = {}  # what of each is still to be sent
        self._tries: dict[str, int] = {}
        self._unreported: dict[str, SmsRecord] = {}
        self._reference = secrets.randbelow(256)

    def restore(self, messages: list[SmsRecord]) -> None:
        """Take up what a restart interrupted."""
        for message in messages:
            if message.state is SmsState.SENT:
                self._unreported[message.id] = message
            elif message.state is SmsState.QUEUED:
                self._queue(message)
            else:
                self._fail(message, _UNSURE.format("the box was restarted"))

    def send(self, line: str, to: str, text: str) -> str:
        """Queue a message; its id.

        Raises:
            ValueError: no number, no text, or a text too long.
            RuntimeError: too many wait.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise RuntimeError(f"{MOST_WAITING} messages wait already: is a SIM in a network?")
        message = SmsRecord(
            id=secrets.token_hex(8),
            line=line,
            direction="outbound",
            number=to,
            text=text,
            at=self._wall_clock(),
            state=SmsState.QUEUED,
        )
        self._queue(message)
        self._changed(self._waiting[message.id])
        self.line_is_up(line)
        return message.id

    def _queue(self, message: SmsRecord) -> None:
        self._reference = (self._reference + 1) % 256
        parts = submit(message.number, message.text, self._reference)
        self._parts[message.id] = parts
        self._waiting[message.id] = replace(message, parts=len(parts))

    def look(self) -> None:
        """Forget what the network never reported on."""
        now = self._wall_clock()
        self._unreported = {
            ident: message
            for ident, message in self._unreported.items()
            if now - message.at < LATE_S
        }

    # -- the line -------------------------------------------------------------------------

    def line_is_up(self, name: str) -> None:
        """The line is in a network: send what waits for it."""
        line = self._line_of(name)
        if line is None or not line.in_network:
            return
        for message in list(self._waiting.values()):
            if message.line == name and message.state is SmsState.QUEUED:
                self._set(replace(message, state=SmsState.SENDING))
                line.post_parts(message.id, self._parts[message.id])

    def line_is_gone(self, name: str) -> None:
        """The modem is gone, and with it what it was just sending."""
        for message in list(self._waiting.values()):
            if message.line == name and message.state is SmsState.SENDING:
                self._fail(message, _UNSURE.format("the modem went away"))

    def accepted(self, event: TextAccepted) -> None:
        """The network has one more part."""
        message = self._waiting.get(event.id)
        if message is None:
            return
        message = with_reference(message, event.reference)
        self._parts[event.id] = self._parts[event.id][1:]
        if self._parts[event.id]:
            self._waiting[event.id] = message
            return
        self._forget(event.id)
        message = replace(message, state=SmsState.SENT)
        self._unreported[event.id] = message
        self._changed(message)

    def refused(self, event: TextRefused) -> None:
        """A part was not taken."""
        message = self._waiting.get(event.id)
        if message is None:
            return
        tried = self._tries.get(event.id, 0)
        if event.unsure:
            self._fail(message, _UNSURE.format(event.why))
        elif event.may_pass and tried < len(_PAUSES_S):
            log.info("message %s waits %.0f s: %s", event.id, _PAUSES_S[tried], event.why)
            self._tries[event.id] = tried + 1
            self._set(replace(message, fault=event.why))
            self._later(_PAUSES_S[tried], lambda: self._again(event.id))
        else:
            self._fail(message, event.why)

    def _again(self, ident: str) -> None:
        message = self._waiting.get(ident)
        if message is not None:
            self._waiting[ident] = replace(message, state=SmsState.QUEUED, fault="")
            self.line_is_up(message.line)

    def reported(self, name: str, report: StatusReport) -> None:
        """The network says what became of a part."""
        for message in reversed(list(self._unreported.values())):
            if message.line == name and _is_of(report, message):
                self._settle(message, report)
                return
        log.info("line %s: a report on message %d, which is not ours", name, report.reference)

    def _settle(self, message: SmsRecord, report: StatusReport) -> None:
        if not report.final:
            return
        message = without_reference(message, report.reference)
        if not report.delivered:
            del self._unreported[message.id]
            self._fail(message, faults.status_words(report.status))
        elif message.unreported:
            self._unreported[message.id] = message
        else:
            del self._unreported[message.id]
            self._changed(replace(message, state=SmsState.DELIVERED))

    def _set(self, message: SmsRecord) -> None:
        self._waiting[message.id] = message
        self._changed(message)

    def _fail(self, message: SmsRecord, why: str) -> None:
        self._forget(message.id)
        self._changed(replace(message, state=SmsState.FAILED, fault=why))

    def _forget(self, ident: str) -> None:
        self._waiting.pop(ident, None)
        self._parts.pop(ident, None)
        self._tries.pop(ident, None)


def _is_of(report: StatusReport, message: SmsRecord) -> bool:
    """The network may write the number otherwise than we did: 0912… is +98912… ."""
    digits = message.number[-_SAME_DIGITS:]
    listed = str(report.reference) in message.unreported.split()
    return listed and report.recipient.endswith(digits)
