"""An update on the built image, cut off at random moments: it always starts one whole release.

The image's own kernel, RAUC, boot loader backend and keys, in QEMU, write a signed bundle into
slot B and choose it; QEMU logs every write and flush of the disk. At each cut the boot loader's
variables are read as GRUB reads them, and the slot that they name must hold one of the two releases
to the last byte. Then GRUB starts that disk, as metal would.
"""

from __future__ import annotations

import hashlib
import random
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware.update.environment import Boot, parse
from tests.image import cuts, errand, releases
from tests.image.box import START_S, STEP_S
from tests.image.cuts import Cuts, Part
from tests.image.machine import Machine

CUTS = 30
INSTALL_S = 3000.0
VERSION = "99.0.0"

pytestmark = pytest.mark.timeout(7200)

_RUN = """#!/bin/sh
exec >/dev/console 2>&1
echo @began@
systemctl start markaz-ground.service dbus.socket rauc.service
rauc install /run/go/new.raucb && echo @installed@
rauc status mark-active other && echo @chosen@
sync
sleep 2
echo @done@
poweroff -f
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One update, logged."""

    cuts: Cuts
    parts: dict[str, Part]
    old: str  # SHA-256 of slot A, and of what B becomes
    new: str
    old_bytes: int
    new_bytes: int


@pytest.fixture(scope="module")
def run(image: Path, board: str, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("cuts")
    built = image.parent
    new = releases.slot(built, VERSION, folder)
    go = bundle_stick(folder, new, board)
    disk, base, log = folder / "disk.img", folder / "base.img", folder / "writes.log"
    subprocess.run(["cp", "--sparse=always", image, base], check=True)
    subprocess.run(["cp", "--sparse=always", base, disk], check=True)
    log.write_bytes(b"")
    said = errand.run(built, go, cuts.words(disk, log), folder / "console.log", INSTALL_S)
    assert "@chosen@" in said, said[-4000:]
    old = built / "slot.squashfs"
    return Run(
        cuts=Cuts(log, base, folder),
        parts=cuts.parts(disk),  # the data partition has grown to the disk's end
        old=sha256(old),
        new=sha256(new),
        old_bytes=old.stat().st_size,
        new_bytes=new.stat().st_size,
    )


def bundle_stick(folder: Path, slot: Path, board: str) -> Path:
    """A disk with the bundle, and what the guest is to do with it."""
    tree = folder / "go"
    tree.mkdir()
    (tree / "go").write_text(_RUN)
    releases.bundle(slot, VERSION, board, tree / "new.raucb")
    return errand.stick(tree, folder / "go.img")


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def boot_of(disk: Path, part: Part) -> Boot:
    """What GRUB reads: the first copy of its variables that is whole."""
    for name in ("/grub/grubenv", "/grub/grubenv2"):
        if (boot := parse(cuts.file_on_esp(disk, part, name))) is not None:
            return boot
    raise AssertionError("neither copy of the boot loader's variables is whole")


def test_after_every_cut_it_starts_one_whole_release(run: Run, board: str, tmp_path: Path):
    dice = random.Random(11)
    chosen = sorted(dice.randrange(len(run.cuts.writes)) for _ in range(CUTS))
    # The last writes are the ones that choose the slot: some cuts are among them.
    last = len(run.cuts.writes)
    chosen[-10:] = sorted(dice.randrange(max(0, last - 60), last) for _ in range(10))
    sizes = {"A": run.old_bytes, "B": run.new_bytes}
    found: Counter[str] = Counter()
    for _cut, disk in run.cuts.at(chosen, dice):
        boot = boot_of(disk, run.parts["esp"])
        slot = boot.primary
        assert slot in sizes, f"the boot loader has to help itself: {boot}"
        part = run.parts[f"slot-{slot.lower()}"]
        assert cuts.digest(disk, part, sizes[slot]) == {"A": run.old, "B": run.new}[slot]
        assert cuts.repaired(disk, run.parts["data"], tmp_path) <= 1
        with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
            assert started(board, disk, Path(folder)) == slot
        found[slot] += 1
    print(f"\n{CUTS} cuts in {len(run.cuts.writes)} writes, each started: {dict(found)}")
    assert set(found) == {"A", "B"}


def started(board: str, disk: Path, folder: Path) -> str:
    """Start it as metal would; the slot whose system comes up."""
    with Machine(board=board, image=disk, folder=folder, disk_mb=2048) as machine:
        chosen = machine.expect(r"markaz: slot ([AB]) ", STEP_S)[1]
        # The kernel has found its root and systemd runs: getty, or our screen, on the serial line.
        machine.expect(r"Markaz|login:", START_S)
        assert len(machine.starts()) == 1, "it started more than once"
        return chosen
