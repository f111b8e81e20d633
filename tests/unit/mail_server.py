"""A mail server that tests drive: aiosmtpd, which takes, refuses, hangs up or goes away."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Inbox:
    """What the server took, and how it answers: ``replies`` are used up one a message, then it
    says yes; ``hang_up_after_data`` takes a message and hangs up without a word."""

    def __init__(self) -> None:
        self.taken = []
        self.recipients = []
        self.replies = []
        self.refused_recipients = {}
        self.hang_up_after_data = False

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if refusal := self.refused_recipients.get(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        reply = self.replies.pop(0) if self.replies else "250 taken"
        if not reply.startswith("2"):
            return reply
        self.taken.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        self.recipients += envelope.rcpt_tos
        if self.hang_up_after_data:
            server.transport.abort()
        return reply

    @property
    def subjects(self) -> list[str]:
        return [message["Subject"] for message in self.taken]


class _TlsFromTheStart(Controller):
    def factory(self) -> SMTP:
        return SMTP(self.handler, **self.SMTP_kwargs)


@contextmanager
def serving(inbox: Inbox, *, port: int = 0, tls: str = "none", folder: Path, password: str = ""):
    """A server on loopback; its port, and the file with its certificate."""
    certificate = folder / "mail.pem"
    options = {}
    context = None
    if tls != "none":
        make_certificate(certificate)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    if tls == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    if password:
        options |= {
            "auth_required": True,
            "auth_require_tls": tls == "starttls",
            "authenticator": _authenticator(password),
        }
    controller = _TlsFromTheStart(
        inbox,
        hostname="127.0.0.1",
        port=port or closed_port(),
        ssl_context=context if tls == "tls" else None,
        ready_timeout=10,
        **options,
    )
    controller.start()
    try:
        yield controller.server.sockets[0].getsockname()[1], certificate
    finally:
        controller.stop()


def _authenticator(password: str):
    def check(server, session, envelope, mechanism, data):
        right = isinstance(data, LoginPassword) and data.password == password.encode()
        return AuthResult(success=right, handled=right)

    return check


def make_certificate(path: Path) -> None:
    """A certificate for 127.0.0.1, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))


def closed_port() -> int:
    """A port on loopback where nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def letters(inbox: Inbox) -> Iterator[tuple[str, bytes]]:
    """The text and the recording of each message."""
    for message in inbox.taken:
        sound = next(message.iter_attachments(), None)
        yield (
            message.get_body().get_content(),
            b"" if sound is None else sound.get_payload(decode=True),
        )
