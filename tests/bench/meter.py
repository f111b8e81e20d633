"""What the daemons use: processor time and memory, from proc(5)."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.rig.box import Box

Families = Mapping[str, Sequence[int]]
"""By daemon: its processes."""

_PROC = Path("/proc")
_NAMES = {"provisioning": "provision", "box": "supervisord"}
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_KB_IN_MB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Processor seconds by daemon until ``at`` (monotonic)."""

    at: float
    cpu_s: Mapping[str, float]


def families(box: Box) -> Families:
    """The processes of a box, by daemon."""
    found: dict[str, list[int]] = {}
    for pid, command in box.running().items():
        found.setdefault(_program(command.split()), []).append(pid)
    return found


def _program(words: Sequence[str]) -> str:
    """A daemon's name: "switchd" for "python -P -m firmware.switchd.main", "sshd" for others."""
    program = Path(words[0]).name
    if not program.startswith("python") or "-m" not in words[:-1]:
        return program
    module = words[words.index("-m") + 1].removeprefix("firmware.")
    name = module.split(".")[0]
    return _NAMES.get(name, name)


def use(daemons: Families) -> Use:
    """What daemons have used so far."""
    return Use(
        at=time.monotonic(),
        cpu_s={name: sum(map(_cpu_s, pids)) for name, pids in daemons.items()},
    )


def started_at(pid: int) -> float:
    """When the kernel made a process (``time.monotonic``): field 22 of proc_pid_stat(5)."""
    since_boot_s = int(_fields(pid)[19]) * _TICK_S
    return time.monotonic() - time.clock_gettime(time.CLOCK_BOOTTIME) + since_boot_s


def percent(before: Use, after: Use) -> dict[str, float]:
    """Percent of one core by daemon between two looks."""
    span_s = after.at - before.at
    return {
        name: 100 * (after.cpu_s[name] - cpu_s) / span_s for name, cpu_s in before.cpu_s.items()
    }


def memories_mb(daemons: Families) -> dict[str, float]:
    """Memory by daemon; what its processes share counts once (PSS)."""
    return {name: sum(map(_pss_mb, pids)) for name, pids in daemons.items()}


def resident_mb(daemons: Families) -> dict[str, float]:
    """Memory by daemon as each of its processes sees it (RSS)."""
    return {name: sum(map(_rss_mb, pids)) for name, pids in daemons.items()}


def load_average() -> float:
    """How many processes wanted a processor, over the last minute."""
    return os.getloadavg()[0]


def _cpu_s(pid: int) -> float:
    """User and system time: fields 14 and 15 of proc_pid_stat(5)."""
    fields = _fields(pid)
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def _fields(pid: int) -> Sequence[str]:
    """Fields 3 and on of proc_pid_stat(5): those after the name, which may hold anything."""
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _rss_mb(pid: int) -> float:
    pages = int((_PROC / str(pid) / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / _KB_IN_MB


def _pss_mb(pid: int) -> float:
    lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / _KB_IN_MB
