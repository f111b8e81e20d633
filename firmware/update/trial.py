"""After the box has started: the slot that runs proves itself by a call, or is given up.

A slot on trial has ``TRIAL_S`` from the start of this program. When it makes its call, it is marked
good, and stays; when it does not, it is marked bad, and the machine restarts into the release
before. Should even this program not run, systemd restarts the machine, and after three starts the
boot loader gives the slot up (``image-build/update``).

A slot that has proved itself before is not tried again: that it starts is enough. A box that is
deaf by its configuration, or by a cut wire, would only be so in an older release as well.
"""

from __future__ import annotations

import contextlib
import logging
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from firmware.config.home import Home
from firmware.log import set_up
from firmware.model.update import UpdateEvent, UpdateState
from firmware.update import backend, environment, journal, machine
from firmware.update.slots import Rauc, Slots, SlotsFailed
from firmware.version import VERSION

log = logging.getLogger(__name__)

TRIAL_S = 600.0
"""A slow board with a large store may take minutes to start for the first time."""

AGAIN_S = 5.0
_CALL_S = 300.0
"""Of one call, most of it the start of its program beside a box that starts: what is slow is not
deaf."""
_MARK_TRIES = 15
"""RAUC gives up after 25 s by itself: 7.5 minutes at the most, which with a whole trial and its
last call are less than the unit has. A slot that works and is not marked loses its starts one by
one."""


class Trial:
    """One start's trial. ``call`` makes the self-test call and says what is wrong, "" when nothing
    is; ``restart`` restarts the machine; ``wait`` sleeps for seconds."""

    def __init__(
        self,
        home: Home,
        slots: Slots,
        *,
        call: Callable[[], str],
        restart: Callable[[], None],
        wait: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._home, self._slots = home, slots
        self._call, self._restart = call, restart
        self._wait, self._clock, self._wall = wait, clock, wall

    def run(self, *, on_trial: bool) -> bool:
        """Whether the slot stays. If not, the machine is about to restart."""
        if not on_trial:
            self._mark(good=True)
            return True
        until, fault = self._clock() + TRIAL_S, "nothing was tried"
        while self._clock() < until:
            fault = self._call()
            if not fault:
                self._prove()
                return True
            log.warning("self-test: %s", fault)
            self._wait(AGAIN_S)
        self._give_up(fault)
        return False

    def _prove(self) -> None:
        self._mark(good=True)
        known = journal.read(self._home)
        after = known.after(UpdateEvent.PROVED, at=self._wall(), release=VERSION)
        if after.state is not known.state:
            journal.write(self._home, replace(after, starts=0, version=VERSION))
            log.info("release %s has made its call: it stays", VERSION)

    def _give_up(self, fault: str) -> None:
        """The boot loader first: the daemon, too, restarts the machine when the journal says this.
        The journal tells the release before why it runs again."""
        why = f"it made no call within {TRIAL_S:.0f} s: {fault}"
        log.error("release %s is given up: %s", VERSION, why)
        self._mark(good=False)
        known = journal.read(self._home)
        with contextlib.suppress(OSError):  # a full disk must not keep a release that is deaf
            after = known.after(UpdateEvent.NOT_PROVED, at=self._wall(), release=VERSION, why=why)
            journal.write(self._home, after)
        self._restart()

    def _mark(self, *, good: bool) -> None:
        """Tell the boot loader; RAUC's service may only just be starting."""
        for _attempt in range(_MARK_TRIES):
            try:
                self._slots.mark(good=good)
            except SlotsFailed as error:
                log.warning("the boot loader could not be told: %s", error)
                self._wait(AGAIN_S)
            else:
                return


def call_from_inside() -> str:
    """The self-test call in a process of its own: its SIP stack may fail as it likes."""
    order = [sys.executable, "-P", "-m", "firmware.cli.main", "self-test", "--quiet"]
    try:
        done = subprocess.run(order, capture_output=True, timeout=_CALL_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"the self-test itself failed: {error}"
    if done.returncode == 0:
        return ""
    said = done.stderr.decode(errors="replace").strip().splitlines()
    return said[-1] if said else f"the self-test ended with {done.returncode}"


def is_on_trial(home: Home) -> bool:
    """Whether the slot that runs must prove itself, as the journal or the boot loader has it."""
    if journal.read(home).state is UpdateState.TRYING:
        return True
    with contextlib.suppress(OSError):
        slot = backend.booted(Path("/proc/cmdline").read_text())
        return bool(slot) and environment.read(backend.folder()).trial == slot
    return False


def main() -> int:
    """``python -m firmware.update.trial``."""
    set_up("update")
    slots, home = Rauc(), Home.of_environment()
    if slots.is_there:
        trial = Trial(home, slots, call=call_from_inside, restart=machine.restart)
        trial.run(on_trial=is_on_trial(home))
    return 0


if __name__ == "__main__":
    sys.exit(main())
