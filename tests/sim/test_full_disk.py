"""The whole disk is full: telephones register and talk, and it is on record when there is room."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.bad_disk import BadDisk
from tests.rig.box import LeanBox
from tests.rig.telephones import Telephones
from tests.rig.until import overload, until

pytestmark = pytest.mark.skipif(
    not os.access("/dev/fuse", os.W_OK) or os.geteuid() != 0,
    reason="mounting a disk of ours needs /dev/fuse and root",
)

ON_THE_DISK = ("edge", "log", "recordings", "spool", "store")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[BadDisk]:
    with BadDisk(tmp_path / "under") as mounted:
        yield mounted


@pytest.fixture
def box(disk: BadDisk, tmp_path: Path) -> Iterator[LeanBox]:
    root = tmp_path / "box"
    root.mkdir()
    for name in ON_THE_DISK:
        (disk.mount / name).mkdir(mode=0o700)
        (root / name).symlink_to(disk.mount / name)
    with LeanBox("kamailio", "edge", "switchd", root=root) as running:
        try:
            yield running
        finally:
            disk.behave()


def test_on_a_full_disk_telephones_register_and_talk(
    disk: BadDisk, box: LeanBox, tmp_path: Path
) -> None:
    with Telephones(box, tmp_path / "telephones") as telephones:
        disk.behave(is_full=True)
        callee = telephones.baresip("102", auto_answer=True)
        caller = telephones.baresip("101")
        for telephone in (callee, caller):
            telephone.expect("registered", 15.0 * overload())
        caller.dial("102")
        caller.expect("established", 10.0 * overload())
        until(lambda: callee.heard().length_s > 1.5, 10.0 * overload(), "they talk")
        caller.hang_up()
        caller.expect("ended", 10.0 * overload())
        disk.behave()
        until(
            lambda: [one.disposition for one in box.calls()] == ["answered"],
            20.0 * overload(),
            "the call is on record",
        )
