"""Power cuts of the image's own disk while twenty calls are recorded: what the product loses.

As ``tests.powercut``, but the kernel, the mounts, the data partition (which has just grown) and the
recorder are those of the image, in slot A of its disk. Marks of what was said and promised go to
the empty slot B, past every cache; the data partition of each cut is repaired as the box repairs
it and held against them. Then the machine itself is killed in its work, again and again, and starts
each time from the disk that it left.
"""

from __future__ import annotations

import bisect
import logging
import random
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware.config.home import Home
from firmware.recorder.sweep import Sweeper
from tests.image import cuts, errand
from tests.image.cuts import Cuts, Part
from tests.powercut.check import Found, check
from tests.powercut.marks import FIRST_SECTOR, MARKS, SECTOR_BYTES, Mark, marks_in, marks_on
from tests.powercut.run import kill_after

ROOT = Path(__file__).parents[2]
DISK_MB = 2304
CUTS, SECONDS = 100, 20
KILLS, KILLED_AFTER = 10, (60, 250)
"""How often the machine is killed, and after how many marks: some ten to thirty seconds of work."""
OFFICE_S = 3000.0
"""Of this machine; the guest's own are virtual."""

pytestmark = pytest.mark.timeout(7200)

_RUN = """#!/bin/sh
exec >/dev/console 2>&1
systemctl start markaz-ground.service data-markaz-ram.mount
findmnt -no OPTIONS /data
cd /run/go
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/run/go
/opt/markaz/bin/python -m tests.powercut.office \\
    /data/markaz /dev/disk/by-partlabel/slot-b {seconds} --boot {boot} &&
    echo @done@
poweroff -f
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One day of the office, logged. ``marks`` are by the number of the write that made them."""

    cuts: Cuts
    data: Part
    marks: list[tuple[int, Mark]]


@pytest.fixture(scope="module")
def run(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("office")
    base, log = folder / "base.img", folder / "log"
    disk = _disk(image, folder)
    before = cuts.parts(disk)
    cuts.keep(disk, before["data"], base)  # the slots are not looked at: they need no room
    log.write_bytes(b"")
    go = _office(folder)
    said = errand.run(image.parent, go, cuts.words(disk, log), folder / "console.log", OFFICE_S)
    assert "@done@" in said, said[-4000:]
    assert "noatime,errors=remount-ro" in said  # commit=5 is the kernel's own, and not shown
    after = cuts.parts(disk)
    assert after["data"].size > before["data"].size * 2, "the data partition has not grown"
    made = Cuts(log, base, folder, only=after["data"])
    return Run(cuts=made, data=after["data"], marks=_marks(made, after["slot-b"]))


def _disk(image: Path, folder: Path) -> Path:
    """A box's disk: the image, with room."""
    disk = folder / "disk.img"
    subprocess.run(["cp", "--sparse=always", image, disk], check=True)
    with disk.open("r+b") as file:
        file.truncate(DISK_MB << 20)
    return disk


def _office(folder: Path, *, boot: int = 0, seconds: int = SECONDS) -> Path:
    """The stick with the office's day."""
    tree = folder / f"go{boot}"
    tree.mkdir()
    (tree / "go").write_text(_RUN.format(seconds=seconds, boot=boot))
    shutil.copytree(ROOT / "tests" / "powercut", tree / "tests" / "powercut")
    return errand.stick(tree, folder / f"go{boot}.img")


def _marks(made: Cuts, slot: Part) -> list[tuple[int, Mark]]:
    first = slot.start // SECTOR_BYTES + FIRST_SECTOR
    return [
        (number, mark)
        for number, write in enumerate(made.writes)
        if write.sectors and first <= write.sector < first + MARKS
        for mark in marks_in(made.content_of(write))
    ]


def test_a_power_cut_costs_no_promise_and_a_second_of_a_recording_at_most(
    run: Run, tmp_path: Path
) -> None:
    logging.disable(logging.WARNING)  # each repair tells what it mended
    begun = next(number for number, mark in run.marks if mark["what"] == "stored")
    dice = random.Random(7)
    chosen = [dice.randrange(begun, len(run.cuts.writes)) for _ in range(CUTS)]
    found = [
        _after(disk, run.data, [m for _n, m in run.marks[: _until(run.marks, cut)]], tmp_path)
        for cut, disk in run.cuts.at(chosen, dice)
    ]
    logging.disable(logging.NOTSET)
    lost = sorted(seconds for one in found for seconds in one.lost_s)
    broken = [what for one in found for what in one.broken]
    print(
        f"\n{CUTS} cuts in {len(run.cuts.writes)} writes, {len(lost)} recordings looked at: "
        f"{lost[-1]:.2f} s lost at most, {len(broken)} things broken"
    )
    assert len(lost) > CUTS
    assert not broken
    assert all(one.is_good for one in found)


def test_a_machine_killed_in_its_work_starts_each_time_and_loses_no_more(
    image: Path, tmp_path: Path
) -> None:
    disk = _disk(image, tmp_path)
    slot_b = cuts.parts(disk)["slot-b"]
    dice = random.Random(8)
    lost: list[float] = []
    for boot in range(1, KILLS + 1):
        go, console = _office(tmp_path, boot=boot, seconds=3600), tmp_path / f"console{boot}.log"
        kill_after(
            errand.order(image.parent, go, cuts.plain(disk), console),
            disk,
            boot,
            marks=dice.randrange(*KILLED_AFTER),
            start=slot_b.start,
            timeout_s=OFFICE_S,
        )
        found = _after(disk, cuts.parts(disk)["data"], marks_on(disk, boot, slot_b.start), tmp_path)
        assert found.is_good, found
        lost += found.lost_s
    go, console = _office(tmp_path, boot=KILLS + 1), tmp_path / "console.log"
    said = errand.run(image.parent, go, cuts.plain(disk), console, OFFICE_S)
    assert "@done@" in said, said[-4000:]
    print(
        f"\n{KILLS} kills, {KILLS} starts after them, {len(lost)} recordings looked at: "
        f"{max(lost):.2f} s lost at most"
    )
    assert len(lost) > KILLS


def _until(marks: list[tuple[int, Mark]], cut: int) -> int:
    """How many marks were there at the cut."""
    return bisect.bisect_right(marks, cut, key=lambda pair: pair[0])


def _after(disk: Path, data: Part, marks: list[Mark], folder: Path) -> Found:
    """What is on the data partition after the next start's own repair."""
    out = folder / "home"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    if cuts.repaired(disk, data, folder) > 1:
        return Found(broken=["the file system: e2fsck -p gave it up"])
    order = ["debugfs", "-R", f"rdump /markaz {out}", str(folder / "data.img")]
    subprocess.run(order, check=True, capture_output=True, env=cuts.PATH)
    home = Home(out / "markaz")
    home.make()
    Sweeper(home).sweep()
    return check(home, marks)
