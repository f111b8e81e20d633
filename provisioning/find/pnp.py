"""SIP plug and play: a new telephone asks the whole network, and is told where its files are.

It sends SUBSCRIBE for its ``ua-profile`` to 224.0.1.75; the answer is 200 and a NOTIFY whose body
is one URL. The socket is bound to the group's own address, so it never takes a packet that is
meant for the exchange, whose SIP address is one of the machine's own (a SIP server bound to all
addresses would take copies of these and answer them with errors). Port 5080 is listened to as
well: vendors' pages disagree about it.

Answered are only networks of ours, and only telephones that may have their first contact: the
URL carries the token.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import secrets
import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from urllib.parse import unquote

from provisioning.find import lan
from provisioning.serve.desk import Desk

log = logging.getLogger(__name__)

GROUP = "224.0.1.75"
PORTS = (5060, 5080)
REJOIN_S = 30.0
_LARGEST = 4096

_MAC = re.compile(r"(?<![0-9a-f])(?:[0-9a-f]{2}[:-]?){5}[0-9a-f]{2}(?![0-9a-f])", re.IGNORECASE)
_PARAMETER = re.compile(r';\s*([a-z-]+)\s*=\s*(?:"([^"]*)"|([^;\s]*))', re.IGNORECASE)
_SHORT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "o": "event"}

_Address = tuple[str, int]


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


def accepted(request: PnpRequest, source: _Address, here: _Address, tag: str) -> bytes:
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


def notification(
    request: PnpRequest, source: _Address, here: _Address, tag: str, url: str
) -> bytes:
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


class PnpService:
    """Listens on the group and answers from an address of the network the question came from."""

    def __init__(self, desk: Desk, address: IPv4Address, ports: tuple[int, ...] = PORTS) -> None:
        self._desk = desk
        self._address = address
        self._ports = ports
        self._ears: list[socket.socket] = []
        self._transports: list[asyncio.DatagramTransport] = []
        self._joined: set[tuple[int, str]] = set()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Listen.

        Raises:
            OSError: a port cannot be had, or no network can be joined.
        """
        loop = asyncio.get_running_loop()
        for port in self._ports:
            ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            ear.setblocking(False)
            ear.bind((GROUP, port))
            self._ears.append(ear)
        self.join()
        if not self._joined:
            raise OSError(f"no network of {self._address} can be joined to {GROUP}")
        for ear in self._ears:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Protocol(self._take), sock=ear
            )
            self._transports.append(transport)
        self._task = loop.create_task(self._stay())

    def close(self) -> None:
        """Leave the group."""
        if self._task is not None:
            self._task.cancel()
        for transport in self._transports:
            transport.close()

    def join(self) -> None:
        """Join on every network of ours; again, because a link that went away forgets it."""
        addresses = {str(place.address.ip) for place in lan.ours(self._address)}
        for ear in self._ears:
            for address in addresses:
                with contextlib.suppress(OSError):  # joined already, or the link is down
                    ear.setsockopt(
                        socket.IPPROTO_IP,
                        socket.IP_ADD_MEMBERSHIP,
                        struct.pack("4s4s", socket.inet_aton(GROUP), socket.inet_aton(address)),
                    )
                    self._joined.add((ear.fileno(), address))

    async def _stay(self) -> None:
        while True:
            await asyncio.sleep(REJOIN_S)
            self.join()

    def _take(self, packet: bytes, source: _Address) -> None:
        request = parse(packet)
        if request is None:
            return
        url = self._desk.pnp(request, source[0])
        if url is None:
            return
        with _voice(source[0]) as voice:
            here = voice.getsockname()
            tag = secrets.token_hex(6)
            voice.sendto(accepted(request, source, here, tag), source)
            voice.sendto(notification(request, source, here, tag, url), source)
        log.info("phone %s is told by PnP where its files are", request.mac)


@contextlib.contextmanager
def _voice(destination: str) -> Iterator[socket.socket]:
    """A socket with the address that reaches ``destination``, which is on the same network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((destination, 9))
        here = probe.getsockname()[0]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as voice:
        voice.bind((here, 0))
        yield voice


class _Protocol(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes, _Address], None]) -> None:
        self._take = take

    def datagram_received(self, packet: bytes, source: _Address) -> None:
        """A packet to the group."""
        self._take(packet, source)
