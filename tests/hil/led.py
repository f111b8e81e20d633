"""Leads the lives of ``tests.hil.lives`` in the guest and judges how each ended.

    python -m tests.hil.led [--out FOLDER] [NAME ...]

A machine that starts anew goes on in the same QEMU. One that switches itself off ends QEMU; we
play its supply then: it is started again, and that it starts is part of what is shown.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.version import VERSION
from tests.hil.guest import runner
from tests.hil.lives import POWER
from tests.rig.until import overload

_PACKAGES = (
    *("aionut", "babel", "click", "gpiozero", "hijridate", "jmespath", "lgpio", "msgspec", "numpy"),
    *("persiantools", "phonenumbers", "pydantic", "pytest", "python-dateutil", "pyyaml"),
    *("ifaddr", "simpleeval", "smbus2", "sqlite-utils", "werkzeug"),
)
_TREES = ("firmware", "hw", "tests/hil", "image-build/udev", "image-build/modprobe")
_LIFE_S = 200.0
"""No life lasts longer, on a machine that has nothing else to do (``until.overload``)."""
COVERED = "lives.json"

RESTARTS, SWITCHES_OFF, LIVES_ON = "starts anew", "switches itself off", "lives on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """How a life is to end. ``from_`` and ``between_s``: so long after that word."""

    feature: str
    ends: str
    words: tuple[str, ...] = ()
    between_s: tuple[float, float] | None = None
    systemd: bool = False


EXPECTED: Mapping[str, Expected] = {
    "deaf": Expected(
        feature="Watchdog: fed while calls can be made; then the machine starts anew",
        ends=RESTARTS,
        words=("kept for 30 s", "deaf"),
        between_s=(55.0, 85.0),
    ),
    "killed": Expected(
        feature="Watchdog: deviced killed: the lifeline falls, the machine starts anew",
        ends=RESTARTS,
        words=("deaf",),
        between_s=(9.0, 20.0),
    ),
    "put_to_sleep": Expected(
        feature="Watchdog: deviced ended in good order: it sleeps, the machine lives on",
        ends=LIVES_ON,
    ),
    "taken_back": Expected(
        feature="Ends: mains back on battery, while calls drain, while all is written: no halt",
        ends=LIVES_ON,
        words=("power is finalising", "disks are written after finalising"),
    ),
    "rest": Expected(
        feature="Ends: no cut possible: disks read-only, then mains start the box anew",
        ends=RESTARTS,
        words=("power is halted", "disks are read-only", "rests for 30 s and is not bitten"),
    ),
    "ups": Expected(
        feature="Ends: NUT says the battery ends: rest, then mains start the box anew",
        ends=RESTARTS,
        words=("power is halted", "disks are read-only"),
    ),
    "ups_dies": Expected(
        feature="Ends: NUT's driver dies on battery: minutes are counted down, rest, start anew",
        ends=RESTARTS,
        words=("power is halted", "counted down"),
    ),
    "cut": Expected(
        feature="Ends: the supply is told to cut and give back, then the box halts by SysRq",
        ends=SWITCHES_OFF,
        words=("armed", "it will wake with mains"),
    ),
    "cut_with_mains_back": Expected(
        feature="Ends: mains back when the cut is armed: systemd halts the box, it starts again",
        ends=SWITCHES_OFF,
        words=("armed", "mains are back"),
        systemd=True,
    ),
    "button": Expected(
        feature="Ends: a long press of the button: systemd halts the box",
        ends=SWITCHES_OFF,
        words=("pressed",),
        systemd=True,
    ),
}


@dataclass(slots=True)
class Ended:
    """What became of a life."""

    words: list[tuple[float, str]] = field(default_factory=list)
    how: str = "never began"


def faults(expected: Expected, ended: Ended) -> list[str]:
    """All that was not as expected."""
    said = [word for _at, word in ended.words]
    found = [word for word in said if word.startswith("failed: ")]
    found += [f"it never came to '{word}'" for word in expected.words if word not in said]
    if ended.how != expected.ends:
        found.append(f"it {ended.how}; expected: it {expected.ends}")
    if expected.between_s is not None and not found:
        began = next(at for at, word in ended.words if word == expected.words[-1])
        lasted, (least, most) = ended.words[-1][0] - began, expected.between_s
        if not least <= lasted <= most:
            found.append(f"it took {lasted:.0f} s, not {least:g} to {most:g} s")
    return found


def lead(names: Iterable[str], out: Path) -> dict[str, Ended]:
    """Lead these lives, those with systemd after the others."""
    ended: dict[str, Ended] = {}
    wanted = list(names)
    for systemd in (False, True):
        waiting = [name for name in wanted if EXPECTED[name].systemd is systemd]
        while waiting:
            session = _session(waiting, out, systemd=systemd)
            if not session:
                break
            ended |= session
            waiting = waiting[len(session) :]
    if any(one.how == SWITCHES_OFF for one in ended.values()):
        _session([], out, systemd=False)  # the last one's supply gives back too
    return ended


def _session(names: Sequence[str], out: Path, *, systemd: bool) -> dict[str, Ended]:
    """One QEMU from its start until the machine is off; the lives that were led in it.

    Raises:
        GuestEnded: it did not even start.
    """
    with tempfile.TemporaryDirectory(prefix="markaz-lives-") as folder:
        shared = Path(folder) / "out"
        shared.mkdir()
        (shared / "lives").write_text("".join(f"{name}\n" for name in names))
        order = _command(runner.built_guest(), _work_disk(Path(folder)), shared, systemd=systemd)
        log = out / f"lives-{'-'.join(names[:1]) or 'end'}.log"
        is_off = runner.boot(order, log, _LIFE_S * max(1, len(names)) * overload())
        for told_there in shared.glob("*.log"):
            (out / told_there.name).write_bytes(told_there.read_bytes())
        has_started = bool(_lines(shared / "starts"))
        ended = seen(names, shared, is_off=is_off)
    if not has_started:
        raise runner.GuestEnded(f"the guest did not start; see {out}/lives-*.log")
    write(ended, out)  # the next one may be given up
    return ended


def seen(names: Sequence[str], shared: Path, *, is_off: bool) -> dict[str, Ended]:
    """What the guest left in the folder ``shared`` of the lives that it began."""
    starts, told = _lines(shared / "starts"), _lines(shared / "told")
    ended = {name: Ended() for name in names[: len(starts)]}
    for line in told:
        word = json.loads(line)
        ended[word["life"]].words.append((word["at"], word["word"]))
    for number, one in enumerate(ended.values(), 1):
        one.how = _how(one, is_last=number == len(starts), is_off=is_off)
    return ended


def _how(ended: Ended, *, is_last: bool, is_off: bool) -> str:
    if any(word == "over" for _at, word in ended.words):
        return LIVES_ON
    if not is_last:
        return RESTARTS
    return SWITCHES_OFF if is_off else "was still there when it was given up"


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def _command(guest: Path, work: Path, shared: Path, *, systemd: bool) -> list[str]:
    """The suite's machine, but one that may start anew."""
    order = [word for word in runner.command(guest, work, shared) if word != "-no-reboot"]
    if systemd:
        place = order.index("-append") + 1
        order[place] += " hil.systemd systemd.unit=hil.target systemd.firstboot=off"
    return order


def _work_disk(folder: Path) -> Path:
    metadata = folder / "METADATA"  # it tells the product its own version
    metadata.write_text(f"Metadata-Version: 2.1\nName: markaz\nVersion: {VERSION}\n")
    files = {
        "tests/hil/guest/suite": Path(runner.__file__).with_name("lives"),
        "site/markaz.dist-info/METADATA": metadata,
    }
    for name, power in POWER.items():
        home = Home(folder / "homes" / name)
        home.make()
        history.create_first(home, Site.model_validate({"power": power}))
        files[f"homes/{name}/config/{home.config_db.name}"] = home.config_db
    return runner.make_work_disk(folder, packages=_PACKAGES, trees=_TREES, files=files)


def write(ended: Mapping[str, Ended], out: Path) -> None:
    """What was shown, beside what the suite covered and as it writes that. A life that was not led
    this time stays as it was."""
    file = out / COVERED
    before = json.loads(file.read_text(encoding="utf-8"))["covered"] if file.exists() else []
    covered = [one for one in before if one["test"] in EXPECTED.keys() - ended.keys()]
    covered += [
        {
            "feature": EXPECTED[name].feature,
            "test": name,
            "outcome": "failed" if faults(EXPECTED[name], one) else "passed",
            "why": "",
        }
        for name, one in ended.items()
    ]
    text = json.dumps({"bench": "qemu", "covered": covered}, indent=1)
    file.write_text(text + "\n", encoding="utf-8")


def main() -> int:
    """Lead the lives that are named, or all."""
    parser = argparse.ArgumentParser(prog="make lives", description=__doc__)
    parser.add_argument("--out", type=Path, default=runner.ROOT / "build" / "hil")
    parser.add_argument("names", nargs="*", choices=[*EXPECTED, []], default=[])
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    names = asked.names or list(EXPECTED)
    began_s = time.monotonic()
    ended = lead(names, asked.out)
    write(ended, asked.out)
    bad = 0
    for name in names:
        found = faults(EXPECTED[name], ended.get(name, Ended()))
        bad += bool(found)
        sys.stdout.write(f"{name}: {'; '.join(found) or EXPECTED[name].ends}\n")
    sys.stdout.write(
        f"{len(names)} lives, {bad} not as expected; {time.monotonic() - began_s:.0f} s\n"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
