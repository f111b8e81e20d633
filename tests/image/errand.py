"""A start of the image's own system that does one thing and switches itself off.

Kernel, root file system, mounts and programs are the image's; the exchange itself is not started.
The thing to do is a script on a second disk. The clock is virtual and counts instructions
(QEMU's ``-icount``): that this machine does other work is not felt inside. Time in which the guest
waits is real: skipped, it would run ahead of a slow disk, and what waits for that give up.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.image import cuts
from tests.image.machine import KINDS
from tests.rig.until import until

_COMMAND = "mkdir -p /run/go && mount -o ro LABEL=GO /run/go && exec sh /run/go/go"


def kernel_line(slot: str, serial: str) -> str:
    """The kernel's words, as the boot loader gives them; ``serial`` is its only console."""
    return (
        f"root=PARTLABEL=slot-{slot.lower()} ro rootfstype=squashfs rootwait rauc.slot={slot} "
        f"console={serial},115200 panic=10 net.ifnames=0 quiet"
    )


def stick(tree: Path, made: Path) -> Path:
    """A disk with what is in ``tree``; its file ``go`` is run. Give it to ``run``."""
    size_mb = sum(one.stat().st_size for one in tree.rglob("*")) // 1_000_000 + 64
    words = ["mke2fs", "-q", "-t", "ext4", "-L", "GO", "-d", tree, made, f"{size_mb}M"]
    subprocess.run([str(word) for word in words], check=True, env=cuts.PATH)
    return made


def order(built: Path, go: Path, disk_words: Sequence[str], console: Path) -> list[str]:
    """What starts it, from slot A of the disk that ``disk_words`` give QEMU.

    ``built`` is the image's folder, called as its board is (vmlinuz, initrd.img). What the script
    says goes to /dev/console, which is ``console``.
    """
    kind = KINDS[built.name]
    return [
        *("setpriv", "--pdeathsig", "KILL"),
        *(kind.program, *kind.words, "-accel", "tcg,thread=single"),
        *("-icount", "shift=0,sleep=on", "-smp", "1", "-m", "1536"),
        *("-nodefaults", "-display", "none", "-no-reboot", "-monitor", "none"),
        *("-serial", f"file:{console}"),
        *("-kernel", str(built / "vmlinuz"), "-initrd", str(built / "initrd.img")),
        *("-append", kernel_line("A", kind.serial) + f" systemd.run=\"/bin/sh -c '{_COMMAND}'\""),
        *disk_words,
        *("-drive", f"if=none,id=go,file={go},format=raw,readonly=on"),
        *("-device", "virtio-blk-pci,drive=go", "-device", "virtio-rng-pci"),
    ]


def run(built: Path, go: Path, disk_words: Sequence[str], console: Path, timeout_s: float) -> str:
    """Start it, until it has switched itself off; what it said. ``timeout_s`` are this machine's.

    Raises:
        TooLate: it was not done.
    """
    with subprocess.Popen(order(built, go, disk_words, console)) as guest:
        try:
            until(lambda: guest.poll() is not None, timeout_s, f"its errand is done; see {console}")
        finally:
            guest.kill()
    return console.read_text(errors="replace")
