"""A disk without room for one byte: telephones register, also with a Kamailio that starts on it,
and talk; what could not be written meanwhile is on record when there is room."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.box import memory
from tests.rig.box import LeanBox
from tests.rig.full_disk import FullDisk, why_not
from tests.rig.telephones import Telephones
from tests.rig.until import overload, until

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

ON_THE_DISK = ("edge", "log", "recordings", "spool", "store")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[FullDisk]:
    with FullDisk(tmp_path / "disk") as mounted:
        yield mounted


@pytest.fixture
def box(disk: FullDisk, tmp_path: Path) -> Iterator[LeanBox]:
    root = tmp_path / "box"
    root.mkdir()
    for name in ON_THE_DISK:
        (disk.mount / name).mkdir(mode=0o700)
        (root / name).symlink_to(disk.mount / name)
    lean = LeanBox("kamailio", "edge", "switchd", root=root)
    memory.prepare(lean.home)
    try:
        with lean as running:
            yield running
    finally:
        shutil.rmtree(lean.home.ram.resolve())


def _talk(box: LeanBox, folder: Path) -> None:
    """Two telephones that register anew, and a call."""
    with Telephones(box, folder) as phones:
        callee = phones.baresip("102", auto_answer=True)
        caller = phones.baresip("101")
        caller.dial("102")
        caller.expect("established", 10 * overload())
        until(lambda: callee.heard().length_s > 1.5, 10 * overload(), "they talk")
        caller.hang_up()
        caller.expect("ended", 10 * overload())


def test_telephones_register_and_talk_on_a_full_disk(
    disk: FullDisk, box: LeanBox, tmp_path: Path
) -> None:
    disk.fill()
    _talk(box, tmp_path / "first")
    box.kill("kamailio")
    box.start("kamailio")
    _talk(box, tmp_path / "second")
    assert disk.free_bytes() == 0, "all of it was on a full disk"
    disk.make_room()
    until(
        lambda: [call.disposition for call in box.calls()] == ["answered"] * 2,
        20 * overload(),
        "both calls are on record",
    )


def test_the_edge_starts_on_a_full_disk_with_what_it_knew(
    disk: FullDisk, box: LeanBox, tmp_path: Path
) -> None:
    """As after a power cut: the memory is empty, and the disk has what was copied to it."""
    with Telephones(box, tmp_path / "phones") as phones:
        phones.baresip("102", auto_answer=True)
        caller = phones.baresip("101")
        box.stop("edge")
        box.kill("kamailio")
        shutil.rmtree(box.home.ram_edge)
        disk.fill()
        box.start("kamailio")
        box.start("edge")
        caller.dial("102")
        caller.expect("established", 10 * overload())
        caller.hang_up()
        caller.expect("ended", 10 * overload())
        assert disk.free_bytes() == 0, "all of it was on a full disk"
        disk.make_room()  # or switchd, told to stop, would wait for it
