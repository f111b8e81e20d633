"""A simulated hybrid, which lets some of our own sound come back, and an echo canceller for it.

The hybrid is the coil or chip that joins the two directions of a port to one pair of wires. On
a card the canceller is DAHDI's (OSLEC); this one is there so that a simulated line sounds, and
is measured, as a real one does.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hw.signal.level import samples_of

Wide = npt.NDArray[np.float64]

_STEP = 0.5
_FORGET = 0.7  # of the spectrum that was, with every frame
_FLOOR = 160 * 30.0**2  # what is quieter than that in a frame is noise, and teaches nothing


class Hybrid:
    """``loss_db`` quieter and ``delay_samples`` later our own sound is heard again."""

    def __init__(self, loss_db: float, delay_samples: int = 40) -> None:
        self._gain = 10 ** (-loss_db / 20)
        self._kept = np.zeros(delay_samples)

    def echo_of(self, said: bytes) -> Wide:
        """What comes back while ``said`` is said."""
        line = np.concatenate([self._kept, samples_of(said).astype(np.float64)])
        self._kept = line[len(line) - len(self._kept) :]
        return line[: len(said) // 2] * self._gain


class Canceller:
    """An adaptive filter of ``taps`` samples: least mean squares, each frequency normalised by
    its own power, because speech and tones are loud in few of them."""

    def __init__(self, taps: int) -> None:
        self._weights = np.zeros(taps)
        self._kept = np.zeros(taps - 1)
        self._power: Wide | None = None

    def cancel(self, heard: Wide, said: bytes) -> Wide:
        """``heard`` without what it contains of ``said``, frame by frame."""
        line = np.concatenate([self._kept, samples_of(said).astype(np.float64)])
        self._kept = line[len(line) - len(self._kept) :]
        left = heard - np.convolve(line, self._weights, mode="valid")
        # Two who talk at once would teach it wrong: what comes back is quieter by more than 3 dB.
        ours = float(line @ line)
        if ours > _FLOOR and float(heard @ heard) < 0.5 * ours * len(heard) / len(line):
            self._learn(line, left)
        return left

    def _learn(self, line: Wide, left: Wide) -> None:
        size = 1 << (2 * len(line)).bit_length()
        spectrum = np.fft.rfft(line, size)
        power = np.abs(spectrum) ** 2
        was = power if self._power is None or len(self._power) != len(power) else self._power
        self._power = np.maximum(power, _FORGET * was)
        late = np.concatenate([np.zeros(len(line) - len(left)), left])
        slope = np.fft.irfft(
            spectrum.conj() * np.fft.rfft(late, size) / (self._power + _FLOOR), size
        )
        self._weights += _STEP * slope[: len(self._weights)]
