"""TLS for telephones: our certificate, the modern and the old listener, who a certificate names.

Without a certificate in the configuration one is made, signed by itself, for ten years (a box
without internet cannot renew one), with the box's address as its name. Telephones are told
where to fetch it.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import ssl
from collections.abc import Mapping
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

_YEARS = 10
_MAC = re.compile(r"(?<![0-9a-f])(?:[0-9a-f]{2}[:-]?){5}[0-9a-f]{2}(?![0-9a-f])", re.IGNORECASE)


class BadCertificate(ValueError):
    """A certificate, its key or a CA file cannot be used; says which and why."""


def own_certificate(folder: Path, address: IPv4Address) -> tuple[Path, Path]:
    """Our own certificate and key, made if they are not there or name another address."""
    certificate, key = folder / f"own-{address}.pem", folder / f"own-{address}.key"
    if certificate.exists() and key.exists():
        return certificate, key
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # RSA: telephones of ten years ago know nothing else.
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Markaz {address}")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        # A telephone without a battery for its clock believes in the year it was made.
        .not_valid_before(now - dt.timedelta(days=3650))
        .not_valid_after(now + dt.timedelta(days=365 * _YEARS))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(address)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(private, hashes.SHA256())
    )
    secret = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write(key, secret)
    _write(certificate, made.public_bytes(serialization.Encoding.PEM))
    return certificate, key


def context(certificate: Path, key: Path, client_ca: str, *, old: bool = False) -> ssl.SSLContext:
    """A listener's TLS. Modern is 1.2 and up; ``old`` allows 1.0 and what goes with it.

    With ``client_ca`` a telephone may show the certificate it was made with; one that is signed
    by somebody else ends the handshake.

    Raises:
        BadCertificate: a file cannot be used.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if old:
        # OpenSSL 3 refuses SHA-1 signatures, and with them TLS 1.0 and 1.1, above level 0.
        made.set_ciphers("ALL:!aNULL:!eNULL:@SECLEVEL=0")
        made.minimum_version = ssl.TLSVersion.TLSv1  # that is what the listener is for
        made.maximum_version = ssl.TLSVersion.TLSv1_2
    try:
        made.load_cert_chain(certificate, key)
        if client_ca:
            made.load_verify_locations(client_ca)
            made.verify_mode = ssl.CERT_OPTIONAL
            # Vendors' CAs are older than rules that came after them.
            made.verify_flags &= ~ssl.VerifyFlags.VERIFY_X509_STRICT
    except (OSError, ssl.SSLError) as error:
        raise BadCertificate(
            f"TLS cannot start with {certificate}, {key}"
            f"{f', {client_ca}' if client_ca else ''}: {error}"
        ) from error
    return made


def mac_of_certificate(certificate: Mapping[str, Any]) -> str:
    """The MAC address a verified client certificate names in its subject, "" if none.

    Poly and Yealink write it as the common name, Cisco as the serial number or in it.
    """
    for part in certificate.get("subject", ()):
        for _name, value in part:
            match = _MAC.search(str(value))
            if match:
                return re.sub(r"[^0-9a-f]", "", match[0].lower())
    return ""


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
