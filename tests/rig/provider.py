"""A SIP provider under test's control: registrar with digest, calls in and out, anything between.

It listens on an address of its own over UDP, TCP or TLS. A thread answers what a provider always
answers (OPTIONS, REGISTER); everything else waits in ``inbox`` until the test takes it, or is
part of a ``Dialog``. It writes its messages itself, so it can also write wrong ones.
"""

from __future__ import annotations

import contextlib
import hashlib
import queue
import re
import secrets
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from tests.contract.raw_sip import Message, parse
from tests.rig.until import TooLate, until

Send = Callable[[str], None]

REALM = "provider.test"


@dataclass(slots=True)
class Arrived:
    """A message and the way back to whoever sent it."""

    message: Message
    send: Send
    at: float


@dataclass
class Provider:
    """``users`` may register (name to password). ``answers`` is what OPTIONS get, 0 is silence;
    ``deaf`` drops everything. ``challenges`` asks every INVITE for credentials."""

    address: str
    port: int
    transport: str = "udp"
    users: Mapping[str, str] = field(default_factory=dict)
    certificate: tuple[str, str] | None = None  # PEM files of certificate and key
    answers: int = 200
    deaf: bool = False
    challenges: bool = False
    expires_s: int = 0  # what it grants instead of what is asked for
    contacts: dict[str, str] = field(default_factory=dict)  # by user: who is registered where
    registers: list[Arrived] = field(default_factory=list)
    inbox: queue.Queue[Arrived] = field(default_factory=queue.Queue)
    _dialogs: dict[str, Dialog] = field(default_factory=dict)
    _connections: list[_Connection] = field(default_factory=list)
    _stop: bool = False

    def __enter__(self) -> Self:
        kind = socket.SOCK_DGRAM if self.transport == "udp" else socket.SOCK_STREAM
        self._socket = socket.socket(socket.AF_INET, kind)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((self.address, self.port))
        self._tls: ssl.SSLContext | None = None
        if self.transport != "udp":
            self._socket.listen()
        if self.certificate is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(*self.certificate)
        self._thread = threading.Thread(target=self._run, name="provider", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop = True
        self._thread.join(5.0)
        for connection in self._connections:
            connection.socket.close()
        self._socket.close()

    # -- calls ----------------------------------------------------------------------------

    def next(self, method: str, timeout_s: float = 5.0) -> Arrived:
        """The next request of a method that no dialog of ours has taken; others are dropped.

        Raises:
            TooLate: none came.
        """
        end = time.monotonic() + timeout_s
        while True:
            try:
                arrived = self.inbox.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise TooLate(f"the provider got no {method} within {timeout_s:g} s") from None
            if arrived.message.method == method:
                return arrived

    def taken(self, timeout_s: float = 5.0) -> Dialog:
        """The next call to the provider, as a dialog that has not been answered."""
        arrived = self.next("INVITE", timeout_s)
        dialog = Dialog(self, arrived.send, is_ours=False)
        dialog.open_incoming(arrived.message)
        return dialog

    def call(
        self,
        box: tuple[str, int],
        uri: str,
        *,
        to: str = "",
        caller: str = "0912000111",
        headers: Sequence[str] = (),
        sdp: str = "",
    ) -> Dialog:
        """Call the box; ``uri`` is the Request-URI."""
        dialog = Dialog(self, self._way_to(box), is_ours=True)
        dialog.open_outgoing(uri, to or uri, caller, headers, sdp)
        return dialog

    def _way_to(self, box: tuple[str, int]) -> Send:
        if self.transport == "udp":
            return lambda text: self._send_udp(text, box)
        plain = socket.create_connection(box, source_address=(self.address, 0))
        if self._tls is not None:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            plain = context.wrap_socket(plain)
        connection = _Connection(plain)
        self._connections.append(connection)
        return connection.send

    def _send_udp(self, text: str, place: tuple[str, int]) -> None:
        with contextlib.suppress(OSError):  # its network may be gone: nobody hears it then
            self._socket.sendto(text.encode("utf-8", "surrogateescape"), place)

    # -- the thread -----------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stop:
            if self.transport == "udp":
                self._hear_udp()
            else:
                self._hear_streams()

    def _hear_udp(self) -> None:
        ready, _, _ = select.select([self._socket], [], [], 0.05)
        if ready:
            packet, source = self._socket.recvfrom(65535)
            self._arrived(packet, source, lambda text: self._send_udp(text, source))

    def _hear_streams(self) -> None:
        sockets = [self._socket, *(c.socket for c in self._connections)]
        ready, _, _ = select.select(sockets, [], [], 0.05)
        if self._socket in ready:
            self._accept()
        for connection in list(self._connections):
            if connection.socket in ready:
                try:
                    packets = connection.read()
                except OSError:
                    self._connections.remove(connection)
                    connection.socket.close()
                    continue
                for packet in packets:
                    self._arrived(packet, connection.peer, connection.send)

    def _accept(self) -> None:
        plain, _ = self._socket.accept()
        try:
            made = self._tls.wrap_socket(plain, server_side=True) if self._tls else plain
        except (ssl.SSLError, OSError):
            plain.close()
            return
        self._connections.append(_Connection(made))

    def _arrived(self, packet: bytes, source: tuple[str, int], send: Send) -> None:
        if self.deaf or not packet.strip():
            return
        message = parse(packet, source)
        arrived = Arrived(message=message, send=send, at=time.monotonic())
        dialog = self._dialogs.get(message.get("Call-ID"))
        if dialog is not None:
            dialog.heard.put(arrived)
        elif message.method == "OPTIONS":
            if self.answers:
                send(reply(message, f"{self.answers} Whatever"))
        elif message.method == "REGISTER":
            self._register(arrived)
        elif message.method == "INVITE" and self.challenges and not self._knows(message):
            send(reply(message, "407 Who are you", [_challenge("Proxy-Authenticate")]))
        elif message.method != "ACK":
            self.inbox.put(arrived)

    def _register(self, arrived: Arrived) -> None:
        message = arrived.message
        self.registers.append(arrived)
        if not message.get("Authorization"):
            arrived.send(reply(message, "401 Who are you", [_challenge("WWW-Authenticate")]))
            return
        if not self._knows(message):
            arrived.send(reply(message, "403 Wrong password"))
            return
        contact = message.get("Contact")
        user = _fields(message.get("Authorization"))["username"]
        found = re.search(r"expires=(\d+)", contact) or re.search(r"(\d+)", message.get("Expires"))
        asked_s = int(found[1]) if found else 3600
        granted_s = min(asked_s, self.expires_s or asked_s)
        uri = contact.partition("<")[2].partition(">")[0]
        if granted_s:
            self.contacts[user] = uri
        else:
            self.contacts.pop(user, None)
        headers = [f"Contact: <{uri}>;expires={granted_s}"] if granted_s else []
        arrived.send(reply(message, "200 OK", headers))

    def _knows(self, message: Message) -> bool:
        said = _fields(message.get("Authorization") or message.get("Proxy-Authorization"))
        password = self.users.get(said.get("username", ""))
        if password is None:
            return False
        secret = _md5(f"{said['username']}:{REALM}:{password}")
        request = _md5(f"{message.method}:{said['uri']}")
        middle = (
            f"{said['nonce']}:{said['nc']}:{said['cnonce']}:auth"
            if "qop" in said
            else (said["nonce"])
        )
        return said["response"] == _md5(f"{secret}:{middle}:{request}")

    def adopt(self, dialog: Dialog) -> None:
        """Give a dialog what has its Call-ID."""
        self._dialogs[dialog.call_id] = dialog


@dataclass(slots=True)
class Dialog:
    """One call between the provider and the box, either of them its caller."""

    provider: Provider
    send: Send
    is_ours: bool
    heard: queue.Queue[Arrived] = field(default_factory=queue.Queue)
    call_id: str = field(default_factory=lambda: secrets.token_hex(8))
    tag: str = field(default_factory=lambda: secrets.token_hex(4))
    invite: Message | None = None  # theirs
    invite_cseq: int = 0
    cseq: int = 0
    remote_uri: str = ""
    local: str = ""  # From or To with our tag
    remote: str = ""
    routes: tuple[str, ...] = ()
    branch: str = ""
    claims: str = ""  # the host and port of its Contact, when that is not where it is

    @property
    def contact(self) -> str:
        provider = self.provider
        if self.claims:
            return f"<sip:provider@{self.claims}>"
        named = "" if provider.transport == "udp" else f";transport={provider.transport}"
        return f"<sip:provider@{provider.address}:{provider.port}{named}>"

    # -- beginning --------------------------------------------------------------------------

    def open_outgoing(
        self, uri: str, to: str, caller: str, headers: Sequence[str], sdp: str
    ) -> None:
        """Send the INVITE."""
        self.local = f"<sip:{caller}@{REALM}>;tag={self.tag}"
        self.remote, self.remote_uri = f"<{to}>", uri
        self.provider.adopt(self)
        self.invite_cseq = self.request("INVITE", headers, sdp)

    def open_incoming(self, invite: Message) -> None:
        """Take the box's INVITE."""
        self.invite, self.call_id = invite, invite.get("Call-ID")
        self.local = f"{invite.get('To')};tag={self.tag}"
        self.remote = invite.get("From")
        self.remote_uri = invite.get("Contact").partition("<")[2].partition(">")[0]
        self.routes = tuple(invite.all("Record-Route"))
        self.provider.adopt(self)

    # -- what we say --------------------------------------------------------------------------

    def answer(self, status: str, headers: Sequence[str] = (), sdp: str = "") -> None:
        """Answer the box's INVITE: "180 Ringing", "200 OK"."""
        assert self.invite is not None
        self.reply(self.invite, status, [f"Contact: {self.contact}", *headers], sdp)

    def reply(
        self, request: Message, status: str, headers: Sequence[str] = (), sdp: str = ""
    ) -> None:
        """Answer any request of the box."""
        self.send(reply(request, status, headers, sdp, tag=self.tag))

    def request(self, method: str, headers: Sequence[str] = (), sdp: str = "") -> int:
        """Send a request; its CSeq."""
        self.cseq += 1
        self.branch = f"z9hG4bK{secrets.token_hex(6)}"
        self.send(self._text(method, self.cseq, self.branch, headers, sdp))
        return self.cseq

    def acknowledge(self, sdp: str = "") -> None:
        """ACK the 2xx to our last INVITE."""
        branch = f"z9hG4bK{secrets.token_hex(6)}"
        self.send(self._text("ACK", self.cseq, branch, (), sdp))

    def hang_up(self) -> None:
        """BYE."""
        self.request("BYE")
        self.final("BYE")

    def cancel(self) -> None:
        """CANCEL our INVITE."""
        self.send(self._text("CANCEL", self.invite_cseq, self.branch, (), ""))

    # -- what we hear -------------------------------------------------------------------------

    def expect(self, what: str, timeout_s: float = 5.0) -> Message:
        """The next request of a method ("BYE"), or the next response with a status ("183") to
        our requests; what comes before it is dropped, but 200 OK is said to PRACK and UPDATE is
        not.

        Raises:
            TooLate: it did not come; the text has what did.
        """
        end, came = time.monotonic() + timeout_s, []
        while True:
            try:
                message = self.heard.get(timeout=max(0.0, end - time.monotonic())).message
            except queue.Empty:
                raise TooLate(f"no {what} within {timeout_s:g} s; came: {came}") from None
            came.append(message.first_line)
            if what in (message.method, str(message.status)):
                self._learn(message)
                return message

    def final(self, method: str, timeout_s: float = 5.0) -> Message:
        """The final response to our last request of a method; a refused INVITE is ACKed."""
        end = time.monotonic() + timeout_s
        while True:
            try:
                message = self.heard.get(timeout=max(0.0, end - time.monotonic())).message
            except queue.Empty:
                raise TooLate(f"no final answer to {method} within {timeout_s:g} s") from None
            if message.status >= 200 and message.get("CSeq") == f"{self.cseq} {method}":
                self._learn(message)
                if method == "INVITE" and message.status >= 300:
                    self.send(self._text("ACK", self.cseq, self.branch, (), ""))
                return message

    def _learn(self, message: Message) -> None:
        """The box's tag, target and route, from a response that makes a dialog (RFC 3261
        §12.1.2)."""
        if not message.status or not message.get("CSeq").endswith("INVITE"):
            return
        if 100 < message.status < 300 and ";tag=" in message.get("To"):
            self.remote = message.get("To")
            contact = message.get("Contact").partition("<")[2].partition(">")[0]
            self.remote_uri = contact or self.remote_uri
            if message.all("Record-Route"):
                self.routes = tuple(reversed(message.all("Record-Route")))

    def _text(self, method: str, cseq: int, branch: str, headers: Sequence[str], sdp: str) -> str:
        provider = self.provider
        lines = [
            f"{method} {self.remote_uri} SIP/2.0",
            (
                f"Via: SIP/2.0/{provider.transport.upper()} {provider.address}:{provider.port}"
                f";branch={branch};rport"
            ),
            "Max-Forwards: 70",
            *(f"Route: {route}" for route in self.routes),
            f"From: {self.local}",
            f"To: {self.remote}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {cseq} {method}",
            *(
                []
                if any(h.startswith("Contact:") for h in headers)
                else [f"Contact: {self.contact}"]
            ),
            *(["Content-Type: application/sdp"] if sdp else []),
            *headers,
            f"Content-Length: {len(sdp)}",
            "",
            sdp,
        ]
        return "\r\n".join(lines)


class _Connection:
    """One stream, cut into messages."""

    def __init__(self, made: socket.socket) -> None:
        self.socket = made
        self.peer: tuple[str, int] = made.getpeername()
        self._unread = b""

    def send(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self.socket.sendall(text.encode("utf-8", "surrogateescape"))

    def read(self) -> list[bytes]:
        received = self.socket.recv(65535)
        if not received:
            raise ConnectionResetError
        self._unread += received
        if isinstance(self.socket, ssl.SSLSocket):
            while self.socket.pending():
                self._unread += self.socket.recv(65535)
        packets = []
        while packet := self._packet():
            packets.append(packet)
        return packets

    def _packet(self) -> bytes:
        self._unread = self._unread.lstrip(b"\r\n")
        head, end, rest = self._unread.partition(b"\r\n\r\n")
        length = re.search(rb"^Content-Length: *(\d+)", head, re.MULTILINE | re.IGNORECASE)
        if not end or length is None or len(rest) < int(length[1]):
            return b""
        self._unread = rest[int(length[1]) :]
        return head + end + rest[: int(length[1])]


def reply(
    request: Message, status: str, headers: Sequence[str] = (), sdp: str = "", tag: str = "provider"
) -> str:
    """One response, as it goes out."""
    lines = [f"SIP/2.0 {status}"]
    for name, value in request.headers:
        if name in ("Via", "Record-Route", "From", "Call-ID", "CSeq"):
            lines.append(f"{name}: {value}")
        if name == "To":
            plain = ";tag=" in value or status.startswith("100")
            lines.append(f"To: {value}" if plain else f"To: {value};tag={tag}")
    lines += headers
    lines += ["Content-Type: application/sdp"] if sdp else []
    lines += [f"Content-Length: {len(sdp)}", "", sdp]
    return "\r\n".join(lines)


def sdp_of(address: str, port: int, formats: str = "8", extra: Sequence[str] = ()) -> str:
    """A description of one audio stream; ``extra`` are its attributes."""
    lines = [
        "v=0",
        f"o=- {secrets.randbelow(10**9)} {secrets.randbelow(10**9)} IN IP4 {address}",
        "s=-",
        f"c=IN IP4 {address}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {formats}",
        *extra,
    ]
    return "\r\n".join(lines) + "\r\n"


def wait_registered(provider: Provider, user: str, timeout_s: float = 10.0) -> str:
    """The Contact a user has registered, once it has."""
    return until(lambda: provider.contacts.get(user), timeout_s, f"{user} registers") or ""


def _challenge(header: str) -> str:
    return (
        f'{header}: Digest realm="{REALM}", nonce="{secrets.token_hex(8)}", algorithm=MD5, '
        'qop="auth"'
    )


def _fields(value: str) -> dict[str, str]:
    return {
        name: quoted or bare
        for name, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^,\s]+))', value)
    }


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
