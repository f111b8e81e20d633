"""Names of services led to addresses, without a thread that may hang: ``/etc/hosts`` first, then
the name servers by dnspython, within a time limit."""

from __future__ import annotations

import socket
from pathlib import Path

import dns.asyncresolver
import dns.exception
from aiohttp.abc import AbstractResolver, ResolveResult

_HOSTS = Path("/etc/hosts")
_LOCAL = {"localhost": "127.0.0.1"}


class Names(AbstractResolver):
    """aiohttp's resolver; ``timeout_s`` is for one name with all its repetitions."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - aiohttp's signature
    ) -> list[ResolveResult]:
        """The addresses of a host (IPv4).

        Raises:
            OSError: there are none, or the name servers do not say.
        """
        found = _in_hosts(host) or await self._asked(host)
        return [
            ResolveResult(
                hostname=host, host=one, port=port, family=socket.AF_INET, proto=0, flags=0
            )
            for one in found
        ]

    async def close(self) -> None:
        """Nothing is kept open."""

    async def _asked(self, host: str) -> list[str]:
        try:
            resolver = dns.asyncresolver.Resolver()
            answer = await resolver.resolve(host, "A", lifetime=self._timeout_s, search=True)
        except dns.exception.DNSException as error:
            raise OSError(f"the name {host} is not found ({type(error).__name__})") from None
        return [str(record) for record in answer]


def _in_hosts(host: str) -> list[str]:
    if host in _LOCAL:
        return [_LOCAL[host]]
    try:
        lines = _HOSTS.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    entries = (line.partition("#")[0].split() for line in lines)
    return [entry[0] for entry in entries if host in entry[1:] and ":" not in entry[0]]
