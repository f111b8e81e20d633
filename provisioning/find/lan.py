"""The office network as this machine sees it: its addresses, its prefixes, its neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, ip_address
from pathlib import Path

import ifaddr

_ARP = Path("/proc/net/arp")
_COMPLETE = 0x2  # ATF_COM in linux/if_arp.h: the entry holds an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One IPv4 address of this machine, with its prefix and its interface ("eth0")."""

    interface: str
    address: IPv4Interface


def places() -> Sequence[Place]:
    """Every IPv4 address of this machine."""
    return tuple(
        Place(interface=adapter.name, address=IPv4Interface((str(ip.ip), ip.network_prefix)))
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
        if ip.is_IPv4
    )


def ours(address: IPv4Address) -> Sequence[Place]:
    """The places a server bound to ``address`` can be reached at; loopback only if bound to it."""
    if not address.is_unspecified:
        return tuple(place for place in places() if place.address.ip == address)
    return tuple(place for place in places() if not place.address.ip.is_loopback)


def networks(address: IPv4Address, named: Iterable[IPv4Network]) -> Sequence[IPv4Network]:
    """Who may ask: the networks named in the configuration, else those of ``address``."""
    if chosen := tuple(named):
        return chosen
    if address.is_loopback:
        return (IPv4Network("127.0.0.0/8"),)
    return tuple(place.address.network for place in ours(address))


def is_within(source: str, allowed: Sequence[IPv4Network]) -> bool:
    """Whether an address as a socket gives it is in one of the networks."""
    try:
        address = ip_address(source)
    except ValueError:
        return False
    if address.version == 6:
        if address.ipv4_mapped is None:
            return False
        address = address.ipv4_mapped
    return any(address in network for network in allowed)


def neighbours(table: Path = _ARP) -> Mapping[str, str]:
    """Addresses to hardware addresses (twelve hexadecimal digits), from the kernel's ARP table."""
    found = {}
    try:
        lines = table.read_text().splitlines()[1:]
    except OSError:
        return {}
    for line in lines:
        columns = line.split()
        if len(columns) >= 4 and int(columns[2], 16) & _COMPLETE:
            found[columns[0]] = columns[3].replace(":", "").lower()
    return found


def mac_of(source: str, table: Path = _ARP) -> str:
    """The hardware address of a neighbour, "" when the kernel does not know it."""
    return neighbours(table).get(source, "")
