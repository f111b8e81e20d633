"""A box with provisioning on an office network in namespaces, for tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path

from firmware.box import first, ready
from firmware.config import history
from firmware.config.home import Home
from firmware.link.client import Link
from tests.rig.namespaces import Host, Lan
from tests.rig.until import until

BOX = "10.99.0.10"


class BoxOnLan:
    """The provisioning daemon on a host of its own. Its link is a file, seen from outside."""

    def __init__(self, lan: Lan, host: Host, folder: Path, **plan: object) -> None:
        self.lan, self.host = lan, host
        self.home = Home(folder)
        self.home.make()
        site = first.site(0)
        address = IPv4Address(plan.pop("address", BOX))
        made = site.provisioning.model_copy(update={"address": address, **plan})
        history.create_first(self.home, site.model_copy(update={"provisioning": made}))
        self.site = history.load_current(self.home)[1]
        self.log = folder / "provision.log"

    @property
    def base(self) -> str:
        return f"http://{BOX}:{self.site.provisioning.http_port}/"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.lan.start(
            self.host,
            *("env", f"MARKAZ_HOME={self.home.root}"),
            *(sys.executable, "-P", "-m", "provisioning.main"),
            log=self.log,
        )
        until(lambda: ready.answers_link(self.home, "provision"), 15.0, "it answers")

    @contextmanager
    def control(self) -> Iterator[Link]:
        with Link(self.home.link("provision"), "rig") as link:
            yield link
