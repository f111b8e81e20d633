"""Following a daemon's rows over a real Unix socket, on our own loop."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

import pytest

from firmware.link.client import Event, Snapshot
from firmware.link.mirror import follow
from firmware.link.rows import ParkRow
from tests.contract.watching import Rows


def row(slot: str) -> ParkRow:
    return ParkRow(id=slot, call="7", caller="", by="", since=0.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "switchd.sock"


class Story(list[str]):
    """What was told, in order; ``until`` waits for a line of it."""

    def __init__(self) -> None:
        super().__init__()
        self._grown = asyncio.Event()

    def tell(self, line: str) -> None:
        self.append(line)
        self._grown.set()

    async def until(self, line: str) -> None:
        async with asyncio.timeout(10):
            while line not in self:
                self._grown.clear()
                await self._grown.wait()


async def test_a_snapshot_then_changes_and_the_end_of_it(path: Path) -> None:
    story = Story()

    def told(change: Snapshot | Event) -> None:
        if isinstance(change, Snapshot):
            story.tell("there: " + ",".join(one.id for one in change.rows.get("park", ())))
        else:
            story.tell(f"{change.name} {change.row.id}")

    task = asyncio.create_task(follow(path, "test", told, lambda: story.tell("lost")))
    await asyncio.sleep(0)  # nobody listens yet: that is lawful, and no loss
    with closing(Rows(path, "switchd")) as switchd:
        switchd.post("park.changed", row("701"))
        await story.until("there: 701")
        switchd.post("park.changed", row("702"))
        switchd.post("park.left", row("701"))
        await story.until("park.left 701")
        assert story == ["there: 701", "park.changed 702", "park.left 701"]
    await story.until("lost")
    with closing(Rows(path, "switchd")) as switchd:
        switchd.post("park.changed", row("703"))
        await story.until("there: 703")
        assert story.count("lost") == 1
    task.cancel()
