"""The message half of a simulated modem: its memories, and the network's service centre."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from hw.modem import alphabet, pdu

CENTRE = "07918919010000F0"
_REPORT_FRAMES = 25  # the report comes half a second after the message
_STAMP_ZONE = timezone(timedelta(hours=3, minutes=30))

DELIVERED, FAILED = 0x00, 0x46  # TP-Status: received; permanent error, validity period expired


class SimTexts:
    """``say`` writes an unsolicited line; ``arrived`` is told of each whole message that the box
    sent; ``now`` is Unix seconds."""

    def __init__(
        self,
        say: Callable[[str], None],
        arrived: Callable[[str, str], None],
        now: Callable[[], float],
    ) -> None:
        self._say = say
        self._arrived = arrived
        self._now = now
        self.memories: dict[str, dict[int, str]] = {"SM": {}, "ME": {}}
        self.capacity = 10
        self.status: int | None = DELIVERED
        self.held: deque[str] = deque()
        self.stores_reports = False  # keeps reports in a memory of their own, and says so
        self._chosen = "SM"  # what is read and deleted
        self._keeps_in = "SM"
        self._indicates = False
        self._reference = 0
        self._parts: dict[tuple[str, int], dict[int, str]] = {}
        self._reports: deque[tuple[int, str]] = deque()
        self._frames = 0

    def step(self) -> None:
        """20 ms: reports come, and messages for which there was no room."""
        self._frames += 1
        while self._reports and self._reports[0][0] <= self._frames:
            self._report(self._reports.popleft()[1])
        while self.held and self._room():
            self._keep(self.held.popleft())

    def _report(self, report: str) -> None:
        if self.stores_reports:
            index = len(self.memories.setdefault("SR", {}))
            self.memories["SR"][index] = report
            self._say(f'+CDSI: "SR",{index}')
        else:
            self._say(f"+CDS: {len(report) // 2 - 8}\r\n{report}")

    # -- from the network -----------------------------------------------------------------

    def receive(self, sender: str, text: str, reference: int = 7) -> None:
        """The network brings a message of somebody's, in as many parts as it needs."""
        for one in deliveries(sender, text, self._now(), reference):
            self.take(one)

    def take(self, message: str) -> None:
        """The network brings one PDU."""
        if self._room():
            self._keep(message)
        else:
            self.held.append(message)
            self._say(f'^SMMEMFULL: "{self._keeps_in}"')

    def _room(self) -> bool:
        return len(self.memories[self._keeps_in]) < self.capacity

    def _keep(self, message: str) -> None:
        memory = self.memories[self._keeps_in]
        index = next(i for i in range(self.capacity) if i not in memory)
        memory[index] = message
        if self._indicates:
            self._say(f'+CMTI: "{self._keeps_in}",{index}')

    # -- commands -------------------------------------------------------------------------

    def query(self, part: str) -> list[str] | None:
        """The answer to a command about messages, None when it is about something else.

        Raises:
            KeyError: there is no such memory or message.
        """
        name, _, value = part.partition("=")
        memory = self.memories[self._chosen]
        match name:
            case "+CPMS":
                named = [memory.strip('"') for memory in value.split(",")]
                if not set(named) <= set(self.memories):
                    raise KeyError(value)
                self._chosen = named[0]
                self._keeps_in = named[-1] if len(named) == 3 else self._keeps_in
                return [f"+CPMS: {','.join([self._fill()] * 3)}"]
            case "+CMGL":
                return [
                    line
                    for i, one in sorted(memory.items())
                    for line in (f"+CMGL: {i},0,,{len(one) // 2 - 8}", one)
                ]
            case "+CMGR":
                one = memory[int(value)]
                return [f"+CMGR: 0,,{len(one) // 2 - 8}", one]
            case "+CMGD":
                memory.pop(int(value), None)
                return []
            case "+CNMI":
                self._indicates = value.startswith("2,1")
                return []
        return None

    def _fill(self) -> str:
        return f"{len(self.memories[self._chosen])},{self.capacity}"

    def submit(self, text: str, length: int) -> list[str]:
        """The body of ``AT+CMGS=length``; the answer's lines.

        Raises:
            ValueError: it is no message.
        """
        found = pdu.decode(text)
        if len(text) != 2 * (length + 1) or not isinstance(found, pdu.Submitted):
            raise ValueError("not a message to send")
        self._reference = (self._reference + 1) % 256
        if found.wants_report and self.status is not None:
            report = _report(self._reference, found.recipient, self._now(), self.status)
            self._reports.append((self._frames + _REPORT_FRAMES, report))
        self._pass_on(found)
        return [f"+CMGS: {self._reference}"]

    def _pass_on(self, found: pdu.Submitted) -> None:
        place = found.part or pdu.Part(reference=-1, count=1, position=1)
        parts = self._parts.setdefault((found.recipient, place.reference), {})
        parts[place.position] = found.text
        if len(parts) == place.count:
            del self._parts[found.recipient, place.reference]
            self._arrived(found.recipient, pdu.join([parts[i] for i in sorted(parts)]))


def deliveries(sender: str, text: str, at: float, reference: int) -> list[str]:
    """The PDUs by which a network brings ``text``; ``sender`` may be letters."""
    seven_bit = alphabet.fits(text)
    pieces = pdu.split(text, seven_bit=seven_bit)
    middle = bytes([0, 0 if seven_bit else 8]) + _stamp(at)
    found = []
    for n, piece in enumerate(pieces, start=1):
        header = bytes([5, 0, 3, reference, len(pieces), n]) if len(pieces) > 1 else b""
        first = 0x44 if header else 0x04
        whole = bytes([first]) + _sender(sender) + middle
        whole += pdu.user_part(piece, header, seven_bit=seven_bit)
        found.append(CENTRE + whole.hex().upper())
    return found


def _sender(sender: str) -> bytes:
    if set(sender) <= set("+0123456789*#"):
        return pdu.address(sender)
    septets = alphabet.septets_of(sender)
    packed = alphabet.pack(septets)
    return bytes([(7 * len(septets) + 3) // 4, 0xD0]) + packed


def _stamp(at: float) -> bytes:
    moment = datetime.fromtimestamp(at, _STAMP_ZONE)
    digits = f"{moment:%y%m%d%H%M%S}14"  # 14 quarters of an hour
    return bytes.fromhex("".join(digits[i + 1] + digits[i] for i in range(0, 14, 2)))


def _report(reference: int, recipient: str, at: float, status: int) -> str:
    body = bytes([0x06, reference]) + pdu.address(recipient) + _stamp(at) * 2 + bytes([status])
    return CENTRE + body.hex().upper()
