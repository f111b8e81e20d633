"""``markaz`` for whoever supervises a call centre."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from firmware.config.home import Home
from firmware.model.queue_event import QueueEvent, QueueEventName
from firmware.store import rows
from firmware.store.db import open_store
from tests.unit.cli_box import Box, markaz, running_box


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.make()
    return home


@pytest.fixture
def box(home: Home) -> Iterator[Box]:
    with running_box(home) as running:
        yield running


@pytest.mark.parametrize(
    ("command", "order"),
    [
        ("agent pause 101 --reason lunch", ("pause_agent", "101", "lunch", "")),
        ("agent resume 101 --queue support", ("resume_agent", "101", "support")),
        ("caller prioritise x-1/1 9", ("prioritise_caller", "x-1/1", 9)),
        ("caller move x-1 queue:sales", ("move_caller", "x-1", "queue:sales")),
        ("caller withdraw x-1/1", ("withdraw_caller", "x-1/1")),
    ],
)
def test_orders(home: Home, box: Box, command: str, order: tuple[object, ...]) -> None:
    found = markaz(home, *command.split())

    assert found.exit_code == 0, found.output
    assert box["switchd"][0].orders == [order]


def test_figures_of_the_last_day(home: Home, box: Box) -> None:
    now = time.time()
    told = [
        QueueEvent(at=now - 90, name=QueueEventName.CALLER_JOINED, target_s=20, **_of("a")),
        QueueEvent(at=now - 80, name=QueueEventName.CALLER_SERVED, seconds=10, **_of("a", "101")),
        QueueEvent(at=now - 50, name=QueueEventName.TALK_ENDED, seconds=30, **_of("a", "101")),
        QueueEvent(at=now - 60, name=QueueEventName.CALLER_JOINED, **_of("b")),
        QueueEvent(at=now - 20, name=QueueEventName.CALLER_ABANDONED, seconds=40, **_of("b")),
        QueueEvent(at=now - 100, name=QueueEventName.AGENT_CHANGED, agent="101", state="available"),
        QueueEvent(at=now - 80, name=QueueEventName.AGENT_CHANGED, agent="101", state="talking"),
        QueueEvent(at=now - 50, name=QueueEventName.AGENT_CHANGED, agent="101", state="logged_out"),
    ]
    with closing(open_store(home)) as db:
        for event in told:
            rows.save(db, event)

    [queue] = json.loads(markaz(home, "figures", "queues", "--json").output)
    assert (queue["key"], queue["offered"], queue["service_level"]) == ("support", 2, 0.5)
    table = markaz(home, "figures", "queues").output.splitlines()
    assert "50 %" in table[-1]
    [agent] = json.loads(markaz(home, "figures", "agents", "--json").output)
    assert (agent["agent"], agent["occupancy"]) == ("101", pytest.approx(0.6))
    assert "60 %" in markaz(home, "figures", "agents").output
    assert "0912b" in markaz(home, "figures", "unreturned").output
    assert json.loads(markaz(home, "figures", "unreturned", "--json").output)[0]["calls"] == 1


def _of(visit: str, agent: str = "") -> dict[str, str]:
    return {"queue": "support", "visit": visit, "agent": agent, "caller": f"0912{visit}"}
