"""The box under load: the real daemons on a site with many telephones and no lines.

Only what a call between two telephones needs is started: Kamailio, its keeper, switchd and the
recorder. The outside addresses are the benchmark's own (``ADDRESS``), so that it disturbs no
other box on the machine.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from firmware.box.ready import answers_link, answers_sip
from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Extension, Network, Site, Switch

ADDRESS = "127.9.0.1"
CALLERS = tuple(str(number) for number in range(1001, 1251))
CALLED = tuple(str(number) for number in range(2001, 2251))
ABSENT = "3001"
"""An extension whose telephone never registers."""

MODULES = {
    "kamailio": "firmware.edge.launch",
    "edge": "firmware.edge.main",
    "switchd": "firmware.switchd.main",
    "recorder": "firmware.recorder.main",
}
_PORTS_APART = 700
_START_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedBox:
    """A running box: its folder, its site, its daemons."""

    home: Home
    site: Site
    daemons: dict[str, subprocess.Popen[bytes]]

    @property
    def sip(self) -> str:
        """Where telephones send SIP: "address:port"."""
        return f"{self.site.network.sip_address}:{self.site.network.sip_port}"


def site(rate_hz: int) -> Site:
    """Many telephones and nothing else."""
    numbers = (*CALLERS, *CALLED, ABSENT)
    default = Network()
    return Site(
        network=Network(
            sip_address=IPv4Address(ADDRESS),
            media_address=IPv4Address(ADDRESS),
            inner_edge_port=default.inner_edge_port + _PORTS_APART,
            inner_switch_port=default.inner_switch_port + _PORTS_APART,
            inner_lines_port=default.inner_lines_port + _PORTS_APART,
        ),
        switch=Switch(max_calls=250, bridge_rate_hz=rate_hz),  # type: ignore[arg-type]
        extension=tuple(
            Extension.model_validate(
                {"number": number, "name": f"Phone {number}", "password": password(number)}
            )
            for number in numbers
        ),
    )


def password(number: str) -> str:
    """The SIP password of a telephone of this box."""
    return f"bench-{number}-password"


@contextlib.contextmanager
def running(root: Path, *, rate_hz: int = 16000) -> Iterator[LoadedBox]:
    """A new box in ``root`` (whatever was there goes); stopped at the end.

    Raises:
        RuntimeError: a daemon did not come up; the text names its log.
    """
    shutil.rmtree(root, ignore_errors=True)
    home = Home(root.resolve())
    home.make()
    wanted = site(rate_hz)
    history.create_first(home, wanted)
    with contextlib.ExitStack() as ends:
        daemons = {}
        for name, module in MODULES.items():
            daemons[name] = _start(home, name, [sys.executable, "-P", "-m", module])
            ends.callback(_stop, daemons[name])
        box = LoadedBox(home=home, site=wanted, daemons=daemons)
        _wait_until_up(box)
        yield box


def _start(home: Home, name: str, command: Sequence[str]) -> subprocess.Popen[bytes]:
    with (home.log / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            command,
            env=dict(os.environ, MARKAZ_HOME=str(home.root)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _stop(daemon: subprocess.Popen[bytes]) -> None:
    daemon.terminate()
    try:
        daemon.wait(10.0)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _wait_until_up(box: LoadedBox) -> None:
    until = time.monotonic() + _START_TIMEOUT_S
    network = box.site.network
    while not (
        answers_sip(str(network.sip_address), network.sip_port)
        and all(answers_link(box.home, name) for name in ("edge", "switchd", "recorder"))
    ):
        dead = [name for name, daemon in box.daemons.items() if daemon.poll() is not None]
        if dead or time.monotonic() > until:
            name = (dead or ["a daemon"])[0]
            raise RuntimeError(f"{name} did not come up; its log is in {box.home.log}")
        time.sleep(0.1)
