"""``make demo``: a call from audio up, told as it happens, then measured.

``python -m tests.demo [FOLDER]``: exit status 0 only if everything holds. The folder,
``var/demo`` by default, is emptied first and then has the report and all that was heard.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from firmware.box import ports
from firmware.link.client import LinkDown, Refused
from tests.demo import call, checks
from tests.demo.checks import Check
from tests.demo.story import Story
from tests.rig.box import WholeBox
from tests.rig.ports import NoPorts

FOLDER = Path("var/demo")
LIMIT_S = 60.0


def main(arguments: Sequence[str]) -> int:
    """Play, judge, report."""
    folder = Path(arguments[0] if arguments else FOLDER).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder.with_name(f"{folder.name}.lock")):
        shutil.rmtree(folder)
        folder.mkdir()
        story, found = Story(), []
        try:
            found = list(_perform(story, folder))
        except (AssertionError, LookupError, LinkDown, Refused, NoPorts) as error:
            found = [checks.same("the call went as told", "yes", str(error))]
        found.append(checks.within("the whole demonstration", 0, story.elapsed_s, LIMIT_S, "s"))
        return _report(folder, story, found)


def _perform(story: Story, folder: Path) -> Iterator[Check]:
    """Start a box, make the call, stop the box; what is found of it all."""
    story.tell("box", "A new box starts: Kamailio, switchd, lined, recorder, console, bench")
    box = WholeBox(folder / "box")
    with box:
        story.tell("box", "It is up")
        evidence = call.play(box, story, folder)
        status = box.end()
    story.tell("box", "It has stopped")
    yield from checks.judge(story, evidence)
    yield checks.same("the box's exit status", 0, status)
    yield checks.same("processes left", [], list(box.running().values()))
    yield checks.same("wires left", [], [path.name for path in box.home.run.glob("wire-*")])
    yield checks.same("ports left in use", [], ports.problems(box.network))


def _report(folder: Path, story: Story, found: Sequence[Check]) -> int:
    passed = all(check.holds for check in found)
    lines = ["", f"{len(found)} things measured:"]
    for check in found:
        mark = "ok  " if check.holds else "FAIL"
        lines.append(f"  {mark} {check.what}: {check.measured}")
        if not check.holds:
            lines.append(f"       expected: {check.expected}")
    report = {
        "passed": passed,
        "seconds": round(story.elapsed_s, 1),
        "checks": [asdict(check) for check in found],
        "timeline": story.lines,
    }
    path = folder / "report.json"
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    lines += ["", f"{'Everything holds.' if passed else 'NOT everything holds.'} {path}"]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if passed else 1


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One demonstration at a time in one folder."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("a demonstration runs here already: wait for it")
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
