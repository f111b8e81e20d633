"""Asking a SIP server whether it is there: OPTIONS over UDP (RFC 3261 §11)."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Mapping


def answers_sip(address: str, port: int, timeout_s: float = 0.5) -> bool:
    """Whether a SIP server answers OPTIONS over UDP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(timeout_s)
        try:
            sock.connect((address, port))
            sock.send(_options(sock.getsockname(), (address, port)))
            return sock.recv(4096).startswith(b"SIP/2.0 200")
        except OSError:
            return False


def _options(here: tuple[str, int], there: tuple[str, int]) -> bytes:
    token = secrets.token_hex(6)
    headers: Mapping[str, str] = {
        "Via": f"SIP/2.0/UDP {here[0]}:{here[1]};branch=z9hG4bK{token};rport",
        "Max-Forwards": "70",
        "From": f"<sip:box@{here[0]}>;tag={token}",
        "To": f"<sip:{there[0]}:{there[1]}>",
        "Call-ID": token,
        "CSeq": "1 OPTIONS",
        "Content-Length": "0",
    }
    lines = [f"OPTIONS sip:{there[0]}:{there[1]} SIP/2.0"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
