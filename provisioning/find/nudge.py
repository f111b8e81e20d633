"""A word to a telephone that is not registered: a NOTIFY to the address it asked from.

A telephone that waits for its extension looks again by itself, but many makers' not more often
than once an hour. Its first file told it to take a NOTIFY without asking who sends it, where the
maker has a setting for that. One that does not care loses nothing: it looks again later.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets

from provisioning.device import Resync

log = logging.getLogger(__name__)

SIP_PORT = 5060
TRIES_S = (0.5, 1.0, 2.0)
"""UDP may be lost: how long each of the tries waits for an answer (RFC 3261 §17.1.2.2)."""


class Nudger:
    """Sends the NOTIFYs, each beside everything else. ``here`` is the box's own address."""

    def __init__(self, here: str) -> None:
        self._here = here
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, ident: str, address: str, resync: Resync) -> None:
        """Tell telephone ``ident`` at ``address``."""
        task = asyncio.get_running_loop().create_task(self._nudge(ident, address, resync))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _nudge(self, ident: str, address: str, resync: Resync) -> None:
        loop = asyncio.get_running_loop()
        ear = _Ear(loop)
        try:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: ear, local_addr=(self._here, 0), remote_addr=(address, SIP_PORT)
            )
        except OSError as error:
            log.info("phone %s cannot be told directly: %s", ident, error.strerror)
            return
        packet = notify(self._here, transport.get_extra_info("sockname")[1], address, resync)
        try:
            for patience_s in TRIES_S:
                transport.sendto(packet)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(patience_s):
                        status = await asyncio.shield(ear.status)
                        log.info("phone %s was told directly: %s", ident, status)
                        return
            log.info("phone %s does not answer: it will look again by itself", ident)
        finally:
            transport.close()


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.status: asyncio.Future[str] = loop.create_future()

    def datagram_received(self, packet: bytes, _source: tuple[str, int]) -> None:
        """The telephone's answer."""
        words = packet.decode("utf-8", "replace").split("\r\n", 1)[0].split(" ", 2)
        if words[0] == "SIP/2.0" and len(words) > 1 and not self.status.done():
            self.status.set_result(words[1][:3])

    def error_received(self, _error: Exception) -> None:
        """Nobody listens there; the tries go on, as it may be starting."""


def notify(here: str, port: int, address: str, resync: Resync) -> bytes:
    """The NOTIFY, outside any dialog."""
    tag = secrets.token_hex(6)
    lines = [
        f"NOTIFY sip:{address}:{SIP_PORT} SIP/2.0",
        f"Via: SIP/2.0/UDP {here}:{port};branch=z9hG4bK{tag};rport",
        "Max-Forwards: 1",
        f"From: <sip:box@{here}>;tag={tag}",
        f"To: <sip:{address}>",
        f"Call-ID: {tag}",
        "CSeq: 1 NOTIFY",
        f"Contact: <sip:box@{here}:{port}>",
        f"Event: {resync.event}",
        "Subscription-State: terminated",
        *(f"{name}: {value}" for name, value in resync.headers.items()),
        "Content-Length: 0",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
