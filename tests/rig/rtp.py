"""One end of an RTP stream in G.711 or plain bytes: says a tone, keeps what it hears.

A clock of its own, 20 ms a packet (RFC 3550, RFC 3551 §4.5.14).
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tests.rig.audio import Sound

_FRAME = 160
_ALAW, _ULAW = 8, 0


def _values(law: int) -> NDArray[np.int16]:
    """What each of the 256 codes of A-law or µ-law stands for (ITU-T G.711, in 16 bits)."""
    codes = np.arange(256)
    if law == _ULAW:
        inverted = ~codes & 0xFF
        magnitude = (((inverted & 0x0F) << 3) + 0x84 << (inverted >> 4 & 7)) - 0x84
        return np.where(inverted & 0x80, -magnitude, magnitude).astype(np.int16)
    inverted = codes ^ 0x55
    step, segment = (inverted & 0x0F) << 4, inverted >> 4 & 7
    magnitude = np.where(segment, step + 0x108 << np.maximum(segment - 1, 0), step + 8)
    return np.where(inverted & 0x80, magnitude, -magnitude).astype(np.int16)


_TABLE = {law: _values(law) for law in (_ALAW, _ULAW)}


def compressed(samples: NDArray[np.float64], law: int = _ALAW) -> bytes:
    """Each sample (16 bits) as the code nearest to it."""
    order = np.argsort(_TABLE[law], kind="stable")
    values = _TABLE[law][order].astype(np.float64)
    above = np.clip(np.searchsorted(values, samples), 1, 255)
    nearer = np.where(samples - values[above - 1] < values[above] - samples, above - 1, above)
    return order[nearer].astype(np.uint8).tobytes()


def expanded(codes: bytes, law: int = _ALAW) -> NDArray[np.int16]:
    """The samples (16 bits) that codes stand for."""
    return _TABLE[law][np.frombuffer(codes, np.uint8)]


class RtpParty:
    """Listens on ``address:port``; speaks to ``far`` once that is set."""

    def __init__(self, address: str, port: int, tone_hz: float, payload: int = _ALAW) -> None:
        self.address, self.port = address, port
        self.far: tuple[str, int] | None = None
        self.payload = payload
        self._tone_hz = tone_hz
        self._heard: list[tuple[int, bytes]] = []
        self._stop = False

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((self.address, self.port))
        self._socket.settimeout(0.1)
        self._threads = [
            threading.Thread(target=work, daemon=True) for work in (self._speak, self._listen)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop = True
        for thread in self._threads:
            thread.join(2.0)
        self._socket.close()

    def speak_to(self, sdp: str) -> None:
        """Speak to where a session description says."""
        lines = sdp.splitlines()
        media = next(i for i, line in enumerate(lines) if line.startswith("m=audio"))
        own = [line for line in lines[media:] if line.startswith("c=")]
        shared = [line for line in lines[:media] if line.startswith("c=")]
        place = (own or shared)[0].split()[-1]
        self.far = (place, int(lines[media].split()[1]))

    def forget(self) -> None:
        """Begin to listen anew."""
        self._heard = []

    @property
    def packets(self) -> int:
        """How many came since it began to listen."""
        return len(self._heard)

    def heard(self) -> Sound:
        """What it heard, as it came; lost packets leave no hole."""
        parts = [expanded(data, kind) for kind, data in list(self._heard) if kind in _TABLE]
        samples = np.concatenate(parts) if parts else np.zeros(0, np.int16)
        return Sound(samples.astype(np.float64) / 32768, 8000)

    def _speak(self) -> None:
        sequence, at, due = 0, 0, time.monotonic()
        while not self._stop:
            due += 0.02
            phase = 2 * np.pi * self._tone_hz * (np.arange(_FRAME) + at) / 8000
            if self.far is not None:
                head = struct.pack("!BBHII", 0x80, self.payload, sequence & 0xFFFF, at, 0x5EED)
                sound = compressed(8191 * np.sin(phase), self.payload)
                self._socket.sendto(head + sound, self.far)
            sequence, at = sequence + 1, at + _FRAME
            threading.Event().wait(max(0.0, due - time.monotonic()))

    def _listen(self) -> None:
        while not self._stop:
            try:
                packet, _ = self._socket.recvfrom(2048)
            except TimeoutError:
                continue
            if len(packet) > 12:
                self._heard.append((packet[1] & 0x7F, packet[12:]))
