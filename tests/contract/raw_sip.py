"""A raw SIP telephone for tests, over UDP or TCP: it writes its own messages, also wrong ones.

What a real stack would repair or refuse (spoofed headers, foreign packets, a wrong password)
must reach the edge as written, so nothing here is clever: one socket, one message at a time.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import select
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Address = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One SIP message. ``headers`` keep their order; ``source`` is who sent it."""

    first_line: str
    headers: tuple[tuple[str, str], ...]
    body: str
    source: Address

    @property
    def status(self) -> int:
        """The status of a response; 0 of a request."""
        return int(self.first_line.split()[1]) if self.first_line.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        return "" if self.status else self.first_line.split()[0]

    @property
    def uri(self) -> str:
        return "" if self.status else self.first_line.split()[1]

    def all(self, name: str) -> list[str]:
        """Every value of one header, in order."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name: str) -> str:
        """The first value of one header, "" when it is not there."""
        return next(iter(self.all(name)), "")


def parse(packet: bytes, source: Address) -> Message:
    """A message of a datagram."""
    head, _, body = packet.decode("latin-1").partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = []
    for line in lines:
        name, _, value = line.partition(":")
        headers.append((name.strip(), value.strip()))
    return Message(first_line=first, headers=tuple(headers), body=body, source=source)


def token() -> str:
    return secrets.token_hex(6)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


@dataclass(slots=True)
class Endpoint:
    """One UDP socket that speaks SIP with ``server``."""

    server: Address
    address: Address = ("127.0.0.1", 0)
    socket: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(self.address)
        self.address = self.socket.getsockname()

    def close(self) -> None:
        self.socket.close()

    def send(self, text: str) -> None:
        self.socket.sendto(text.encode("latin-1"), self.server)

    def receive(self, timeout_s: float) -> Message | None:
        """The next message, or None when none comes in time."""
        ready, _, _ = select.select([self.socket], [], [], max(0.0, timeout_s))
        if not ready:
            return None
        packet, source = self.socket.recvfrom(65535)
        return parse(packet, source)

    def receive_final(self, cseq: str, timeout_s: float) -> Message | None:
        """The final response to ``cseq`` ("2 INVITE"); anything else is passed over."""
        until = time.monotonic() + timeout_s
        while (left := until - time.monotonic()) > 0:
            message = self.receive(left)
            if message and message.status >= 200 and message.get("CSeq") == cseq:
                return message
        return None

    def receive_request(self, method: str, timeout_s: float) -> Message | None:
        """The next request with ``method``; anything else is passed over."""
        until = time.monotonic() + timeout_s
        while (left := until - time.monotonic()) > 0:
            message = self.receive(left)
            if message and message.method == method:
                return message
        return None

    def reply(
        self, request: Message, status: str, headers: Sequence[str] = (), body: str = ""
    ) -> None:
        """Answer a request: ``status`` is "180 Ringing"."""
        text = self.reply_text(request, status, headers, body)
        self.socket.sendto(text.encode("latin-1"), request.source)

    def reply_text(
        self, request: Message, status: str, headers: Sequence[str] = (), body: str = ""
    ) -> str:
        """One response, as it goes out."""
        lines = [f"SIP/2.0 {status}"]
        for name, value in request.headers:
            if name in ("Via", "Record-Route", "From", "Call-ID", "CSeq"):
                lines.append(f"{name}: {value}")
            if name == "To":
                tag = "" if ";tag=" in value or status.startswith("100") else ";tag=answering"
                lines.append(f"To: {value}{tag}")
        lines += [*headers, f"Content-Length: {len(body)}", "", body]
        return "\r\n".join(lines)


@dataclass(slots=True)
class Telephone(Endpoint):
    """An endpoint with a number and a password."""

    number: str = "101"
    password: str = ""
    realm: str = "markaz.internal"
    cseq: int = 0
    call_id: str = field(default_factory=token)
    tag: str = field(default_factory=token)
    claims: str = ""  # the address it says it has, when it is behind address translation

    @property
    def contact(self) -> str:
        place = self.claims or f"{self.address[0]}:{self.address[1]}"
        return f"<sip:{self.number}@{place}>"

    def register(self, expires_s: int = 300, timeout_s: float = 5.0) -> Message | None:
        """Register, answering one challenge; the final response."""
        uri = f"sip:{self.realm}"
        headers = [f"Contact: {self.contact}", f"Expires: {expires_s}"]
        to = f"<sip:{self.number}@{self.realm}>"
        return self.ask("REGISTER", uri, headers, to=to, timeout_s=timeout_s)

    def ask(
        self,
        method: str,
        uri: str,
        headers: Sequence[str] = (),
        *,
        to: str = "",
        body: str = "",
        timeout_s: float = 5.0,
    ) -> Message | None:
        """Send a request out of dialog and answer one challenge; the final response, or None."""
        answer = self.ask_once(method, uri, headers, to=to, body=body, timeout_s=timeout_s)
        if answer is None or answer.status not in (401, 407):
            return answer
        if method == "INVITE":
            self.acknowledge(uri, answer)
        credentials = self.credentials(method, uri, answer)
        extended = [*headers, credentials]
        return self.ask_once(method, uri, extended, to=to, body=body, timeout_s=timeout_s)

    def ask_once(
        self,
        method: str,
        uri: str,
        headers: Sequence[str] = (),
        *,
        to: str = "",
        body: str = "",
        timeout_s: float = 5.0,
    ) -> Message | None:
        """Send a request out of dialog as it is; the final response, or None."""
        self.cseq += 1
        self.send(self.text(method, uri, headers, to=to or f"<{uri}>", body=body))
        return self.receive_final(f"{self.cseq} {method}", timeout_s)

    def text(
        self, method: str, uri: str, headers: Sequence[str], *, to: str, body: str = ""
    ) -> str:
        """One request, as it goes out."""
        host, port = self.address
        named = {line.partition(":")[0].lower() for line in headers}
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{token()};rport",
            "Max-Forwards: 70",
            f"From: <sip:{self.number}@{self.realm}>;tag={self.tag}",
            f"To: {to}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.cseq} {method}",
        ]
        if "contact" not in named:
            lines.append(f"Contact: {self.contact}")
        if body:
            lines.append("Content-Type: application/sdp")
        lines += [*headers, f"Content-Length: {len(body)}", "", body]
        return "\r\n".join(lines)

    def acknowledge(self, uri: str, answer: Message) -> None:
        """The ACK of a final refusal (RFC 3261 §17.1.1.3): same branch is not asked for by a
        stateless server, and the edge refuses statelessly."""
        number = answer.get("CSeq").split()[0]
        host, port = self.address
        lines = [
            f"ACK {uri} SIP/2.0",
            f"Via: {re.sub(r';(received|rport)=[^;]*', '', answer.get('Via'))}",
            "Max-Forwards: 70",
            f"From: {answer.get('From')}",
            f"To: {answer.get('To')}",
            f"Call-ID: {answer.get('Call-ID')}",
            f"CSeq: {number} ACK",
            f"Contact: <sip:{self.number}@{host}:{port}>",
            "Content-Length: 0",
            "",
            "",
        ]
        self.send("\r\n".join(lines))

    def credentials(self, method: str, uri: str, challenge: Message) -> str:
        """The header that answers a challenge: RFC 2617 §3.2.2."""
        proxy = challenge.status == 407
        asked = challenge.get("Proxy-Authenticate" if proxy else "WWW-Authenticate")
        fields = _fields(asked)
        client_nonce = token()
        secret = _md5(f"{self.number}:{fields['realm']}:{self.password}")
        request = _md5(f"{method}:{uri}")
        nonce = fields["nonce"]
        response = _md5(f"{secret}:{nonce}:00000001:{client_nonce}:auth:{request}")
        name = "Proxy-Authorization" if proxy else "Authorization"
        return (
            f'{name}: Digest username="{self.number}", realm="{fields["realm"]}", '
            f'nonce="{nonce}", uri="{uri}", response="{response}", algorithm=MD5, '
            f'qop=auth, nc=00000001, cnonce="{client_nonce}"'
        )


class TcpTelephone(Telephone):
    """A telephone that keeps one TCP connection to the server."""

    def __post_init__(self) -> None:
        self.socket = socket.create_connection(self.server, source_address=self.address)
        self.address = self.socket.getsockname()
        self._unread = b""

    @property
    def contact(self) -> str:
        host, port = self.address
        return f"<sip:{self.number}@{host}:{port};transport=tcp>"

    def send(self, text: str) -> None:
        self.socket.sendall(text.replace("SIP/2.0/UDP", "SIP/2.0/TCP").encode("latin-1"))

    def receive(self, timeout_s: float) -> Message | None:
        until = time.monotonic() + timeout_s
        while not (packet := self._packet()):
            ready, _, _ = select.select([self.socket], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                return None
            received = self.socket.recv(65535)
            if not received:
                raise ConnectionResetError("the server closed the connection")
            self._unread += received
        return parse(packet, self.server)

    def _packet(self) -> bytes:
        """One whole message of what was received, b"" when there is none yet."""
        head, end, rest = self._unread.partition(b"\r\n\r\n")
        length = re.search(rb"^Content-Length: *(\d+)", head, re.MULTILINE | re.IGNORECASE)
        if not end or length is None or len(rest) < int(length[1]):
            return b""
        self._unread = rest[int(length[1]) :]
        return head + end + rest[: int(length[1])]

    def reply(
        self, request: Message, status: str, headers: Sequence[str] = (), body: str = ""
    ) -> None:
        self.send(self.reply_text(request, status, headers, body))


class TlsTelephone(TcpTelephone):
    """A telephone that keeps one TLS connection, and believes whatever certificate it is shown."""

    def __post_init__(self) -> None:
        plain = socket.create_connection(self.server, source_address=self.address)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.socket = context.wrap_socket(plain)
        self.address = self.socket.getsockname()
        self._unread = b""

    @property
    def contact(self) -> str:
        host, port = self.address
        return f"<sip:{self.number}@{host}:{port};transport=tls>"

    def send(self, text: str) -> None:
        self.socket.sendall(text.replace("SIP/2.0/UDP", "SIP/2.0/TLS").encode("latin-1"))


def _fields(challenge: str) -> Mapping[str, str]:
    return dict(re.findall(r'(\w+)="([^"]*)"', challenge))
