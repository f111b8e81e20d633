"""``make hil``: runs the suite of lines and board on the simulated bench and in QEMU's guest, or on
the metal that a rig names, and says what it covered, and what lives were led (``make lives``).

    python -m tests.hil.run [--rig FILE] [--write] [-- ARGUMENTS OF PYTEST]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from tests.hil import led
from tests.hil.covered import Covered, is_of_the_board, merged, table, write_table
from tests.hil.guest.runner import ROOT, GuestEnded, run_suite
from tests.hil.rig import RigError, load

LINES, BOARD = ROOT / "docs" / "lines.md", ROOT / "docs" / "panel.md"
_BENCHES = ("sim", "qemu", "metal")


def main() -> int:
    """Returns what ``make`` is to be told."""
    asked = arguments()
    out: Path = asked.out
    out.mkdir(parents=True, exist_ok=True)
    began_s = time.monotonic()
    if asked.rig is not None:
        result = run_on_metal(asked.rig, out, asked.arguments)
    else:
        here = run_here("sim", out, asked.arguments)
        result = run_in_guest(asked, out) or here
    print(report(out, write=asked.write and not result))
    say(f"took {time.monotonic() - began_s:.0f} s")
    return result


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make hil", description=__doc__)
    parser.add_argument("--rig", type=Path, help="run on the metal this file names")
    parser.add_argument("--minutes", type=float, default=20.0, help="when to give the guest up")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "hil", help="for what it says")
    parser.add_argument("--write", action="store_true", help="write the table into docs/lines.md")
    parser.add_argument("arguments", nargs="*", help="for pytest, such as -k caller")
    return parser.parse_args()


def say(text: str) -> None:
    """To whoever started us."""
    print(f"hil: {text}", flush=True)


def run_on_metal(rig: Path, out: Path, arguments: list[str]) -> int:
    """The suite on the machine's own cards and modems.

    Raises:
        SystemExit: the file is no rig; says all that is wrong with it.
    """
    try:
        load(rig)
    except RigError as error:
        raise SystemExit(f"hil: {error}") from error
    return run_here("metal", out, [f"--rig={rig.resolve()}", *arguments])


def with_path(arguments: list[str]) -> list[str]:
    """The whole suite, unless the arguments name files of it."""
    return (
        arguments if any(a.startswith("tests/") for a in arguments) else ["tests/hil", *arguments]
    )


def run_here(bench: str, out: Path, arguments: list[str]) -> int:
    """The suite in this machine, on this bench."""
    say(f"the {bench} bench")
    order = [sys.executable, "-m", "pytest", "-q", f"--bench={bench}"]
    order += [f"--covered={out.resolve() / bench}.json", *with_path(arguments)]
    return subprocess.run(order, cwd=ROOT, check=False).returncode


def run_in_guest(asked: argparse.Namespace, out: Path) -> int:
    """The suite in the guest; 0 when every test passed or was skipped."""
    say(f"the qemu bench; the guest says what it does in {out}/console.log")
    try:
        result = run_suite(out, with_path(asked.arguments), asked.minutes * 60)
    except GuestEnded as error:
        say(str(error))
        return 1
    suite = (out / "suite.log").read_text(encoding="utf-8", errors="replace")
    ends = [line for line in suite.splitlines() if line.startswith("=") and " passed" in line]
    print(suite if result else "\n".join(ends))
    if (out / "covered.json").exists():
        (out / "covered.json").replace(out / "qemu.json")
    return result


def report(out: Path, *, write: bool) -> str:
    """The table of what the last run on each bench covered."""
    files = [out / name for name in (*(f"{bench}.json" for bench in _BENCHES), led.COVERED)]
    rows = merged(Covered.read(file) for file in files if file.exists())
    for expected in led.EXPECTED.values():  # a life that was not led is told as that
        rows.setdefault(expected.feature, {})
    if write:
        for document in (LINES, BOARD):
            of_it = {f: v for f, v in rows.items() if is_of_the_board(f) is (document is BOARD)}
            write_table(document, of_it)
            say(f"a table is in {document.relative_to(ROOT)} now")
    return table(rows)


if __name__ == "__main__":
    sys.exit(main())
