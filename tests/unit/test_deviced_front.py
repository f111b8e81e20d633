"""The front: LEDs by the table, gestures, a lifeline and a watchdog that fall by themselves."""

from __future__ import annotations

import asyncio

import pytest
from gpiozero.pins.mock import MockFactory

from firmware.config.sections.power import Power
from firmware.deviced import main
from firmware.deviced.around import Around
from firmware.deviced.control import Control
from firmware.deviced.front import Front
from firmware.deviced.health import Health
from firmware.deviced.selftest import PATIENCE_S, SelfTest
from firmware.link.client import Event, Snapshot
from firmware.link.rows import AlarmRow, LineRow
from firmware.link.server import Board
from firmware.model.panel import Gesture, Led
from hw import board as boards
from hw.board import Contact, PanelPins
from hw.health.sysfs import look
from hw.panel.gpio import GpioContact, GpioPanel, NoPins
from hw.panel.sim import SimPanel
from hw.power.port import SupplySilent
from hw.power.sim import SimSupply
from hw.watchdog.device import KernelWatchdog
from hw.watchdog.sim import SimWatchdog
from tests.jump import run
from tests.unit.deviced_bench import Clock


class Made:
    def __init__(self, panel=None):
        self.clock, self.board, self.gestures = Clock(), Board(), []
        self.panel = panel or SimPanel()
        self.watchdog = SimWatchdog(self.clock, 15.0)
        self.well, self.holds = False, False
        self.words = {Led.POWER: "mains", Led.ALARM: "none"}
        self.front = Front(
            self.panel,
            self.watchdog,
            board=self.board,
            clock=self.clock,
            words=lambda: self.words,
            holds_lifeline=lambda: self.holds,
            is_well=lambda: self.well,
            asked=self.gestures.append,
        )

    def run(self, seconds):
        for _tick in range(round(seconds * 10)):
            self.clock.now += 0.1
            self.front.tick()


def test_leds_show_their_word_and_the_link_is_told():
    made = Made()
    made.run(1)
    assert made.panel.lit == {"power": True, "alarm": False}
    made.words[Led.ALARM] = "bad"
    made.run(0.1)
    rows = {row.id: (row.meaning, row.look) for row in made.board.snapshot()["rows"]["led"]}
    assert rows == {"power": ("mains", "on"), "alarm": ("bad", "fast")}


def test_a_press_reaches_whoever_asked_for_it():
    made = Made()
    for seconds in (0.5, 5.0):
        made.panel.pressed = True
        made.run(seconds)
        made.panel.pressed = False
        made.run(1)
    assert made.gestures == [Gesture.STATUS, Gesture.HALT]


def test_the_watchdog_waits_for_the_first_good_test_and_bites_after_the_last():
    made = Made()
    made.run(60)
    assert not made.watchdog.is_armed
    made.well = True
    made.run(60)
    assert made.watchdog.is_armed
    assert not made.watchdog.look()
    made.well = False
    made.run(14)
    assert not made.watchdog.look()
    made.run(3)
    assert made.watchdog.look()


def test_a_lawful_end_leaves_the_watchdog_asleep_and_the_lifeline_fallen():
    made = Made()
    made.well = made.holds = True
    made.run(2)
    assert made.panel.held
    made.front.close()
    assert not made.watchdog.is_armed
    assert not made.panel.held


def test_the_kernels_watchdog_is_fed_by_writing_and_put_to_sleep_by_a_v(tmp_path):
    device = tmp_path / "watchdog"
    device.touch()
    watchdog = KernelWatchdog(str(device), 15)
    assert device.read_bytes() == b"", "nothing is armed before it is fed"
    watchdog.feed()
    watchdog.feed()
    assert device.read_bytes() == b"\0\0"
    watchdog.close()
    assert device.read_bytes() == b"\0\0V"


def test_a_watchdog_that_is_not_there_is_told_once_and_ends_nothing(tmp_path, caplog):
    made = Made()
    made.front = Front(
        made.panel,
        KernelWatchdog(str(tmp_path / "none"), 15),
        board=made.board,
        clock=made.clock,
        words=lambda: made.words,
        holds_lifeline=lambda: False,
        is_well=lambda: True,
        asked=made.gestures.append,
    )
    made.run(5)
    assert caplog.text.count("the watchdog cannot be fed") == 1
    assert made.panel.lit["power"]


@pytest.fixture
def pins():
    factory = MockFactory()
    yield factory
    factory.reset()


def test_on_pins_the_lifeline_is_pulsed_and_stands_still_when_the_loop_does(pins):
    plan = PanelPins(leds={"power": 17}, lifeline=20, lifeline_by_pulses=True)
    made = Made(GpioPanel(plan, pins))
    made.holds = True
    relay, seen = pins.pin(20), []
    for _tick in range(6):
        made.run(0.1)
        seen.append(relay.state)
    assert seen in ([1, 0, 1, 0, 1, 0], [0, 1, 0, 1, 0, 1])
    made.holds = False
    made.run(0.5)
    assert relay.state == 0
    assert pins.pin(17).state == 1
    made.front.close()


def test_a_button_on_a_pin_is_pressed(pins):
    made = Made(GpioPanel(PanelPins(button=Contact(pin=25, active="low")), pins))
    pins.pin(25).drive_low()
    made.run(5)
    pins.pin(25).drive_high()
    made.run(0.2)
    assert made.gestures == [Gesture.HALT]
    made.front.close()


@pytest.mark.parametrize("active", ["high", "low"])
def test_a_contact_tells_of_mains_by_its_own_level(pins, active):
    contact = GpioContact(Contact(pin=6, active=active), pins)
    lose, give = pins.pin(6).drive_high, pins.pin(6).drive_low
    if active == "low":
        lose, give = give, lose
    give()
    assert contact() is True
    lose()
    assert contact() is False
    contact.close()


def test_every_board_file_is_a_board():
    names = sorted(path.stem for path in boards.BOARDS.glob("*.toml"))
    assert {"simulated", "pc", "pi4-pijuice", "pi4-x728", "pi5-x1200"} <= set(names)
    for name in names:
        board = boards.load(name)
        used = [*board.panel.leds.values(), board.panel.lifeline]
        used += [one.pin for one in (board.panel.button, board.power.mains_lost) if one]
        taken = [pin for pin in used if pin is not None]
        assert len(taken) == len(set(taken)), f"{name}: a pin has two uses"
        assert set(board.panel.leds) <= set(Led)


def test_a_board_that_is_none_is_refused_with_what_there_is(tmp_path):
    with pytest.raises(boards.UnknownBoard, match=r"no board 'pi9'; there are .*simulated"):
        boards.load("pi9")
    (tmp_path / "odd.toml").write_text('title = "x"\n[power]\ngauge = "abacus"\n')
    with pytest.raises(boards.UnknownBoard, match=r"odd.toml: .*abacus"):
        boards.load("odd", tmp_path)


def test_the_self_test_is_patient_and_nothing_is_well_before_its_first_pass():
    clock = Clock()
    test = SelfTest(lambda: "", clock)
    assert not test.is_well
    assert test.note("")
    clock.now += PATIENCE_S - 1
    assert not test.note("") or test.is_well
    clock.now += 1
    assert test.note("the edge does not answer")
    assert test.is_well
    clock.now += PATIENCE_S
    assert not test.is_well


def line(name, state):
    return LineRow(
        id=name, kind="trunk", state=state, simulated=True, number="", signal_dbm=None, fault=""
    )


def test_what_the_others_show_becomes_words_for_the_leds():
    around = Around()
    assert (around.lines, around.internet, around.live_calls) == ("none", "unknown", 0)
    around.told("lined", Snapshot(rows={"line": (line("a", "idle"), line("b", "idle"))}))
    assert around.lines == "good"
    cut = Event(name="line.changed", at=0.0, kind="line", row=line("a", "cut"))
    around.told("lined", cut)
    assert around.lines == "faulty"
    around.told("lined", Event(name="line.changed", at=0.0, kind="line", row=line("b", "fault")))
    assert around.lines == "dead"
    alarm = AlarmRow(id="room", daemon="recorder", text="the disk is full", since=0.0)
    around.told("recorder", Event(name="alarm.raised", at=0.0, kind="alarm", row=alarm))
    assert around.has_alarm
    around.told("recorder", Event(name="alarm.cleared", at=0.0, kind="alarm", row=alarm))
    assert not around.has_alarm
    around.lost("lined")
    assert around.lines == "none"


def machine(root, **files):
    for path, text in files.items():
        file = root / path.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n")


def test_health_is_read_where_the_kernel_tells_it(tmp_path):
    machine(
        tmp_path,
        sys__class__thermal__thermal_zone0__temp="82500",
        sys__class__thermal__thermal_zone1__temp="40000",
        sys__block__mmcblk0__device__life_time="0x02 0x09",
        sys__block__mmcblk0__device__pre_eol_info="0x01",
        sys__fs__ext4__mmcblk0p2__errors_count="3",
        proc__mounts="/dev/mmcblk0p2 / ext4 rw,relatime,errors=remount-ro 0 0\nproc /proc proc rw",
    )
    throttled = tmp_path / "sys/devices/platform/soc/soc:firmware/get_throttled"
    throttled.parent.mkdir(parents=True)
    throttled.write_text("50005\n")
    found = {one.id: (one.state, one.value) for one in look(tmp_path)}
    assert found == {
        "temperature": ("bad", 82.5),
        "throttling": ("bad", None),
        "wear:mmcblk0": ("warning", 90.0),
        "disk:/": ("bad", 3.0),
    }


def test_a_machine_that_tells_nothing_has_nothing_wrong(tmp_path):
    machine(tmp_path, sys__block__mmcblk0__device__life_time="0x00 0x00")
    assert look(tmp_path) == []


def test_a_disk_that_fell_back_to_reading_is_bad(tmp_path):
    machine(tmp_path, proc__mounts="/dev/sda1 / ext4 ro,errors=remount-ro 0 0")
    (finding,) = look(tmp_path)
    assert (finding.state, finding.text) == ("bad", "no errors, became read-only")


def test_health_is_shown_when_it_changes(tmp_path):
    board = Board()
    health = Health(lambda: look(tmp_path), board)
    machine(tmp_path, sys__class__thermal__thermal_zone0__temp="75000")
    health.show(health.look())
    health.show(health.look())
    assert board.seq == 1
    assert (health.worst, health.warnings) == ("warning", ("temperature: 75 °C",))


def control(supply=None, panel=None):
    return Control(
        supply=supply,
        panel=panel,
        clock=Clock(),
        reload=lambda: None,
        config_version=lambda: 3,
        warnings=lambda: (),
    )


def test_levers_move_a_simulated_board():
    async def story():
        supply, panel = SimSupply(Clock()), SimPanel()
        played = control(supply, panel)
        played.cut_mains()
        played.set_battery(12.0)
        assert (supply.mains, supply.percent) == (False, 12.0)
        played.restore_mains()
        played.set_supply_silent(silent=True)
        assert (supply.mains, supply.is_silent) == (True, True)
        played.press(0.01)
        assert panel.pressed
        await asyncio.sleep(0.1)
        assert not panel.pressed
        with pytest.raises(ValueError, match="no percentage"):
            played.set_battery(101.0)
        with pytest.raises(ValueError, match="up to 60 s"):
            played.press(61.0)
        played.tell_update("ready")
        with pytest.raises(ValueError, match="there are none, ready"):
            played.tell_update("soon")

    run(story())


def test_a_real_board_has_no_levers():
    for pull in (control().cut_mains, control().restore_mains):
        with pytest.raises(RuntimeError, match="real one"):
            pull()
    with pytest.raises(RuntimeError, match="by hand"):
        control().press(1.0)


def test_a_board_whose_pins_cannot_be_had_is_told_and_done_without(tmp_path, monkeypatch):
    def refuse(_folder):
        raise NoPins("the GPIO pins cannot be had: can not open gpiochip")

    monkeypatch.setattr(main, "kernel_pins", refuse)
    hardware = main.hardware_of(Power(board="pi4-x728"), Clock(), tmp_path)
    assert hardware.fault == (
        "Raspberry Pi 4 with X728: the GPIO pins cannot be had: can not open gpiochip"
    )
    hardware.panel.show("power", lit=True)
    assert not hardware.panel.is_pressed()
    with pytest.raises(SupplySilent, match="gauge: "):  # this machine has no bus either
        asyncio.run(hardware.supply.read())
    asyncio.run(hardware.supply.close())
