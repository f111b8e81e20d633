"""SIP plug and play: a new telephone asks the whole network, and is told where its files are.

It sends SUBSCRIBE for its ``ua-profile`` to 224.0.1.75; the answer is 200 and a NOTIFY whose body
is one URL. The socket is bound to the group's own address, so it never takes a packet that is
meant for the exchange, whose SIP address is one of the machine's own (a SIP server bound to all
addresses would take copies of these and answer them with errors). Port 5080 is listened to as
well: vendors' pages disagree about it.

Answered are only networks of ours, and only telephones that may have their first contact: the
URL carries the token.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import socket
import struct
from collections.abc import Callable
from ipaddress import IPv4Address

from provisioning.find import lan
from provisioning.find.subscribe import Address, PnpRequest, accepted, notification, parse

log = logging.getLogger(__name__)

GROUP = "224.0.1.75"
PORTS = (5060, 5080)
REJOIN_S = 30.0

Guide = Callable[[PnpRequest, str], str | None]
"""Gives the URL for a question from an address, or None: nothing is said."""


class PnpService:
    """Listens on the group and answers from an address of the network the question came from."""

    def __init__(self, guide: Guide, address: IPv4Address, ports: tuple[int, ...] = PORTS) -> None:
        self._guide = guide
        self._address = address
        self._ports = ports
        self._ears: list[socket.socket] = []
        self._transports: list[asyncio.DatagramTransport] = []
        self._voices: dict[str, socket.socket] = {}
        self._joined: set[tuple[int, str]] = set()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Listen.

        Raises:
            OSError: a port cannot be had, or no network can be joined.
        """
        loop = asyncio.get_running_loop()
        for port in self._ports:
            ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            ear.setblocking(False)
            ear.bind((GROUP, port))
            self._ears.append(ear)
        self.join()
        if not self._joined:
            raise OSError(f"no network of {self._address} can be joined to {GROUP}")
        for ear in self._ears:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Protocol(self._take), sock=ear
            )
            self._transports.append(transport)
        self._task = loop.create_task(self._stay())

    def close(self) -> None:
        """Leave the group."""
        if self._task is not None:
            self._task.cancel()
        for transport in self._transports:
            transport.close()
        for voice in self._voices.values():
            voice.close()

    def join(self) -> None:
        """Join on every network of ours; again, because a link that went away forgets it."""
        addresses = {str(place.address.ip) for place in lan.ours(self._address)}
        for ear in self._ears:
            for address in addresses:
                with contextlib.suppress(OSError):  # joined already, or the link is down
                    ear.setsockopt(
                        socket.IPPROTO_IP,
                        socket.IP_ADD_MEMBERSHIP,
                        struct.pack("4s4s", socket.inet_aton(GROUP), socket.inet_aton(address)),
                    )
                    self._joined.add((ear.fileno(), address))

    async def _stay(self) -> None:
        while True:
            await asyncio.sleep(REJOIN_S)
            self.join()

    def _take(self, packet: bytes, source: Address) -> None:
        request = parse(packet)
        if request is None:
            return
        url = self._guide(request, source[0])
        if url is None:
            return
        voice = self._voice(source[0])
        here, tag = voice.getsockname(), secrets.token_hex(6)
        voice.sendto(accepted(request, source, here, tag), source)
        voice.sendto(notification(request, source, here, tag, url), source)
        log.info("phone %s is told by PnP where its files are", request.mac)

    def _voice(self, destination: str) -> socket.socket:
        """A socket with our address on the network of ``destination``. It stays open and unread,
        so that the telephone's 200 meets no closed port."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((destination, 9))
            here = str(probe.getsockname()[0])
        if here not in self._voices:
            voice = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            voice.bind((here, 0))
            self._voices[here] = voice
        return self._voices[here]


class _Protocol(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes, Address], None]) -> None:
        self._take = take

    def datagram_received(self, packet: bytes, source: Address) -> None:
        """A packet to the group."""
        self._take(packet, source)
