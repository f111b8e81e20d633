"""Looking for other DHCP servers: a DISCOVER of a telephone that does not exist."""

from __future__ import annotations

import asyncio
import secrets
import socket
from ipaddress import IPv4Address

from provisioning.dhcp import packet as dhcp
from provisioning.dhcp.packet import Kind, Packet

LISTEN_S = 4.0
TRIES = 2


def open_socket(interface: str, port: int) -> socket.socket:
    """A socket on one interface that takes and sends broadcasts.

    Raises:
        OSError: not allowed, or the port is another program's.
    """
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
        made.setblocking(False)
        made.bind(("", port))
    except OSError:
        made.close()
        raise
    return made


async def other_servers(interface: str, here: IPv4Address) -> tuple[str, ...]:
    """The addresses of servers that offer an address, but for ours. Takes eight seconds.

    Raises:
        OSError: port 68 cannot be had (a DHCP client of this machine may hold it).
    """
    ear = open_socket(interface, dhcp.CLIENT_PORT)
    loop = asyncio.get_running_loop()
    found: set[str] = set()
    mac = "02" + secrets.token_hex(5)
    try:
        for _ in range(TRIES):
            xid = secrets.randbits(32)
            question = Packet(
                is_reply=False,
                kind=Kind.DISCOVER,
                xid=xid,
                mac=mac,
                flags=dhcp.BROADCAST_FLAG,
                options={dhcp.PARAMETERS: bytes([dhcp.MASK, dhcp.ROUTER])},
            )
            ear.sendto(dhcp.write(question), ("255.255.255.255", dhcp.SERVER_PORT))
            try:
                async with asyncio.timeout(LISTEN_S):
                    while True:
                        raw, source = await loop.sock_recvfrom(ear, 2048)
                        answer = dhcp.parse(raw)
                        if answer is not None and answer.is_reply and answer.xid == xid:
                            found.add(str(answer.address(dhcp.SERVER) or source[0]))
            except TimeoutError:
                continue
    finally:
        ear.close()
    return tuple(sorted(found - {str(here)}))
