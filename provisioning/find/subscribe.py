"""SIP PnP's messages: the question of a telephone, our 200 and our NOTIFY, as text.

The event package is ``ua-profile``; SUBSCRIBE and NOTIFY are RFC 6665's, with the liberties
that telephones take.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

_LARGEST = 4096

_MAC = re.compile(r"(?<![0-9a-f])(?:[0-9a-f]{2}[:-]?){5}[0-9a-f]{2}(?![0-9a-f])", re.IGNORECASE)
_PARAMETER = re.compile(r';\s*([a-z-]+)\s*=\s*(?:"([^"]*)"|([^;\s]*))', re.IGNORECASE)
_SHORT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "o": "event"}

Address = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PnpRequest:
    """A telephone's question."""

    uri: str
    headers: Mapping[str, str]  # names in small letters; several Via are joined
    mac: str
    vendor: str
    model: str
    version: str

    @property
    def user_agent(self) -> str:
        return self.headers.get("user-agent", "")


def parse(packet: bytes) -> PnpRequest | None:
    """The question in a packet, None when it is none.

    The MAC address stands in the request's address, as ``MAC%3a``, ``MAC:`` or ``MAC=``, in To,
    in From, or only in the user agent.
    """
    if len(packet) > _LARGEST:
        return None
    head = packet.decode("utf-8", "replace").partition("\r\n\r\n")[0]
    first, *lines = head.split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or words[0] != "SUBSCRIBE" or words[2] != "SIP/2.0":
        return None
    headers = _headers(lines)
    event = headers.get("event", "")
    if event.partition(";")[0].strip().lower() != "ua-profile":
        return None
    if not all(headers.get(name) for name in ("via", "from", "to", "call-id", "cseq")):
        return None
    told = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(event)}
    places = (words[1], headers["to"], headers["from"], headers.get("user-agent", ""))
    found = (_MAC.search(unquote(place)) for place in places)
    mac = next((match[0] for match in found if match), "")
    return PnpRequest(
        uri=words[1],
        headers=headers,
        mac=re.sub(r"[^0-9a-f]", "", mac.lower()),
        vendor=told.get("vendor", ""),
        model=told.get("model", ""),
        version=told.get("version", ""),
    )


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            continue
        key = name.strip().lower()
        key = _SHORT.get(key, key)
        text = value.strip()
        headers[key] = f"{headers[key]}, {text}" if key == "via" and key in headers else text
    return headers


def accepted(request: PnpRequest, source: Address, here: Address, tag: str) -> bytes:
    """The 200 to the question (RFC 3261 §8.2.6)."""
    via, _, rest = request.headers["via"].partition(",")
    via = re.sub(r";rport(?![=\w])", f";rport={source[1]}", via)
    if ";received=" not in via:
        via += f";received={source[0]}"
    lines = [
        "SIP/2.0 200 OK",
        f"Via: {via}{f', {rest}' if rest else ''}",
        f"From: {request.headers['from']}",
        f"To: {_tagged(request.headers['to'], tag)}",
        f"Call-ID: {request.headers['call-id']}",
        f"CSeq: {request.headers['cseq']}",
        f"Contact: <sip:{here[0]}:{here[1]}>",
        "Expires: 0",
        "Content-Length: 0",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def notification(request: PnpRequest, source: Address, here: Address, tag: str, url: str) -> bytes:
    """The NOTIFY with the URL: From and To change places."""
    body = url.encode()
    wanted = request.headers.get("accept", "application/url").partition(",")[0].strip()
    lines = [
        f"NOTIFY sip:{source[0]}:{source[1]} SIP/2.0",
        f"Via: SIP/2.0/UDP {here[0]}:{here[1]};branch=z9hG4bK{secrets.token_hex(8)};rport",
        "Max-Forwards: 20",
        f"From: {_tagged(request.headers['to'], tag)}",
        f"To: {request.headers['from']}",
        f"Call-ID: {request.headers['call-id']}",
        "CSeq: 3 NOTIFY",
        f"Contact: <sip:{here[0]}:{here[1]}>",
        "Event: ua-profile;effective-by=0",
        "Subscription-State: terminated;reason=timeout",
        f"Content-Type: {wanted if '/' in wanted else 'application/url'}",
        f"Content-Length: {len(body)}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def _tagged(address: str, tag: str) -> str:
    return address if ";tag=" in address else f"{address};tag={tag}"
