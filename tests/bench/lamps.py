"""``python -m tests.bench.lamps``: thirty telephones with sixty lamp keys each, after a power cut.

All register and subscribe at once, at a real Kamailio with its keeper. Then calls ring, are
answered and end in the rows of a switchd, and it is measured how long each change takes from
its row to the NOTIFY at each telephone; at last every extension changes at once. Exit status 0
only if every key was lit and every change was seen by everybody.
"""

from __future__ import annotations

import os
import selectors
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack

import click

from firmware import processes
from firmware.config.schema import Extension, Site
from firmware.edge import launch
from firmware.link.rows import LegRow
from tests.bench.report import percentiles_ms
from tests.contract.watching import Desk, Rows
from tests.rig.box import LeanBox
from tests.rig.panels import Key, Panel, listen, switch_on
from tests.rig.until import until

LIMIT_S = 60.0
_STEPS = {"leg.rang": "ringing", "leg.answered": "answered", "leg.gone": "gone"}
_SHOWN = {"leg.rang": "early", "leg.answered": "confirmed", "leg.gone": "terminated"}


class Missed(RuntimeError):
    """A change that not every telephone was told of."""


class Hall:
    """The telephones, all registered, and the switchd whose rows they see."""

    def __init__(self, stack: ExitStack, telephones: int, keys: int) -> None:
        self.numbers = [str(301 + n) for n in range(max(telephones, keys))]
        self.box = stack.enter_context(LeanBox("kamailio", "edge", shape=self._shape))
        self.rows = Rows(self.box.home.link("switchd"), "switchd")
        stack.callback(self.rows.close)
        network = self.box.network
        watched = [f"sip:{number}@{network.realm}" for number in self.numbers[:keys]]
        self.panels = [
            Panel(
                telephone=Desk(
                    (str(network.sip_address), network.sip_port),
                    address=(f"127.0.3.{n + 1}", 0),
                    number=self.numbers[n],
                    password=f"secret-{self.numbers[n]}",
                ),
                keys=[Key(uri=uri) for uri in watched],
            )
            for n in range(telephones)
        ]
        self._selector = stack.enter_context(selectors.DefaultSelector())
        for panel in self.panels:
            stack.callback(panel.telephone.close)
            answer = panel.telephone.register()
            if answer is None or answer.status != 200:
                raise Missed(f"{panel.telephone.number} cannot register")
        until(lambda: "lamps:" in self.box.log("edge"), 10.0, "the keeper publishes")

    def _shape(self, site: Site) -> Site:
        people = tuple(
            Extension.model_validate({"number": n, "name": f"R {n}", "password": f"secret-{n}"})
            for n in self.numbers
        )
        empty = {"line": (), "queue": (), "ivr": ()}
        return site.model_copy(update={"extension": people, **empty})

    def listen_from_now(self) -> None:
        """Forget what was heard."""
        for panel in self.panels:
            if panel.telephone.socket.fileno() not in self._selector.get_map():
                self._selector.register(panel.telephone.socket, selectors.EVENT_READ, panel)
            panel.notifies.clear()

    def change(self, name: str, numbers: list[str]) -> list[float]:
        """Something happens to these extensions; milliseconds to each telephone's NOTIFY of each.

        Raises:
            Missed: somebody was not told.
        """
        self.listen_from_now()
        state = _STEPS[name]
        posted = {}
        for number in numbers:
            posted[number] = self.rows.post(name, _leg(number, state))
        wanted = len(numbers) * len(self.panels)
        end = time.monotonic() + LIMIT_S
        while sum(len(panel.notifies) for panel in self.panels) < wanted:
            if time.monotonic() > end:
                raise Missed(f"{name}: not everybody was told in {LIMIT_S:g} s")
            listen(self._selector, 0.005)
        took = []
        for panel in self.panels:
            for at, message in panel.notifies:
                number = message.get("From").partition("sip:")[2].partition("@")[0]
                if f"<state>{_SHOWN[name]}</state>" not in message.body:
                    raise Missed(f"{name}: {number} is shown as something else")
                took.append((at - posted[number]) * 1000)
        return took

    def kamailio_cpu_s(self) -> float:
        """The time all of Kamailio has computed so far."""
        ticks = 0
        for pid in processes.started_with(launch.command(self.box.home)):
            with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
                fields = file.read().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def _leg(number: str, state: str) -> LegRow:
    ident = f"x-{number}"
    return LegRow(
        id=f"{ident}.2", call=ident, state=state, direction="outbound", party=number, cause=0
    )


def _line(what: str, ms: Mapping[str, float]) -> str:
    return f"{what:32} " + "  ".join(f"{name} {value:.1f} ms" for name, value in ms.items())


@click.command()
@click.option("--telephones", default=30, show_default=True)
@click.option("--keys", default=60, show_default=True)
@click.option("--calls", default=20, show_default=True)
def main(telephones: int, keys: int, calls: int) -> None:
    """Switch telephones on, and measure their lamps."""
    with ExitStack() as stack:
        hall = Hall(stack, telephones, keys)
        cpu_s = hall.kamailio_cpu_s()
        took_s = switch_on(hall.panels, LIMIT_S)
        cpu_s = hall.kamailio_cpu_s() - cpu_s
        sent_again = sum(key.sends - 1 for panel in hall.panels for key in panel.keys)
        click.echo(
            f"{telephones * keys} lamps lit {took_s:.2f} s after power-on; Kamailio computed "
            f"{cpu_s:.2f} s; sent again {sent_again}; load {os.getloadavg()[0]:.1f}"
        )
        single: list[float] = []
        for _ in range(calls):
            for name in _STEPS:
                single += hall.change(name, hall.numbers[:1])
        click.echo(_line(f"row to NOTIFY, {telephones} watchers", percentiles_ms(single)))
        for name in _STEPS:
            storm = hall.change(name, hall.numbers[:keys])
            click.echo(_line(f"all {keys} extensions, {name}", percentiles_ms(storm)))
        if "database is locked" in hall.box.log("kamailio"):
            raise Missed("Kamailio met a locked database")


if __name__ == "__main__":
    try:
        main()
    except (Missed, TimeoutError) as error:
        sys.exit(str(error))
