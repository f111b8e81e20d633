"""The DHCP service: a socket a network, and the watch for other servers.

Full DHCP starts only after nobody else has answered, looks again every hour, and falls back to
options only as soon as somebody does: two servers on a network make its telephones flap.
"""

from __future__ import annotations

import asyncio
import logging
import time
from ipaddress import IPv4Address
from typing import cast

from firmware.config.schema import DhcpMode, Provisioning
from provisioning.control import Parts
from provisioning.dhcp import packet as dhcp
from provisioning.dhcp.answering import Answering, Pool
from provisioning.dhcp.packet import Kind, Packet
from provisioning.dhcp.probe import open_socket, other_servers
from provisioning.find import lan

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 3600.0
_EVERYBODY = "255.255.255.255"


class DhcpService:
    """DHCP on every network of the address in the plan."""

    def __init__(self, plan: Provisioning, parts: Parts) -> None:
        self._plan = plan
        self._parts = parts
        self._servers: list[tuple[lan.Place, Answering]] = []
        self._transports: list[asyncio.DatagramTransport] = []
        self._watch: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Listen.

        Raises:
            OSError: port 67 cannot be had.
        """
        loop = asyncio.get_running_loop()
        for place in lan.ours(self._plan.address):
            answering = Answering(
                place.address,
                self._parts.composer.base_url,
                self._parts.register,
                time.time,
                ntp=self._plan.ntp_server,
                taken=_taken,
            )
            sock = open_socket(place.interface, dhcp.SERVER_PORT)
            protocol = _Protocol(answering)
            transport, _ = await loop.create_datagram_endpoint(
                lambda protocol=protocol: protocol,  # type: ignore[misc]
                sock=sock,
            )
            self._servers.append((place, answering))
            self._transports.append(transport)
        self._parts.dhcp = "inform"
        log.info("DHCP answers DHCPINFORM of telephones")
        self._watch = loop.create_task(self._keep_watch())

    async def close(self) -> None:
        """Stop."""
        if self._watch is not None:
            self._watch.cancel()
        for transport in self._transports:
            transport.close()

    async def _keep_watch(self) -> None:
        while True:
            await self._look()
            await asyncio.sleep(LOOK_AGAIN_S)

    async def _look(self) -> None:
        """Look for other servers, and give addresses only if there are none."""
        found: list[str] = []
        try:
            for place, _answering in self._servers:
                found += await other_servers(place.interface, place.address.ip)
        except OSError as error:
            self._options_only(f"cannot look for other DHCP servers: {error.strerror or error}")
            return
        self._parts.other_servers = tuple(sorted(found))
        if self._plan.dhcp is not DhcpMode.FULL:
            return
        if found:
            self._options_only(f"another DHCP server answers: {', '.join(found)}")
        else:
            self._give_addresses()

    def _give_addresses(self) -> None:
        first, last = self._plan.pool_first, self._plan.pool_last
        if first is None or last is None:
            self._options_only("provisioning.pool_first and pool_last are not set")
            return
        for place, answering in self._servers:
            if first in place.address.network and last in place.address.network:
                answering.pool = Pool(first=first, last=last, router=self._plan.router)
                self._parts.dhcp = "full"
                log.info("DHCP gives addresses %s to %s on %s", first, last, place.interface)

    def _options_only(self, why: str) -> None:
        """Give no address from now on; leases that are out run on."""
        for _place, answering in self._servers:
            answering.pool = None
        self._parts.dhcp = "inform" if self._plan.dhcp is DhcpMode.INFORM else why
        log.warning("DHCP gives no addresses: %s", why)


def _taken(address: IPv4Address, mac: str) -> bool:
    """Whether a neighbour with another MAC uses an address, as the kernel knows."""
    there = lan.mac_of(str(address))
    return bool(there) and there != mac


def place_for(answer: Packet, asked: Packet) -> str:
    """Where an answer goes (RFC 2131 §4.1). A client without an address is answered by
    broadcast: to send to it alone would need a raw socket, and all of them take broadcasts."""
    nobody = IPv4Address(0)
    if answer.kind is not Kind.NAK and asked.ciaddr != nobody:
        return str(asked.ciaddr)
    return _EVERYBODY


class _Protocol(asyncio.DatagramProtocol):
    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The port is ours."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, raw: bytes, source: tuple[str, int]) -> None:
        """A packet of a client."""
        asked = dhcp.parse(raw)
        answer = self._answering.answer(asked) if asked is not None else None
        if asked is None or answer is None or self._transport is None:
            return
        to = place_for(answer, asked)
        if asked.kind is Kind.INFORM and to == _EVERYBODY and source[0] != "0.0.0.0":  # noqa: S104
            to = source[0]
        self._transport.sendto(dhcp.write(answer), (to, dhcp.CLIENT_PORT))
        log.info("DHCP: %s of %s is answered %s", asked.kind.name, asked.mac, answer.kind.name)
