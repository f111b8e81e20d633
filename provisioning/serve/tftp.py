"""TFTP for telephones: read-only, from the desk, in the daemon's loop (RFC 1350, 2347-2349).

Written here after looking at what there is: ``fbtftp`` forks a process for every transfer, which
two hundred telephones after a power cut would make two hundred interpreters; ``tftpy`` polls all
its transfers in one thread of its own and writes files by default; ``py3tftp`` fits the loop but
is no longer developed, takes acknowledgements from any host that guesses the port, logs the
names of files (ours hold tokens) and also writes. What is needed is small: bodies that are in
memory already, never a file opened by name, never a byte accepted.

A refusal is "file not found" for every reason. A transfer has its own socket, as its port is its
identity; packets of others on it are ignored.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import struct
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import cast

from provisioning.serve.desk import Desk, Reply, Request

log = logging.getLogger(__name__)

RRQ, WRQ, DATA, ACK, ERROR, OACK = 1, 2, 3, 4, 5, 6
_NOT_FOUND, _REFUSED_WRITE, _BAD_OPTION = 1, 2, 8

BLOCK_BYTES = 512
LARGEST_BLOCK = 1468
"""More would be cut into fragments on Ethernet, and some telephones' boot code drops those."""

RETRY_S = (1.0, 1.0, 2.0, 3.0, 3.0)
MOST_TRANSFERS = 600
MOST_OF_ONE = 16
REFUSAL_S = 0.025

_Address = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRequest:
    """A read request as it came."""

    path: str
    mode: str
    options: Mapping[str, str]


def parse(packet: bytes) -> ReadRequest | None:
    """A read request, None if the packet is none that can be understood."""
    if len(packet) > 1024 or packet[:2] != struct.pack("!H", RRQ):
        return None
    words = packet[2:].split(b"\0")
    if len(words) < 3:
        return None
    try:
        path, mode, *rest = (word.decode("utf-8") for word in words)
    except UnicodeDecodeError:
        return None
    pairs = zip(rest[::2], rest[1::2], strict=False)
    return ReadRequest(
        path=path.lstrip("/"),
        mode=mode.lower(),
        options={name.lower(): value for name, value in pairs if name},
    )


def agreed(options: Mapping[str, str], length: int) -> dict[str, str]:
    """The options we accept, with our values; whatever is odd is left out, as RFC 2347 says."""
    found = {}
    size, timeout = options.get("blksize", ""), options.get("timeout", "")
    if size.isdecimal() and 8 <= int(size) <= 65464:
        found["blksize"] = str(min(int(size), LARGEST_BLOCK))
    if timeout.isdecimal() and 1 <= int(timeout) <= 30:
        found["timeout"] = timeout
    if options.get("tsize", "").isdecimal():
        found["tsize"] = str(length)
    return found


class TftpWindow(asyncio.DatagramProtocol):
    """The desk's window for TFTP: takes requests on one port, answers each from its own."""

    def __init__(self, desk: Desk, address: str) -> None:
        self._desk = desk
        self._address = address
        self._transport: asyncio.DatagramTransport | None = None
        self._running: dict[_Address, asyncio.Task[None]] = {}

    async def listen(self, port: int) -> None:
        """Take requests.

        Raises:
            OSError: the port cannot be had.
        """
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, local_addr=(self._address, port))

    def close(self) -> None:
        """Stop, transfers too."""
        if self._transport is not None:
            self._transport.close()
        for task in self._running.values():
            task.cancel()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The port is ours."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, packet: bytes, source: _Address) -> None:
        """A request. Its repetition while the answer is under way is ignored."""
        of_one = sum(host == source[0] for host, _port in self._running)
        if source in self._running or len(self._running) >= MOST_TRANSFERS:
            return
        if of_one >= MOST_OF_ONE:
            return
        task = asyncio.get_running_loop().create_task(self._serve(packet, source))
        self._running[source] = task
        task.add_done_callback(lambda done: self._over(source, done))

    def _over(self, source: _Address, task: asyncio.Task[None]) -> None:
        self._running.pop(source, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a TFTP transfer to %s failed", source[0], exc_info=error)

    async def _serve(self, packet: bytes, source: _Address) -> None:
        loop = asyncio.get_running_loop()
        came = loop.time()
        async with _connection(self._address, source) as line:
            request = parse(packet)
            if request is None or request.mode not in ("octet", "netascii", "mail"):
                if packet[:2] == struct.pack("!H", WRQ):
                    line.send(_error(_REFUSED_WRITE, "read only"))
                return
            reply = self._desk.answer(
                Request(path=request.path, source=source[0], transport="tftp")
            )
            if reply is None:
                await asyncio.sleep(max(0.0, came + REFUSAL_S - loop.time()))
                line.send(_error(_NOT_FOUND, "file not found"))
                return
            if not await _send(line, reply, request):
                reply.undo()


async def _send(line: _Line, reply: Reply, request: ReadRequest) -> bool:
    """Send one body; whether the other end has all of it."""
    body = _body(reply)
    if request.mode == "netascii":
        body = body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    options = agreed(request.options, len(body))
    size = int(options.get("blksize", BLOCK_BYTES))
    if options:
        words = "".join(f"{name}\0{value}\0" for name, value in options.items())
        if not await line.deliver(struct.pack("!H", OACK) + words.encode(), 0):
            return False
    for number, start in enumerate(range(0, len(body) + 1, size), start=1):
        block = struct.pack("!HH", DATA, number & 0xFFFF) + body[start : start + size]
        if not await line.deliver(block, number & 0xFFFF):
            return False
    return True


def _body(reply: Reply) -> bytes:
    return reply.file.read_bytes() if reply.file is not None else reply.content


def _error(code: int, text: str) -> bytes:
    return struct.pack("!HH", ERROR, code) + text.encode() + b"\0"


class _Line(asyncio.DatagramProtocol):
    """One transfer's socket, connected to the one who asked: the kernel drops all others."""

    def __init__(self) -> None:
        self._transport: asyncio.DatagramTransport | None = None
        self._came: asyncio.Queue[bytes] = asyncio.Queue(32)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is ours."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, packet: bytes, _source: _Address) -> None:
        """An acknowledgement, or an error of the other end."""
        with contextlib.suppress(asyncio.QueueFull):
            self._came.put_nowait(packet)

    def error_received(self, _error: Exception) -> None:
        """Nobody listens there any more."""
        self.datagram_received(_error_packet, ("", 0))

    def send(self, packet: bytes) -> None:
        """Send one packet."""
        assert self._transport is not None
        self._transport.sendto(packet)

    def close(self) -> None:
        """Give the socket back."""
        assert self._transport is not None
        self._transport.close()

    async def deliver(self, packet: bytes, number: int) -> bool:
        """Send until acknowledged. Acknowledgements of earlier blocks are not answered: that
        would double every packet from there on (RFC 1123 §4.2.3.1)."""
        for patience_s in RETRY_S:
            self.send(packet)
            try:
                async with asyncio.timeout(patience_s):
                    if (acknowledged := await self._acknowledged(number)) is not None:
                        return acknowledged
            except TimeoutError:
                continue
        return False

    async def _acknowledged(self, number: int) -> bool:
        while True:
            packet = await self._came.get()
            if len(packet) < 4:
                continue
            kind, value = struct.unpack("!HH", packet[:4])
            if kind == ERROR:
                return False
            if kind == ACK and value == number:
                return True


_error_packet = _error(0, "")


@contextlib.asynccontextmanager
async def _connection(address: str, peer: _Address) -> AsyncIterator[_Line]:
    loop = asyncio.get_running_loop()
    _transport, line = await loop.create_datagram_endpoint(
        _Line, local_addr=(address, 0), remote_addr=peer
    )
    try:
        yield line
    finally:
        line.close()
