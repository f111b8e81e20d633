"""A box whose daemons answer on their links and note their orders, for tests of ``markaz``."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from click.testing import CliRunner, Result

from firmware.cli.main import main
from firmware.config import history
from firmware.config.home import Home
from firmware.link import api
from firmware.link.rows import DaemonStatus
from tests.unit.served import Served, serving

SITE = """
network:
  console_port: {port}
extension:
  - number: 101
    name: سارا
    password: correct horse
line:
  - name: fxo-1
    kind: trunk
    route: extension:101
"""


def markaz(home: Home, *arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(main, ["--home", str(home.root), *arguments], input=stdin)


class Daemon:
    """Answers everything and notes the orders."""

    def __init__(self, name: str, config_version: int = 1, warnings: tuple[str, ...] = ()) -> None:
        self.name, self.config_version, self.warnings = name, config_version, warnings
        self.orders: list[tuple[object, ...]] = []

    def status(self) -> DaemonStatus:
        return DaemonStatus(
            name=self.name,
            version="0.1.0",
            pid=4321,
            up_s=3725.0,
            config_version=self.config_version,
            warnings=self.warnings,
        )

    def reload(self) -> None:
        self.config_version += 1

    def hang_up(self, **order: str) -> None:
        if "9" in order.values():
            raise KeyError("no call 9")
        self.orders.append(("hang_up", order))

    def log_in(self, agent: str) -> None:
        self.orders.append(("log_in", agent))

    def log_out(self, agent: str) -> None:
        self.orders.append(("log_out", agent))

    def pause_agent(self, agent: str, reason: str, queue: str) -> None:
        self.orders.append(("pause_agent", agent, reason, queue))

    def resume_agent(self, agent: str, queue: str) -> None:
        self.orders.append(("resume_agent", agent, queue))

    def prioritise_caller(self, caller: str, priority: int) -> None:
        self.orders.append(("prioritise_caller", caller, priority))

    def move_caller(self, caller: str, to: str) -> None:
        self.orders.append(("move_caller", caller, to))

    def withdraw_caller(self, caller: str) -> None:
        self.orders.append(("withdraw_caller", caller))

    def set_calendar(self, name: str, state: str, until: float) -> None:
        self.orders.append(("set_calendar", name, state, until))

    def ring(self, **order: str) -> None:
        if order["line"] != "fxo-1":
            raise KeyError(f"no line {order['line']}")
        self.orders.append(("ring", order))

    def lift(self, **order: str) -> None:
        self.orders.append(("lift", order))

    def cut(self, line: str) -> None:
        self.orders.append(("cut", line))

    def mend(self, line: str) -> None:
        self.orders.append(("mend", line))


APIS = {
    "edge": api.EdgeApi,
    "switchd": api.SwitchApi,
    "lined": api.LinedApi,
    "recorder": api.DaemonApi,
    "provision": api.ProvisionApi,
    "outbox": api.OutboxApi,
    "deviced": api.DevicedApi,
    "bench": api.BenchApi,
}


Box = dict[str, tuple[Daemon, Served]]


@contextmanager
def running_box(home: Home) -> Iterator[Box]:
    """All daemons, up, with configuration 1, and something that listens for the console."""
    with ExitStack() as stack:
        console = stack.enter_context(closing(socket.create_server(("127.0.0.1", 0))))
        history.apply(home, SITE.format(port=console.getsockname()[1]), "test", "first")
        running = {}
        for name, api_class in APIS.items():
            daemon = Daemon(name)
            running[name] = (daemon, stack.enter_context(serving(home, name, api_class, daemon)))
        yield running
