"""Debian's upsd with one dummy-ups behind it, and the world that plays the UPS."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from hw.power.nut import NutSupply

DRIVERS = Path("/lib/nut")
_USERS = "[box]\n  password = pw\n  instcmds = ALL\n"


class Ups:
    """One upsd with one dummy-ups. Writing the ``.dev`` file is what the world does to it; the
    driver reads that within a second."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self._device = folder / "ups.dev"
        self._mains, self._charge, self._is_low = True, 100.0, False
        self._runtime_s = 1200.0
        self._said_at_s = 0
        for name, text in {
            "ups.conf": "[rack]\n driver = dummy-ups\n port = ups.dev\n mode = dummy-once\n"
            " pollinterval = 1\n",
            "upsd.conf": f"LISTEN 127.0.0.1 {port}\n",
            "upsd.users": _USERS,
        }.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o600)
        self.says("OL", charge=100)
        self.driver = self._start("dummy-ups", "-a", "rack", "-F")
        self._server = self._start("upsd", "-F")

    def _start(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        user = ["-u", "root"] if os.geteuid() == 0 else []
        places = {"NUT_CONFPATH": str(self.folder), "NUT_STATEPATH": str(self.folder)}
        with (self.folder / f"{name}.log").open("ab") as output:
            return subprocess.Popen(
                [str(DRIVERS / name), *words, *user],
                env={**os.environ, **places},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def says(self, status: str, *, charge: float, load: float = 20.0) -> None:
        """The device is so from now on."""
        text = (
            f"ups.status: {status}\nbattery.charge: {charge}\nbattery.voltage: 26.8\n"
            f"ups.load: {load}\nbattery.runtime: {self._runtime_s:.0f}\n"
        )
        fresh = self._device.with_suffix(".new")
        fresh.write_text(text)
        # The driver compares whole seconds: two words in one second would be one to it.
        self._said_at_s = max(self._said_at_s + 1, int(time.time()))
        os.utime(fresh, (self._said_at_s, self._said_at_s))
        fresh.replace(self._device)

    def supply(self, **changes: object) -> NutSupply:
        """A client of it."""
        settings = {"port": self.port, "ups": "rack", "user": "box", "password": "pw"} | changes
        return NutSupply(host="127.0.0.1", timeout_s=2.0, **settings)  # type: ignore[arg-type]

    def mains(self, *, on: bool) -> None:
        """PlayedUps."""
        self._mains, self._is_low = on, False
        self._tell()

    def charge(self, percent: float) -> None:
        """PlayedUps."""
        self._charge = percent
        self._tell()

    def lasts(self, runtime_s: float) -> None:
        """The battery would end after so long."""
        self._runtime_s = runtime_s
        self._tell()

    def call_it_low(self) -> None:
        """PlayedUps."""
        self._is_low = True
        self._tell()

    def silence(self) -> None:
        """PlayedUps: its driver dies."""
        _end(self.driver)

    def speak(self) -> None:
        """PlayedUps: the driver is started anew."""
        self.driver = self._start("dummy-ups", "-a", "rack", "-F")

    def stop(self) -> None:
        """End both programs."""
        _end(self._server)
        _end(self.driver)

    def _tell(self) -> None:
        words = ["OL", "CHRG"] if self._mains else ["OB", "DISCHRG"]
        self.says(" ".join(words + ["LB"] * self._is_low), charge=self._charge)


def _end(program: subprocess.Popen[bytes]) -> None:
    program.terminate()
    program.wait(15.0)
