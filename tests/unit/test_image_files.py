"""What the image is made of fits together: units, scripts, boards."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

IMAGE = Path(__file__).parents[2] / "image-build" / "image"
OVERLAY = IMAGE / "overlay"
UNITS = sorted((OVERLAY / "etc/systemd/system").glob("*.*"))
SCRIPTS = sorted(
    path
    for path in (
        *IMAGE.iterdir(),
        *(OVERLAY / "usr/lib/markaz").iterdir(),
        *OVERLAY.glob("etc/initramfs-tools/scripts/*/*"),
    )
    if path.is_file() and path.read_bytes().startswith(b"#!")
)
BOARDS = sorted(path.name for path in (IMAGE / "boards").iterdir())
GENERATOR = Path("/lib/systemd/system-generators/systemd-fstab-generator")
_NEEDED = (
    "architecture",
    "title",
    "kernel",
    "grub_format",
    "grub_package",
    "efi_name",
    "machine",
    "serial",
)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_script_can_be_read_by_its_shell_and_be_started(script: Path) -> None:
    assert os.access(script, os.X_OK)
    interpreter = script.read_text().splitlines()[0].rpartition("/")[2].split()[-1]
    check = {"bash": ["bash", "-n"], "sh": ["sh", "-n"], "python3": ["python3", "-m", "ast"]}
    subprocess.run([*check[interpreter], script], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize(("status", "said"), [(0, ""), (1, "markaz: this slot has no system\n")])
def test_a_slot_without_its_first_program_is_given_up(
    status: int, said: str, tmp_path: Path
) -> None:
    (tmp_path / "functions").write_text('panic() { echo "$@"; }')
    checker = tmp_path / "run-init"
    checker.write_text(f'#!/bin/sh\n[ "$*" = "-n /root /sbin/init" ] && exit {status}\nexit 9\n')
    checker.chmod(0o755)
    script = OVERLAY / "etc/initramfs-tools/scripts/init-bottom/markaz"
    code = script.read_text().replace("/scripts/functions", str(tmp_path / "functions"))
    surroundings = {"rootmnt": "/root", "PATH": str(tmp_path)}
    done = subprocess.run(
        ["/bin/dash", "-euc", code], env=surroundings, capture_output=True, check=True, text=True
    )
    assert done.stdout == said


def test_it_is_looked_for_when_the_slot_has_its_devices() -> None:
    """Before udev has handed /dev over, no slot has a system: every start would be given up."""
    script = OVERLAY / "etc/initramfs-tools/scripts/init-bottom/markaz"
    asked = subprocess.run(["/bin/dash", script, "prereqs"], capture_output=True, check=True)
    assert asked.stdout == b"udev\n"


@pytest.mark.parametrize("unit", [u for u in UNITS if u.is_file()], ids=lambda path: path.name)
def test_every_unit_starts_what_there_is(unit: Path) -> None:
    text = unit.read_text()
    for module in re.findall(r"-m (firmware[\w.]+)", text):
        assert importlib.util.find_spec(module), f"{unit.name} starts {module}"
    for program in re.findall(r"/usr/lib/markaz/\w+", text):
        assert (OVERLAY / program.lstrip("/")).exists(), f"{unit.name} starts {program}"


@pytest.mark.parametrize("board", BOARDS)
def test_every_board_says_all_that_is_needed(board: str) -> None:
    shown = "; ".join(f'echo "${{{name}:?}}"' for name in _NEEDED)
    code = f". {IMAGE}/boards/{board}; {shown}; declare -F firmware; declare -p packages"
    done = subprocess.run(["bash", "-euc", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(
    not (shutil.which("systemd-analyze") and GENERATOR.exists()), reason="no systemd here"
)
def test_no_unit_waits_for_itself(tmp_path: Path) -> None:
    units = tmp_path / "etc/systemd/system"
    shutil.copytree("/lib/systemd/system", tmp_path / "usr/lib/systemd/system", symlinks=True)
    shutil.copytree(OVERLAY / "etc", tmp_path / "etc")
    shutil.copytree(IMAGE.parent / "update/units", units, dirs_exist_ok=True)
    subprocess.run(
        [GENERATOR, units, units, units],
        env={"SYSTEMD_FSTAB": str(OVERLAY / "etc/fstab"), "SYSTEMD_PROC_CMDLINE": "ro"},
        check=True,
    )
    for program in re.findall(
        r"^Exec\w+=[-+!]*(/\S+)",
        "\n".join(u.read_text() for u in UNITS if u.is_file()),
        re.MULTILINE,
    ):
        (tmp_path / program.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / program.lstrip("/")).touch(mode=0o755)
    names = ["multi-user.target", *(u.name for u in UNITS if u.is_file() and "@" not in u.name)]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", f"--root={tmp_path}", *names],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "cycle" not in done.stderr, done.stderr
    assert not [line for line in done.stderr.splitlines() if "markaz" in line], done.stderr


def test_nothing_of_the_image_names_a_mirror() -> None:
    texts = [path.read_text() for path in SCRIPTS] + [
        path.read_text() for path in (IMAGE / "boards").iterdir()
    ]
    assert not [text for text in texts if re.search(r"https?://[\w.]*debian", text)]
