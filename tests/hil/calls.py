"""What stands in the guest for Kamailio and switchd: all that a self-test asks, and one call.

    python3 -m tests.hil.calls HOME

While ``HOME/talking`` exists there is a call.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from firmware.config.home import Home
from firmware.link.api import DaemonApi
from firmware.link.rows import CallRow, DaemonStatus
from firmware.link.server import Board, Server
from firmware.version import VERSION

TALKING = "talking"
EDGE = ("127.0.0.1", 5060)
_LOOK_S = 0.1
_CALL = CallRow(
    id="1",
    started_at=0.0,
    answered_at=0.0,
    caller="101",
    caller_name="",
    called="102",
    place="extension:102",
    recording=False,
    disposition="",
)


class Edge(asyncio.DatagramProtocol):
    """Answers every request with 200."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """asyncio."""
        _request, *headers = data.decode().split("\r\n")
        kept = [h for h in headers if h.partition(":")[0] in {"Via", "From", "To", "Call-ID"}]
        cseq = [h for h in headers if h.startswith("CSeq")]
        answer = "\r\n".join(["SIP/2.0 200 OK", *kept, *cseq, "Content-Length: 0", "", ""])
        self._transport.sendto(answer.encode(), addr)  # type: ignore[attr-defined]


class Switch:
    """``DaemonApi``."""

    def status(self) -> DaemonStatus:
        """DaemonApi."""
        return DaemonStatus(
            name="switchd",
            version=VERSION,
            pid=os.getpid(),
            up_s=1.0,
            config_version=1,
            warnings=(),
        )

    def reload(self) -> None:
        """DaemonApi."""


async def run(home: Home) -> None:
    """Until killed."""
    board = Board()
    await asyncio.get_running_loop().create_datagram_endpoint(Edge, EDGE)
    await Server(home.link("switchd"), "switchd", DaemonApi, Switch(), board).open()
    is_talking = False
    while True:
        if is_talking is not (home.root / TALKING).exists():
            is_talking = not is_talking
            board.post("call.changed" if is_talking else "call.ended", _CALL)
        await asyncio.sleep(_LOOK_S)


if __name__ == "__main__":
    asyncio.run(run(Home(Path(sys.argv[1]))))
