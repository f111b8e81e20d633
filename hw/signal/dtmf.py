"""Dialled digits as tone pairs (ITU-T Q.23, Q.24): a generator and a detector."""

from __future__ import annotations

from hw.signal.spandsp import amp_in, ffi, lib

DIGITS = "0123456789*#ABCD"

_BUFFER_DIGITS = 128
"""How many digits spandsp keeps (MAX_DTMF_DIGITS)."""


class DtmfGenerator:
    """Digits to audio. ``frame`` returns silence once every digit is out.

    ``level_dbm0`` is that of the low tone, the high one is ``twist_db`` louder.
    """

    def __init__(
        self,
        *,
        level_dbm0: int = -10,
        twist_db: int = 2,
        on_ms: int = 80,
        off_ms: int = 80,
    ) -> None:
        self._state = ffi.gc(lib.dtmf_tx_init(ffi.NULL), lib.dtmf_tx_free)
        lib.dtmf_tx_set_level(self._state, level_dbm0, twist_db)
        lib.dtmf_tx_set_timing(self._state, on_ms, off_ms)
        self._digit_samples = (on_ms + off_ms) * 8
        self._waiting = ""
        self._left_samples = 0

    @property
    def busy(self) -> bool:
        """Whether digits, or the silence after the last one, are still to be sent."""
        return self._left_samples > 0 or bool(self._waiting)

    def put(self, digits: str) -> None:
        """Append ``digits`` to those being sent.

        Raises:
            ValueError: one of them is no DTMF digit.
        """
        digits = digits.upper()
        if odd := set(digits) - set(DIGITS):
            raise ValueError(f"not DTMF digits: {''.join(sorted(odd))!r} in {digits!r}")
        self._waiting += digits

    def frame(self, samples: int = 160) -> bytes:
        """The next ``samples`` of audio (S16LE)."""
        self._feed()
        audio = bytearray(2 * samples)
        made = lib.dtmf_tx(self._state, ffi.cast("int16_t *", ffi.from_buffer(audio)), samples)
        del audio[2 * made :]
        self._left_samples = max(0, self._left_samples - samples)
        return bytes(audio).ljust(2 * samples, b"\0")

    def _feed(self) -> None:
        # spandsp's own queue is bounded and drops what does not fit: hand over piecemeal.
        if self._waiting and self._left_samples <= 0:
            some, self._waiting = self._waiting[:32], self._waiting[32:]
            lib.dtmf_tx_put(self._state, some.encode(), len(some))
            self._left_samples = self._digit_samples * len(some)


class DtmfDetector:
    """Audio to digits. One digit is reported once, while its tone still sounds."""

    def __init__(self, *, filter_dial_tone: bool = False) -> None:
        self._state = ffi.gc(lib.dtmf_rx_init(ffi.NULL, ffi.NULL, ffi.NULL), lib.dtmf_rx_free)
        if filter_dial_tone:
            # -1 keeps twist and threshold as they are (8 dB, 4 dB, -42 dBm0).
            lib.dtmf_rx_parms(self._state, 1, -1, -1, -99)
        self._buffer = ffi.new("char[]", _BUFFER_DIGITS + 1)

    def feed(self, audio: bytes) -> str:
        """The digits recognised in ``audio``, mostly none."""
        lib.dtmf_rx(self._state, amp_in(audio), len(audio) // 2)
        count = lib.dtmf_rx_get(self._state, self._buffer, _BUFFER_DIGITS)
        if not count:
            return ""
        return bytes(ffi.buffer(self._buffer, count)).decode("ascii")

    @property
    def sounding(self) -> bool:
        """Whether a digit's tone is sounding now."""
        return bool(lib.dtmf_rx_status(self._state))
