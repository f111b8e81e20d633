"""Orders to the running Kamailio: JSON-RPC, one datagram there and one back."""

from __future__ import annotations

import json
import socket
import tempfile
from pathlib import Path
from typing import Any

_TIMEOUT_S = 1.0
_LARGEST = 1 << 20  # the list of 150 addresses of providers takes 100 kB


class NoAnswer(ConnectionError):
    """Kamailio is not running, or did not answer within a second."""


class KamailioRefused(RuntimeError):
    """Kamailio answered with an error."""


def forget(path: Path, number: str) -> None:
    """Drop every registration of a number; lawful when there is none.

    Raises:
        NoAnswer: Kamailio is not there.
        KamailioRefused: it does not understand us.
    """
    call(path, "ul.rm", ["location", number])


def call(path: Path, method: str, params: list[str]) -> Any:
    """One order and its result.

    Raises:
        NoAnswer: Kamailio is not there.
        KamailioRefused: it answered with an error.
    """
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    with (
        tempfile.TemporaryDirectory(prefix="rpc-", dir=path.parent) as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock,
    ):
        sock.settimeout(_TIMEOUT_S)
        try:
            # It answers to the address it was asked from, which must have a name.
            sock.bind(str(Path(folder) / "s"))
            sock.connect(str(path))
            sock.send(json.dumps(request).encode())
            answer: dict[str, Any] = json.loads(sock.recv(_LARGEST))
        except OSError as error:
            raise NoAnswer(f"Kamailio does not answer on {path}: {error}") from error
    if refusal := answer.get("error"):
        raise KamailioRefused(f"Kamailio refused {method}: {refusal.get('message', refusal)}")
    return answer.get("result")
