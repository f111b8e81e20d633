"""Asking whether somebody is there: the gateway, a name server, a provider. Each in a second.

Nothing here waits for the C library's resolver, nor for a thread: sockets that do not block, and
a time limit on every question.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import secrets
import socket
import struct
from collections.abc import Awaitable, Iterable

import dns.asyncquery
import dns.exception
import dns.message
import dns.rcode
import dns.resolver

from firmware.edge.names import Address
from firmware.model.internet import Sign

PATIENCE_S = 1.0

_ECHO_PORTS = (53, 80)
"""Where a router is asked by TCP when pings are not ours to send. To refuse is to answer."""

_KNOWN = frozenset({dns.rcode.NOERROR, dns.rcode.NXDOMAIN})
_GONE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})


def name_servers() -> tuple[str, ...]:
    """Those of ``/etc/resolv.conf`` as it is now."""
    try:
        found = dns.resolver.Resolver().nameservers
    except (dns.exception.DNSException, OSError):
        return ()
    return tuple(server for server in found if isinstance(server, str))


async def gateway(ip: str, patience_s: float = PATIENCE_S) -> Sign:
    """Whether a router answers. NONE is silence, which some routers keep; NO: the kernel itself
    says that nobody has that address."""
    try:
        async with asyncio.timeout(patience_s):
            try:
                return await _ping(ip)
            except PermissionError:  # net.ipv4.ping_group_range (icmp(7))
                return await _any(_knock(ip, port) for port in _ECHO_PORTS)
    except TimeoutError:
        return Sign.NONE
    except OSError as error:
        return Sign.NO if error.errno in _GONE else Sign.NONE


async def names(servers: Iterable[str], zone: str, patience_s: float = PATIENCE_S) -> Sign:
    """Whether any name server can find out what it cannot know: a name below ``zone`` that
    nobody ever asked for. "There is none" is an answer, "I cannot say" is not."""
    question = dns.message.make_query(f"{secrets.token_hex(4)}.{zone}", "A")
    return await _any(_ask(server, question, patience_s) for server in servers)


async def provider(address: Address, patience_s: float = PATIENCE_S) -> Sign:
    """Whether a provider answers: OPTIONS by UDP, else whether it takes a connection."""
    try:
        async with asyncio.timeout(patience_s):
            if address.transport == "udp":
                return await _options(address)
            return await _knock(address.ip, address.port)
    except (TimeoutError, OSError):
        return Sign.NO


async def _any(questions: Iterable[Awaitable[Sign]]) -> Sign:
    """YES as soon as one says so; NO when all have said something else."""
    running = [asyncio.ensure_future(question) for question in questions]
    if not running:
        return Sign.NONE
    try:
        for question in asyncio.as_completed(running):
            with contextlib.suppress(OSError):
                if await question is Sign.YES:
                    return Sign.YES
    finally:
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    return Sign.NO


async def _ask(server: str, question: dns.message.Message, patience_s: float) -> Sign:
    try:
        answer = await dns.asyncquery.udp(question, server, timeout=patience_s)
    except (dns.exception.DNSException, OSError, ValueError):
        return Sign.NO
    return Sign.YES if answer.rcode() in _KNOWN else Sign.NO


async def _ping(ip: str) -> Sign:
    """ICMP echo by a datagram socket, which needs no root (icmp(7))."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as sock:
        sock.setblocking(False)
        sock.connect((ip, 0))
        # type 8, code 0; the kernel writes the checksum and the identifier
        await loop.sock_sendall(sock, struct.pack("!BBHHH", 8, 0, 0, 0, 1) + b"markaz")
        await loop.sock_recv(sock, 512)
    return Sign.YES


async def _knock(ip: str, port: int) -> Sign:
    """Whether somebody takes, or refuses, a connection."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(sock, (ip, port))
        except ConnectionRefusedError:
            return Sign.YES
    return Sign.YES


async def _options(address: Address) -> Sign:
    """OPTIONS (RFC 3261 §11) outside any dialog; whatever answer is one."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.connect((address.ip, address.port))
        here = sock.getsockname()
        token = secrets.token_hex(6)
        await loop.sock_sendall(sock, _message(address, f"{here[0]}:{here[1]}", token))
        while not (await loop.sock_recv(sock, 4096)).startswith(b"SIP/2.0 "):
            continue
    return Sign.YES


def _message(address: Address, here: str, token: str) -> bytes:
    to = f"sip:{address.ip}:{address.port}"
    lines = (
        f"OPTIONS {to} SIP/2.0",
        f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{token};rport",
        "Max-Forwards: 70",
        f"From: <sip:ping@{here}>;tag={token}",
        f"To: <{to}>",
        f"Call-ID: {token}",
        "CSeq: 1 OPTIONS",
        "Content-Length: 0",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
