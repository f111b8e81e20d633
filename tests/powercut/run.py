"""``make powercut``: logs the writes of an office's disk in a guest, cuts the power in the log at
random places, repairs as the box does, and reports what was lost.

    python -m tests.powercut.run [--cuts 500] [--seconds 15] [--kills 10] [--without-sync]
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from firmware.config.home import Home
from firmware.recorder.sweep import Sweeper
from firmware.version import VERSION
from tests.hil.guest import runner
from tests.powercut.check import Found, check
from tests.powercut.log import Log
from tests.powercut.marks import DISK_MB, FILE_SYSTEM_MB, marks_on

_PACKAGES = (
    *("babel", "click", "hijridate", "jmespath", "msgspec", "numpy", "persiantools"),
    *("phonenumbers", "pydantic", "pyrage", "pyyaml", "simpleeval", "soundfile", "sqlite-utils"),
    "werkzeug",
)
_PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"
_BOOT_S = 240.0
_QUICK = "cache.no-flush=on"
"""A flush is logged, and then this machine's disk is not asked for one: while it took its time the
guest's clock, which skips idle time, would run ahead, and a disk seem to stall that does not."""

_log: Log


def main() -> int:
    """Returns 0 when no cut cost more than it may."""
    parser = argparse.ArgumentParser(prog="make powercut")
    parser.add_argument("--cuts", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=15.0, help="of the office's day")
    parser.add_argument("--kills", type=int, default=10, help="of the whole machine")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without-sync", action="store_true", help="to see that it shows")
    parser.add_argument("--out", type=Path, default=runner.ROOT / "build" / "powercut")
    asked = parser.parse_args()
    logging.disable(logging.WARNING)  # each repair tells what it mended
    asked.out.mkdir(parents=True, exist_ok=True)
    base, log = asked.out / "base.img", asked.out / "writes.log"
    make_disk(base)
    result = 0
    if asked.cuts:
        run_office(base, log, asked.out, asked.seconds, without_sync=asked.without_sync)
        result = report(base, log, asked)
    if asked.kills:
        result |= kill(base, asked.out, asked.kills, random.Random(asked.seed))
    return result


def make_disk(base: Path) -> None:
    """An empty file system, and behind it the room for marks."""
    base.unlink(missing_ok=True)
    with base.open("wb") as file:
        file.truncate(DISK_MB * 1024 * 1024)
    order = ["mke2fs", "-q", "-F", "-t", "ext4", str(base), f"{FILE_SYSTEM_MB}M"]
    subprocess.run(order, check=True, env={**os.environ, "PATH": _PATH})


def run_office(base: Path, log: Path, out: Path, length_s: float, *, without_sync: bool) -> None:
    """The guest, until its office's time is over.

    Raises:
        GuestEnded: it was not done in time.
    """
    guest = runner.built_guest()
    log.write_bytes(b"")
    with tempfile.TemporaryDirectory(prefix="markaz-powercut-") as folder:
        disk = Path(folder) / "disk.img"
        shutil.copy(base, disk)
        shared = Path(folder) / "out"
        shared.mkdir()
        arguments = [str(length_s), *(["--without-sync"] if without_sync else [])]
        (shared / "arguments").write_text(shlex.join(arguments) + "\n")
        work = work_disk(Path(folder))
        order = [*runner.command(guest, work, shared), *logged(disk, log)]
        ended = runner.boot(order, out / "console.log", _BOOT_S + 20 * length_s)
        shutil.copy(shared / "suite.log", out / "office.log")
        if not ended:
            raise runner.GuestEnded(f"the office was not done; see {out}/office.log")


def kill(base: Path, out: Path, times: int, dice: random.Random) -> int:
    """Kill the machine in its work again and again; each time it starts from the disk as it was
    left, and repairs it itself. Returns 0 when nothing was lost that may not be."""
    worst, bad = 0.0, 0
    with tempfile.TemporaryDirectory(prefix="markaz-kill-") as folder:
        disk, shared = Path(folder) / "disk.img", Path(folder) / "out"
        shutil.copy(base, disk)
        shared.mkdir()
        work = work_disk(Path(folder))
        order = [*runner.command(runner.built_guest(), work, shared), *plain(disk)]
        for boot in range(1, times + 1):
            (shared / "arguments").write_text(f"3600 --boot {boot}\n")
            try:
                kill_after(order, disk, boot, marks=dice.randrange(60, 250))
            finally:
                shutil.copy(shared / "suite.log", out / "office.log")
            found = []
            with _after_boot(disk.read_bytes()[: FILE_SYSTEM_MB * 1024 * 1024]) as home:
                if home is not None:
                    Sweeper(home).sweep()
                    found = [check(home, marks_on(disk, boot))]
            lost = max((seconds for one in found for seconds in one.lost_s), default=0.0)
            worst = max(worst, lost)
            bad += not found or not found[0].is_good
            print(
                f"kill {boot}: {lost:.2f} s lost at most, {found[0].broken if found else 'no home'}"
            )
    print(f"{times} kills, {bad} bad, {worst:.2f} s lost at most")
    return 1 if bad else 0


def kill_after(
    order: list[str],
    disk: Path,
    boot: int,
    *,
    marks: int,
    start: int = 0,
    timeout_s: float = 2 * _BOOT_S,
) -> None:
    """Start the machine and kill it when its office has made so many marks; ``start`` as
    ``marks_on`` has it.

    Raises:
        GuestEnded: it did not come to that.
    """
    with subprocess.Popen(order, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as guest:
        end = time.monotonic() + timeout_s
        try:
            while len(marks_on(disk, boot, start)) < marks:
                if guest.poll() is not None or time.monotonic() > end:
                    raise runner.GuestEnded(
                        f"the office of boot {boot} made {len(marks_on(disk, boot, start))} of"
                        f" {marks} marks"
                    )
                time.sleep(0.2)
        finally:
            guest.kill()


def plain(disk: Path) -> list[str]:
    """QEMU's words for a disk that survives its machine."""
    return [
        *("-blockdev", f"driver=file,node-name=f0,filename={disk},{_QUICK}"),
        *("-blockdev", f"driver=raw,node-name=r0,file=f0,{_QUICK}"),
        *("-device", "virtio-blk-pci,drive=r0,addr=0x10"),
    ]


def logged(disk: Path, log: Path) -> list[str]:
    """QEMU's words for a disk whose writes are logged."""
    return [
        *("-blockdev", f"driver=file,node-name=f0,filename={disk},{_QUICK}"),
        *("-blockdev", f"driver=raw,node-name=r0,file=f0,{_QUICK}"),
        *("-blockdev", f"driver=file,node-name=l0,filename={log},{_QUICK}"),
        *("-blockdev", f"driver=raw,node-name=l1,file=l0,{_QUICK}"),
        *("-blockdev", "driver=blklogwrites,node-name=b0,file=r0,log=l1,log-sector-size=512"),
        *("-device", "virtio-blk-pci,drive=b0,addr=0x10"),  # behind the others: /dev/vdc
    ]


def work_disk(folder: Path) -> Path:
    """The product and the office, with their packages; the guest runs our suite, not lines'."""
    trees = ("firmware", "hw", "tests/powercut", "image-build/udev", "image-build/modprobe")
    metadata = folder / "METADATA"  # it tells the product its own version
    metadata.write_text(f"Metadata-Version: 2.1\nName: markaz\nVersion: {VERSION}\n")
    return runner.make_work_disk(
        folder,
        packages=_PACKAGES,
        trees=trees,
        files={
            "tests/hil/guest/suite": Path(__file__).with_name("suite"),
            "site/markaz.dist-info/METADATA": metadata,
        },
    )


def report(base: Path, log: Path, asked: argparse.Namespace) -> int:
    """Cut, repair, check; a summary on the terminal and in ``report.json``."""
    began_s = time.monotonic()
    with ProcessPoolExecutor(2, initializer=_read, initargs=(base, log)) as workers:
        _read(base, log)
        first = next((number for number, mark in _log.marks if mark["what"] == "stored"), 0)
        dice = random.Random(asked.seed)
        cuts = sorted(dice.randrange(first, len(_log.writes)) for _ in range(asked.cuts))
        results = list(workers.map(one_cut, cuts, chunksize=4))
    lost = [seconds for found in results for seconds in found.lost_s]
    broken = Counter(what for found in results for what in found.broken)
    summary = {
        "cuts": len(cuts),
        "writes": len(_log.writes),
        "bad cuts": sum(not found.is_good for found in results),
        "recordings checked": len(lost),
        "most seconds lost": round(max(lost, default=0.0), 2),
        "median seconds lost of those being made": _median([s for s in lost if s > 0]),
        "broken": dict(broken.most_common(10)),
        "took_s": round(time.monotonic() - began_s),
    }
    (asked.out / "report.json").write_text(json.dumps(summary, indent=2))
    for name, value in summary.items():
        print(f"{name:42} {value}")
    return 1 if summary["bad cuts"] else 0


def _median(values: list[float]) -> float:
    return round(sorted(values)[len(values) // 2], 2) if values else 0.0


def _read(base: Path, log: Path) -> None:
    logging.disable(logging.WARNING)
    global _log  # noqa: PLW0603 - each worker reads it once
    _log = Log(log, base)


def one_cut(cut: int) -> Found:
    """The disk after this cut, repaired as the box repairs it, and what is found on it."""
    marks = [mark for number, mark in _log.marks if number <= cut]
    with _after_boot(_log.at(cut, random.Random(cut))) as home:
        if home is None:
            return Found(broken=["the file system: e2fsck -p gave it up"])
        Sweeper(home).sweep()
        return check(home, marks)


@contextmanager
def _after_boot(disk: bytes) -> Iterator[Home | None]:
    """The box's folder as it is after the file system's own repair, as at each boot."""
    with tempfile.TemporaryDirectory(prefix="markaz-cut-", dir="/dev/shm") as folder:
        image, out = Path(folder) / "disk.img", Path(folder) / "out"
        image.write_bytes(disk)
        out.mkdir()
        environment = {**os.environ, "PATH": _PATH}
        order = ["e2fsck", "-p", str(image)]
        checked = subprocess.run(order, env=environment, capture_output=True, check=False)
        if checked.returncode > 1:
            yield None
            return
        copied = ["debugfs", "-R", f"rdump /box {out}", str(image)]
        subprocess.run(copied, env=environment, capture_output=True, check=True)
        image.unlink()
        home = Home(out / "box")
        home.make()
        yield home


if __name__ == "__main__":
    sys.exit(main())
