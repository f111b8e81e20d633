"""mDNS: the box says on the network where telephones may ask (RFC 6762, RFC 6763).

python-zeroconf does it. The service carries no token: whoever follows it has first contact.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable

import zeroconf
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

SERVICE = "_http._tcp.local."
NAME = "Markaz telephones"


async def announce(host: str, port: int) -> Callable[[], Awaitable[None]]:
    """Announce the service at ``host``; the function returned takes it back.

    Raises:
        OSError: the network cannot be joined, or its other responders do not agree.
    """
    responder = AsyncZeroconf(interfaces=[host], ip_version=zeroconf.IPVersion.V4Only)
    service = AsyncServiceInfo(
        SERVICE,
        f"{NAME}.{SERVICE}",
        addresses=[socket.inet_aton(host)],
        port=port,
        properties={"path": "/"},
        server="markaz.local.",
    )
    try:
        await responder.async_register_service(service, allow_name_change=True)
    except zeroconf.Error as error:
        await responder.async_close()
        raise OSError(f"mDNS: {error}") from error

    async def take_back() -> None:
        await responder.async_unregister_all_services()
        await responder.async_close()

    return take_back
