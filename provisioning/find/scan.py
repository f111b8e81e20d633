"""A scan on request: who on the box's networks is a telephone.

Every address of a network is asked for its SIP abilities (OPTIONS, RFC 3261 §11); that also makes
the kernel learn who is there, so that makers show by their MAC addresses even where nobody
answers. Nothing else is tried: no password, no web page.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import secrets
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network

from provisioning.device import Ask, Identity
from provisioning.find import lan
from provisioning.identify import identify

log = logging.getLogger(__name__)

LARGEST_NETWORK = 1024
"""Addresses that are asked one by one; of larger networks only known neighbours are looked at."""

PER_ROUND = 64
ROUND_S = 0.05
LISTEN_S = 2.0
TIMES = 2  # UDP may be lost, and is while an address is being resolved

Found = Callable[[str, str, str, Identity], None]
"""Takes address, MAC, user agent and who it is."""

_AGENT = re.compile(r"^(?:User-Agent|Server)[ \t]*:[ \t]*(.+?)\r?$", re.IGNORECASE | re.MULTILINE)


class Scanner:
    """One scan at a time. ``found`` is told of every telephone."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self.networks: Sequence[IPv4Network] = ()
        self.here = "127.0.0.1"
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin a scan; one that runs goes on."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self.run())

    async def run(self) -> None:
        """One scan, to its end."""
        agents = await self._ask_everybody()
        neighbours = lan.neighbours()
        count = 0
        for address, mac in neighbours.items():
            if not lan.is_within(address, self.networks):
                continue
            agent = agents.get(address, "")
            who = identify(Ask(user_agent=agent, mac_in_link=mac, source=address))
            if who is not None:
                self._found(address, mac, agent, who)
                count += 1
        log.info("scan: %d telephones among %d neighbours", count, len(neighbours))

    async def _ask_everybody(self) -> dict[str, str]:
        agents: dict[str, str] = {}
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Ear(agents), local_addr=(self.here, 0)
        )
        try:
            targets = [
                str(host)
                for network in self.networks
                if network.num_addresses <= LARGEST_NETWORK
                for host in network.hosts()
                if str(host) != self.here
            ]
            for _ in range(TIMES):
                await self._call_out(transport, [t for t in targets if t not in agents])
            await asyncio.sleep(LISTEN_S)
        finally:
            transport.close()
        return agents

    async def _call_out(self, transport: asyncio.DatagramTransport, targets: list[str]) -> None:
        port = transport.get_extra_info("sockname")[1]
        for start in range(0, len(targets), PER_ROUND):
            for target in targets[start : start + PER_ROUND]:
                with contextlib.suppress(OSError):
                    transport.sendto(_options(self.here, port, target), (target, 5060))
            await asyncio.sleep(ROUND_S)


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, agents: dict[str, str]) -> None:
        self._agents = agents

    def datagram_received(self, packet: bytes, source: tuple[str, int]) -> None:
        """An answer to OPTIONS, or a stray packet."""
        match = _AGENT.search(packet.decode("utf-8", "replace"))
        if packet.startswith(b"SIP/2.0 ") and match:
            self._agents[source[0]] = match[1][:200]

    def error_received(self, _error: Exception) -> None:
        """Nobody there."""


def _options(here: str, port: int, target: str) -> bytes:
    tag = secrets.token_hex(6)
    lines = (
        f"OPTIONS sip:{target} SIP/2.0",
        f"Via: SIP/2.0/UDP {here}:{port};branch=z9hG4bK{tag};rport",
        "Max-Forwards: 1",
        f"From: <sip:box@{here}>;tag={tag}",
        f"To: <sip:{target}>",
        f"Call-ID: {tag}",
        "CSeq: 1 OPTIONS",
        "Content-Length: 0",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
