"""What a running box writes to its card: idle, and for each minute of a recorded talk.

``python -m tests.bench.writes [IDLE_S [TALK_S]]`` (as root, with loop devices) puts a whole box
on an ext4 file system of its own, ``run`` in memory, so that the device's own count holds the
journal and the folders as well; each program's share is what the kernel counts for it
(``/proc/PID/io``).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.rig.box import WholeBox
from tests.rig.telephones import Telephones
from tests.rig.until import until
from tests.sim.test_transfer import A, B, talk

IMAGE_BYTES = 1024**3
SETTLE_S = 15.0
_SECTOR_BYTES = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Bytes since the start: by the device, and by each program."""

    device: int
    programs: Counter[str]

    def since(self, before: Written) -> Written:
        """What was written between the two."""
        return Written(device=self.device - before.device, programs=self.programs - before.programs)


@contextmanager
def card(folder: Path) -> Iterator[tuple[Path, Path]]:
    """A file system of its own: where it is mounted, and its device's folder in /sys."""
    image, mount = folder / "card.img", folder / "card"
    with image.open("wb") as file:
        file.truncate(IMAGE_BYTES)
    subprocess.run(["mkfs.ext4", "-q", "-E", "lazy_itable_init=0", image], check=True)
    mount.mkdir()
    subprocess.run(["mount", "-o", "loop,noatime", image, mount], check=True)
    # Sockets, and the wire of the simulated modem, whose every byte is a change of its file's time.
    run = mount / "box" / "run"
    run.mkdir(mode=0o700, parents=True)
    run.parent.chmod(0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0700", "tmpfs", run], check=True)
    try:
        number = mount.stat().st_dev
        yield mount, Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")
    finally:
        subprocess.run(["umount", "--lazy", run, mount], check=True)


def meter(box: WholeBox, device: Path) -> Written:
    """Read both counts, with nothing left in memory that is still to be written."""
    os.sync()
    sectors = int((device / "stat").read_text().split()[6])
    named = {pid: name for name, pid in box.pids().items()}
    programs: Counter[str] = Counter()
    for pid, command in box.running().items():
        programs[named.get(pid) or _short(command)] += _written_by(pid)
    return Written(device=sectors * _SECTOR_BYTES, programs=programs)


def _short(command: str) -> str:
    """The module that runs, else the program's name."""
    _before, _option, module = command.partition(" -m ")
    words = (module or command).split()
    return words[0].rpartition("/")[2] if words else "others"


def changed(folder: Path, since: float) -> str:
    """The files and folders changed since a time in Unix seconds."""
    found = (path for path in folder.rglob("*") if not path.is_socket())
    return ", ".join(sorted(str(p.relative_to(folder)) for p in found if p.stat().st_mtime > since))


def _written_by(pid: int) -> int:
    for line in Path(f"/proc/{pid}/io").read_text().splitlines():
        if line.startswith("write_bytes:"):
            return int(line.split()[1])
    return 0


def wait(seconds: float) -> None:
    """Let time pass."""
    end = time.monotonic() + seconds
    until(lambda: time.monotonic() >= end, seconds + 5, "time passes")


def show(title: str, written: Written, per: float, unit: str) -> None:
    """One measurement as lines of a table, ``per`` units long."""
    programs = ", ".join(
        f"{name} {count / per / 1e3:.0f}" for name, count in written.programs.most_common() if count
    )
    print(f"| {title} | {written.device / per / 1e3:.0f} kB/{unit} | {programs or '-'} |")


def measure(box: WholeBox, device: Path, folder: Path, idle_s: float, talk_s: float) -> None:
    """Print the table."""
    print("| what | device | programs, kB by the kernel's count |\n|---|---|---|")
    wait(SETTLE_S)
    start, began = meter(box, device), time.time()
    wait(idle_s)
    idle = meter(box, device).since(start)
    show("idle", idle, idle_s / 3600, "hour")
    print(f"| files changed meanwhile | | {changed(box.home.root, began) or 'none'} |")
    with Telephones(box, folder) as phones:
        a, b = phones.desk_phone(A), phones.desk_phone(B)
        wait(5.0)
        start = meter(box, device)
        talk(a, b)
        wait(talk_s)
        during = meter(box, device).since(start)
        show("talk, while it lasts", during, talk_s / 60, "minute")
        a.hang_up()
        b.expect("ended", "in1")
        [call] = box.calls()
        until(lambda: box.recordings(call.id), 60, "the recording is finished")
        whole = meter(box, device).since(start)
        show("talk and its finished recording", whole, talk_s / 60, "minute")
        [record] = box.recordings(call.id)
        print(f"\nthe recording: {record.bytes / record.length_s * 60 / 1e3:.0f} kB a minute of")
        print(f"{record.format}, {record.length_s:.0f} s")


def main() -> None:
    """Measure and print."""
    idle_s, talk_s = (float(word) for word in (*sys.argv[1:], "60", "60")[:2])
    with (
        tempfile.TemporaryDirectory(prefix="markaz-writes-") as name,
        card(Path(name)) as (mount, device),
        WholeBox(mount / "box") as box,
    ):
        measure(box, device, Path(name) / "phones", idle_s, talk_s)


if __name__ == "__main__":
    main()
