"""Where the kernel sends what goes out: its table of IPv4 routes, read without asking anybody.

``/proc/net/route`` has addresses as little-endian hexadecimal numbers (proc_net(5)); loopback is
not in it.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

TABLE = Path("/proc/net/route")

_UP, _REJECT = 0x1, 0x200  # RTF_UP, RTF_REJECT of <linux/route.h>


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route. ``gateway`` is None where the network begins at the interface itself."""

    network: IPv4Network
    gateway: IPv4Address | None
    interface: str
    metric: int


@dataclass(frozen=True, slots=True)
class Routes:
    """All routes that are up."""

    routes: tuple[Route, ...]

    @property
    def default(self) -> Route | None:
        """The way to everything that has no way of its own; the best when there are several."""
        found = [route for route in self.routes if route.network.prefixlen == 0]
        return min(found, key=lambda route: route.metric, default=None)

    def is_beyond(self, ip: str) -> bool:
        """Whether an address is reached by the default route, or by none: by the internet."""
        address = ipaddress.IPv4Address(ip)
        if address.is_loopback:
            return False
        return not any(r.network.prefixlen > 0 and address in r.network for r in self.routes)


def read(table: Path = TABLE) -> Routes:
    """The table as it is now; empty when there is none."""
    try:
        lines = table.read_text().splitlines()[1:]
    except OSError:
        return Routes(())
    routes = (_route(line.split()) for line in lines)
    return Routes(tuple(route for route in routes if route is not None))


def _route(cells: list[str]) -> Route | None:
    interface, destination, gateway, flags, *rest = cells
    if not int(flags, 16) & _UP or int(flags, 16) & _REJECT:
        return None
    metric, mask = int(rest[2]), rest[3]
    by = _address(gateway)
    return Route(
        network=IPv4Network(f"{_address(destination)}/{_address(mask)}"),
        gateway=None if by == IPv4Address(0) else by,
        interface=interface,
        metric=metric,
    )


def _address(cell: str) -> IPv4Address:
    return IPv4Address(socket.inet_ntoa(struct.pack("<I", int(cell, 16))))
