"""TLS at the edge: what Kamailio reads of it, and whether a provider is who it must be.

Kamailio can check that a provider's certificate was signed by somebody we trust, but not whose it
is, and anybody gets one signed. So ``verify`` shakes hands first, checks all of RFC 5922 §7.2,
and returns the fingerprint; Kamailio uses no connection whose certificate has another one
(``image-build/kamailio/trunks.cfg``).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import ssl
from pathlib import Path

from firmware.certificate import own_certificate
from firmware.config.home import Home
from firmware.config.schema import Network
from firmware.config.sections.trunks import Trunk

HANDSHAKE_S = 4.0


class Untrusted(ValueError):
    """The provider's certificate is not what it must be; says why."""


def config_path(home: Home) -> Path:
    """The file Kamailio's tls module reads."""
    return home.ram_edge / "tls.cfg"


def config_text(home: Home, network: Network) -> str:
    """Our certificate for who connects to us. Kamailio verifies no provider's (see above)."""
    certificate, key = own_certificate(home.edge / "tls", network.sip_address)
    unverified = "method = TLSv1.2+\nverify_certificate = no\nrequire_certificate = no\n"
    return (
        f"[server:default]\n{unverified}certificate = {certificate}\nprivate_key = {key}\n\n"
        f"[client:default]\n{unverified}"
    )


async def verify(trunk: Trunk, ip: str, port: int) -> str:
    """Shake hands with a provider and look at its certificate; its fingerprint, the SHA-256 of
    its PEM text in small hexadecimal digits.

    Raises:
        Untrusted: it has expired, or was signed by nobody we trust, or bears another name.
        OSError: nobody answers there, or does not speak TLS.
    """
    try:
        context = ssl.create_default_context(cafile=trunk.tls_ca or None)
    except (OSError, ssl.SSLError) as error:
        raise Untrusted(f"tls_ca {trunk.tls_ca}: {error}") from error
    try:
        async with asyncio.timeout(HANDSHAKE_S):
            _, writer = await asyncio.open_connection(
                ip, port, ssl=context, server_hostname=trunk.host
            )
    except ssl.SSLCertVerificationError as error:
        raise Untrusted(error.verify_message) from error
    certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(HANDSHAKE_S):
            await writer.wait_closed()
    # OpenSSL, and Kamailio with it, writes PEM in lines of 64, as Python does.
    pem = ssl.DER_cert_to_PEM_cert(certificate)
    return hashlib.sha256(pem.encode()).hexdigest()
