"""The box in the machine: what its screen says, and what is told it by its command line there."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.image import net
from tests.image.machine import Machine
from tests.rig.baresip import Baresip
from tests.rig.ports import Block
from tests.rig.telephone import Account

START_S, STEP_S = 1500.0, 240.0
"""The longest that a start, and that one thing after it, may take. Software emulation is some
twenty times slower than metal, and again as often as the machine that emulates has other work: at a
load of ten on two processors a start took ten minutes. What is broken says so before that."""
TONE_S = 1800.0
"""How long a telephone of the office speaks: longer than an update takes to be written."""


class ImageBox:
    """One box in a running machine."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._orders = itertools.count(1)
        self._at_shell = False
        self._site = ""

    def wait_up(self, timeout_s: float = START_S) -> float:
        """Until its screen says that everything answers; seconds since it was switched on."""
        since = max(self.machine.said().rfind("markaz: slot"), 0)
        self.machine.expect("everything answers", timeout_s, since=since)
        return time.monotonic() - self.machine.started_s

    def restarted(self, *, switch_on: bool = True) -> None:
        """Its power came back, or it started itself anew: nobody is at its command line."""
        self._at_shell, self._site = False, ""
        if switch_on:
            self.machine.switch_on()

    def screen(self) -> str:
        """What its screen showed last."""
        return self.machine.said().rpartition("Markaz ")[2]

    def shell(self, command: str, timeout_s: float = STEP_S) -> str:
        """What a command prints, given at the command line of the screen.

        Raises:
            TooLate: it did not end in time.
            AssertionError: its status is not 0.
        """
        self._enter_shell()
        number = next(self._orders)
        since = len(self.machine.said())
        self.machine.type(f"{command}; echo '@''@{number}:'$?'@''@'\n")
        end = self.machine.expect(rf"@@{number}:(\d+)@@", timeout_s, since=since)
        printed = self.machine.said()[since : end.start()].strip()
        assert end[1] == "0", f"{command} ended with {end[1]}:\n{printed}"
        return printed

    def order(self, command: str) -> None:
        """Give a command at the command line, and do not wait for its end."""
        self._enter_shell()
        self.machine.type(f"{command}\n")

    def _enter_shell(self) -> None:
        if not self._at_shell:
            since = len(self.machine.said())
            self.machine.type("3\n")
            self.machine.expect(r"markaz\$ ", STEP_S, since=since)
            self.machine.type("stty -echo; PS1=; PS2=; echo 'no ''echo'\n")
            self.machine.expect("no echo", STEP_S, since=since)  # what is typed from here on
            self._at_shell = True

    def leave_shell(self) -> None:
        """Back to the screen."""
        self.machine.type("exit\n")
        self._at_shell = False

    def account(self, number: str) -> Account:
        """What the telephone ``number`` registers with, from the box's configuration."""
        self._site = self._site or self.shell("markaz config show --secrets")
        text = self._site
        entry = re.search(
            rf"number: '?\"?{number}'?\"?\n(?:.*\n)*?\s+password: \"?'?([a-z0-9]+)", text
        )
        assert entry is not None, f"no password of {number} in:\n{text}"
        return Account(number=number, password=entry[1], server=f"{net.BOX}:5060")


@contextmanager
def telephone(
    account: Account, folder: Path, ports: Block, *, tone_hz: int = 440
) -> Iterator[Baresip]:
    """A telephone of the office, registered; it says a tone."""
    phone = Baresip(
        account,
        folder / account.number,
        ports,
        tone_hz=tone_hz,
        tone_s=TONE_S,
        address=net.OFFICE,
    )
    try:
        phone.expect("registered", STEP_S)
        yield phone
    finally:
        phone.stop()
