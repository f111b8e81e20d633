"""TLS for telephones: the modern and the old listener, and who a certificate names."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_MAC = re.compile(r"(?<![0-9a-f])(?:[0-9a-f]{2}[:-]?){5}[0-9a-f]{2}(?![0-9a-f])", re.IGNORECASE)


class BadCertificate(ValueError):
    """A certificate, its key or a CA file cannot be used; says which and why."""


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
