"""Watching another daemon live, by a connection to its link that is made again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from firmware.link import frame

RETRY_S = 0.5


async def watch(path: Path, name: str, on_lost: Callable[[], None]) -> None:
    """Stay connected to the daemon at ``path``, saying hello as ``name``, for ever.

    ``on_lost`` is called each time a connection that was made is lost: the daemon has died or
    was restarted, and whatever it held is gone.
    """
    while True:
        try:
            reader, writer = await asyncio.open_unix_connection(str(path), limit=frame.LIMIT_BYTES)
        except OSError:
            await asyncio.sleep(RETRY_S)
            continue
        try:
            writer.write(frame.encode({"hello": name, "protocol": frame.PROTOCOL}))
            while await reader.readline():
                pass
        except OSError:
            pass
        finally:
            writer.close()
        on_lost()
        await asyncio.sleep(RETRY_S)
