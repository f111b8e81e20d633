"""Another daemon's rows, followed on our own event loop: for daemons that act on changes.

``Feed`` and ``Link`` of ``client`` block and need a thread; this one is a coroutine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from firmware.link import frame
from firmware.link.client import Event, Snapshot, event_of, snapshot_of

RETRY_S = 0.5


async def follow(
    path: Path,
    name: str,
    told: Callable[[Snapshot | Event], None],
    lost: Callable[[], None],
) -> None:
    """Follow the daemon at ``path`` for ever, saying hello as ``name``.

    ``told`` gets a snapshot at each connection and after every gap, and every change between.
    ``lost`` is called when a connection that had a snapshot ends: whatever it said is void.
    """
    while True:
        try:
            reader, writer = await asyncio.open_unix_connection(str(path), limit=frame.LIMIT_BYTES)
        except OSError:
            await asyncio.sleep(RETRY_S)
            continue
        had_snapshot = False

        def tell(change: Snapshot | Event) -> None:
            nonlocal had_snapshot
            had_snapshot = True
            told(change)

        try:
            writer.write(frame.encode({"hello": name, "protocol": frame.PROTOCOL}))
            await _listen(reader, writer, tell)
        except (OSError, frame.BadFrame, ValueError):  # a line beyond the limit is a ValueError
            pass
        finally:
            writer.close()
        if had_snapshot:
            lost()
        await asyncio.sleep(RETRY_S)


async def _listen(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    tell: Callable[[Snapshot | Event], None],
) -> None:
    """Until the daemon closes the link."""
    asked, seq = 1, -1  # the snapshot we wait for; the last change we know, -1: none
    _subscribe(writer, asked)
    while line := await reader.readline():
        message = frame.decode(line)
        if message.get("reply") == asked and "result" in message:
            snapshot, seq = snapshot_of(message["result"])
            tell(snapshot)
        elif "event" not in message or seq < 0:
            continue
        elif message["seq"] == seq + 1:
            seq += 1
            tell(event_of(message))
        else:  # we were too slow: what is between is lost
            asked, seq = asked + 1, -1
            _subscribe(writer, asked)


def _subscribe(writer: asyncio.StreamWriter, ident: int) -> None:
    writer.write(frame.encode({"call": ident, "method": "subscribe", "params": {}}))
