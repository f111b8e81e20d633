"""The keeper's own words to Kamailio: SIP requests over loopback, sent until they are answered.

One socket, bound to the address that Kamailio believes (``KEEPER_ADDRESS``). Requests stand
alone: no dialog, no challenge; what is lost is sent again (RFC 3261 §17.1.2, with shorter times,
as nothing is far).
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from firmware.config.inner import EDGE_ADDRESS, KEEPER_ADDRESS
from firmware.config.schema import Network

_AGAIN_S = (0.1, 0.2, 0.4, 0.4, 0.4, 0.4, 0.4)

Done = Callable[[int, Mapping[str, str]], None]
"""Told the final status, 408 when none came, and the answer's headers, names in small letters."""


@dataclass(slots=True)
class _Request:
    """One request under way."""

    text: str
    done: Done
    tries: int = 0
    timer: asyncio.TimerHandle | None = None


class InnerSip(asyncio.DatagramProtocol):
    """Requests under way."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._requests: dict[str, _Request] = {}
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> None:
        """Bind the socket.

        Raises:
            OSError: the address is taken.
        """
        port = self._network.inner_edge_port
        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, local_addr=(KEEPER_ADDRESS, port), remote_addr=(EDGE_ADDRESS, port)
        )

    def close(self) -> None:
        """Say nothing more; requests under way are never done."""
        for request in self._requests.values():
            if request.timer is not None:
                request.timer.cancel()
        self._requests.clear()
        if self._transport is not None:
            self._transport.close()

    def ask(
        self, method: str, target: str, headers: list[str], *, body: str = "", done: Done
    ) -> None:
        """Send a request; ``target`` is a SIP URI, ``headers`` whole lines."""
        port, realm = self._network.inner_edge_port, self._network.realm
        branch = f"z9hG4bK{secrets.token_hex(8)}"
        lines = [
            f"{method} {target} SIP/2.0",
            f"Via: SIP/2.0/UDP {KEEPER_ADDRESS}:{port};branch={branch}",
            "Max-Forwards: 10",
            f"From: <sip:keeper@{realm}>;tag={secrets.token_hex(6)}",
            f"To: <{target}>",
            f"Call-ID: {secrets.token_hex(12)}",
            f"CSeq: 1 {method}",
            f"Contact: <sip:keeper@{KEEPER_ADDRESS}:{port}>",
            *headers,
            f"Content-Length: {len(body.encode())}",
            "",
            body,
        ]
        self._requests[branch] = _Request("\r\n".join(lines), done)
        self._send(branch)

    def _send(self, branch: str) -> None:
        """Send a request, the first time and until it is answered; at last answer it 408."""
        request = self._requests[branch]
        if request.tries == len(_AGAIN_S):
            del self._requests[branch]
            request.done(408, {})
            return
        if self._transport is not None:
            with contextlib.suppress(OSError):
                self._transport.sendto(request.text.encode())
        wait_s = _AGAIN_S[request.tries]
        request.tries += 1
        request.timer = asyncio.get_running_loop().call_later(wait_s, self._send, branch)

    # -- asyncio.DatagramProtocol -----------------------------------------------------------

    def datagram_received(self, data: bytes, addr: object) -> None:
        """The socket is connected: ``addr`` is always Kamailio's."""
        del addr
        status, headers = parse(data)
        branch = _BRANCH.search(headers.get("via", ""))
        if status >= 200 and branch and (request := self._requests.pop(branch[1], None)):
            if request.timer is not None:
                request.timer.cancel()
            request.done(status, headers)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens: requests are sent again until somebody does."""
        del exc


_BRANCH = re.compile(r"branch=(z9hG4bK[0-9a-f]+)")


def parse(packet: bytes) -> tuple[int, Mapping[str, str]]:
    """A response: its status and headers, names in small letters; (0, {}) of anything else."""
    first, *lines = packet.decode("utf-8", "replace").partition("\r\n\r\n")[0].split("\r\n")
    words = first.split(" ")
    if words[0] != "SIP/2.0" or len(words) < 2 or not words[1].isdecimal():
        return 0, {}
    pairs = (line.partition(":") for line in reversed(lines))  # the first of a name counts
    return int(words[1]), {name.strip().lower(): value.strip() for name, _, value in pairs}
