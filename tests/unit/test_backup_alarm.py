"""The outbox makes the backups, and raises an alarm when there is no new one."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from firmware.backup import last, schedule
from firmware.config.home import Home
from firmware.link.api import OutboxApi
from firmware.link.client import Link
from firmware.outbox import main as outbox
from tests.rig.until import until
from tests.rig.watch import Watch
from tests.unit.backup_box import furnish, key_in, site


@asynccontextmanager
async def running_outbox(home: Home) -> AsyncIterator[None]:
    """The daemon in this program, from the moment it answers until SIGTERM has ended it."""
    daemon = asyncio.create_task(outbox.run(home))
    await asyncio.to_thread(until, home.link("outbox").exists, 20, "the outbox listens")
    try:
        yield
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        await daemon


def warnings(home: Home) -> tuple[str, ...]:
    with Link(home.link("outbox"), "test") as link:
        return link.call(OutboxApi.status).warnings


async def test_a_missing_stick_is_an_alarm_until_it_is_there_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "LOOK_INTERVAL_S", 0.05)
    monkeypatch.setattr(schedule, "RETRY_S", 0.1)
    home, stick = Home(tmp_path / "box"), tmp_path / "stick"
    furnish(home, site(stick, key_in(tmp_path)[1]))

    async with running_outbox(home):
        watch = await asyncio.to_thread(Watch, home.link("outbox"))
        raised = await asyncio.to_thread(watch.named, "alarm.raised", 20.0)
        [told] = await asyncio.to_thread(warnings, home)
        stick.mkdir()
        cleared = await asyncio.to_thread(watch.named, "alarm.cleared", 20.0)
        await asyncio.to_thread(watch.close)

    assert (raised.row.id, cleared.row.id) == ("backup", "backup")
    assert raised.row.text == told
    assert "is the disk plugged in?" in told
    made = last.read(home)
    assert made is not None
    assert [path.name for path in stick.iterdir()] == [made.name]
