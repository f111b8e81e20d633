"""Caller ID as audio: frequency-shift keying sent to an on-hook line (1200 bit/s).

Two standards differ in their tones and in the bits around the message, and one receiver
hears both: Bellcore CLASS (GR-30-CORE, 1200/2200 Hz) and ETSI's V.23 (EN 300 659,
1300/2100 Hz). The message is the same: MDMF (type 0x80, a list of fields), or SDMF (type
0x04, the older fixed form). Names are in the exchange's own 8-bit characters; Latin-1 is the
superset of what the standards allow.
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

_DIALLED = "0123456789*#+"

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
    if len(message) < 2:
        return None
    kind, body = message[0], message[2 : 2 + message[1]]
    if kind == _SDMF:
        date, number = body[:8], body[8:]
        absence = _absence(number) if number in (b"O", b"P") else Absence.NONE
        return CallerId(
            number="" if absence else _number(number), absence=absence, date=_text(date)
        )
    if kind != _MDMF:
        return None
    fields = dict(_fields(body))
    number = fields.get(_NUMBER, b"")
    absence = Absence.NONE
    if not number:
        absence = _absence(fields.get(_NUMBER_ABSENT, b"O"))
    return CallerId(
        number=_number(number),
        name=_text(fields.get(_NAME, b"")),
        absence=absence,
        date=_text(fields.get(_DATE, b"")),
    )


def _fields(body: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at + 2 <= len(body):
        length = body[at + 1]
        found.append((body[at], body[at + 2 : at + 2 + length]))
        at += 2 + length
    return found


def _text(field: bytes) -> str:
    # It came over the wire from strangers: no control characters, and no padding.
    return "".join(c for c in field.decode("latin-1") if c.isprintable()).strip()


def _number(field: bytes) -> str:
    return "".join(c for c in field.decode("latin-1") if c in _DIALLED)


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


class CallerIdEncoder:
    """Caller ID to audio, about 0.6 s at -14 dBm0, then silence."""

    def __init__(self, caller: CallerId, standard: Standard = Standard.BELL) -> None:
        state = lib.adsi_tx_init(ffi.NULL, int(standard))
        self._state = ffi.gc(state, lib.adsi_tx_free)
        message = message_of(caller)
        if lib.adsi_tx_put_message(self._state, message, len(message)) <= 0:
            raise ValueError(f"spandsp refuses the caller ID {caller}")
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


def date_of(moment: datetime) -> str:
    """``moment`` as caller ID says it: "MMDDHHMM"."""
    return moment.strftime("%m%d%H%M")
