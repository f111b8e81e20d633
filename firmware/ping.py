"""Asking a SIP server whether it is there: OPTIONS over UDP (RFC 3261 §11)."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Mapping

SELF_TEST = "self-test"
"""Whom the box asks for by way of Kamailio when switchd is to answer (``kamailio.cfg``); anybody
else who asks is answered by Kamailio."""


def answers_sip(address: str, port: int, timeout_s: float = 0.5, user: str = "") -> bool:
    """Whether a SIP server answers OPTIONS over UDP, for itself or for ``user``."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(timeout_s)
        try:
            sock.connect((address, port))
            sock.send(_options(sock.getsockname(), (address, port), user))
            return sock.recv(4096).startswith(b"SIP/2.0 200")
        except OSError:
            return False


def _options(here: tuple[str, int], there: tuple[str, int], user: str) -> bytes:
    token = secrets.token_hex(6)
    asked = f"sip:{user}@{there[0]}:{there[1]}" if user else f"sip:{there[0]}:{there[1]}"
    headers: Mapping[str, str] = {
        "Via": f"SIP/2.0/UDP {here[0]}:{here[1]};branch=z9hG4bK{token};rport",
        "Max-Forwards": "70",
        "From": f"<sip:box@{here[0]}>;tag={token}",
        "To": f"<{asked}>",
        "Call-ID": token,
        "CSeq": "1 OPTIONS",
        "Content-Length": "0",
    }
    lines = [f"OPTIONS {asked} SIP/2.0"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
