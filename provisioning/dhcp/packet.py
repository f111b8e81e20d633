"""DHCP packets: read and written (RFC 2131, RFC 2132)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from ipaddress import IPv4Address

SERVER_PORT, CLIENT_PORT = 67, 68
BROADCAST_FLAG = 0x8000

MASK, ROUTER, DNS, NTP, BROADCAST = 1, 3, 6, 42, 28
REQUESTED, LEASE_S, KIND, SERVER, PARAMETERS, VENDOR_CLASS = 50, 51, 53, 54, 55, 60

_HEADER = struct.Struct("!BBBBIHH4s4s4s4s16s64s128s")
_COOKIE = b"\x63\x82\x53\x63"
_NOBODY = IPv4Address(0)
_SMALLEST = 300
"""Bytes that old BOOTP clients and relays expect at least (RFC 1542 §2.1)."""


class Kind(IntEnum):
    DISCOVER = 1
    OFFER = 2
    REQUEST = 3
    DECLINE = 4
    ACK = 5
    NAK = 6
    RELEASE = 7
    INFORM = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One packet. ``mac`` is twelve hexadecimal digits."""

    is_reply: bool
    kind: Kind
    xid: int
    mac: str
    flags: int = 0
    seconds: int = 0
    ciaddr: IPv4Address = _NOBODY  # the client's own, as it says
    yiaddr: IPv4Address = _NOBODY  # the client's, as we say
    siaddr: IPv4Address = _NOBODY  # the next server
    giaddr: IPv4Address = _NOBODY  # the relay
    file: str = ""
    options: Mapping[int, bytes] = field(default_factory=dict)

    def text(self, code: int) -> str:
        """An option as text; some clients end it with NUL."""
        return self.options.get(code, b"").rstrip(b"\0").decode("ascii", "replace")

    def address(self, code: int) -> IPv4Address | None:
        """An option as one address."""
        value = self.options.get(code, b"")
        return IPv4Address(value) if len(value) == 4 else None


def parse(raw: bytes) -> Packet | None:
    """A packet from the wire, None when it is no DHCP over Ethernet."""
    if len(raw) < _HEADER.size + 4 or raw[_HEADER.size : _HEADER.size + 4] != _COOKIE:
        return None
    head = _HEADER.unpack_from(raw)
    op, hardware, length, _hops, xid, seconds, flags = head[:7]
    options = _options(raw[_HEADER.size + 4 :])
    kind = options.get(KIND, b"")
    if (hardware, length) != (1, 6) or len(kind) != 1 or kind[0] not in tuple(Kind):
        return None
    return Packet(
        is_reply=op == 2,
        kind=Kind(kind[0]),
        xid=xid,
        mac=head[11][:6].hex(),
        flags=flags,
        seconds=seconds,
        ciaddr=IPv4Address(head[7]),
        yiaddr=IPv4Address(head[8]),
        siaddr=IPv4Address(head[9]),
        giaddr=IPv4Address(head[10]),
        options=options,
    )


def _options(raw: bytes) -> dict[int, bytes]:
    """The options; one that comes in parts is joined (RFC 3396)."""
    found: dict[int, bytes] = {}
    place = 0
    while place < len(raw) and raw[place] != 255:
        if raw[place] == 0:
            place += 1
            continue
        if place + 2 > len(raw) or place + 2 + raw[place + 1] > len(raw):
            break
        code, length = raw[place], raw[place + 1]
        found[code] = found.get(code, b"") + raw[place + 2 : place + 2 + length]
        place += 2 + length
    return found


def write(packet: Packet) -> bytes:
    """A packet for the wire. Options longer than 255 bytes are cut into parts."""
    head = _HEADER.pack(
        2 if packet.is_reply else 1,
        1,
        6,
        0,
        packet.xid,
        packet.seconds,
        packet.flags,
        packet.ciaddr.packed,
        packet.yiaddr.packed,
        packet.siaddr.packed,
        packet.giaddr.packed,
        bytes.fromhex(packet.mac).ljust(16, b"\0"),
        b"",
        packet.file.encode("ascii")[:127],
    )
    body = bytearray(_COOKIE)
    for code, value in {KIND: bytes([packet.kind]), **packet.options}.items():
        for start in range(0, max(1, len(value)), 255):
            part = value[start : start + 255]
            body += bytes([code, len(part)]) + part
    body.append(255)
    return (head + bytes(body)).ljust(_SMALLEST, b"\0")
