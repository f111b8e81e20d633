"""mDNS: the box says on the network where telephones may ask (RFC 6762, RFC 6763).

python-zeroconf does it. The service carries no token: whoever follows it has first contact.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable

from zeroconf import IPVersion, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

SERVICES = ("_http._tcp.local.", "_sip-provisioning._tcp.local.")
NAME = "Markaz telephones"


async def announce(host: str, port: int) -> Callable[[], Awaitable[None]]:
    """Announce the service at ``host``; the function returned takes it back.

    Raises:
        OSError: the network cannot be joined.
    """
    responder = AsyncZeroconf(interfaces=[host], ip_version=IPVersion.V4Only)
    for kind in SERVICES:
        await responder.async_register_service(
            ServiceInfo(
                kind,
                f"{NAME}.{kind}",
                addresses=[socket.inet_aton(host)],
                port=port,
                properties={"path": "/"},
                server="markaz.local.",
            ),
            allow_name_change=True,
        )

    async def take_back() -> None:
        await responder.async_unregister_all_services()
        await responder.async_close()

    return take_back
