"""The lives that a box leads in the guest, each from a start of the machine to what ends it.

    python3 -m tests.hil.lives NAME

deviced is the product's, as is all it drives; ``tests.hil.calls`` stands for the rest of the box.
A life says what it saw with ``tell``, and "failed: ..." for what should be otherwise.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from hw import board as boards
from hw.power.chips import SimMax17040, SimPiJuice
from tests.hil.kernel_parts import SOFTDOG, WATCHDOG, put
from tests.hil.ups import Ups
from tests.hil.world import World

_ROOT_FILE = Path("/root/written")
_DOG = SOFTDOG / "state"
_SHORT = {
    "lost_for_s": 0.5,
    "back_for_s": 1.0,
    "low_minutes": 0.0,
    "critical_minutes": 0.0,
    "drain_s": 20.0,
    "finalise_s": 6.0,
}
_CRITICAL_PERCENT, _FULL_PERCENT = 9.0, 80.0


# -- the watchdog -------------------------------------------------------------------------------


def deaf(world: World) -> None:
    """Calls can no longer be made: the watchdog is fed no more, and bites."""
    _well(world)
    world.wait(30.0)
    world.tell("kept for 30 s")
    world.calls.kill()
    world.tell("deaf")
    _count(world, 120.0)


def killed(world: World) -> None:
    """deviced is killed with a lifeline in its hand: pulses stop, and the watchdog bites."""
    _well(world)
    pin = boards.load("pi4-x728").panel.lifeline
    assert pin is not None
    world.expect(lambda: world.changes(pin, 2.0) > 10, "the lifeline is pulsed")
    world.deviced.kill()
    world.deviced.wait(20.0)  # the kernel lets the pin go, which may be a last change
    world.tell("deaf")
    world.check(world.changes(pin, 2.0) == 0, "no pulse comes from a dead program")
    _count(world, 60.0)


def put_to_sleep(world: World) -> None:
    """deviced ends in good order: the watchdog sleeps, and the machine goes on."""
    _well(world)
    world.deviced.send_signal(signal.SIGTERM)
    world.deviced.wait(20.0)
    world.check(_DOG.read_text().strip() == "inactive", "the watchdog sleeps")
    world.wait(40.0)
    world.tell("lives on")


# -- mains back at each step, and an end that is a rest -----------------------------------------


def taken_back(world: World) -> None:
    """Mains come back on battery, while calls drain, while all is written down: nothing halts."""
    _well(world)
    led = boards.load("pi4-x728").panel.leds["power"]
    world.check(world.changes(led, 2.0) == 0, "the LED stands still with mains")
    for state, changes in (("on_battery", 4), ("critical", 20), ("finalising", 8)):
        _charge(world, _FULL_PERCENT)
        world.talk()
        _mains(world, on=False)
        world.follow("on_battery")
        if state != "on_battery":
            _charge(world, _CRITICAL_PERCENT)
            world.follow(state)
        seen = world.changes(led, 2.0)
        world.check(abs(seen - changes) <= 2, f"the LED says {state}: {seen} changes in 2 s")
        _mains(world, on=True)
        world.follow("restored")
        world.hang_up()
        world.check(_is_writable(), f"disks are written after {state}")
    world.tell("lives on")


def rest(world: World) -> None:
    """A board that cannot be cut: disks read-only, the watchdog fed, mains start it anew."""
    _well(world)
    _mains(world, on=False)
    world.follow("on_battery")
    _charge(world, _CRITICAL_PERCENT)
    world.follow("halted")
    world.expect(lambda: not _is_writable(), "disks are read-only")
    world.wait(30.0)
    world.tell("rests for 30 s and is not bitten")
    _mains(world, on=True)
    world.wait(60.0)


# -- a UPS --------------------------------------------------------------------------------------


def ups(world: World) -> None:
    """A UPS behind NUT that takes no order to cut: low, rest, mains start the box anew."""
    played = _with_ups(world)
    played.mains(on=False)
    world.follow("on_battery")
    played.call_it_low()
    world.follow("halted")
    world.expect(lambda: not _is_writable(), "disks are read-only")
    played.mains(on=True)
    world.wait(60.0)


def ups_dies(world: World) -> None:
    """NUT's driver dies on battery: the minutes that were left are counted down to a rest."""
    played = _with_ups(world)
    played.charge(_FULL_PERCENT)
    played.lasts(90.0)
    played.mains(on=False)
    world.follow("on_battery")
    played.silence()
    world.follow("halted", 240.0)
    world.tell("counted down")
    played.mains(on=True)
    played.speak()
    world.wait(60.0)


# -- an end that is a cut -----------------------------------------------------------------------


def cut(world: World) -> None:
    """A PiJuice is told to cut and to give back, then the machine switches itself off."""
    _down_to_the_cut(world)
    world.let_go()
    world.wait(60.0)


def cut_with_mains_back(world: World) -> None:
    """The classic race: mains are back when the cut is armed. It halts, is cut, and given back."""
    _down_to_the_cut(world)
    _juice(world, mains=True, percent=9)
    world.tell("mains are back")
    world.let_go()
    world.wait(60.0)


def button(world: World) -> None:
    """A long press halts the box."""
    _well(world)
    pressed = boards.load("pi4-x728").panel.button
    assert pressed is not None
    world.gpio.pull(pressed.pin, up=False)
    world.wait(5.0)
    world.gpio.pull(pressed.pin, up=True)
    world.tell("pressed")
    world.wait(60.0)


LIVES: Mapping[str, Callable[[World], None]] = {
    life.__name__: life
    for life in (
        *(deaf, killed, put_to_sleep, taken_back, rest, ups, ups_dies),
        *(cut, cut_with_mains_back, button),
    )
}

"""A life a name."""

_X728 = {"board": "pi4-x728", **_SHORT}
_PIJUICE = {"board": "pi4-pijuice", **_SHORT}
_PC = {"board": "pc", "source": "none"}
_UPS = {"board": "pc", "source": "nut", "nut": {"ups": "rack", "user": "box", "password": "pw"}}

POWER: Mapping[str, Mapping[str, object]] = {
    "deaf": _PC,
    "killed": _X728,
    "put_to_sleep": _PC,
    "taken_back": _X728,
    "rest": _X728,
    "ups": {**_UPS, **_SHORT},
    "ups_dies": {
        **_UPS,
        **_SHORT,
        "full_minutes": 2.0,
        "low_minutes": 1.0,
        "critical_minutes": 0.5,
    },
    "cut": _PIJUICE,
    "cut_with_mains_back": _PIJUICE,
    "button": {"board": "pi4-x728", "source": "none"},
}
"""The section ``power`` of each life's site."""


def _well(world: World) -> None:
    """A box that is well: its self-test passes, its watchdog is fed."""
    _charge(world, _FULL_PERCENT)
    _mains(world, on=True)
    world.check(_DOG.read_text().strip() == "inactive", f"nobody has armed {WATCHDOG} before")
    world.begin()
    world.expect(lambda: _DOG.read_text().strip() == "active", "the watchdog is fed")
    world.tell("well")


def _count(world: World, most_s: float) -> None:
    for _second in range(round(most_s)):
        world.wait(1.0)
        world.tell("still here")
    world.tell("failed: the watchdog has not bitten")


def _mains(world: World, *, on: bool) -> None:
    lost = boards.load("pi4-x728").power.mains_lost
    assert lost is not None
    world.gpio.pull(lost.pin, up=(lost.active == "high") is not on)


def _charge(world: World, percent: float) -> None:
    chip = SimMax17040()
    chip.measure(voltage_v=3.0 + percent / 100.0, percent=percent)
    put(world.bus, chip)


def _is_writable() -> bool:
    with suppress(OSError):
        _ROOT_FILE.write_text("x")
        os.sync()
        return True
    return False


def _with_ups(world: World) -> Ups:
    folder = Path("/run/nut")
    folder.mkdir(exist_ok=True)
    played = Ups(folder, 3493)
    _well(world)
    world.follow("mains")
    return played


def _juice(world: World, *, mains: bool, percent: int) -> None:
    chip = SimPiJuice()
    chip.measure(mains=mains, percent=percent, voltage_v=3.6, temperature_c=25)
    put(world.bus, chip)


def _down_to_the_cut(world: World) -> None:
    _juice(world, mains=True, percent=80)
    for register in (0x62, 0x63):
        world.bus.write(0x14, register, bytes(2))
    _well(world)
    _juice(world, mains=False, percent=9)
    world.catch(lambda: world.bus.read(0x14, 0x62, 2) == bytes([60, 0xFF ^ 60]), "armed")
    world.check(world.bus.read(0x14, 0x63, 2) == bytes([0, 0xFF]), "it will wake with mains")


def main(name: str) -> None:
    """Lead a life."""
    world = World(name)
    world.tell("begins")
    try:
        LIVES[name](world)
    except Exception:
        world.tell(f"failed: {traceback.format_exc()}")
    world.tell("over")


if __name__ == "__main__":
    main(sys.argv[1])
