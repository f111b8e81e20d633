"""``python -m tests.bench.start``: from supervisord's start to the first answered call.

Supervisord's start is when the kernel made its process. The call is an INVITE that is answered by
200 and whose first RTP packet has arrived.

Besides, the processor time that each program took until then. It tells on a machine that does
other things as well, where seconds tell nothing.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from firmware.config.home import Home
from tests.bench import meter
from tests.rig.answered import first_answer
from tests.rig.box import WholeBox
from tests.rig.child import Child
from tests.rig.until import until


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """One start until the first answer."""

    took_s: float
    cpu_s: Mapping[str, float]  # by program


def _before_others(pid: int) -> None:
    """Let the session of a process go before all others (sched(7), "autogroup"); root may."""
    Path(f"/proc/{pid}/autogroup").write_text("-19")


def measure(home: Home, box: WholeBox, *, first: bool) -> Started:
    """Start a box that was there before, as its owner does."""
    pid_file = home.run / "supervisord.pid"
    pid_file.unlink(missing_ok=True)
    main = Child(
        "box",
        [sys.executable, "-m", "firmware.box.main", "run"],
        home.log / "box.log",
        environment={"MARKAZ_HOME": str(home.root), "PYTHONUNBUFFERED": "1"},
    )
    try:
        until(pid_file.exists, 30.0, "supervisord runs")
        supervisord = int(pid_file.read_text())
        for pid in (os.getpid(), main.pid, supervisord) if first else ():
            _before_others(pid)
        before = meter.use({"box": [main.pid]}).cpu_s
        answered = first_answer(box.network, "101", box.passwords["101"], 60.0)
        after = meter.use(meter.families(box) | {"box": [main.pid]}).cpu_s
        spent = {name: cpu_s - before.get(name, 0.0) for name, cpu_s in after.items()}
        began = meter.started_at(supervisord)
        return Started(took_s=answered - began, cpu_s=spent)
    finally:
        main.stop()


def table(starts: list[Started]) -> str:
    """What is printed: the seconds, and the median processor time of each program."""
    seconds = [start.took_s for start in starts]
    middle = Counter(
        {
            name: statistics.median(start.cpu_s.get(name, 0.0) for start in starts)
            for name in {name for start in starts for name in start.cpu_s}
        }
    )
    lines = [
        "seconds from supervisord's start to the first answered call:",
        "  ".join(f"{one:.2f}" for one in seconds) + f"  median {statistics.median(seconds):.2f}",
        f"processor seconds until then: {sum(middle.values()):.1f}",
        *(f"{cpu_s:6.2f}  {name}" for name, cpu_s in middle.most_common()),
        f"(load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors)",
    ]
    return "\n".join(lines)


@click.command()
@click.option("--times", default=5, show_default=True)
@click.option("--first", is_flag=True, help="Before all else on this machine (root).")
def main(times: int, *, first: bool) -> None:
    """Print each, and the median."""
    root = Path(tempfile.mkdtemp(prefix="markaz-start-"))
    with WholeBox(root) as born:
        born.end()  # its ports stay reserved
        starts = [measure(Home(root), born, first=first) for _ in range(times)]
    shutil.rmtree(root)
    print(table(starts))


if __name__ == "__main__":
    main()
