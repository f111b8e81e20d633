"""The short messages of all SIMs: what comes, what goes, and the newest of them as rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Protocol

from firmware.lined.line import Clock
from firmware.lined.received import Received
from firmware.lined.sending import Postman, Sending
from firmware.link.rows import SmsRow
from firmware.model.record import Record
from firmware.model.sms import SmsPart, SmsRecord
from hw.modem import port

SHOWN = 100
"""How many messages are rows on the link; the store has all."""

_LOOK_S = 60.0


class Writer(Protocol):
    """What is needed of ``firmware.store.writer.StoreWriter``."""

    def put(self, record: Record) -> None: ...
    def stored(self) -> Future[None]: ...


class Messages:
    """``lines`` are the SIMs by name; ``hand_over`` runs a function in the daemon's thread."""

    def __init__(
        self,
        *,
        writer: Writer,
        clock: Clock,
        wall_clock: Callable[[], float],
        hand_over: Callable[..., None],
        post: Callable[[str, SmsRow], None],
    ) -> None:
        self.lines: Mapping[str, Postman] = {}
        self._writer = writer
        self._clock = clock
        self._hand_over = hand_over
        self._post = post
        self._shown: deque[SmsRow] = deque()
        self._received = Received(
            keep=writer.put, then_stored=self._then_stored, show=self._show, wall_clock=wall_clock
        )
        self._sending = Sending(
            changed=self._changed,
            later=clock.call_later,
            line_of=self._line_of,
            wall_clock=wall_clock,
        )

    def start(self, parts: list[SmsPart], unfinished: list[SmsRecord]) -> None:
        """Take up what was there before a restart."""
        self._received.restore(parts)
        self._sending.restore(unfinished)
        self._look()

    def send(self, line: str, to: str, text: str) -> str:
        """See ``LinedApi.send_sms``."""
        if not line:
            line = next((name for name, sim in self.lines.items() if sim.in_network), line)
            line = line or next(iter(self.lines), "")
        if line not in self.lines:
            known = ", ".join(sorted(self.lines)) or "none"
            raise KeyError(f"no SIM is called {line!r}; there are {known}")
        return self._sending.send(line, to, text)

    def on_port(self, line: str, event: object, delete: Callable[[str, int], None]) -> bool:
        """Something about messages happened on a line's modem; False: it is about other things."""
        match event:
            case port.TextRead(memory=memory, index=index, pdu=pdu):
                self._received.take(line, pdu, lambda: delete(memory, index))
            case port.TextPushed(pdu):
                self._received.take(line, pdu, None)
            case port.TextReported(report):
                self._sending.reported(line, report)
            case port.TextAccepted():
                self._sending.accepted(event)
            case port.TextRefused():
                self._sending.refused(event)
            case _:
                return False
        return True

    def _line_of(self, name: str) -> Postman | None:
        return self.lines.get(name)

    def line_is_up(self, name: str) -> None:
        """A SIM is in a network."""
        self._sending.line_is_up(name)

    def line_is_gone(self, name: str) -> None:
        """A modem is gone."""
        self._sending.line_is_gone(name)

    def _look(self) -> None:
        self._received.look()
        self._sending.look()
        self._clock.call_later(_LOOK_S, self._look)

    def _then_stored(self, then: Callable[[], None]) -> None:
        def stored(done: Future[None]) -> None:
            if not done.cancelled():
                self._hand_over(then)

        self._writer.stored().add_done_callback(stored)

    def _changed(self, message: SmsRecord) -> None:
        self._writer.put(message)
        self._show(str(message.state), message)

    def _show(self, event: str, message: SmsRecord) -> None:
        row = SmsRow(
            id=message.id,
            line=message.line,
            direction=message.direction,
            number=message.number,
            text=message.text,
            at=message.at,
            state=str(message.state),
            fault=message.fault,
        )
        self._shown = deque(other for other in self._shown if other.id != row.id)
        self._shown.append(row)
        self._post(f"sms.{event}", row)
        while len(self._shown) > SHOWN:
            self._post("sms.removed", self._shown.popleft())
