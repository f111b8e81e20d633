"""Caller ID as audio: frequency-shift keying sent to an on-hook line (1200 bit/s).

Two standards differ in their tones and in the bits around the message, and one receiver
hears both: Bellcore CLASS (GR-30-CORE, 1200/2200 Hz) and ETSI's V.23 (EN 300 659,
1300/2100 Hz). The message is the same: MDMF (type 0x80, a list of fields), or SDMF (type
0x04, the older fixed form). Names are in the exchange's own 8-bit characters; Latin-1 is the
superset of what the standards allow.

One in 256 damaged messages has a right checksum by chance. So a message must also be whole: its
fields fill it exactly, its number consists of digits, its date is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

import numpy as np

from hw.signal.level import peak_of_sine, rms_of
from hw.signal.spandsp import amp_in, ffi, lib

_SDMF, _MDMF = 0x04, 0x80
_DATE, _NUMBER, _NUMBER_ABSENT, _NAME, _NAME_ABSENT = 0x01, 0x02, 0x04, 0x07, 0x08

_WAITING_FIELD = 0x0B  # of a message-waiting message: 0xFF on, 0x00 off
_WAITING = 0x82
_CALL_TYPE = 0x11
_VOICE_CALL = 0x01

_ALERT_SAMPLES = 880  # as spandsp makes it

_DIALLED = frozenset("0123456789*#+")
_FILLING = frozenset(" -.()/")  # what exchanges put between digits

MAX_NAME = 50  # EN 300 659-3 §5.4.5
MAX_NUMBER = 20


class Standard(IntEnum):
    """Which tones; the numbers are spandsp's ADSI_STANDARD_*."""

    BELL = 1
    V23 = 2


class Absence(IntEnum):
    """Why there is no number or name: the codes are those on the wire."""

    NONE = 0
    UNAVAILABLE = ord("O")  # out of area
    WITHHELD = ord("P")  # private


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerId:
    """What an exchange said of a caller. ``date`` is "MMDDHHMM" or "" (the year is not sent)."""

    number: str = ""
    name: str = ""
    absence: Absence = Absence.NONE
    date: str = ""


class CallerIdDecoder:
    """On-hook audio to caller ID.

    spandsp's receiver hears nothing below about -30 dBm0 (measured), so the audio is brought to
    -14 dBm0 by the loudest frame so far; the keying has a constant envelope.
    """

    _TARGET_RMS = peak_of_sine(-14.0) / 2**0.5
    _MAX_GAIN = 60.0
    _DECAY = 0.98  # forget a click within a second

    def __init__(self) -> None:
        self._messages: list[bytes] = []
        self._handle = ffi.new_handle(self._messages)
        state = lib.adsi_rx_init(ffi.NULL, Standard.BELL, _take, self._handle)
        self._state = ffi.gc(state, lib.adsi_rx_free)
        self._loudest_rms = 0.0

    def feed(self, audio: bytes) -> CallerId | None:
        """The caller ID whose message ended, with a right checksum, in ``audio``."""
        rms = rms_of(audio)
        self._loudest_rms = max(rms, self._loudest_rms * self._DECAY)
        gain = min(self._MAX_GAIN, self._TARGET_RMS / max(self._loudest_rms, 1.0))
        wide = np.frombuffer(audio, dtype="<i2").astype(np.float32) * gain
        audio = np.clip(wide, -32768, 32767).astype("<i2").tobytes()
        lib.adsi_rx(self._state, amp_in(audio), len(audio) // 2)
        found = None
        for message in self._messages:
            found = parse(message) or found
        self._messages.clear()
        return found


@ffi.callback("put_msg_func_t")  # type: ignore[untyped-decorator]
def _take(user: object, message: object, length: int) -> None:
    # Negative lengths are modem status (carrier up, carrier down), not messages.
    if length > 0:
        ffi.from_handle(user).append(bytes(ffi.buffer(message, length)))


def parse(message: bytes) -> CallerId | None:
    """The caller ID in one message (without its checksum); None if it carries something else."""
    if len(message) < 2 or len(message) != 2 + message[1]:
        return None
    kind, body = message[0], message[2:]
    if kind == _SDMF:
        fields = {_DATE: body[:8], _NUMBER: body[8:]}
        if body[8:] in (b"O", b"P"):
            fields = {_DATE: body[:8], _NUMBER_ABSENT: body[8:]}
    elif kind == _MDMF:
        fields = _fields(body)
    else:
        return None
    return _caller_in(fields)


def _caller_in(fields: dict[int, bytes]) -> CallerId | None:
    number, date = fields.get(_NUMBER, b""), fields.get(_DATE, b"")
    digits = _number(number)
    is_call = fields.get(_CALL_TYPE, bytes([_VOICE_CALL]))[:1] == bytes([_VOICE_CALL])
    says_who = _NUMBER in fields or _NUMBER_ABSENT in fields or _NAME in fields
    if not (is_call and says_who) or bool(number) != bool(digits) or len(digits) > MAX_NUMBER:
        return None
    if date and not _is_date(date):
        return None
    return CallerId(
        number=digits,
        name=_text(fields.get(_NAME, b""))[:MAX_NAME],
        absence=Absence.NONE if digits else _absence(fields.get(_NUMBER_ABSENT, b"O")),
        date=date.decode("ascii") if date else "",
    )


def _fields(body: bytes) -> dict[int, bytes]:
    """The fields of a body that they fill exactly; else none."""
    found, at = {}, 0
    while at + 2 <= len(body):
        length = body[at + 1]
        found[body[at]] = body[at + 2 : at + 2 + length]
        at += 2 + length
    return found if at == len(body) else {}


def _is_date(field: bytes) -> bool:
    if len(field) != 8 or not field.isdigit():
        return False
    month, day, hour, minute = (int(field[at : at + 2]) for at in range(0, 8, 2))
    return 1 <= month <= 12 and 1 <= day <= 31 and hour <= 23 and minute <= 59


def _text(field: bytes) -> str:
    # It came over the wire from strangers: no control characters, and no padding.
    return "".join(c for c in field.decode("latin-1") if c.isprintable()).strip()


def _number(field: bytes) -> str:
    """Its digits; "" where there is something else among them."""
    text = field.decode("latin-1")
    if set(text) - _DIALLED - _FILLING:
        return ""
    return "".join(c for c in text if c in _DIALLED)


def _absence(field: bytes) -> Absence:
    return Absence.WITHHELD if field[:1] == b"P" else Absence.UNAVAILABLE


def message_of(caller: CallerId) -> bytes:
    """``caller`` as an MDMF message without its checksum.

    Raises:
        ValueError: the name or number is too long or has characters outside Latin-1.
    """
    if len(caller.number) > MAX_NUMBER or len(caller.name) > MAX_NAME:
        raise ValueError(
            f"caller ID too long: number {caller.number!r} (at most {MAX_NUMBER}), "
            f"name {caller.name!r} (at most {MAX_NAME})"
        )
    fields: list[tuple[int, bytes]] = []
    if caller.date:
        fields.append((_DATE, caller.date.encode("ascii")))
    if caller.number:
        fields.append((_NUMBER, caller.number.encode("ascii")))
    else:
        why = caller.absence or Absence.UNAVAILABLE
        fields.append((_NUMBER_ABSENT, bytes([why])))
    if caller.name:
        fields.append((_NAME, caller.name.encode("latin-1")))
    elif caller.absence:
        fields.append((_NAME_ABSENT, bytes([caller.absence])))
    body = b"".join(bytes([kind, len(text)]) + text for kind, text in fields)
    return bytes([_MDMF, len(body)]) + body


def waiting_message(*, waiting: bool) -> bytes:
    """ "Messages wait" or "none wait any more", without its checksum (GR-30 MDMF 0x82)."""
    return bytes([_WAITING, 3, _WAITING_FIELD, 1, 0xFF if waiting else 0x00])


class CallerIdEncoder:
    """Caller ID to audio, about 0.6 s at -14 dBm0, then silence. In a talk (``in_call``) there
    is no long training before it (GR-30 §2.3.2)."""

    def __init__(
        self,
        caller: CallerId | bytes,
        standard: Standard = Standard.BELL,
        *,
        in_call: bool = False,
    ) -> None:
        state = lib.adsi_tx_init(ffi.NULL, int(standard))
        self._state = ffi.gc(state, lib.adsi_tx_free)
        if in_call:
            # No channel seizure, 80 marks before, 1 after; -1 leaves the stop bits as they are.
            lib.adsi_tx_set_preamble(self._state, 0, 80, 5, -1)
        message = caller if isinstance(caller, bytes) else message_of(caller)
        if lib.adsi_tx_put_message(self._state, message, len(message)) <= 0:
            raise ValueError(f"spandsp refuses the caller ID {caller!r}")
        self.done = False

    def frame(self, samples: int = 160) -> bytes:
        """The next ``samples`` of audio (S16LE); ``done`` once the message is out."""
        audio = bytearray(2 * samples)
        made = 0
        if not self.done:
            made = lib.adsi_tx(self._state, ffi.cast("int16_t *", ffi.from_buffer(audio)), samples)
            self.done = made < samples
        del audio[2 * made :]
        return bytes(audio).ljust(2 * samples, b"\0")


class AlertTone:
    """The tone pair (2130 and 2750 Hz, 110 ms) that a telephone in a talk is told by to be quiet
    and listen (CAS, DT-AS), then silence."""

    def __init__(self) -> None:
        self._state = ffi.gc(lib.adsi_tx_init(ffi.NULL, int(Standard.BELL)), lib.adsi_tx_free)
        lib.adsi_tx_send_alert_tone(self._state)
        self._left_samples = _ALERT_SAMPLES
        self.done = False

    def frame(self, samples: int = 160) -> bytes:
        """The next ``samples`` of audio (S16LE); ``done`` once the tone is out."""
        audio = bytearray(2 * samples)
        made = min(samples, self._left_samples)
        if made:  # spandsp would go on with the keying's carrier
            lib.adsi_tx(self._state, ffi.cast("int16_t *", ffi.from_buffer(audio)), made)
        self._left_samples -= made
        self.done = not self._left_samples
        del audio[2 * made :]
        return bytes(audio).ljust(2 * samples, b"\0")


def date_of(moment: datetime) -> str:
    """``moment`` as caller ID says it: "MMDDHHMM"."""
    return moment.strftime("%m%d%H%M")
