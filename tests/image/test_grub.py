"""The boot loader's choice, by GRUB itself on UEFI firmware (U-Boot for BOARD=rpi): its file with
the variables as ``firmware.update.environment`` writes them, and two slots that hold no kernel.

A start is seen in the line that GRUB writes before it loads anything; as nothing can be loaded, it
falls through to the other slot and starts the machine anew.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.update.environment import FIRST, Boot, parse, render
from tests.image.machine import Machine
from tests.rig.until import until

ROOT = Path(__file__).parents[2]
ESP_AT = 1048576
_PATH = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
# The serial line is two of GRUB's terminals, itself and UEFI's console: each says every line.
_START = re.compile(
    r"^markaz: slot ([AB]) \(ORDER=(.*?) TRIAL=(.*?) A=(.*?) B=(.*?)\)", re.MULTILINE
)
FIRMWARE_S = 400.0

pytestmark = pytest.mark.timeout(6 * FIRMWARE_S)

MakeDisk = Callable[[bytes, bytes], Path]


@pytest.fixture(scope="module")
def empty_disk(image: Path, board: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("grub")
    (folder / "tree" / "boot").mkdir(parents=True)
    (folder / "tree" / "boot" / "vmlinuz").write_bytes(b"no kernel")
    slot = folder / "slot.squashfs"
    order = ["mksquashfs", folder / "tree", slot, "-quiet", "-no-progress", "-comp", "gzip"]
    subprocess.run(order, check=True, env=_PATH)
    disk, loader = folder / "empty.img", folder / "loader"
    (loader / "esp").mkdir(parents=True)
    (loader / "grub").symlink_to(image.parent / "loader" / "grub")
    script = ROOT / "image-build" / "image" / "disk"
    subprocess.run([script, board, slot, loader, disk], check=True, env={**_PATH, "SLOT_MB": "8"})
    return disk


@pytest.fixture
def make_disk(empty_disk: Path, tmp_path: Path) -> MakeDisk:
    def make(first: bytes, second: bytes) -> Path:
        disk = tmp_path / "disk.img"
        subprocess.run(["cp", "--sparse=always", empty_disk, disk], check=True)
        for name, content in (("grubenv", first), ("grubenv2", second)):
            put(disk, name, content)
        return disk

    return make


def put(disk: Path, name: str, content: bytes) -> None:
    made = disk.with_name(name)
    made.write_bytes(content)
    order = ["mcopy", "-o", "-i", f"{disk}@@{ESP_AT}", made, f"::/grub/{name}"]
    subprocess.run(order, check=True, env=_PATH)


def get(disk: Path, name: str) -> bytes:
    order = ["mcopy", "-n", "-i", f"{disk}@@{ESP_AT}", f"::/grub/{name}", "-"]
    return subprocess.run(order, check=True, capture_output=True, env=_PATH).stdout


def starts(board: str, disk: Path, count: int) -> list[tuple[str, ...]]:
    """What GRUB says at so many starts: slot, ORDER, TRIAL, A, B. It tries the other slot within
    the same start: every second line is of that."""
    with Machine(
        board=board, image=disk, folder=disk.parent / "machine", disk_mb=256, memory_mb=256
    ) as machine:
        found: list[tuple[str, ...]] = []

        def has_started() -> bool:
            found[:] = [one.groups() for one in _START.finditer(machine.said())]
            return len(found) >= 2 * count

        until(has_started, count * FIRMWARE_S, f"{count} starts")
    return found[0::2][:count]


def test_a_slot_on_trial_is_started_three_times(board: str, make_disk: MakeDisk, tmp_path: Path):
    block = render(FIRST.chosen("B", on_trial=True))
    seen = starts(board, make_disk(block, block), 4)
    assert [(slot, b) for slot, _order, _trial, _a, b in seen] == [
        ("B", "1/1"),
        ("B", "1/2"),
        ("B", "1/3"),
        ("A", "1/3"),
    ]
    boot = parse(get(tmp_path / "machine" / "disk.img", "grubenv2"))
    assert boot is not None
    assert (boot.trial, boot.tries["B"]) == ("B", 3)


def test_the_second_copy_is_read_when_the_first_is_torn(board: str, make_disk: MakeDisk):
    good = FIRST.chosen("B", on_trial=False)
    assert starts(board, make_disk(bytes(1024), render(good)), 1)[0][0] == "B"


def test_without_any_copy_it_starts_what_it_can(board: str, make_disk: MakeDisk):
    [(slot, order, _trial, a, b)] = starts(board, make_disk(bytes(1024), bytes(1024)), 1)
    assert (slot, order, a, b) == ("A", "A B", "1/1", "1/0")


def test_when_all_starts_are_used_the_proved_slot_gets_them_again(board: str, make_disk: MakeDisk):
    used = Boot(order=("B", "A"), ok=frozenset("AB"), tries={"A": 9, "B": 3}, trial="B")
    [(slot, _order, _trial, a, b)] = starts(board, make_disk(render(used), render(used)), 1)
    assert (slot, a, b) == ("A", "1/1", "1/0")
