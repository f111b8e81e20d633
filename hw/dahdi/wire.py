"""The simulated two-wire line between a port and the world outside.

A wire is a Unix ``SOCK_SEQPACKET`` socket. The far end (an exchange, a telephone) listens and
keeps the time: it sends one packet every 20 ms, and the port answers each at once with one of
its own. So frames are the clock, as they are on a line card, and a test may run faster than
time. A packet is a header and 160 samples::

    version (1 byte)  flags (1 byte)  count (2 bytes, little-endian, wraps)  audio (320 bytes)

The end that feeds the line (the exchange of a trunk line, the port of a station line) speaks
``Feed``, the end that closes the loop speaks ``Loop``.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from dataclasses import dataclass, replace
from pathlib import Path

from hw.dahdi.port import FRAME_BYTES, PortLost

SILENCE = bytes(FRAME_BYTES)

_HEADER = struct.Struct("<BBH")
_VERSION = 1
_PACKET_BYTES = _HEADER.size + FRAME_BYTES

_BATTERY, _REVERSED, _RINGING, _TRANSMITTING, _LAMP = 1, 2, 4, 8, 16
_CLOSED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """20 ms of what an exchange puts on a line."""

    battery: bool = True
    reversed: bool = False
    ringing: bool = False
    transmitting: bool = False  # on-hook transmission: caller ID may be heard
    lamp: bool = False  # the telephone's lamp is lit: messages wait
    audio: bytes = SILENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """20 ms of what a telephone does to a line."""

    closed: bool = False  # off hook: current flows
    audio: bytes = SILENCE


class WireBroken(PortLost):
    """The other end of the wire is gone, or speaks something else."""


class End:
    """One end of a wire: whole packets, never waiting."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._count = 0
        self.dropped = 0

    def fileno(self) -> int:
        """Readable when a packet is there or the other end is gone."""
        return self._socket.fileno()

    def send_feed(self, feed: Feed) -> None:
        """Send as the feeding end; dropped when the other end does not read."""
        flags = (
            _BATTERY * feed.battery
            | _REVERSED * feed.reversed
            | _RINGING * feed.ringing
            | _TRANSMITTING * feed.transmitting
            | _LAMP * feed.lamp
        )
        self._send(flags, feed.audio)

    def send_loop(self, loop: Loop) -> None:
        """Send as the closing end; dropped when the other end does not read."""
        self._send(_CLOSED * loop.closed, loop.audio)

    def feeds(self) -> list[Feed]:
        """What the feeding end sent since the last call.

        Raises:
            WireBroken: it is gone.
        """
        return [
            Feed(
                battery=bool(flags & _BATTERY),
                reversed=bool(flags & _REVERSED),
                ringing=bool(flags & _RINGING),
                transmitting=bool(flags & _TRANSMITTING),
                lamp=bool(flags & _LAMP),
                audio=audio,
            )
            for flags, audio in self._received()
        ]

    def loops(self) -> list[Loop]:
        """What the closing end sent since the last call.

        Raises:
            WireBroken: it is gone.
        """
        return [
            Loop(closed=bool(flags & _CLOSED), audio=audio) for flags, audio in self._received()
        ]

    def close(self) -> None:
        """Let go of the wire."""
        self._socket.close()

    def _send(self, flags: int, audio: bytes) -> None:
        packet = _HEADER.pack(_VERSION, flags, self._count) + audio
        self._count = (self._count + 1) & 0xFFFF
        try:
            self._socket.send(packet)
        except BlockingIOError:
            self.dropped += 1
        except OSError:
            # The receiving half reports the loss, in order with what came before it.
            self.dropped += 1

    def _received(self) -> list[tuple[int, bytes]]:
        packets: list[tuple[int, bytes]] = []
        while True:
            try:
                packet = self._socket.recv(_PACKET_BYTES)
            except BlockingIOError:
                return packets
            except OSError as error:
                raise WireBroken(f"the wire broke: {error.strerror}") from error
            if not packet:
                if packets:
                    return packets  # the next call finds the end again
                raise WireBroken("the other end of the wire is gone")
            version, flags, _count = _HEADER.unpack_from(packet.ljust(_HEADER.size, b"\0"))
            if version != _VERSION or len(packet) != _PACKET_BYTES:
                raise WireBroken(f"not a packet of this wire: {packet[:8].hex()}")
            packets.append((flags, packet[_HEADER.size :]))


class Socket:
    """Where the far end waits for the port to be plugged in. A new port displaces the old."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        old_mask = os.umask(0o177)
        try:
            self._socket.bind(str(path))
        finally:
            os.umask(old_mask)
        self._socket.listen(4)
        self._socket.setblocking(False)

    def plugged(self) -> End | None:
        """The port that was plugged in since the last call, if any."""
        newest = None
        with contextlib.suppress(BlockingIOError):
            while True:
                sock, _ = self._socket.accept()
                if newest is not None:
                    newest.close()
                newest = End(sock)
        return newest

    def close(self) -> None:
        """Stop waiting."""
        self._socket.close()
        self._path.unlink(missing_ok=True)


def plug(path: Path) -> End:
    """Plug a port into the wire whose far end waits at ``path``.

    Raises:
        WireBroken: nobody waits there.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        sock.connect(str(path))
    except OSError as error:
        sock.close()
        raise WireBroken(f"no wire at {path}: {error.strerror}") from error
    return End(sock)


def pair() -> tuple[End, End]:
    """Both ends of a wire that has no name, for tests."""
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    return End(one), End(other)


def silenced(feed: Feed) -> Feed:
    """``feed`` as an on-hook port hears it: nothing but on-hook transmission."""
    return feed if feed.transmitting else replace(feed, audio=SILENCE)
