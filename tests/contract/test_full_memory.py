"""The memory in which Kamailio's databases lie is full to the last page: who is registered is
called, nothing dies, and whoever came in vain comes when there is room again."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Site, Switch
from firmware.edge import launch
from firmware.edge.keeper import Keeper
from firmware.link.server import Board
from tests.contract.kamailio import Edge, account, final
from tests.contract.test_clock_jump import has_ended, rings
from tests.rig.ports import reserve_block
from tests.rig.until import until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a memory of ours needs root")

SIZE = "8m"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path / "home")
    home.ram.mkdir(parents=True, mode=0o700)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(home.ram)], check=True
    )
    home.make()
    yield home
    subprocess.run(["umount", "--lazy", str(home.ram)], check=True)


@pytest.fixture
def edge(home: Home, tmp_path: Path) -> Iterator[Edge]:
    with reserve_block() as block:
        network = block.network()
        accounts = tuple(map(account, ("101", "102")))
        site = Site(network=network, switch=Switch(max_calls=20), extension=accounts)
        history.create_first(home, site)
        edge = Edge(home=home, network=network, folder=tmp_path)
        edge.start()
        yield edge
        launch.stop_leftovers(launch.command(home))
        until(lambda: has_ended(edge), 5.0, "Kamailio ended")


def fill(folder: Path) -> Path:
    filling = folder / "filling"
    with filling.open("ab", buffering=0) as file:
        for size in (65536, 4096):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return filling


def test_a_full_memory_loses_no_telephone_and_no_process(edge: Edge) -> None:
    keeper = Keeper(edge.home, Board())
    with closing(edge.telephone("101")) as there, closing(edge.telephone("102")) as comes:
        assert final(there.register()) == 200
        keeper.copies.make()
        filling = fill(edge.home.ram)
        assert rings(edge, there)
        answers = [final(comes.register(expires_s=300 + n)) for n in range(20)]
        assert set(answers) <= {200, 500}, "it is told to try again, and not left waiting"
        assert shutil.disk_usage(edge.home.ram).free == 0, "it was full all the time"
        keeper.look()
        keeper.copies.make()
        assert rings(edge, there)
        filling.unlink()
        assert final(comes.register()) == 200
        keeper.look()
        assert keeper.contacts("102")
        keeper.copies.make()
        assert not has_ended(edge)
    keeper.close()
