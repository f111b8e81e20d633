"""The stream of a voice modem: samples, in which DLE (0x10) marks everything else (V.253 §10,
TIA/EIA IS-101 §6). Pure.

A DLE among the samples is doubled; DLE ETX ends them; DLE and any other sign is an event.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hw.signal.level import samples_of

DLE, ETX = 0x10, 0x03
KEYS = "0123456789*#ABCD"


@dataclass(frozen=True, slots=True)
class Heard:
    """What some received bytes held: samples (8 bit, unsigned), events in their order, and what
    came after the end, None while it has not come."""

    samples: bytes
    events: str
    rest: bytes | None


class Unshield:
    """Takes what the modem sends apart, wherever it is cut."""

    def __init__(self) -> None:
        self._marked = False

    def feed(self, received: bytes) -> Heard:
        """The next bytes."""
        samples, events = bytearray(), ""
        for at, byte in enumerate(received):
            if not self._marked:
                if byte == DLE:
                    self._marked = True
                else:
                    samples.append(byte)
                continue
            self._marked = False
            if byte == ETX:
                return Heard(bytes(samples), events, received[at + 1 :])
            if byte == DLE:
                samples.append(byte)
            else:
                events += chr(byte)
        return Heard(bytes(samples), events, None)


def shield(samples: bytes) -> bytes:
    """Samples as they are sent."""
    return samples.replace(b"\x10", b"\x10\x10")


def to_eight_bits(frame: bytes) -> bytes:
    """S16LE to unsigned 8 bit."""
    return ((samples_of(frame).astype(np.int32) + 0x8000) >> 8).astype(np.uint8).tobytes()


def to_sixteen_bits(samples: bytes) -> bytes:
    """Unsigned 8 bit to S16LE."""
    wide = (np.frombuffer(samples, np.uint8).astype(np.int16) - 128) << 8
    return wide.astype("<i2").tobytes()


class Keys:
    """Which keys were pressed, of a stream's events. With a modem that shields them (DLE / before
    a key, DLE ~ after it) one that is held down comes again and again, and counts once; bare
    ones count each."""

    def __init__(self) -> None:
        self._held = ""
        self._shielded = False

    def feed(self, event: str) -> str:
        """The key that ``event`` is, "" when it is none or the same one still."""
        if event in "/~":
            self._shielded, self._held = event == "/", ""
            return ""
        if event not in KEYS or (self._shielded and event == self._held):
            return ""
        self._held = event
        return event
