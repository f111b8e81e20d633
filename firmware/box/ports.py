"""The box's ports before it starts: is each one free, and if not, who has it."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from firmware.config.schema import Network, Provisioning
from firmware.processes import command_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One address the box will listen on. ``setting`` is its path in the site configuration."""

    setting: str
    transport: str  # "udp" | "tcp"
    address: str
    port: int

    def __str__(self) -> str:
        return f"{self.transport.upper()} {self.address}:{self.port}"


def places(network: Network) -> list[Place]:
    """Where the box's daemons listen. The audio ranges are searched by their users."""
    sip, console = str(network.sip_address), str(network.console_address)
    return [
        Place(setting=f"network.{setting}", transport=transport, address=address, port=port)
        for setting, transport, address, port in (
            ("sip_port", "udp", sip, network.sip_port),
            ("sip_port", "tcp", sip, network.sip_port),
            ("sip_tls_port", "tcp", sip, network.sip_tls_port),
            ("console_port", "tcp", console, network.console_port),
            ("inner_edge_port", "udp", "127.0.0.2", network.inner_edge_port),
            ("inner_switch_port", "udp", "127.0.0.3", network.inner_switch_port),
            ("inner_lines_port", "udp", "127.0.0.4", network.inner_lines_port),
        )
    ]


def provisioning_places(plan: Provisioning) -> list[Place]:
    """Where telephones ask for their files. Only HTTP is essential: what else cannot be had is
    told by the provisioning daemon's status (``provisioning.services``)."""
    return [
        Place(
            setting="provisioning.http_port",
            transport="tcp",
            address=str(plan.address),
            port=plan.http_port,
        )
    ]


def problems(network: Network, provisioning: Provisioning | None = None) -> list[str]:
    """One sentence for every port that cannot be had, with who has it and what to do."""
    wanted = places(network) + (provisioning_places(provisioning) if provisioning else [])
    return [f"{place} ({place.setting}) {fault}" for place in wanted if (fault := _fault(place))]


def _fault(place: Place) -> str:
    kind = socket.SOCK_DGRAM if place.transport == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as probe:
        if place.transport == "tcp":
            # As the daemons do: a connection of the last run in TIME_WAIT is no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((place.address, place.port))
            if place.transport == "tcp":
                probe.listen()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"is taken by {holder(place)}"
            if error.errno == errno.EADDRNOTAVAIL:
                return "cannot be used: this machine does not have that address"
            return f"cannot be used: {error.strerror}"
    return ""


def holder(place: Place) -> str:
    """The process that listens there, for people."""
    inodes = set(_inodes(place))
    for pid in (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()):
        if inodes & set(_sockets(pid)):
            return f"process {pid} ({command_of(pid)[:60]})"
    return "a process of another user"


def _inodes(place: Place) -> Iterator[str]:
    """Sockets bound to the place, from proc(5): address and port are hexadecimal, the address
    in the machine's byte order."""
    wanted = socket.inet_aton(place.address)
    for line in Path(f"/proc/net/{place.transport}").read_text().splitlines()[1:]:
        columns = line.split()
        address, _, port = columns[1].partition(":")
        there = int(address, 16).to_bytes(4, sys.byteorder)
        if int(port, 16) == place.port and there in (wanted, b"\0\0\0\0"):
            yield columns[9]


def _sockets(pid: int) -> Iterator[str]:
    try:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            target = str(entry.readlink())
            if target.startswith("socket:["):
                yield target[8:-1]
    except OSError:  # it ended meanwhile, or is somebody else's
        return
