"""Modems that are unplugged and plugged back, timed for real: the poller's thread, the serial
driver, ptys that go away, and a udev that is told by the test."""

from __future__ import annotations

import contextlib
import queue
import select
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.lined.answering import AnsweringLine
from firmware.lined.attendance import Attendance, Keeper
from firmware.lined.mobile import MobileLine
from firmware.lined.poller import Channel, Poller
from firmware.lined.whereabouts import Found
from firmware.model.cause import Cause
from firmware.model.line import LineState
from hw.hotplug.port import Step, UsbPort
from hw.hotplug.sim import SimHotplug, SimPower
from hw.modem.port import ModemOwner, ModemPort
from hw.modem.sim import ModemState, SimModem
from hw.modem.sim_kinds import EC25, SIM7600, Kind
from hw.modem.tty import TtyModem
from hw.modem.voice import VoiceModem
from hw.modem.voice_sim import SimVoiceModem
from tests.rig.until import until
from tests.unit.line_bench import FakeDialog, LineBench
from tests.unit.test_line_mobile import FakeMessages

SILENCE = bytes(320)
USB_ID = {"EC25": ("2c7c", "0125", 2, 1), "SIMCOM_SIM7600E": ("1e0e", "9001", 2, 4)}


class World:
    """One line by ``device``, its poller, and a USB to plug modems into."""

    def __init__(self, folder: Path, device: str) -> None:
        self._begin(folder)
        self.bench = LineBench(MobileLine, messages=FakeMessages(), post_ussd=lambda *_: None)
        self.line: Any = self.bench.line
        keeper = self.attendance.keep(
            lambda: self.attendance.whereabouts.find("gsm-1", device), self._open
        )
        self._poll("gsm-1", keeper)

    def _begin(self, folder: Path) -> None:
        self.folder = folder
        self.hotplug = SimHotplug()
        self.power = SimPower()
        self.modems: dict[str, Any] = {}
        self._handed: queue.SimpleQueue[tuple[Callable[..., None], tuple[Any, ...]]] = (
            queue.SimpleQueue()
        )
        self._later: list[tuple[float, Callable[[], None]]] = []
        self.attendance = Attendance(
            hotplug=self.hotplug,
            power=self.power,
            hand_over=self.hand_over,
            work=lambda then: then(),
            later=lambda delay_s, then: self._later.append((time.monotonic() + delay_s, then)),
        )

    def _poll(self, name: str, keeper: Keeper[Any]) -> None:
        self.keeper = keeper
        channel: Channel[Any] = Channel(name, keeper.open, self.line.patch)
        self.line.channel = channel
        channel.listener = self.line
        keeper.tell_to(self.line.attempted)
        self.attendance.watch(name, channel)
        self.line.on_lost("not opened yet")
        self.poller = Poller(self.hand_over)
        self.poller.add(channel)
        self.poller.start()

    def hand_over(self, function: Callable[..., None], *arguments: Any) -> None:
        self._handed.put((function, arguments))

    def _open(self, found: Found, owner: ModemOwner, *, restart: bool) -> ModemPort:
        return TtyModem(found.at, found.audio, imei=found.imei, owner=owner, restart=restart)

    def plug(self, where: str, numbers: int, kind: Kind = EC25, imei: str = "") -> SimModem:
        """A modem in the socket ``where``; its ports are numbered from ``numbers``."""
        vendor, product, at, audio = USB_ID[kind.model]
        path = {n: self.folder / f"ttyUSB{numbers + n}" for n in (at, audio)}
        modem = self.modems[where] = SimModem(path[at], path[audio], kind=kind)
        modem.imei = imei or modem.imei
        self.hotplug.plug(
            *(
                UsbPort(
                    device=str(path[n]),
                    vendor=vendor,
                    product=product,
                    interface=n,
                    serial="0123456789ABCDEF",
                    where=where,
                )
                for n in sorted(path)
            )
        )
        return modem

    def unplug(self, where: str, *, told: bool = True) -> None:
        """Draw it out. ``told``: udev says so."""
        self.modems.pop(where).close()
        if told:
            self.hotplug.unplug(where)

    def turn(self) -> None:
        """The daemon's thread and 20 ms of every modem."""
        self.attendance.on_hotplug()
        for due in [due for due in self._later if due[0] <= time.monotonic()]:
            self._later.remove(due)
            due[1]()
        with contextlib.suppress(queue.Empty):
            while True:
                function, arguments = self._handed.get_nowait()
                function(*arguments)
        for modem in self.modems.values():
            modem.step(lambda heard: SILENCE)

    def until(self, condition: Callable[[], Any], timeout_s: float, what: str) -> float:
        """How many seconds it took."""
        began_s = time.monotonic()

        def reached() -> Any:
            self.turn()
            return condition()

        until(reached, timeout_s, what)
        return time.monotonic() - began_s

    def until_state(self, state: LineState, timeout_s: float) -> float:
        return self.until(lambda: self.line.state is state, timeout_s, f"the line is {state}")

    def call(self) -> FakeDialog:
        """A call out that is up."""
        dialog = self.bench.invite("0912")
        assert isinstance(dialog, FakeDialog)
        self.until_state(LineState.IN_USE, 10.0)
        return dialog

    def close(self) -> None:
        self.poller.stop()
        for modem in self.modems.values():
            modem.close()
        self.hotplug.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Callable[[str], World]]:
    made: list[World] = []

    def make(device: str) -> World:
        made.append(World(tmp_path, device))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_unplugged_in_a_call_it_is_absent_within_a_second_and_plugged_back_serves_in_ten(world):
    usb = world("serial:0123456789ABCDEF")
    usb.plug("1-1.2", 0)
    usb.until_state(LineState.IDLE, 10.0)
    dialog = usb.call()
    usb.unplug("1-1.2")
    assert usb.until_state(LineState.FAULT, 5.0) < 1.0
    assert dialog.ended_with is Cause.NETWORK_OUT_OF_ORDER
    usb.until(lambda: "is plugged in" in usb.line.row().fault, 5.0, "the row says what is missing")

    usb.plug("1-1.4", 7)  # another socket, other numbers
    assert usb.until_state(LineState.IDLE, 20.0) < 10.0
    assert usb.line.row().fault == ""
    usb.call()


@pytest.mark.parametrize("told", [True, False])
def test_udev_or_the_port_either_is_enough(world, told):
    usb = world("usb:1-1")
    modem = usb.plug("1-1", 0)
    usb.until_state(LineState.IDLE, 10.0)
    dialog = usb.call()
    if told:  # a driver that keeps the port as if nothing were
        usb.hotplug.unplug("1-1")
    else:
        usb.unplug("1-1", told=False)
    assert usb.until_state(LineState.FAULT, 5.0) < 1.0
    assert dialog.ended_with is Cause.NETWORK_OUT_OF_ORDER
    assert modem.state is ModemState.TALKING or told


def test_of_two_with_the_same_serial_number_the_one_with_the_imei_is_taken(world):
    usb = world("imei:222222222222222")
    usb.plug("1-1", 0, SIM7600, imei="111111111111111")
    usb.plug("1-2", 10, SIM7600, imei="222222222222222")
    usb.until_state(LineState.IDLE, 20.0)
    assert "IMEI 222222222222222" in usb.line.row().device
    usb.unplug("1-2")
    usb.until_state(LineState.FAULT, 5.0)
    usb.plug("1-3", 20, SIM7600, imei="222222222222222")
    assert usb.until_state(LineState.IDLE, 20.0) < 10.0
    assert usb.attendance.whereabouts.held["gsm-1"] == "1-3"


def test_a_modem_that_hangs_is_told_to_restart_and_then_loses_its_power(world, monkeypatch):
    monkeypatch.setattr("hw.modem.tty._KNOCKS", 2)
    monkeypatch.setattr("hw.modem.tty._KNOCK_S", 0.2)
    monkeypatch.setattr("firmware.lined.revive.PAUSES_S", (0.0, 0.2))
    usb = world("usb:1-1")
    modem = usb.plug("1-1", 0)
    modem.faults.silent = True
    steps: list[str] = []

    def posted() -> list[str]:
        return [row.fault for event, row in usb.bench.rows if event == "line.revived"]

    usb.until(lambda: len(posted()) >= 4, 30.0, "four attempts")
    steps = [fault.rpartition(": ")[2] for fault in posted()[:4]]
    assert steps == ["reopen", "restart", "power", "reenumerate"]
    assert usb.power.done[:2] == [("1-1", Step.POWER), ("1-1", Step.REENUMERATE)]
    modem.faults.silent = False
    usb.until_state(LineState.IDLE, 10.0)
    assert usb.line.row().fault == ""


def test_a_modem_that_hangs_while_it_is_opened_is_brought_back_in_steps(world, monkeypatch):
    """The kernel does not return from opening it until it has been made to find it again."""
    monkeypatch.setattr("firmware.lined.attendance.OPENS_IN_S", 0.3)
    monkeypatch.setattr("firmware.lined.revive.PAUSES_S", (0.0, 0.1))
    usb = world("usb:1-1")
    opens = usb._open

    def hang(found: Found, owner: ModemOwner, *, restart: bool) -> ModemPort:
        deadline_s = time.monotonic() + 20.0
        while ("1-1", Step.REENUMERATE) not in usb.power.done and time.monotonic() < deadline_s:
            select.select([], [], [], 0.02)
        return opens(found, owner, restart=restart)

    monkeypatch.setattr(usb.keeper, "_open_modem", hang)
    usb.plug("1-1", 0)
    usb.until_state(LineState.IDLE, 30.0)
    revived = [row.fault for event, row in usb.bench.rows if event == "line.revived"]
    steps = [fault.rpartition(": ")[2] for fault in revived]
    assert steps[:4] == ["reopen", "restart", "power", "reenumerate"]


class VoiceWorld(World):
    """One trunk line on a voice modem."""

    def __init__(self, folder: Path, device: str) -> None:
        self._begin(folder)
        self.bench = LineBench(AnsweringLine)
        self.line = self.bench.line

        def open_modem(found: Found, owner: ModemOwner, *, restart: bool) -> VoiceModem:
            return VoiceModem(found.at, owner=owner, restart=restart)

        keeper = self.attendance.keep(
            lambda: self.attendance.whereabouts.find_single("fxo-1", device), open_modem
        )
        self._poll("fxo-1", keeper)

    def plug_voice(self, where: str, number: int) -> SimVoiceModem:
        path = self.folder / f"ttyACM{number}"
        modem = self.modems[where] = SimVoiceModem(path)
        self.hotplug.plug(
            UsbPort(
                device=str(path),
                vendor="0baf",
                product="0303",
                interface=0,
                serial="V1",
                where=where,
            )
        )
        return modem


@pytest.fixture
def voice(tmp_path: Path) -> Iterator[VoiceWorld]:
    world = VoiceWorld(tmp_path, "serial:V1")
    yield world
    world.close()


def test_a_voice_modem_is_drawn_in_a_call_and_serves_in_another_socket(voice):
    modem = voice.plug_voice("1-1", 0)
    voice.until(lambda: voice.line.device == "USRobotics 5637", 10.0, "it is known")
    modem.ring("0912")
    voice.until_state(LineState.OFFERED, 10.0)
    dialog = voice.bench.exchange.last
    voice.line.on_answered()
    voice.until(lambda: modem.off_hook and modem.stream, 5.0, "it answers")
    voice.unplug("1-1")
    assert voice.until_state(LineState.FAULT, 5.0) < 1.0
    assert dialog.ended_with is Cause.NETWORK_OUT_OF_ORDER
    voice.plug_voice("1-3", 4)
    assert voice.until_state(LineState.IDLE, 20.0) < 10.0


def test_a_voice_modem_that_hangs_is_brought_back_in_steps(voice, monkeypatch):
    monkeypatch.setattr("firmware.lined.revive.PAUSES_S", (0.0, 0.2))
    monkeypatch.setattr("hw.modem.talk._SILENT_COMMANDS", 1)
    modem = voice.plug_voice("1-1", 0)
    modem.silent = True

    def steps() -> list[str]:
        faults = [row.fault for event, row in voice.bench.rows if event == "line.revived"]
        return [fault.rpartition(": ")[2] for fault in faults]

    voice.until(lambda: len(steps()) >= 3, 60.0, "three attempts")
    assert steps()[:3] == ["reopen", "restart", "power"]
    assert voice.power.done[0] == ("1-1", Step.POWER)
    modem.silent = False
    voice.until(lambda: voice.line.device == "USRobotics 5637", 30.0, "it answers again")
