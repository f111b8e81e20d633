"""Where a provider is: its name led to addresses as RFC 3263 says, off every call's path.

NAPTR chooses the transport when none is given, SRV the hosts and ports, A their addresses. A
number stays a number and asks nobody. Only IPv4: the edge listens on IPv4.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import dns.asyncresolver
import dns.exception
import dns.rdtypes.IN.A
import dns.rdtypes.IN.NAPTR
import dns.rdtypes.IN.SRV
import dns.resolver

log = logging.getLogger(__name__)

MOST_ADDRESSES = 3
QUESTION_S = 4.0
"""For one question, with all its repetitions. It is nobody's call that waits."""

_SERVICES = {"SIP+D2U": "udp", "SIP+D2T": "tcp", "SIPS+D2T": "tls"}
_SRV = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}
_PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}


class Unresolved(LookupError):
    """No address was found; says which question failed and how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be found: a host's name or number. ``port`` 0 lets SRV records say it,
    ``transport`` "auto" NAPTR records."""

    host: str
    port: int
    transport: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One place to send to."""

    ip: str
    port: int
    transport: str

    @property
    def uri(self) -> str:
        """As Kamailio takes it."""
        return f"sip:{self.ip}:{self.port};transport={self.transport}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The addresses, the best first, and for how long they are good."""

    addresses: tuple[Address, ...]
    ttl_s: float


def at_once(wanted: Wanted) -> Found | None:
    """The answer when ``host`` is a number already."""
    try:
        ip = str(ipaddress.IPv4Address(wanted.host))
    except ValueError:
        return None
    transport = "udp" if wanted.transport == "auto" else wanted.transport
    port = wanted.port or _PORTS[transport]
    return Found(addresses=(Address(ip=ip, port=port, transport=transport),), ttl_s=float("inf"))


async def find(wanted: Wanted, resolver: dns.asyncresolver.Resolver | None = None) -> Found:
    """Ask the network's name servers, those of ``/etc/resolv.conf`` as it is now.

    Raises:
        Unresolved: they have no answer, or give none.
    """
    if (number := at_once(wanted)) is not None:
        return number
    try:
        return await _Search(resolver or dns.asyncresolver.Resolver(), wanted.host).run(wanted)
    except (dns.exception.DNSException, OSError) as error:
        raise Unresolved(f"{wanted.host}: {str(error) or type(error).__name__}") from error


class _Search:
    """One run through RFC 3263 §4; remembers the shortest time to live."""

    def __init__(self, resolver: dns.asyncresolver.Resolver, host: str) -> None:
        self._resolver = resolver
        self._host = host
        self._ttl_s = 86400.0

    async def run(self, wanted: Wanted) -> Found:
        transport, service = wanted.transport, ""
        if transport == "auto":
            transport, service = ("udp", "") if wanted.port else await self._preferred()
        if wanted.port:
            hosts = [(wanted.host, wanted.port)]
        else:
            hosts = await self._hosts(service or f"{_SRV[transport]}.{wanted.host}")
        addresses = await self._addresses(hosts or [(wanted.host, _PORTS[transport])], transport)
        return Found(addresses=tuple(addresses[:MOST_ADDRESSES]), ttl_s=self._ttl_s)

    async def _preferred(self) -> tuple[str, str]:
        """The transport and the SRV name that NAPTR prefers (RFC 3263 §4.1); UDP by default."""
        records = cast("list[dns.rdtypes.IN.NAPTR.NAPTR]", await self._records(self._host, "NAPTR"))
        for record in sorted(records, key=lambda r: (r.order, r.preference)):
            transport = _SERVICES.get(record.service.decode("ascii", "replace").upper())
            if transport and record.flags.lower() == b"s":
                return transport, record.replacement.to_text(omit_final_dot=True)
        return "udp", ""

    async def _hosts(self, service: str) -> list[tuple[str, int]]:
        """Hosts and ports by SRV, in the order of RFC 2782; none when there is no record."""
        records = cast("list[dns.rdtypes.IN.SRV.SRV]", await self._records(service, "SRV"))
        return [
            (record.target.to_text(omit_final_dot=True), record.port)
            for record in records
            if record.target.to_text() != "."
        ]

    async def _addresses(self, hosts: Iterable[tuple[str, int]], transport: str) -> list[Address]:
        found: list[Address] = []
        for host, port in hosts:
            numbers = cast("list[dns.rdtypes.IN.A.A]", await self._records(host, "A"))
            for number in numbers:
                address = Address(ip=number.address, port=port, transport=transport)
                if address not in found:
                    found.append(address)
        if not found:
            raise Unresolved(f"{self._host} has no IPv4 address")
        return found

    async def _records(self, name: str, kind: str) -> list[object]:
        """The records of a kind in their order; none is a lawful answer, silence is not."""
        try:
            answer = await self._resolver.resolve(name, kind, lifetime=QUESTION_S, search=False)
        except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
            return []
        rrset = answer.rrset
        if rrset is None:
            return []
        self._ttl_s = min(self._ttl_s, float(rrset.ttl))
        return list(rrset.processing_order())
