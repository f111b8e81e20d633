"""Short messages as modems carry them: the TPDUs of 3GPP TS 23.040, in hexadecimal.

Pure. ``submit`` makes what ``AT+CMGS`` takes, ``decode`` reads what ``AT+CMGR`` and ``+CDS``
bring. Text goes out in the GSM alphabet if that has every character, else in UTF-16 (which
networks call UCS2, and all telephones read with its surrogate pairs).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import islice

from hw.modem import alphabet

MOST_PARTS = 255

_SEPTETS_ALONE, _SEPTETS_PART = 160, 153
_UNITS_ALONE, _UNITS_PART = 70, 67  # of UTF-16

_WANTS_REPORT = 0x20
_SUBMIT = 0x01 | 0x10 | _WANTS_REPORT  # with a relative validity period, asking for a status report
_WITH_HEADER = 0x40
_VALID_FOR_WEEK = 173  # §9.2.3.12.1: value - 166 days
_VALIDITY_OCTETS = (0, 7, 1, 7)  # by TP-VPF: none, enhanced, relative, absolute
_UCS2 = 0x08
_NIBBLES = "0123456789*#abc"
_ALPHANUMERIC = 5  # §9.1.2.5, type of number


class BadPdu(ValueError):
    """What the modem gave us is no TPDU that we can read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Where a piece of a long message belongs (§9.2.3.24.1). ``position`` counts from 1."""

    reference: int
    count: int
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """A message, or a part of one, from the network.

    ``text`` may begin or end with half a surrogate pair when a part does; ``join`` mends it.
    ``sent_at`` is the service centre's time in Unix seconds, None when it makes no sense.
    """

    sender: str
    text: str
    sent_at: float | None
    part: Part | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """A message, or a part of one, on its way to the network: what ``submit`` makes."""

    recipient: str
    text: str
    part: Part | None
    wants_report: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """What became of a message we sent. ``status`` is TP-Status (§9.2.3.15)."""

    reference: int
    recipient: str
    status: int

    @property
    def delivered(self) -> bool:
        """It has arrived."""
        return self.status < 0x20

    @property
    def final(self) -> bool:
        """The network tries no more."""
        return not 0x20 <= self.status < 0x40


def join(texts: list[str]) -> str:
    """The whole of a message from its parts in order."""
    return "".join(texts).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


# -- out --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Tpdu:
    """One part to send: ``hex`` for the prompt, ``length`` for ``AT+CMGS=`` (27.005 §4.3:
    without the service centre's address)."""

    hex: str
    length: int


def submit(to: str, text: str, reference: int) -> tuple[Tpdu, ...]:
    """``text`` for ``to`` in as many parts as it needs; ``reference`` (0 to 255) tells the parts
    of one long message from those of another.

    Raises:
        ValueError: ``to`` is no number, or ``text`` is empty, too long or no text.
    """
    if not text:
        raise ValueError("a message without text is not sent")
    seven_bit = alphabet.fits(text)
    pieces = split(text, seven_bit=seven_bit)
    if len(pieces) > MOST_PARTS:
        raise ValueError(f"the text needs {len(pieces)} parts; a message has at most {MOST_PARTS}")
    head = address(to) + bytes([0, 0 if seven_bit else _UCS2, _VALID_FOR_WEEK])
    if len(pieces) == 1:
        return (_tpdu(_SUBMIT, head, user_part(text, b"", seven_bit=seven_bit)),)
    headers = (bytes([5, 0, 3, reference, len(pieces), n]) for n in range(1, len(pieces) + 1))
    return tuple(
        _tpdu(_SUBMIT | _WITH_HEADER, head, user_part(piece, header, seven_bit=seven_bit))
        for piece, header in zip(pieces, headers, strict=True)
    )


def split(text: str, *, seven_bit: bool) -> list[str]:
    """Pieces that fit; no escape sequence and no surrogate pair is torn."""
    alone, part = (_SEPTETS_ALONE, _SEPTETS_PART) if seven_bit else (_UNITS_ALONE, _UNITS_PART)

    def size(character: str) -> int:
        return len(alphabet.septets_of(character)) if seven_bit else 1 + (ord(character) > 0xFFFF)

    if sum(map(size, text)) <= alone:
        return [text]
    pieces, room = [""], part
    for character in text:
        if size(character) > room:
            pieces.append("")
            room = part
        pieces[-1] += character
        room -= size(character)
    return pieces


def address(number: str) -> bytes:
    """A number as TPDUs have it (§9.1.2.5).

    Raises:
        ValueError: it is no number.
    """
    digits = number.removeprefix("+")
    if not 1 <= len(digits) <= 20 or set(digits) - set("0123456789*#"):
        raise ValueError(f"{number!r} is no number: up to 20 digits, after a + if international")
    padded = [_NIBBLES.index(digit) for digit in digits] + [0xF] * (len(digits) % 2)
    swapped = bytes(high << 4 | low for low, high in zip(padded[::2], padded[1::2], strict=True))
    return bytes([len(digits), 0x91 if number.startswith("+") else 0x81]) + swapped


def user_part(text: str, header: bytes, *, seven_bit: bool) -> bytes:
    """TP-UDL and TP-UD (§9.2.3.16, §9.2.3.24)."""
    if not seven_bit:
        try:
            octets = header + text.encode("utf-16-be")
        except UnicodeEncodeError as error:
            raise ValueError(f"the text has half a character: {error.reason}") from error
        return bytes([len(octets)]) + octets
    septets = alphabet.septets_of(text)
    fill = -8 * len(header) % 7
    in_header = (8 * len(header) + fill) // 7
    return bytes([in_header + len(septets)]) + header + alphabet.pack(septets, fill)


def _tpdu(first: int, head: bytes, user: bytes) -> Tpdu:
    tpdu = bytes([first, 0]) + head + user
    return Tpdu(hex="00" + tpdu.hex().upper(), length=len(tpdu))


# -- in ---------------------------------------------------------------------------------------


def decode(text: str) -> Deliver | Submitted | StatusReport:
    """A PDU with the service centre's address before it, as modems give them.

    Raises:
        BadPdu: it is not hexadecimal, too short, or of a kind or coding that we cannot read.
    """
    try:
        octets = iter(bytes.fromhex(text))
        _take(octets, next(octets))  # the service centre
        first = next(octets)
        return _READERS[first & 0x03](octets, first)
    except StopIteration:
        raise BadPdu("the message is cut short") from None
    except BadPdu:
        raise
    except (ValueError, IndexError) as error:
        raise BadPdu(f"not a message: {error}") from error


def _take(octets: Iterator[int], count: int) -> bytes:
    taken = bytes(islice(octets, count))
    if len(taken) < count:
        raise BadPdu("the message is cut short")
    return taken


def _status_report(octets: Iterator[int], _first: int) -> StatusReport:
    reference = next(octets)
    recipient = _read_address(octets)
    _take(octets, 14)  # when it was sent, and when this happened
    return StatusReport(reference=reference, recipient=recipient, status=next(octets))


def _deliver(octets: Iterator[int], first: int) -> Deliver:
    sender = _read_address(octets)
    _, coding = _take(octets, 2)
    sent_at = _read_time(_take(octets, 7))
    text, part = _read_user_part(octets, coding, with_header=bool(first & _WITH_HEADER))
    return Deliver(sender=sender, text=text, sent_at=sent_at, part=part)


def _submitted(octets: Iterator[int], first: int) -> Submitted:
    _take(octets, 1)
    recipient = _read_address(octets)
    _, coding = _take(octets, 2)
    _take(octets, _VALIDITY_OCTETS[first >> 3 & 0x3])
    text, part = _read_user_part(octets, coding, with_header=bool(first & _WITH_HEADER))
    return Submitted(
        recipient=recipient, text=text, part=part, wants_report=bool(first & _WANTS_REPORT)
    )


def _read_user_part(
    octets: Iterator[int], coding: int, *, with_header: bool
) -> tuple[str, Part | None]:
    length = next(octets)
    rest = bytes(octets)
    header = rest[1 : 1 + rest[0]] if with_header else b""
    if with_header and len(header) < rest[0]:
        raise BadPdu("its header is cut short")
    part = _read_header(header)
    skipped = 1 + len(header) if with_header else 0
    return _read_text(rest, length, skipped, _alphabet_of(coding)), part


_READERS = (_deliver, _submitted, _status_report, _deliver)
"""By TP-MTI; a reserved value is read as a message (§9.2.3.1)."""


def _read_address(octets: Iterator[int]) -> str:
    length, kind = _take(octets, 2)
    packed = _take(octets, (length + 1) // 2)
    number_type = kind >> 4 & 0x7
    if number_type == _ALPHANUMERIC:
        return alphabet.text_of(alphabet.unpack(packed, length * 4 // 7))
    nibbles = [n for octet in packed for n in (octet & 0xF, octet >> 4)][:length]
    digits = "".join(_NIBBLES[n] for n in nibbles if n != 0xF)
    return f"+{digits}" if number_type == 1 else digits


def _read_time(stamp: bytes) -> float | None:
    """§9.2.3.11: swapped semi-octets; the zone in quarters of an hour, its sign in bit 3."""
    swapped = [(octet & 0xF) * 10 + (octet >> 4) for octet in stamp[:6]]
    quarters = (stamp[6] & 0x7) * 10 + (stamp[6] >> 4)
    zone = timezone(timedelta(minutes=15 * (-quarters if stamp[6] & 0x8 else quarters)))
    year, month, day, hour, minute, second = swapped
    try:
        return datetime(2000 + year, month, day, hour, minute, second, tzinfo=zone).timestamp()
    except ValueError:
        return None


def _alphabet_of(coding: int) -> str:
    """TP-DCS (23.038 §4): "gsm", "ucs2" or "octets"."""
    group = coding >> 4
    if group < 0x8:
        if coding & 0x20:
            raise BadPdu("its text is compressed")
        return ("gsm", "octets", "ucs2", "gsm")[coding >> 2 & 0x3]
    if group == 0xE:  # message waiting, in UCS2
        return "ucs2"
    return "octets" if group == 0xF and coding & 0x4 else "gsm"


def _read_header(header: bytes) -> Part | None:
    """§9.2.3.24: elements of identifier, length, content. Those we do not know are passed over,
    and so is a place that makes no sense."""
    part, left = None, iter(header)
    for element in left:
        content = _take(left, next(left))
        if element in (0x00, 0x08):
            *reference, count, position = content
            if 0 < position <= count and len(reference) == 1 + (element == 0x08):
                number = int.from_bytes(bytes(reference), "big")
                part = Part(reference=number, count=count, position=position)
        elif element in (0x24, 0x25):
            raise BadPdu("its text is in a national alphabet that we do not have")
    return part


def _read_text(rest: bytes, length: int, skipped: int, coding: str) -> str:
    if coding == "gsm":
        fill = -8 * skipped % 7
        count = length - (8 * skipped + fill) // 7
        if count < 0 or len(rest) < (7 * length + 7) // 8:
            raise BadPdu("its text is cut short")
        return alphabet.text_of(alphabet.unpack(rest[skipped:], count, fill))
    if len(rest) < length or length < skipped:
        raise BadPdu("its text is cut short")
    if coding == "octets":
        raise BadPdu(f"no text but {length - skipped} octets for a program")
    return rest[skipped:length].decode("utf-16-be", "surrogatepass")
