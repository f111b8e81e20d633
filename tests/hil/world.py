"""The world around a box in the guest: its programs, its pins and bus, and somebody who watches.

What is told goes to ``/out/told``, line by line, through to the host at once: the machine may be
gone the next moment. The trap: the guest's clock skips what time it idles, also while it waits for
the host's disk, as far as the next timer. Whoever wrote and waited would find seconds gone, and the
moment that was to be caught; one who looks every half millisecond holds the clock.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from firmware.config.home import Home
from firmware.link.client import Link, LinkDown
from hw.power.i2c import KernelBus
from tests.hil.calls import TALKING
from tests.hil.kernel_parts import BUS, GpioSim, be_a

TOLD = Path("/out/told")
HOMES = Path("/work/homes")
_WITHIN_S = 180.0
_LOOK_S = 0.02
_CLOSE_LOOK_S = 0.0005


class World:
    """``begin`` starts the box."""

    calls: subprocess.Popen[bytes]
    deviced: subprocess.Popen[bytes]

    def __init__(self, name: str) -> None:
        self._name = name
        self.home = Home(Path("/root/box"))
        self.bus = KernelBus(BUS)
        be_a("pi4")
        self.gpio = GpioSim(1)

    def begin(self) -> None:
        """A box with the configuration that the host made for this life."""
        shutil.rmtree(self.home.root, ignore_errors=True)
        shutil.copytree(HOMES / self._name, self.home.root)
        self.home.make()
        self.calls = self._start("tests.hil.calls", str(self.home.root))
        self.deviced = self._start("firmware.deviced.main")

    def _start(self, module: str, *words: str) -> subprocess.Popen[bytes]:
        with Path(f"/out/{self._name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", module, *words],
                env={**os.environ, "MARKAZ_HOME": str(self.home.root)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def talk(self) -> None:
        """There is a call."""
        (self.home.root / TALKING).touch()

    def hang_up(self) -> None:
        """There is none."""
        (self.home.root / TALKING).unlink(missing_ok=True)

    def power(self) -> str:
        """The state that deviced shows; "" while it does not answer."""
        try:
            with Link(self.home.link("deviced"), "world") as link:
                (row,) = link.snapshot().get("power", ())
        except (LinkDown, ValueError):
            return ""
        return str(getattr(row, "state", ""))

    def follow(self, state: str, within_s: float = _WITHIN_S) -> None:
        """Wait until the power is in ``state``."""
        self.expect(lambda: self.power() == state, f"power is {state}", within_s=within_s)

    def changes(self, pin: int, seconds: float) -> int:
        """How often a pin changes in this time."""
        end, before, count = time.monotonic() + seconds, self.gpio.value(pin), 0
        while time.monotonic() < end:
            now = self.gpio.value(pin)
            count, before = count + (now is not before), now
            select.select([], [], [], _LOOK_S)
        return count

    def wait(self, seconds: float) -> None:
        """Let time go by."""
        select.select([], [], [], seconds)

    def expect(
        self,
        condition: Callable[[], bool],
        what: str,
        look_s: float = _LOOK_S,
        within_s: float = _WITHIN_S,
    ) -> None:
        """Wait until something is so, and tell."""
        end = time.monotonic() + within_s
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"not within {within_s:g} s: {what}; power {self.power()!r}")
            select.select([], [], [], look_s)
        self.tell(what)

    def catch(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until something is so, which is so for a moment only: deviced stands still from
        then until ``let_go``. Who watches comes first on the machine's only processor. Nothing may
        be told between what brings the moment about and this."""
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        end = time.monotonic() + _WITHIN_S
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"not within {_WITHIN_S:g} s: {what}")
            select.select([], [], [], _CLOSE_LOOK_S)
        self.deviced.send_signal(signal.SIGSTOP)
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        self.tell(what)

    def let_go(self) -> None:
        """deviced goes on."""
        self.deviced.send_signal(signal.SIGCONT)

    def check(self, holds: bool, what: str) -> None:
        """Tell that it is so, or that it failed."""
        self.tell(what if holds else f"failed: {what}")

    def tell(self, word: str) -> None:
        """To the host."""
        line = json.dumps({"life": self._name, "at": time.monotonic(), "word": word}) + "\n"
        writing = threading.Thread(target=_write, args=(line.encode(),))
        writing.start()
        while writing.is_alive():
            writing.join(_CLOSE_LOOK_S)  # holds the clock


def _write(line: bytes) -> None:
    with TOLD.open("ab") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
