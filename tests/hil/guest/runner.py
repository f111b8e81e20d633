"""The guest of the QEMU bench: found or built, given its work, started, waited for.

The guest (``build``) is cached; what changes daily, the repository and the Python packages of
this environment, goes in on a second disk made for each run. With QEMU's ``-icount`` the guest
has a clock of its own, which this machine's other work cannot disturb and which skips idle time.
"""

from __future__ import annotations

import compileall
import importlib.metadata
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[3]
_NEEDED = (
    *("aionut", "cffi", "gpiozero", "lgpio", "msgspec", "numpy", "pyserial", "pytest"),
    *("pytest-timeout", "pyudev", "smbus2"),
)
_WORK = ("hw", "firmware/model", "tests/hil", "image-build/udev", "image-build/modprobe")
_MEMORY_MB = 1024
_KERNEL = "console=ttyS0 loglevel=7 panic=1 mitigations=off sysctl.kernel.hung_task_timeout_secs=60"


class GuestEnded(RuntimeError):
    """The guest gave no result: it died, or did not end in time."""


def run_suite(out: Path, arguments: list[str], timeout_s: float) -> int:
    """The suite in the guest, with ``arguments`` for pytest; pytest's result. What the guest
    wrote is in ``out``: suite.log, covered.json, junit.xml, and console.log.

    Raises:
        GuestEnded: there is no result.
    """
    guest = built_guest()
    for old in ("result", "covered.json", "junit.xml", "suite.log"):
        (out / old).unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="markaz-hil-") as folder:
        shared = Path(folder) / "out"
        shared.mkdir()
        (shared / "arguments").write_text(shlex.join(arguments) + "\n")
        work = make_work_disk(Path(folder))
        try:
            ended = boot(command(guest, work, shared), out / "console.log", timeout_s)
        finally:
            for made in shared.iterdir():
                shutil.copy(made, out / made.name)
    if not (out / "result").exists():
        why = "ended before the suite did" if ended else f"was not done after {timeout_s:.0f} s"
        raise GuestEnded(f"the guest {why}; see console.log and suite.log in {out}")
    return int((out / "result").read_text())


def built_guest() -> Path:
    """The folder with kernel and disk."""
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    cache = Path(os.environ.get("MARKAZ_CACHE", home / "markaz"))
    built = subprocess.run(
        [str(Path(__file__).with_name("build")), str(cache)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if built.returncode:
        raise GuestEnded("the guest could not be built; the reason stands above")
    return Path(built.stdout.splitlines()[-1])


def make_work_disk(
    folder: Path,
    *,
    packages: tuple[str, ...] = _NEEDED,
    trees: tuple[str, ...] = _WORK,
    files: Mapping[str, Path] | None = None,
) -> Path:
    """A disk with the repository's part that the suite needs, and its Python packages. ``files``
    are laid over the repository's, by their paths in it."""
    tree = folder / "work"
    for name in trees:
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for package in ("firmware/__init__.py", "tests/__init__.py"):
        (tree / package).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / package, tree / package)
    for name, source in (files or {}).items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, tree / name)
    site = tree / "site"
    for name in sorted(with_requirements(packages)):
        copy_package(name, site)
    compileall.compile_dir(tree, quiet=2)  # the guest is slow at it, and cannot keep what it made
    disk = folder / "work.ext4"
    size_mb = sum(f.stat().st_size for f in tree.rglob("*") if f.is_file()) // 1_000_000
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    subprocess.run(
        [
            "mke2fs",
            "-q",
            "-F",
            "-t",
            "ext4",
            "-O",
            "^has_journal",
            "-d",
            str(tree),
            str(disk),
            f"{size_mb * 5 // 4 + 32}M",
        ],
        env={**os.environ, "PATH": path},
        check=True,
    )
    return disk


def with_requirements(names: tuple[str, ...]) -> set[str]:
    """These packages of our environment and what they need of it."""
    found: set[str] = set()
    wanted = list(names)
    while wanted:
        name = wanted.pop()
        if name in found:
            continue
        found.add(name)
        for requirement in importlib.metadata.requires(name) or ():
            needed, _, condition = requirement.partition(";")
            if "extra" in condition:
                continue
            bare = re.split(r"[\s<>=!~\[(]", needed.strip())[0].lower()
            if is_installed(bare):
                wanted.append(bare)
    return found


def is_installed(name: str) -> bool:
    """Whether our environment has it (a requirement for another system is not there)."""
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def copy_package(name: str, site: Path) -> None:
    """All files of an installed package but its own tests."""
    for path in importlib.metadata.files(name) or ():
        if path.parts[0] == ".." or "tests" in path.parts:
            continue
        there = site / path
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path.locate(), there)


def boot(order: list[str], console: Path, timeout_s: float) -> bool:
    """Run the guest; whether it powered itself off in time."""
    with console.open("w") as written:
        try:
            subprocess.run(
                order,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
    return True


def command(guest: Path, work: Path, shared: Path) -> list[str]:
    """QEMU's command line: emulated processor, virtual clock, two disks, one shared folder."""
    return [
        "qemu-system-x86_64",
        *("-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off"),
        *("-machine", "q35", "-cpu", "max", "-smp", "1", "-m", str(_MEMORY_MB)),
        *("-nographic", "-no-reboot", "-nodefaults", "-serial", "stdio"),
        *("-kernel", str(guest / "vmlinuz"), "-initrd", str(guest / "initrd.gz")),
        *("-append", _KERNEL),
        *("-drive", f"file={guest / 'guest.ext4'},if=virtio,format=raw,snapshot=on"),
        *("-drive", f"file={work},if=virtio,format=raw,snapshot=on"),
        *("-fsdev", f"local,id=out,path={shared},security_model=none"),
        *("-device", "virtio-9p-pci,fsdev=out,mount_tag=out", "-device", "virtio-rng-pci"),
    ]
