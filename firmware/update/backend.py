"""RAUC's way to the boot loader: ``python -m firmware.update.backend ORDER [SLOT [STATE]]``.

RAUC calls it as its custom boot loader backend (RAUC reference, "Custom"): get-primary,
set-primary SLOT, get-state SLOT, set-state SLOT good|bad, get-current. It imports little, because
RAUC calls it several times for every order.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from firmware.update import environment

FOLDER = "MARKAZ_BOOT_FOLDER"
"""Where the environment lies; by default on the mounted ESP."""

_DEFAULT = "/efi/grub"
_BOOTED = re.compile(r"(?:^|\s)rauc\.slot=([AB])(?:\s|$)")


def booted(command_line: str) -> str:
    """The slot that runs, by the kernel's command line; "" when it does not say."""
    found = _BOOTED.search(command_line)
    return found[1] if found else ""


def folder() -> Path:
    """Where the environment lies."""
    return Path(os.environ.get(FOLDER, _DEFAULT))


def answer(order: list[str], place: Path, current: str) -> str:
    """Do what RAUC asks; what is to be printed.

    Raises:
        ValueError: an order nobody knows.
        OSError: the environment cannot be read or written.
    """
    match order:
        case ["get-current"]:
            return current
        case ["get-primary"]:
            return environment.read(place).primary
        case ["get-state", slot] if slot in environment.SLOTS:
            return "good" if environment.read(place).is_good(slot) else "bad"
        case ["set-primary", slot] if slot in environment.SLOTS:
            boot = environment.read(place).chosen(slot, on_trial=slot != current)
        case ["set-state", slot, ("good" | "bad") as state] if slot in environment.SLOTS:
            boot = environment.read(place).marked(slot, good=state == "good")
        case _:
            raise ValueError(f"no such order of RAUC's: {' '.join(order)}")
    environment.write(place, boot)
    return ""


def main() -> int:
    """The program; its exit status."""
    current = booted(Path("/proc/cmdline").read_text())
    try:
        told = answer(sys.argv[1:], folder(), current)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"markaz: {error}\n")
        return 1
    if told:
        sys.stdout.write(told + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
