"""Telling a telephone its address over its own web page, where the maker documents a way to.

For one that is on the network and neither asks by itself nor is registered: a scan found it. One
request is made, to the address the telephone was seen at, without any password: a telephone whose
page is locked refuses, and its address must be typed there.
"""

from __future__ import annotations

import asyncio
import logging

import aiohttp

log = logging.getLogger(__name__)

TIMEOUT_S = 5.0


class Pusher:
    """Makes the requests, each beside everything else."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, ident: str, url: str) -> None:
        """Tell telephone ``ident`` by asking for ``url``, which holds its token and is not said."""
        task = asyncio.get_running_loop().create_task(self._push(ident, url))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _push(self, ident: str, url: str) -> None:
        limit = aiohttp.ClientTimeout(total=TIMEOUT_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=limit, trust_env=False) as session,
                session.get(url, allow_redirects=False) as answer,
            ):
                log.info("phone %s was told its address: its page says %d", ident, answer.status)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning(
                "phone %s could not be told its address: %s; type it on its page",
                *(ident, type(error).__name__),
            )
