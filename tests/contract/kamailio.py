"""A real Kamailio, as the edge starts it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from firmware import processes
from firmware.config import history
from firmware.config.home import Home
from firmware.config.inner import EDGE_ADDRESS, SWITCH_ADDRESS
from firmware.config.schema import Extension, Network, Site, Switch
from firmware.edge import launch
from firmware.ping import answers_sip
from tests.contract.raw_sip import Message, Telephone
from tests.rig.child import Child
from tests.rig.ports import reserve_block
from tests.rig.until import until

SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"


def account(number: str) -> Extension:
    return Extension.model_validate(
        {"number": number, "name": f"Room {number}", "password": f"secret-{number}"}
    )


@dataclass
class Edge:
    """A running Kamailio, as supervisord would start it."""

    home: Home
    network: Network
    folder: Path
    child: Child | None = None

    @property
    def outside(self) -> tuple[str, int]:
        return str(self.network.sip_address), self.network.sip_port

    @property
    def inside(self) -> tuple[str, int]:
        return EDGE_ADDRESS, self.network.inner_edge_port

    def start(self) -> None:
        self.begin()
        until(self._answers, 10.0, "Kamailio answers")

    def begin(self) -> None:
        """Start it, and do not wait until it answers."""
        self.child = Child(
            "kamailio",
            [sys.executable, "-P", "-m", "firmware.edge.launch"],
            self.folder / "kamailio.log",
            environment={"MARKAZ_HOME": str(self.home.root)},
        )

    def _answers(self) -> bool:
        assert self.child is not None
        self.child.check()
        return answers_sip(*self.outside)

    def kill(self) -> None:
        """The main process dies as by a fault; its workers stay, as they would."""
        assert self.child is not None
        self.child.send_signal(signal.SIGKILL)
        until(lambda: self.child is None or self.child.status is not None, 5.0, "it is dead")

    def telephone(self, number: str, password: str = "", address: str = "127.0.0.1") -> Telephone:
        return Telephone(
            self.outside,
            address=(address, 0),
            number=number,
            password=password or f"secret-{number}",
            realm=self.network.realm,
        )

    def switch(self) -> Telephone:
        """What stands in for switchd: the one address the inner side listens to."""
        place = (SWITCH_ADDRESS, self.network.inner_switch_port)
        return Telephone(self.inside, address=place, number="101", realm=self.network.realm)


@contextmanager
def running_edge(folder: Path) -> Iterator[Edge]:
    """An edge with the extensions 101 to 106, until the end of the block."""
    home = Home(folder / "home")
    home.make()
    with reserve_block() as block:
        network = block.network()
        numbers = ("101", "102", "103", "104", "105", "106")
        site = Site(
            network=network,
            switch=Switch(max_calls=20),
            extension=tuple(account(number) for number in numbers),
        )
        history.create_first(home, site)
        edge = Edge(home=home, network=network, folder=folder)
        edge.start()
        yield edge
        assert edge.child is not None
        edge.child.send_signal(signal.SIGTERM)
        until(lambda: edge.child is None or edge.child.status is not None, 8.0, "it stopped")
        assert processes.end(processes.started_with(launch.command(home)), grace_s=1.0) == []


def final(message: Message | None) -> int:
    assert message is not None, "no answer"
    return message.status
