"""Whether the number we dialled was answered, guessed from what is heard.

An analogue line mostly does not say so. What can be heard: ringback that has ended for good, or
sound that is none of the exchange's tones. An announcement ("this number is not in use") is taken
for an answer; there is nothing in it that tells it from a person.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from hw.signal.level import RATE_HZ, RMS_AT_0_DBM0
from hw.signal.tone import TonePlan

_FRAME_SAMPLES = 160
_QUIET_POWER = (RMS_AT_0_DBM0 * 10 ** (-42 / 20)) ** 2
_TONAL = 0.5  # of a frame's power
_LOOK_FRAMES, _SPEECH_FRAMES = 40, 18  # 360 ms of sound within 800 ms
_RINGBACK_FRAMES = 15
_LATE_FRAMES = 75  # 1.5 s after ringback should have come again


class AnswerEar:
    """Audio to the sign that the call was answered: "speech" or "ringback ended"."""

    def __init__(self, plan: TonePlan) -> None:
        tones = (plan.dial, plan.ringback, plan.busy, plan.congestion)
        freqs_hz = sorted({hz for tone in tones for hz in tone.freqs_hz})
        turns = np.outer(freqs_hz, np.arange(_FRAME_SAMPLES)) * (-2j * np.pi / RATE_HZ)
        self._turns = np.exp(turns).astype(np.complex64)
        self._ringback = [freqs_hz.index(hz) for hz in plan.ringback.freqs_hz]
        longest_ms = max(plan.ringback.cadence_ms[1::2], default=4000)
        self._pause_frames = longest_ms // 20 + _LATE_FRAMES
        self._speech: deque[bool] = deque(maxlen=_LOOK_FRAMES)
        self._rang_frames = 0
        self._silent_frames = 0

    def feed(self, audio: bytes) -> str:
        """The sign that was recognised with ``audio`` (a frame of 20 ms), mostly ""."""
        wave = np.frombuffer(audio, dtype="<i2").astype(np.float32)
        power = float(wave @ wave) / _FRAME_SAMPLES
        is_tone = is_ringback = False
        if power > _QUIET_POWER:
            shares = 2.0 * np.abs(self._turns @ wave) ** 2 / (_FRAME_SAMPLES**2 * power)
            is_tone = float(shares.max()) >= _TONAL / 2
            is_ringback = float(shares[self._ringback].sum()) >= _TONAL
        return self._taken(loud=power > _QUIET_POWER, is_tone=is_tone, is_ringback=is_ringback)

    def _taken(self, *, loud: bool, is_tone: bool, is_ringback: bool) -> str:
        self._rang_frames += is_ringback
        self._silent_frames = 0 if loud else self._silent_frames + 1
        self._speech.append(loud and not is_tone)
        if sum(self._speech) >= _SPEECH_FRAMES:
            return "speech"
        rang = self._rang_frames >= _RINGBACK_FRAMES
        return "ringback ended" if rang and self._silent_frames == self._pause_frames else ""
