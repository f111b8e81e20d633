"""What our DHCP server answers: pure, a packet in and a packet out.

*Beside a router* it answers DHCPINFORM of telephones and nothing else: it gives no address and
refuses none, so it cannot disturb the office's own server. *Full* it also gives addresses, to
everybody, and is told by the service whether it may.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Interface
from typing import Protocol

from provisioning.dhcp import packet as dhcp
from provisioning.dhcp.options import for_telephone, who_asks
from provisioning.dhcp.packet import Kind, Packet

LEASE_S = 6 * 3600
OFFER_S = 60.0
_NOBODY = IPv4Address(0)


class Leases(Protocol):
    """Where leases are kept: MAC to address and end in Unix seconds."""

    def leases(self) -> Mapping[str, tuple[str, float]]:
        """All of them."""
        ...

    def lease(self, mac: str, address: str, until: float) -> None:
        """Write one."""
        ...

    def end_lease(self, mac: str) -> None:
        """Forget one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The addresses that may be given, and what goes with them."""

    first: IPv4Address
    last: IPv4Address
    router: IPv4Address | None

    def __contains__(self, address: IPv4Address) -> bool:
        return self.first <= address <= self.last


class Answering:
    """One server on one network. ``taken`` says whether an address is used by somebody else
    than a MAC, as far as the kernel knows."""

    def __init__(
        self,
        here: IPv4Interface,
        base_url: Callable[[], str],
        leases: Leases,
        clock: Callable[[], float],
        *,
        ntp: IPv4Address | None = None,
        taken: Callable[[IPv4Address, str], bool] = lambda address, mac: False,
    ) -> None:
        self._here = here
        self._base_url = base_url
        self._leases = leases
        self._clock = clock
        self._ntp = ntp or here.ip
        self._taken = taken
        self._offers: dict[IPv4Address, tuple[str, float]] = {}
        self.pool: Pool | None = None  # None: options only

    def answer(self, asked: Packet) -> Packet | None:
        """The answer, None says nothing."""
        if asked.is_reply or asked.giaddr != _NOBODY:
            return None
        if asked.kind is Kind.INFORM:
            return self._inform(asked)
        if self.pool is None:
            return None
        match asked.kind:
            case Kind.DISCOVER:
                return self._offer(asked, self.pool)
            case Kind.REQUEST:
                return self._request(asked, self.pool)
            case Kind.RELEASE | Kind.DECLINE:
                self._give_back(asked)
        return None

    def _inform(self, asked: Packet) -> Packet | None:
        who = who_asks(asked)
        if who is None:
            return None
        told = for_telephone(asked, who, self._base_url(), self._ntp)
        # RFC 2131 §4.3.5: no address, no lease time.
        return self._reply(asked, Kind.ACK, {dhcp.SERVER: self._here.ip.packed, **told})

    def _offer(self, asked: Packet, pool: Pool) -> Packet | None:
        address = self._choose(asked, pool)
        if address is None:
            return None
        self._offers[address] = (asked.mac, self._clock() + OFFER_S)
        return replace(self._reply(asked, Kind.OFFER, self._lease_of(asked)), yiaddr=address)

    def _request(self, asked: Packet, pool: Pool) -> Packet | None:
        server = asked.address(dhcp.SERVER)
        if server is not None and server != self._here.ip:
            self._offers = {a: o for a, o in self._offers.items() if o[0] != asked.mac}
            return None
        wanted = asked.address(dhcp.REQUESTED) or asked.ciaddr
        if wanted not in pool or not self._is_free(wanted, asked.mac):
            return self._reply(asked, Kind.NAK, {dhcp.SERVER: self._here.ip.packed})
        self._offers.pop(wanted, None)
        self._leases.lease(asked.mac, str(wanted), self._clock() + LEASE_S)
        return replace(self._reply(asked, Kind.ACK, self._lease_of(asked)), yiaddr=wanted)

    def _give_back(self, asked: Packet) -> None:
        address = asked.address(dhcp.REQUESTED) or asked.ciaddr
        held = self._leases.leases().get(asked.mac)
        if held is not None and IPv4Address(held[0]) == address:
            self._leases.end_lease(asked.mac)
        if asked.kind is Kind.DECLINE:  # somebody else uses it: not again for an hour
            self._offers[address] = ("", self._clock() + 3600)

    def _choose(self, asked: Packet, pool: Pool) -> IPv4Address | None:
        """Its own of before, the one it wants, or the first that is free."""
        held = self._leases.leases().get(asked.mac)
        first = [IPv4Address(held[0])] if held else []
        if (wanted := asked.address(dhcp.REQUESTED)) is not None:
            first.append(wanted)
        for address in first:
            if address in pool and self._is_free(address, asked.mac):
                return address
        used = {IPv4Address(a) for a, until in self._leases.leases().values() if until > self._now}
        for number in range(int(pool.first), int(pool.last) + 1):
            address = IPv4Address(number)
            if address not in used and self._is_free(address, asked.mac):
                return address
        return None

    @property
    def _now(self) -> float:
        return self._clock()

    def _is_free(self, address: IPv4Address, mac: str) -> bool:
        if address == self._here.ip or self._taken(address, mac):
            return False
        for holder, (held, until) in self._leases.leases().items():
            if IPv4Address(held) == address and holder != mac and until > self._now:
                return False
        offered = self._offers.get(address)
        return offered is None or offered[0] == mac or offered[1] <= self._now

    def _lease_of(self, asked: Packet) -> dict[int, bytes]:
        assert self.pool is not None
        told = {
            dhcp.SERVER: self._here.ip.packed,
            dhcp.LEASE_S: LEASE_S.to_bytes(4, "big"),
            dhcp.MASK: self._here.netmask.packed,
            dhcp.BROADCAST: self._here.network.broadcast_address.packed,
        }
        if self.pool.router is not None:
            told |= {dhcp.ROUTER: self.pool.router.packed, dhcp.DNS: self.pool.router.packed}
        who = who_asks(asked)
        if who is not None:
            told |= for_telephone(asked, who, self._base_url(), self._ntp)
        return told

    def _reply(self, asked: Packet, kind: Kind, options: Mapping[int, bytes]) -> Packet:
        return Packet(
            is_reply=True,
            kind=kind,
            xid=asked.xid,
            mac=asked.mac,
            flags=asked.flags,
            ciaddr=asked.ciaddr if kind is not Kind.NAK else _NOBODY,
            options=options,
        )
