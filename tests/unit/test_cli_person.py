"""``markaz person`` against the part of switchd that answers it, over a real link and store."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC
from pathlib import Path
from types import SimpleNamespace

import pytest

from firmware.config.home import Home
from firmware.link.api import SwitchApi
from firmware.store import people as store
from firmware.store.db import open_store
from firmware.store.writer import StoreWriter
from firmware.switchd import plans
from firmware.switchd.control_people import PeopleControl
from firmware.switchd.people import People
from firmware.switchd.wakeups import WakeUps
from tests.unit.cli_box import markaz
from tests.unit.served import serving
from tests.unit.switchd_bench import site
from tests.unit.test_switchd_people import PEOPLE

NOON = 1_000_000.0


class Switch(PeopleControl):
    """Only the people of an exchange."""

    def __init__(self, home: Home) -> None:
        self.writer = StoreWriter(home)
        self.plan = plans.dialplan(site(extension=PEOPLE))

    def open(self, board) -> None:
        people = People(
            plan=lambda: self.plan,
            legs_of=lambda _party: 0,
            board=board,
            store=self.writer,
            clock=lambda: NOON,
        )
        wake_ups = WakeUps(
            store=self.writer,
            clock=lambda: NOON,
            zone=lambda: UTC,
            ring=lambda _wake_up: asyncio.sleep(0, False),
            show=people.show,
        )
        people.wake_ups_of = wake_ups.of
        people.show_all()
        super().__init__(SimpleNamespace(people=people, wake_ups=wake_ups), self.writer)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    home.make()
    switch = Switch(home)
    with serving(home, "switchd", SwitchApi, switch) as served:
        switch.open(served.board)
        yield home
    switch.writer.close()


def kept(home: Home):
    with closing(open_store(home)) as db:
        return store.people(db)


def shown(home: Home, number: str):
    return json.loads(markaz(home, "person", "show", number, "--json").output)[0]


def do(home: Home, *arguments: str) -> None:
    found = markaz(home, "person", *arguments)
    assert found.exit_code == 0, found.stderr


def refused(home: Home, *arguments: str) -> str:
    found = markaz(home, "person", *arguments)
    assert found.exit_code == 1
    return found.stderr


def test_what_is_set_is_shown_and_on_the_disk_when_the_command_returns(home: Home) -> None:
    do(home, "dnd", "101", "on")
    assert kept(home)["101"].dnd
    do(home, "call-waiting", "101", "off")
    do(home, "forward", "101", "no_answer", "103", "--after", "12")
    do(home, "follow-me", "101", "on", "--to", "103", "--to", "104:7.5")
    do(home, "speed-dial", "101", "7", "102")
    do(home, "log-in", "101", "201")
    do(home, "wake-up", "101", "1830")
    row = shown(home, "101")
    assert (row["dnd"], row["call_waiting"], row["at"]) == (True, False, "201")
    assert (row["forwards"], row["no_answer_s"]) == ({"no_answer": "extension:103"}, 12.0)
    assert row["follow_me"]
    assert row["follow_steps"] == [
        {"number": "103", "delay_s": 0.0},
        {"number": "104", "delay_s": 7.5},
    ]
    assert row["speed_dials"] == {"7": "102"}
    assert len(row["wake_ups"]) == 1
    assert shown(home, "201")["guest"] == "101"
    with closing(open_store(home)) as db:
        assert [w.number for w in store.waiting(db)] == ["101"]


def test_everything_can_be_taken_back(home: Home) -> None:
    do(home, "forward", "101", "always", "103")
    do(home, "forward", "101", "always")
    do(home, "speed-dial", "101", "7", "102")
    do(home, "speed-dial", "101", "7")
    do(home, "log-in", "101", "201")
    do(home, "log-out", "201")
    do(home, "wake-up", "101", "1830")
    assert "1 cancelled" in markaz(home, "person", "wake-up", "101").output
    row = shown(home, "101")
    assert (row["forwards"], row["speed_dials"], row["at"], row["wake_ups"]) == ({}, {}, "", [])


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("dnd", "999", "on"), "there is no extension 999"),
        (("forward", "101", "always", "101"), "cannot be led to itself"),
        (("forward", "101", "always", "8888"), "no number that calls can be led to"),
        (("forward", "101", "no_answer", "103", "--after", "0"), "from 1 to 300 seconds"),
        (("follow-me", "101", "on"), "no numbers to follow"),
        (("follow-me", "101", "on", "--to", "700"), "no telephone"),
        (("speed-dial", "101", "100", "102"), "one or two of the digits"),
        (("speed-dial", "101", "7", "*66"), "no number that can be called"),
        (("log-in", "101", "999"), "there is no extension 999"),
        (("wake-up", "101", "2561"), "hours to 23"),
        (("wake-up", "999", "0630"), "there is no extension 999"),
        (("show", "999"), "there is no extension 999"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(home: Home, arguments, reason) -> None:
    assert reason in refused(home, *arguments)


def test_the_table_shows_everybody(home: Home) -> None:
    do(home, "dnd", "103", "on")
    lines = markaz(home, "person", "show").output.splitlines()
    assert [line.split()[0] for line in lines if line[:1].isdigit()] == [p.number for p in PEOPLE]
    assert "yes" in next(line for line in lines if line.startswith("103"))
