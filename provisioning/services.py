"""The daemon's sockets: which are opened for a configuration, and what is said of those that
cannot be.

HTTP is essential: without it the daemon ends and is started again. The rest goes on without what
cannot be had, and the status says what is missing, why, and what to do.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from ipaddress import IPv4Address
from pathlib import Path

from firmware.certificate import own_certificate
from firmware.config.home import Home
from firmware.config.schema import DhcpMode, Provisioning
from provisioning.control import Parts
from provisioning.dhcp.service import DhcpService
from provisioning.find.mdns import announce
from provisioning.find.pnp import PnpService
from provisioning.serve import tls
from provisioning.serve.desk import Desk
from provisioning.serve.http import Window
from provisioning.serve.tftp import TftpWindow
from provisioning.serve.uploads import Uploads

log = logging.getLogger(__name__)

Start = Callable[[], Awaitable[None]]


class Services:
    """Everything that listens. ``open`` it once; ``close`` ends all of it."""

    def __init__(self, home: Home, desk: Desk, parts: Parts) -> None:
        self._home = home
        self._desk = desk
        self._parts = parts
        self._plan: Provisioning = parts.composer.site.provisioning
        self._stack = AsyncExitStack()

    async def open(self) -> None:
        """Listen.

        Raises:
            OSError: the port for HTTP cannot be had.
        """
        plan = self._plan
        http = Window(self._desk, Uploads(self._home.provision / "logs"))
        self._stack.push_async_callback(http.close)
        await http.listen(str(plan.address), plan.http_port)
        await self._try("HTTPS", plan.https_port, lambda: self._https(http))
        if plan.old_tls:
            await self._try("old TLS", plan.old_tls_port, lambda: self._old_tls(http))
        if plan.tftp:
            await self._try("TFTP", plan.tftp_port, self._tftp)
        if plan.pnp:
            await self._try("SIP PnP", 5060, self._pnp)
        if plan.mdns:
            await self._try("mDNS", 5353, self._mdns)
        if plan.dhcp is not DhcpMode.OFF:
            await self._try("DHCP", 67, self._dhcp)

    async def close(self) -> None:
        """Stop listening."""
        await self._stack.aclose()

    async def _try(self, name: str, port: int, start: Start) -> None:
        try:
            await start()
        except (OSError, tls.BadCertificate) as error:
            text = f"{name} is off: {_why(error, port)}"
            self._parts.warnings.append(text)
            log.error("%s", text)

    async def _https(self, http: Window) -> None:
        certificate, key = self._certificate()
        context = tls.context(certificate, key, self._plan.client_ca)
        await http.listen(str(self._plan.address), self._plan.https_port, context)

    async def _old_tls(self, http: Window) -> None:
        certificate, key = self._certificate()
        context = tls.context(certificate, key, self._plan.client_ca, old=True)
        await http.listen(str(self._plan.address), self._plan.old_tls_port, context)

    def _certificate(self) -> tuple[Path, Path]:
        plan = self._plan
        if plan.certificate:
            return Path(plan.certificate), Path(plan.certificate_key)
        host = IPv4Address(self._parts.composer.host())
        certificate, key = own_certificate(self._home.provision / "tls", host)
        if plan.telephones_use_https:
            self._parts.composer.ca_path = "ca.pem"
            self._desk.certificate = certificate.read_bytes()
        return certificate, key

    async def _tftp(self) -> None:
        tftp = TftpWindow(self._desk, str(self._plan.address))
        await tftp.listen(self._plan.tftp_port)
        self._stack.callback(tftp.close)

    async def _pnp(self) -> None:
        pnp = PnpService(self._desk.pnp, self._plan.address)
        await pnp.open()
        self._stack.callback(pnp.close)

    async def _mdns(self) -> None:
        self._stack.push_async_callback(
            await announce(self._parts.composer.host(), self._plan.http_port)
        )

    async def _dhcp(self) -> None:
        dhcp = DhcpService(self._plan, self._parts)
        self._stack.push_async_callback(dhcp.close)
        await dhcp.open()


def _why(error: Exception, port: int) -> str:
    """An error in words, with what to do about it."""
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"port {port} needs root or CAP_NET_BIND_SERVICE (DHCP also CAP_NET_RAW): give the "
            "box's user these, or choose a port above 1023"
        )
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"port {port} is taken by another program of this machine"
    if isinstance(error, OSError):
        return f"port {port}: {error.strerror or error}"
    return str(error)
