"""A call progress tone as it is written down: "350+440" is continuous, "425@500/500" on and off.

In front of the @ are frequencies in Hz that sound together, behind it the milliseconds on, off,
on, off ... which repeat.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

PATTERN = r"^\d{2,4}(\+\d{2,4}){0,2}(@\d{2,5}/\d{2,5}(/\d{2,5}/\d{2,5}){0,4})?$"

_FREQUENCY_SLACK = 0.025
_CADENCE_SLACK = 0.12
_CADENCE_SLACK_MS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneSetting:
    """Frequencies in Hz, rising, and a cadence in ms; () is continuous."""

    freqs_hz: tuple[int, ...]
    cadence_ms: tuple[int, ...] = ()

    @classmethod
    def parse(cls, text: str) -> ToneSetting:
        """What ``str`` wrote.

        Raises:
            ValueError: it is no such text.
        """
        if not re.match(PATTERN, text):
            raise ValueError(f"{text!r} is no tone: write 350+440, or 425@500/500")
        freqs, _, cadence = text.partition("@")
        return cls(
            freqs_hz=tuple(sorted(int(hz) for hz in freqs.split("+"))),
            cadence_ms=tuple(int(ms) for ms in cadence.split("/")) if cadence else (),
        )

    def __str__(self) -> str:
        freqs = "+".join(map(str, self.freqs_hz))
        return f"{freqs}@{'/'.join(map(str, self.cadence_ms))}" if self.cadence_ms else freqs

    def is_like(self, other: ToneSetting) -> bool:
        """Whether both are the same tone, as far as a measurement can say; a cadence may begin
        at any of its bursts."""
        if len(self.freqs_hz) != len(other.freqs_hz):
            return False
        pairs = zip(self.freqs_hz, other.freqs_hz, strict=True)
        if any(abs(a - b) > _FREQUENCY_SLACK * b for a, b in pairs):
            return False
        size = len(self.cadence_ms)
        if size != len(other.cadence_ms):
            return False
        return not size or any(
            _alike(self.cadence_ms[at:] + self.cadence_ms[:at], other.cadence_ms)
            for at in range(0, size, 2)
        )


def _alike(one: Sequence[int], other: Sequence[int]) -> bool:
    return all(
        abs(a - b) <= max(_CADENCE_SLACK_MS, _CADENCE_SLACK * b)
        for a, b in zip(one, other, strict=True)
    )
