"""One modem's conversation: who asked what, who wants to hear what, and what is due when.

Pure: ``work`` is given what was received and returns what to send. The parts of the driver
(``calls``, ``sim_card``, ``texts``, ``ussd``) share one ``Talk``.
"""

from __future__ import annotations

import heapq
import itertools
import logging
from collections.abc import Callable

from hw.modem.at import TIMEOUT, Chat, Command, Reply, Urc
from hw.modem.port import ModemEvent, ModemSilent

log = logging.getLogger(__name__)

_SILENT_COMMANDS = 2
"""So many commands without any answer: the modem is gone though its port is not."""


class Talk:
    """``name`` is for the log: the command port's path."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._chat = Chat()
        self._hears: dict[str, Callable[[Urc], None]] = {}
        self._rest: Callable[[Urc], None] = lambda _urc: None
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._events: list[ModemEvent] = []
        self._silent = 0
        self._now_s = 0.0

    @property
    def idle(self) -> bool:
        """Whether no command is open or waits."""
        return self._chat.idle

    def ask(
        self,
        text: str,
        then: Callable[[Reply], None] | None = None,
        *,
        prefix: str = "",
        timeout_s: float = 5.0,
        first: bool = False,
    ) -> Command:
        """Have a command sent in its turn, or ``first``; ``then`` is called with what came of
        it."""
        command = Command(text=text, prefix=prefix, timeout_s=timeout_s, then=then)
        self._chat.ask(command, first=first)
        return command

    def order(self, command: Command) -> None:
        """Have ``command``, which has more to it, sent in its turn."""
        self._chat.ask(command)

    def withdraw(self, command: Command) -> bool:
        """Forget a command that still waits; False when it is out, or done."""
        return self._chat.withdraw(command)

    def hear(self, head: str, then: Callable[[Urc], None]) -> None:
        """Call ``then`` with every unsolicited line that is ``head``, or begins so before a
        colon."""
        self._hears[head] = then

    def hear_rest(self, then: Callable[[Urc], None]) -> None:
        """Call ``then`` with every unsolicited line that nobody hears."""
        self._rest = then

    def later(self, delay_s: float, then: Callable[[], None]) -> None:
        """Call ``then`` in ``delay_s`` seconds."""
        heapq.heappush(self._due, (self._now_s + delay_s, next(self._order), then))

    def emit(self, event: ModemEvent) -> None:
        """Report that something happened."""
        self._events.append(event)

    def events(self) -> list[ModemEvent]:
        """What happened since the last call, in order."""
        events, self._events = self._events, []
        return events

    def work(self, received: bytes, now_s: float) -> bytes:
        """Take what the modem said; what to send it.

        Raises:
            ModemSilent: it has not answered for too long.
        """
        self._now_s = now_s
        while self._due and self._due[0][0] <= now_s:
            heapq.heappop(self._due)[2]()
        for found in self._chat.receive(received, now_s):
            if isinstance(found, Urc):
                self._heard(found)
            else:
                self._answered(found)
        return self._chat.to_send(now_s)

    def _heard(self, urc: Urc) -> None:
        head, _, _ = urc.line.partition(":")
        self._hears.get(head, self._rest)(urc)

    def _answered(self, reply: Reply) -> None:
        if reply.result != TIMEOUT:
            self._silent = 0
        elif not reply.command.patient:
            self._silent += 1
        if self._silent >= _SILENT_COMMANDS:
            raise ModemSilent(f"no answer to {reply.command.name} on {self.name}")
        if not reply.ok:
            log.debug("%s: %s: %s", self.name, reply.command.name, reply.result)
        if reply.command.then is not None:
            reply.command.then(reply)
