"""The tones by which fax machines say what they are (ITU-T T.30 §4, V.21)."""

from __future__ import annotations

from enum import StrEnum

from hw.signal.spandsp import amp_in, ffi, lib


class FaxTone(StrEnum):
    """``CNG``: a fax machine calls; the other two: one has answered."""

    CNG = "cng"  # 1100 Hz, half a second every 3.5 s
    CED = "ced"  # 2100 Hz
    PREAMBLE = "preamble"  # V.21 flags, with which the two begin to talk


_CODES = {FaxTone.CNG: 1, FaxTone.CED: 2, FaxTone.PREAMBLE: 6}
_CED_OR_PREAMBLE = 7
_TONES = {code: tone for tone, code in _CODES.items()}
# Modems that switch off echo cancellers turn the tone's phase or its level: still an answer.
_TONES |= dict.fromkeys((3, 4, 5), FaxTone.CED)


class FaxDetector:
    """Audio to the fax tone that began in it."""

    def __init__(self) -> None:
        self._codes: list[int] = []
        self._handle = ffi.new_handle(self._codes)
        self._states = [
            ffi.gc(
                lib.modem_connect_tones_rx_init(ffi.NULL, kind, _report, self._handle),
                lib.modem_connect_tones_rx_free,
            )
            for kind in (_CODES[FaxTone.CNG], _CED_OR_PREAMBLE)
        ]

    def feed(self, audio: bytes) -> FaxTone | None:
        """The tone recognised in ``audio``, mostly None."""
        for state in self._states:
            lib.modem_connect_tones_rx(state, amp_in(audio), len(audio) // 2)
        found = [_TONES[code] for code in self._codes if code in _TONES]
        self._codes.clear()
        return found[0] if found else None


@ffi.callback("tone_report_func_t")  # type: ignore[untyped-decorator]
def _report(user: object, code: int, level: int, delay: int) -> None:  # noqa: ARG001
    # 0: the tone ended.
    ffi.from_handle(user).append(code)


class FaxToneGenerator:
    """A fax tone as audio, for tests and simulated fax machines.

    Raises:
        ValueError: the preamble is data, and not among spandsp's tones.
    """

    def __init__(self, tone: FaxTone) -> None:
        if tone is FaxTone.PREAMBLE:
            raise ValueError("the V.21 preamble is no tone: send HDLC flags at 300 bit/s")
        self._state = ffi.gc(
            lib.modem_connect_tones_tx_init(ffi.NULL, _CODES[tone]),
            lib.modem_connect_tones_tx_free,
        )

    def frame(self, samples: int = 160) -> bytes:
        """The next ``samples`` of audio (S16LE)."""
        audio = bytearray(2 * samples)
        amp = ffi.cast("int16_t *", ffi.from_buffer(audio))
        made = lib.modem_connect_tones_tx(self._state, amp, samples)
        del audio[2 * made :]
        return bytes(audio).ljust(2 * samples, b"\0")
