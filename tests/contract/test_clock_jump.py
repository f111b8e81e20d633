"""The machine's clock is set while Kamailio runs: telephones stay registered. Kamailio's clock is
one of ours (libfaketime), the real Kamailio believes it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Site, Switch
from firmware.edge import launch
from firmware.edge.keeper import Keeper
from firmware.link.server import Board
from tests.contract.kamailio import SDP, Edge, account, final
from tests.contract.raw_sip import Telephone
from tests.rig.ports import reserve_block
from tests.rig.until import until

LIBRARY = next(map(str, Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), "")
THREE_HOURS_S = 3 * 3600.0

pytestmark = pytest.mark.skipif(not LIBRARY, reason="a clock of ours needs Debian's libfaketime")


@dataclass
class Clock:
    """A machine's clock, that of this machine but set by so much."""

    file: Path
    set_by_s: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.set_by_s

    def set(self, by_s: float) -> None:
        self.set_by_s = by_s
        new = self.file.with_suffix(".new")
        new.write_text(f"{by_s:+.0f}\n")
        new.replace(self.file)


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(tmp_path / "clock")
    clock.set(0.0)
    for name, value in {
        "LD_PRELOAD": LIBRARY,
        "FAKETIME_TIMESTAMP_FILE": str(clock.file),
        "FAKETIME_CACHE_DURATION": "1",  # seconds until a process notices
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }.items():
        monkeypatch.setenv(name, value)
    return clock


@pytest.fixture
def edge(clock: Clock, tmp_path: Path) -> Iterator[Edge]:
    home = Home(tmp_path / "home")
    home.make()
    with reserve_block() as block:
        network = block.network()
        history.create_first(
            home, Site(network=network, switch=Switch(max_calls=20), extension=(account("101"),))
        )
        edge = Edge(home=home, network=network, folder=tmp_path)
        edge.start()
        yield edge
        launch.stop_leftovers(launch.command(home))
        until(lambda: has_ended(edge), 5.0, "Kamailio ended")


def has_ended(edge: Edge) -> bool:
    return edge.child is None or edge.child.status is not None


def rings(edge: Edge, telephone: Telephone) -> bool:
    """Whether a call from switchd comes to the telephone."""
    uri = f"sip:101@{edge.network.realm}"
    with closing(edge.switch()) as switch:
        switch.send(switch.text("INVITE", uri, [], to=f"<{uri}>", body=SDP))
        invite = telephone.receive_request("INVITE", 3.0)
        if invite is not None:
            telephone.reply(invite, "486 Busy Here")
        return invite is not None


@pytest.mark.parametrize("by_s", [THREE_HOURS_S, -THREE_HOURS_S])
def test_telephones_stay_registered_when_the_clock_is_set(
    edge: Edge, clock: Clock, by_s: float
) -> None:
    board = Board()
    keeper = Keeper(edge.home, board, clock=clock)
    with closing(edge.telephone("101")) as telephone:
        assert final(telephone.register(expires_s=600)) == 200
        keeper.look()
        before = keeper.contacts("101")
        assert before
        assert rings(edge, telephone)
        clock.set(by_s)
        if by_s > 0:
            until(lambda: not rings(edge, telephone), 15.0, "the clock of ours is Kamailio's")
        keeper.look()
        until(lambda: has_ended(edge), 5.0, "Kamailio ended")
        edge.start()  # as supervisord does
        assert rings(edge, telephone)
        keeper.look()
        assert keeper.contacts("101") == before
    keeper.close()
