"""``python -m tests.chaos [--minutes 10] [--seed N]``: exit status 0 only if all held."""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click

from firmware.config import history
from tests.chaos.faults import World
from tests.chaos.outside import enter, outside
from tests.chaos.report import Report
from tests.chaos.soak import Broken, Soak
from tests.rig.bad_disk import BadDisk
from tests.rig.box import WholeBox
from tests.rig.telephones import Telephones

ON_THE_DISK = ("edge", "recordings", "spool", "store", "log")


def _with_trunk(root: Path, trunk: str) -> dict[str, str]:
    """A box that knows a provider; its telephones' passwords."""
    with WholeBox(root) as born:
        passwords = born.passwords
        text = history.current_text(born.home)[1].replace("trunk: []\n", trunk)
        history.apply(born.home, text, author="chaos", comment="")
    (root / "log" / "box.log").unlink()  # the next start says "is up" anew
    return passwords


@contextlib.contextmanager
def _on_bad_disk(root: Path) -> Iterator[BadDisk | None]:
    """What a new box will keep goes to a disk that can misbehave, where one can be mounted."""
    if not os.access("/dev/fuse", os.W_OK) or os.geteuid() != 0:
        print("no /dev/fuse, or not root: the disk stays whole", flush=True)
        yield None
        return
    with BadDisk(root) as disk:
        for name in ON_THE_DISK:
            (disk.mount / name).mkdir(mode=0o700)
            (root / name).symlink_to(disk.mount / name)
        yield disk


@click.command()
@click.option("--minutes", default=10.0, show_default=True, help="120 before a release.")
@click.option("--seed", type=int, help="Of an earlier run, to see it again.")
def main(minutes: float, seed: int | None) -> None:
    """Random faults under calls."""
    enter()
    seed = secrets.randbelow(2**31) if seed is None else seed
    print(f"seed {seed}", flush=True)
    root = Path(tempfile.mkdtemp(prefix="markaz-chaos-"))
    report = Report()
    with contextlib.ExitStack() as stack:
        disk = stack.enter_context(_on_bad_disk(root))
        world = stack.enter_context(outside(root))
        passwords = _with_trunk(root, world.trunk)
        box = stack.enter_context(WholeBox(root))
        telephones = stack.enter_context(Telephones(box, root / "telephones"))
        box.passwords = passwords
        callee = telephones.baresip("102", auto_answer=True)
        caller = telephones.baresip("101")
        around = World(box=box, outside=world, disk=disk)
        soak = Soak(around, caller, callee, random.Random(seed), report)
        report.began_s = time.monotonic()
        try:
            soak.run(60.0 * minutes)
        except Broken as error:
            report.violations.append(f"it does not come to rest: {error}")
        lines = report.lines()
    print("\n".join([*lines, f"seed {seed}"]))
    if report.violations:
        print(f"The box's folder is kept: {root}")
        sys.exit(1)
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
