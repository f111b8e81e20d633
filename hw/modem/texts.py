"""The short messages of a modem: reading its memories, sending, reports (3GPP TS 27.005).

Nothing is deleted here on its own: a message that was read is deleted once who got it says
that it is safe. At the start all memories are read, so nothing that came while nobody listened
is forgotten.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from hw.modem import faults
from hw.modem.at import TIMEOUT, Command, Reply, Urc, fields
from hw.modem.pdu import BadPdu, StatusReport, Tpdu, decode
from hw.modem.port import (
    TextAccepted,
    TextMemory,
    TextPushed,
    TextRead,
    TextRefused,
    TextReported,
)
from hw.modem.talk import Talk

log = logging.getLogger(__name__)

_SEND_TIMEOUT_S = 60.0  # the network's own timers: 24.011 §10, up to 45 s
_LIST_TIMEOUT_S = 30.0
_STORED_OURS = ("2", "3")  # +CMGL stat: messages we stored to send
_FULL_LINES = ("^SMMEMFULL", "+SMS FULL", "+QIND", "%SMSFULL")


class Texts:
    """``memories`` ("SM", "ME") in the order they are preferred in."""

    def __init__(self, talk: Talk, memories: tuple[str, ...]) -> None:
        self._talk = talk
        self._memories = memories
        self._chosen = ""
        self._parts: deque[tuple[str, Tpdu]] = deque()
        self._sending = False
        self._jobs: deque[tuple[str, Command]] = deque()
        self._busy = False
        talk.hear("+CMTI", self._came)
        talk.hear("+CMT", lambda urc: talk.emit(TextPushed(urc.pdu)))
        talk.hear("+CDS", self._report_came)
        talk.hear("+CDSI", self._came)
        for head in _FULL_LINES:
            talk.hear(head, self._filled)

    def start(self) -> None:
        """Prepare the modem once its SIM is ready, and read all that lies there."""
        self._talk.ask("AT+CMGF=0")
        self._chosen = ""
        self._prefer(self._memories)
        # mt=1: keep messages and say where; ds=1: reports come as they are; bfr=0.
        self._talk.ask("AT+CNMI=2,1,0,1,0", self._announced)

    def _prefer(self, memories: tuple[str, ...]) -> None:
        """Have messages that come kept in the first of ``memories`` that the modem has."""
        if not memories:
            log.warning("%s: no memory for messages", self._talk.name)
            return
        memory, rest = memories[0], memories[1:]

        def done(reply: Reply) -> None:
            if not reply.ok:
                self._prefer(rest)
                return
            self._chosen = memory
            self._measured(memory, reply)
            for one in self._memories:
                self._look_into(one)

        text = f'AT+CPMS="{memory}","{memory}","{memory}"'
        self._talk.ask(text, done, prefix="+CPMS:", timeout_s=_LIST_TIMEOUT_S)

    def _announced(self, reply: Reply) -> None:
        if not reply.ok and reply.result != TIMEOUT:
            self._talk.ask("AT+CNMI=2,1,0,2,0")  # reports are kept, too, and said to be there

    # -- reading --------------------------------------------------------------------------

    def _look_into(self, memory: str) -> None:
        self._do(
            memory,
            Command(
                text="AT+CMGL=4",
                prefix="+CMGL:",
                free=True,
                timeout_s=_LIST_TIMEOUT_S,
                then=lambda reply: self._listed(memory, reply),
            ),
        )

    def _do(self, memory: str, command: Command) -> None:
        """Do something in a memory. One thing at a time: what is chosen when a command is sent
        decides which message it reads or deletes."""
        self._jobs.append((memory, command))
        self._next_job()

    def _next_job(self) -> None:
        if self._busy or not self._jobs:
            return
        self._busy = True
        memory, command = self._jobs.popleft()

        def done(reply: Reply) -> None:
            if command.then is not None:
                command.then(reply)
            self._job_done()

        def chosen(reply: Reply) -> None:
            if reply.ok:
                self._chosen = memory
                self._measured(memory, reply)
                self._talk.order(replace(command, then=done))
            else:
                self._job_done()  # the modem does not have that memory

        if memory == self._chosen:
            self._talk.order(replace(command, then=done))
        else:
            # Only what is read from: where new ones are kept stays as it is.
            self._talk.ask(
                f'AT+CPMS="{memory}"', chosen, prefix="+CPMS:", timeout_s=_LIST_TIMEOUT_S
            )

    def _job_done(self) -> None:
        self._busy = False
        self._next_job()

    def _measured(self, memory: str, reply: Reply) -> None:
        values = [fields(line) for line in reply.lines]
        if values and len(values[0]) >= 2 and all(v.isdecimal() for v in values[0][:2]):
            used, total = map(int, values[0][:2])
            self._talk.emit(TextMemory(memory=memory, used=used, total=total))

    def _listed(self, memory: str, reply: Reply) -> None:
        for line, pdu in _pairs(reply.lines):
            values = fields(line)
            if len(values) >= 2 and values[0].isdecimal() and values[1] not in _STORED_OURS:
                self._read(memory, int(values[0]), pdu)

    def _came(self, urc: Urc) -> None:
        """+CMTI: memory,index: a message (or, by +CDSI, a report) came into a memory."""
        values = fields(urc.line)
        if len(values) < 2 or not values[1].isdecimal() or not values[0].isalpha():
            return
        memory, index = values[0], int(values[1])

        def fetched(reply: Reply) -> None:
            for _line, pdu in _pairs(reply.lines):
                self._read(memory, index, pdu)

        text = f"AT+CMGR={index}"
        self._do(memory, Command(text=text, prefix="+CMGR:", free=True, then=fetched))

    def _report_came(self, urc: Urc) -> None:
        if not self._reported(urc.pdu):
            log.warning("%s: a report that cannot be read: %s", self._talk.name, urc.pdu[:400])

    def _read(self, memory: str, index: int, pdu: str) -> None:
        if self._reported(pdu):
            self.delete(memory, index)
        else:
            self._talk.emit(TextRead(memory=memory, index=index, pdu=pdu))

    def _reported(self, pdu: str) -> bool:
        try:
            found = decode(pdu)
        except BadPdu:
            return False
        if isinstance(found, StatusReport):
            self._talk.emit(TextReported(found))
            return True
        return False

    def _filled(self, urc: Urc) -> None:
        """A memory is full: the network holds messages back until there is room."""
        if urc.line.startswith("+QIND") and "FULL" not in urc.line:
            return
        log.warning("%s: %s", self._talk.name, urc.line)
        for memory in self._memories:
            self._look_into(memory)

    def delete(self, memory: str, index: int) -> None:
        """See ``ModemPort.delete_text``."""
        self._do(memory, Command(text=f"AT+CMGD={index}", timeout_s=_LIST_TIMEOUT_S))

    # -- sending --------------------------------------------------------------------------

    def send(self, ident: str, parts: tuple[Tpdu, ...]) -> None:
        """See ``ModemPort.send_text``."""
        self._parts += [(ident, part) for part in parts]
        self._send_next()

    def _send_next(self) -> None:
        if self._sending or not self._parts:
            return
        self._sending = True
        ident, part = self._parts[0]
        self._talk.order(
            Command(
                text=f"AT+CMGS={part.length}",
                prefix="+CMGS:",
                body=part.hex,
                timeout_s=_SEND_TIMEOUT_S,
                then=lambda reply: self._sent(ident, reply),
            )
        )

    def _sent(self, ident: str, reply: Reply) -> None:
        self._sending = False
        references = [fields(line)[:1] for line in reply.lines]
        if reply.ok and references and references[0] and references[0][0].isdecimal():
            self._parts.popleft()
            self._talk.emit(TextAccepted(id=ident, reference=int(references[0][0])))
        else:
            self._parts = deque(part for part in self._parts if part[0] != ident)
            self._talk.emit(
                TextRefused(
                    id=ident,
                    why=faults.words(reply.result),
                    may_pass=faults.may_pass(reply.result),
                    unsure=reply.result == TIMEOUT,
                )
            )
        self._send_next()


def _pairs(lines: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Each header line with the PDU under it; one without is left out."""
    for i, line in enumerate(lines[:-1]):
        if line.startswith("+") and not lines[i + 1].startswith("+"):
            yield line, lines[i + 1]
