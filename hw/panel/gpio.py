"""A panel on GPIO pins, by gpiozero. Which pin is what, the board file says.

On a Pi 4 or 5 gpiozero drives them by lgpio, through ``/dev/gpiochip0`` (a Pi 5 with an older
kernel: ``gpiochip4``); tests pass its ``MockFactory``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from gpiozero import DigitalOutputDevice, InputDevice
from gpiozero.exc import GPIOZeroError

from hw.board import Contact, PanelPins


class NoPins(OSError):
    """The pins cannot be had: no Raspberry Pi, no right to them, or another program has one."""


def kernel_pins(folder: Path) -> Any:
    """The factory for the pins of this Raspberry Pi. lgpio wants a folder for a pipe of its own,
    or fails with a pipe that is not there; it takes up a thread, so it is loaded only here.

    Raises:
        NoPins: it is none, or its pins are not ours.
    """
    os.environ["LG_WD"] = str(folder)
    from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415

    try:
        return LGPIOFactory()
    except _refusals() as error:
        raise NoPins(f"the GPIO pins cannot be had: {_words(error)}") from error


class GpioPanel:
    """``factory`` is gpiozero's.

    Raises:
        NoPins: another program has one of the pins.
    """

    def __init__(self, pins: PanelPins, factory: Any) -> None:
        self._leds = {name: _output(pin, factory) for name, pin in pins.leds.items()}
        self._button = None if pins.button is None else _input(pins.button, factory)
        self._relay = None if pins.lifeline is None else _output(pins.lifeline, factory)
        self._by_pulses = pins.lifeline_by_pulses

    def show(self, led: str, *, lit: bool) -> None:
        """Panel."""
        if led in self._leds:
            self._leds[led].value = lit

    def is_pressed(self) -> bool:
        """Panel."""
        return self._button is not None and bool(self._button.is_active)

    def hold_lifeline(self, *, held: bool) -> None:
        """Panel. By pulses: each call turns the pin over, and a monostable behind it falls when
        that stops, be it that the program hangs with the pin high."""
        if self._relay is None:
            return
        if held and self._by_pulses:
            self._relay.toggle()
        else:
            self._relay.value = held

    def close(self) -> None:
        """Panel."""
        for device in (*self._leds.values(), self._relay):
            if device is not None:
                device.off()
                device.close()
        if self._button is not None:
            self._button.close()


class GpioContact:
    """A contact that tells of mains.

    Raises:
        NoPins: another program has the pin.
    """

    def __init__(self, contact: Contact, factory: Any) -> None:
        self._input = _input(contact, factory)

    def __call__(self) -> bool:
        """Whether there are mains; ``active`` of the board file is the level without them."""
        return not self._input.is_active

    def close(self) -> None:
        """Give the pin back."""
        self._input.close()


def _output(pin: int, factory: Any) -> Any:
    try:
        return DigitalOutputDevice(pin, pin_factory=factory)
    except _refusals() as error:
        raise NoPins(f"GPIO{pin}: {_words(error)}") from error


def _input(contact: Contact, factory: Any) -> Any:
    """An input that is asked. gpiozero's ``Button`` wants to be called at every edge: its thread
    falls over an edge that comes while it is closed."""
    try:
        return InputDevice(contact.pin, pull_up=contact.active == "low", pin_factory=factory)
    except _refusals() as error:
        raise NoPins(f"GPIO{contact.pin}: {_words(error)}") from error


def _refusals() -> tuple[type[Exception], ...]:
    """What gpiozero raises, and lgpio where it is in use."""
    used = sys.modules.get("lgpio")
    return (GPIOZeroError,) if used is None else (GPIOZeroError, used.error)


def _words(error: Exception) -> str:
    return str(error).strip("'\"") or type(error).__name__
