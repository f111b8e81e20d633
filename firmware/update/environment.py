"""What the boot loader knows, in the form of GRUB's environment block, kept twice.

A block is 1024 bytes: a first line, ``NAME=VALUE`` lines, and ``#`` up to its end (GRUB manual,
"The GRUB environment block"; grub-core/lib/envblk.c). ``grub-editenv`` cuts the file to nothing
before it writes; here its bytes are written over in place, the second copy after the first is on
the disk, so that at any moment one of them is whole. All that matters lies in the first sector,
which a disk writes whole or not at all. ``image-build/update/grub.cfg`` reads and writes the same
names.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

HEAD = "# GRUB Environment Block\n"
SIZE_BYTES = 1024
_SECTOR_BYTES = 512
SLOTS = ("A", "B")

TRIES_ON_TRIAL = 3
TRIES = 9
"""A proved slot is given up after so many starts that came to nothing: cuts in an office whose
power flickers must not look like a broken release."""


class NoEnvironment(OSError):
    """Neither copy of the block can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Boot:
    """Which slot starts next. ``order`` is preference; ``ok`` the slots with a whole release;
    ``tries`` how often each was started since it last worked; ``trial`` the slot that must prove
    itself, or ""."""

    order: tuple[str, ...] = SLOTS
    ok: frozenset[str] = frozenset()
    tries: Mapping[str, int]
    trial: str = ""

    def limit(self, slot: str) -> int:
        """How often a slot may be started in vain."""
        return TRIES_ON_TRIAL if slot == self.trial else TRIES

    def is_good(self, slot: str) -> bool:
        """Whether the boot loader would start it."""
        return slot in self.ok and self.tries.get(slot, 0) < self.limit(slot)

    @property
    def primary(self) -> str:
        """The slot that the boot loader starts next; "" when it has to help itself."""
        return next((slot for slot in self.order if self.is_good(slot)), "")

    def chosen(self, slot: str, *, on_trial: bool) -> Boot:
        """With ``slot`` as the next to start."""
        others = tuple(one for one in self.order if one != slot)
        return replace(
            self,
            order=(slot, *others),
            ok=self.ok | {slot},
            tries={**self.tries, slot: 0},
            trial=slot if on_trial else "",
        )

    def marked(self, slot: str, *, good: bool) -> Boot:
        """With ``slot`` proved, or not to be started any more."""
        return replace(
            self,
            ok=self.ok | {slot} if good else self.ok - {slot},
            tries={**self.tries, slot: 0},
            trial="" if slot == self.trial else self.trial,
        )


FIRST = Boot(ok=frozenset({"A"}), tries={})
"""Of a new box: slot A is written, slot B empty."""


def render(boot: Boot) -> bytes:
    """The block."""
    values = {"WHOLE": "1", "ORDER": " ".join(boot.order), "TRIAL": boot.trial}
    for slot in SLOTS:
        values[f"{slot}_OK"] = "1" if slot in boot.ok else "0"
        values[f"{slot}_TRY"] = str(boot.tries.get(slot, 0))
    text = HEAD + "".join(f"{name}={value}\n" for name, value in values.items())
    if len(text) > _SECTOR_BYTES:
        raise ValueError("the boot loader's variables do not fit into one sector")
    return text.encode("ascii").ljust(SIZE_BYTES, b"#")


def parse(block: bytes) -> Boot | None:
    """What a block says; None when it is not whole."""
    if len(block) != SIZE_BYTES or not block.startswith(HEAD.encode("ascii")):
        return None
    lines = block[:_SECTOR_BYTES].decode("ascii", "replace").splitlines()
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    order = tuple(values.get("ORDER", "").split())
    if values.get("WHOLE") != "1" or not order or not set(order) <= set(SLOTS):
        return None
    tries = {slot: values.get(f"{slot}_TRY", "0") for slot in SLOTS}
    return Boot(
        order=order,
        ok=frozenset(slot for slot in SLOTS if values.get(f"{slot}_OK") == "1"),
        tries={slot: int(text) if text.isdigit() else 0 for slot, text in tries.items()},
        trial=values.get("TRIAL", ""),
    )


def names(folder: Path) -> tuple[Path, Path]:
    """The two copies."""
    return folder / "grubenv", folder / "grubenv2"


def read(folder: Path) -> Boot:
    """What the boot loader will find; it takes the second copy when the first is not whole.

    Raises:
        NoEnvironment: there is none.
    """
    for path in names(folder):
        try:
            boot = parse(path.read_bytes())
        except OSError:
            continue
        if boot is not None:
            return boot
    raise NoEnvironment(f"no environment of the boot loader in {folder}: is the ESP mounted there?")


def write(folder: Path, boot: Boot) -> None:
    """Write both, one after the other.

    Raises:
        OSError: the disk does not take it; one copy is whole.
    """
    block = render(boot)
    for path in names(folder):
        _overwrite(path, block)


def _overwrite(path: Path, block: bytes) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.pwrite(descriptor, block, 0)
        if os.fstat(descriptor).st_size != SIZE_BYTES:
            os.ftruncate(descriptor, SIZE_BYTES)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
