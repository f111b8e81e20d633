"""What every bench gives a test: lines with somebody at their other end, and modems with a network.

One suite runs on three benches. *sim*: the simulated ports of ``hw``, counted in frames, no clock.
*qemu*: a Debian kernel with DAHDI's drivers, a virtual card and USB modems, with a virtual clock.
*metal*: cards and modems that a rig file names. A test asks for the ``bench`` fixture, opens what
it needs, lets time go by with ``run`` or ``until``, and says with
``@pytest.mark.covers("FXO: ring begins and ends")`` what it proves. What a bench cannot do skips
the test and says what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, NoReturn, Protocol, TypeVar

import pytest

from hw.dahdi.port import Port, PortEvent
from hw.hotplug.port import HotplugEvent
from hw.modem.port import ModemEvent, ModemPort
from hw.modem.sim import SimModemEvent

T = TypeVar("T")


class BenchKind(StrEnum):
    SIM = "sim"
    QEMU = "qemu"
    METAL = "metal"


class When(StrEnum):
    """At which moment an exchange sends caller ID."""

    BETWEEN_RINGS = "between rings"  # 0.5 s after the first burst
    BEFORE_RING = "before the first ring"
    AFTER_REVERSAL = "after a reversal of polarity, before the first ring"


class HangUp(StrEnum):
    """How an exchange says that the other party is gone."""

    CPC = "battery away for half a second"
    POLARITY = "polarity back to what it was on hook"
    BUSY_TONE = "busy tone"
    NOTHING = "no signal at all"


class Line(Protocol):
    """A port of ours under test, open, its line led through to the bench's end. Times are in
    seconds since it was opened."""

    port: Port
    events: list[tuple[float, PortEvent]]
    heard: bytes
    """What the port read, S16LE."""

    @property
    def now_s(self) -> float:
        """Seconds since the line was opened."""
        ...

    def say(self, audio: bytes) -> None:
        """The port will write ``audio``, frame by frame; silence when there is no more."""
        ...

    def run(self, seconds: float) -> None:
        """Let time go by: both ends are polled, events noted, frames read and written."""
        ...

    def until(self, condition: Callable[[], T], timeout_s: float, what: str) -> T:
        """Let time go by until ``condition()`` is true; return what it gave.

        Raises:
            AssertionError: it was not within ``timeout_s``.
        """
        ...

    def happened(self) -> list[PortEvent]:
        """The events without their times."""
        ...

    def times_of(self, event: PortEvent) -> list[float]:
        """When ``event`` came."""
        ...


class FarEnd(Protocol):
    """The exchange's end of a trunk line."""

    heard: bytes

    @property
    def lifted(self) -> bool:
        """Whether our port closes the loop."""
        ...

    @property
    def pulsed(self) -> str:
        """The digits that our port has dialled with the loop."""
        ...

    @property
    def flashes(self) -> int:
        """How often our port has flashed."""
        ...

    def return_echo(self) -> None:
        """From now on some 12 dB of what our port says comes back to it, a few milliseconds late.
        On metal, where it does anyhow, nothing."""
        ...

    def ring(
        self,
        announce: bytes = b"",
        when: When = When.BETWEEN_RINGS,
        cadence_ms: tuple[int, ...] = (2000, 4000),
    ) -> None:
        """Call us; ``announce`` is caller ID as audio, sent ``when``."""
        ...

    def stop_ringing(self) -> None:
        """The caller gave up."""
        ...

    def hang_up(self, how: HangUp) -> None:
        """The other party of the call is gone."""
        ...

    def say(self, audio: bytes) -> None:
        """Speak ``audio`` into the line; silence when there is no more."""
        ...

    def reverse(self, reversed_: bool) -> None:
        """Let tip and ring change places, or back."""
        ...

    def cut(self) -> None:
        """Cut the pair."""
        ...

    def mend(self) -> None:
        """Join the pair."""
        ...


class Trunk(Line, Protocol):
    """An FXO port and the exchange."""

    far: FarEnd

    def take_card(self) -> None:
        """The port's card, and the port with it, is gone until the end of the test."""
        ...


class Handset(Protocol):
    """The telephone's end of a station line. ``rings`` has when the bell went on and off."""

    heard: bytes
    rings: list[tuple[float, bool]]
    battery_lost: list[float]

    def lift(self) -> None:
        """Take it off the hook."""
        ...

    def replace(self) -> None:
        """Put it back."""
        ...

    def flash(self) -> None:
        """Press the hook for an instant (500 ms)."""
        ...

    def dial(self, digits: str) -> None:
        """Press keys."""
        ...

    def pulse(self, digits: str) -> None:
        """Turn the dial."""
        ...

    def say(self, audio: bytes) -> None:
        """Speak."""
        ...


class Station(Line, Protocol):
    """An FXS port and a telephone."""

    handset: Handset


class SimNetwork(Protocol):
    """The mobile network around a modem's SIM, as ``hw.modem.sim.SimModem`` has it."""

    def ring(self, number: str) -> None:
        """Somebody calls the SIM."""
        ...

    def hang_up(self) -> None:
        """The far party hangs up."""
        ...

    def events(self) -> list[SimModemEvent]:
        """What the box did since the last call."""
        ...


class Mobile(Protocol):
    """A modem of ours under test and the network around it.

    ``port`` is the production driver (None until ``open``), ``network`` the other side: on sim and
    QEMU a whole ``SimModem`` with its ``faults``, ``texts`` and so on; on metal a second modem.
    """

    port: Any  # ModemPort; tests also look at what only one kind has
    network: Any  # SimNetwork and what the simulator has beyond it
    events: list[ModemEvent]
    done: list[SimModemEvent]
    plugs: list[HotplugEvent]
    """What ``hw.hotplug`` told of the modem's ports."""
    heard: bytes
    heard_by_far: bytes

    def open(self) -> ModemPort:
        """Find the modem's ports by its identity and open them with the production driver."""
        ...

    def say(self, audio: bytes) -> None:
        """The port will write ``audio``."""
        ...

    def far_says(self, audio: bytes) -> None:
        """The far party will say ``audio``."""
        ...

    def run(self, seconds: float) -> None:
        """Let time go by."""
        ...

    def until(self, condition: Callable[[], T], timeout_s: float, what: str) -> T:
        """Let time go by until ``condition()`` is true."""
        ...

    def unplug(self) -> None:
        """Draw the modem out of its socket."""
        ...

    def replug(self) -> None:
        """Put it back."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Bench(Protocol):
    """Where the suite runs."""

    kind: BenchKind

    def trunk(self) -> Trunk:
        """The rig's first trunk line, opened anew; skips the test when there is none."""
        ...

    def station(self) -> Station:
        """The rig's first station line, opened anew; skips the test when there is none."""
        ...

    def modem(self, model: str) -> Mobile:
        """A modem of this model ("EC25", "SIM7600", "E1550"), plugged in and not yet opened;
        skips the test when there is none."""
        ...

    def voice_modem(self, model: str) -> Mobile:
        """A voice modem on an analogue line ("USR5637", "CX93010"), plugged in and not yet opened.
        Its ``network`` is ``SimVoiceModem``: ring, give_up, press, tell."""
        ...

    def settle(self) -> None:
        """Between two tests: everything is closed, on hook, mended."""
        ...


def missing(what: str) -> NoReturn:
    """The bench cannot do this: the test is skipped, and the report says why."""
    pytest.skip(f"missing: {what}")
