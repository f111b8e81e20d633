"""What a press of the button does: a telephone says how the box is, or everything is erased."""

from __future__ import annotations

import asyncio
import ipaddress
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware import factory
from firmware.config import document, history
from firmware.config.home import Home
from firmware.config.problem import ConfigRejected
from firmware.config.schema import Extension, Network, Site
from firmware.config.sections.power import Power
from firmware.deviced import announce
from firmware.deviced.around import Around
from firmware.deviced.daemon import Deviced
from firmware.deviced.discharge import History
from firmware.deviced.hardware import Hardware
from firmware.link.api import SwitchApi
from firmware.link.client import Snapshot
from firmware.link.internet import InternetRow
from firmware.link.server import Board, Server
from firmware.link.status import BoxStatus
from firmware.model.panel import Gesture
from firmware.model.power.state import PowerState
from hw.machine.sim import SimMachine
from hw.panel.sim import SimPanel
from hw.power.sim import SimSupply
from tests.browser import stage
from tests.unit.deviced_bench import Clock


@dataclass
class Keeping:
    state: PowerState = PowerState.MAINS
    minutes_left: float | None = None


@pytest.fixture
def home():
    folder = tempfile.mkdtemp(prefix="markaz-")  # short: a socket's path is
    home = Home(Path(folder))
    home.make()
    yield home
    shutil.rmtree(folder)


def site(status_at):
    return Site(
        extension=(Extension(number="101", name="Sara", password="not-a-secret-1"),),
        network=Network(console_address=ipaddress.IPv4Address("192.0.2.10")),
        power=Power(status_at=status_at),
    )


class Switch(stage.Well):
    """A switchd that notes what it is to announce."""

    def __init__(self):
        super().__init__("switchd")
        self.announced = []
        self.refuses = None

    def announce_status(self, extension: str, status: BoxStatus) -> None:
        if self.refuses:
            raise self.refuses
        self.announced.append((extension, status))


def pressed(home, gesture, status_at="101", switch=None, refused=frozenset()):
    """Press the button of a box; its machine."""
    history.create_first(home, site(status_at))
    clock, machine = Clock(), SimMachine(refused)
    supply = SimSupply(clock, lasts_s=600.0)

    async def story():
        server = None
        if switch is not None:
            server = Server(home.link("switchd"), "switchd", SwitchApi, switch, Board())
            await server.open()
        hardware = Hardware(
            title="simulated",
            supply=supply,
            machine=machine,
            panel=SimPanel(),
            watchdog=None,
            look_at_health=list,
            played_supply=supply,
        )
        past = History((), boot="life-1", keep=lambda _row: None, clock=clock, wall=clock)
        deviced = Deviced(home, hardware, past, Board(), clock=clock, wall=clock)
        deviced._asked(gesture)
        while deviced._tasks:
            await asyncio.wait(deviced._tasks, timeout=5.0)
        if server is not None:
            await server.close()

    asyncio.run(story())
    return machine


def test_a_short_press_has_the_telephone_that_is_named_rung(home):
    switch = Switch()
    pressed(home, Gesture.STATUS, switch=switch)
    assert switch.announced == [
        (
            "101",
            BoxStatus(
                calls_possible=False,  # no self-test has passed yet
                lines="",
                power="mains",
                minutes_left=None,
                internet="",
                address="192.0.2.10",
            ),
        )
    ]


def test_without_a_telephone_only_the_leds_answer(home):
    switch = Switch()
    machine = pressed(home, Gesture.STATUS, status_at=None, switch=switch)
    assert switch.announced == []
    assert machine.told == []


@pytest.mark.parametrize("switch", [None, Switch()], ids=["away", "refuses"])
def test_a_switchd_that_cannot_is_logged(home, switch, caplog):
    if switch is not None:
        switch.refuses = RuntimeError("no new calls")
    pressed(home, Gesture.STATUS, switch=switch)
    assert "the status is not announced at 101" in caplog.text


def test_the_confirmed_reset_is_ordered_and_the_box_starts_anew(home):
    machine = pressed(home, Gesture.RESET)
    assert factory.is_ordered(home)
    assert machine.told == ["restart"]


def test_a_machine_that_does_not_restart_has_the_order_for_the_next_start(home, caplog):
    machine = pressed(home, Gesture.RESET, refused=frozenset({"restart"}))
    assert machine.told == []
    assert factory.is_ordered(home)
    assert "no factory reset" in caplog.text


def test_what_is_said_is_what_is_so():
    around = Around()
    around.told("lined", Snapshot(rows={"line": (stage.line(state="cut"), stage.line("fxo-2"))}))
    internet = InternetRow(id="internet", state="down", since=1.0, cause="", detail="")
    around.told("edge", Snapshot(rows={"internet": (internet,)}))
    keeper = Keeping(state=PowerState.LOW, minutes_left=12.9)
    found = announce.status_of(
        calls_possible=True, around=around, keeper=keeper, address="192.0.2.1"
    )
    assert found == BoxStatus(
        calls_possible=True,
        lines="faulty",
        power="battery",
        minutes_left=12,
        internet="down",
        address="192.0.2.1",
    )


def test_the_console_s_address_is_the_configured_one_or_the_machine_s():
    assert announce.address_of(ipaddress.IPv4Address("10.1.2.3")) == "10.1.2.3"
    found = announce.address_of(ipaddress.IPv4Address("0.0.0.0"))
    assert found == "" or not ipaddress.IPv4Address(found).is_unspecified


def test_the_telephone_must_be_there():
    with pytest.raises(ConfigRejected, match="no extension has this number"):
        document.parse('power:\n  status_at: "999"\n')
