"""The machine's health as the kernel tells it in /sys and /proc. What is not there is not told.

Sources: Documentation/ABI/testing/sysfs-class-thermal; sysfs-fs-ext4; the MMC core's ``life_time``
(JESD84-B51 §7.4.84: tenths of the life that is used, 0x0B: over) and ``pre_eol_info``; the Pi
firmware's ``get_throttled`` (bit 0 under-voltage, 2 throttled; bits 16-18: since the start).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

WARM_C, HOT_C = 70.0, 80.0
_WORN_PERCENT, _SPENT_PERCENT = 80.0, 100.0

_THROTTLED = {
    0x1: "the voltage is too low now",
    0x4: "the processor is slowed down now",
    0x10000: "the voltage was too low since the start",
    0x40000: "the processor was slowed down since the start",
}
_NOW = 0x1 | 0x4


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing: ``state`` is "good", "warning" or "bad"; ``text`` says it for the log."""

    id: str
    state: str
    value: float | None
    unit: str
    text: str


def look(root: Path = Path("/")) -> list[Finding]:
    """Everything that can be told now. ``root`` is another folder in tests."""
    return [*_heat(root), *_throttling(root), *_wear(root), *_filesystems(root)]


def _heat(root: Path) -> Iterator[Finding]:
    degrees = [
        int(text) / 1000.0
        for zone in sorted(root.glob("sys/class/thermal/thermal_zone*"))
        if (text := _text(zone / "temp")).lstrip("-").isdigit()
    ]
    if degrees:
        hottest = max(degrees)
        state = "bad" if hottest >= HOT_C else "warning" if hottest >= WARM_C else "good"
        text = f"{hottest:.0f} °C"
        yield Finding(id="temperature", state=state, value=hottest, unit="celsius", text=text)


def _throttling(root: Path) -> Iterator[Finding]:
    text = _text(root / "sys/devices/platform/soc/soc:firmware/get_throttled")
    if not text:
        return
    bits = int(text, 16)
    found = [words for bit, words in _THROTTLED.items() if bits & bit]
    state = "bad" if bits & _NOW else "warning" if found else "good"
    yield Finding(
        id="throttling", state=state, value=None, unit="", text="; ".join(found) or "none"
    )


def _wear(root: Path) -> Iterator[Finding]:
    for device in sorted(root.glob("sys/block/mmcblk*/device")):
        words = _text(device / "life_time").split()
        tenths = [int(word, 16) for word in words if word.startswith("0x")]
        if not tenths or max(tenths) == 0:  # 0: not told; SD cards tell nothing at all
            continue
        percent = min(max(tenths) * 10.0, 110.0)
        is_near = _text(device / "pre_eol_info") in {"0x02", "0x03"}
        state = "bad" if percent > _SPENT_PERCENT or is_near else "good"
        if state == "good" and percent >= _WORN_PERCENT:
            state = "warning"
        name = device.parent.name
        yield Finding(
            id=f"wear:{name}",
            state=state,
            value=percent,
            unit="percent",
            text=f"at most {percent:.0f} % of its life is used",
        )


def _filesystems(root: Path) -> Iterator[Finding]:
    mounts = [line.split() for line in _text(root / "proc/mounts").splitlines()]
    disks = [words for words in mounts if len(words) > 3 and words[0].startswith("/dev/")]
    places = {Path(words[0]).name: words for words in reversed(disks)}  # the first mount counts
    for name, (_device, place, _kind, options, *_rest) in sorted(places.items()):
        errors = _text(root / "sys/fs/ext4" / name / "errors_count")
        count = int(errors) if errors.isdigit() else 0
        is_fallen = "ro" in options.split(",") and "errors=remount-ro" in options.split(",")
        if not errors and not is_fallen:
            continue
        text = f"{count} errors" if count else "no errors"
        yield Finding(
            id=f"disk:{place}",
            state="bad" if count or is_fallen else "good",
            value=float(count),
            unit="errors",
            text=f"{text}, became read-only" if is_fallen else text,
        )


def _text(path: Path) -> str:
    """The file's text, "" when it is not there or cannot be read."""
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
