"""Sixteen ports in calls at once: eight trunk lines, each through switchd to a telephone on a
station line; both sides talk and pause as people do.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from firmware.config.schema import Extension, Line, LineKind, Site
from firmware.link.api import BenchApi, LinedApi
from firmware.link.frames import AudioCounts
from firmware.model.line import LineState
from hw.signal.level import bytes_of
from tests.bench import meter
from tests.rig import audio
from tests.rig.box import Box
from tests.rig.until import until

_PAIRS = 8
_FIRST = 801
_TALK_S, _PAUSE_S = 1.7, 0.5
_SPEECH_RMS = 1500.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was measured while all were in calls: percent of a core by daemon, frames per port
    and second, frames that went wrong (``AudioCounts``, all lines together)."""

    seconds: float
    cpu_percent: Mapping[str, float]
    heard: int
    late: int
    missed: int
    dropped: int
    shortened: int
    rtp_lost: int
    rtp_late: int
    slowest_turn_ms: float
    load: float


def with_lines(site: Site) -> Site:
    """``site`` with the sixteen lines and their extensions."""
    numbers = [str(_FIRST + i) for i in range(_PAIRS)]
    trunks = [
        Line(name=f"fxo-{i}", kind=LineKind.TRUNK, route=f"extension:{number}")
        for i, number in enumerate(numbers)
    ]
    stations = [
        Line(name=f"fxs-{i}", kind=LineKind.STATION, extension=number)
        for i, number in enumerate(numbers)
    ]
    owners = tuple(Extension(number=number, name=f"Line {number}") for number in numbers)
    kept = tuple(e for e in site.extension if e.password is not None)
    return site.model_copy(
        update={"line": (*trunks, *stations), "extension": (*kept, *owners), "ivr": ()}
    )


def connect(box: Box, folder: Path) -> None:
    """Ring every trunk line and answer every telephone."""
    said = str(_speech(folder / "speech.wav"))
    until(lambda: box.status("lined").up_s > 2.5, 10.0, "lined hears rings")
    with box.link("bench") as world:
        for i in range(_PAIRS):
            world.call(
                BenchApi.ring,
                line=f"fxo-{i}",
                number=f"0218877{i:04}",
                name="",
                digits="",
                say=said,
                listen="",
            )
        waiting = {f"fxs-{i}" for i in range(_PAIRS)}

        def all_lifted() -> bool:
            with box.link("bench") as link:
                rows = link.snapshot().get("far", ())
            for row in rows:
                if row.id in waiting and row.state == "ringing":
                    world.call(BenchApi.lift, line=row.id, digits="", say=said, listen="")
                    waiting.discard(row.id)
            return not waiting

        until(all_lifted, 30.0, "every telephone is answered")
    until(lambda: in_use(box) == 2 * _PAIRS, 10.0, "sixteen ports are in calls")


def in_use(box: Box) -> int:
    """How many lines are in a call."""
    with box.link("lined") as link:
        return sum(row.state == LineState.IN_USE for row in link.snapshot().get("line", ()))


def watch(box: Box, seconds: float) -> Seen:
    """Let them talk for so long."""
    daemons = meter.families(box)
    settled_s = time.monotonic() + 3.0
    until(lambda: time.monotonic() > settled_s, 5.0, "the calls have settled")
    counts, used = _counts(box), meter.use(daemons)
    end_s = used.at + seconds
    until(lambda: time.monotonic() > end_s, seconds + 10.0, "the time is over")
    after, used_then = _counts(box), meter.use(daemons)
    wrong = {
        name: _sum(after, name) - _sum(counts, name)
        for name in ("heard", "late", "missed", "dropped", "shortened")
    }
    return Seen(
        seconds=round(used_then.at - used.at, 1),
        cpu_percent={k: round(v, 1) for k, v in meter.percent(used, used_then).items()},
        rtp_lost=after.rtp_lost - counts.rtp_lost,
        rtp_late=after.rtp_late - counts.rtp_late,
        slowest_turn_ms=after.slowest_turn_ms,
        load=round(meter.load_average(), 1),
        **wrong,
    )


def _counts(box: Box) -> AudioCounts:
    with box.link("lined") as link:
        return link.call(LinedApi.frames)


def _sum(counts: AudioCounts, name: str) -> int:
    return sum(int(getattr(line, name)) for line in counts.lines)


def _speech(path: Path) -> Path:
    """Noise in syllables, with pauses: as loud and as irregular as people are."""
    chance = np.random.default_rng(1)
    parts = []
    for _ in range(10):
        samples = round(_TALK_S * 8000)
        swell = np.repeat(chance.uniform(0.2, 1.6, samples // 800 + 1), 800)[:samples]
        parts.append(chance.normal(0.0, _SPEECH_RMS, samples) * swell)
        parts.append(np.zeros(round(_PAUSE_S * 8000)))
    return audio.write(path, bytes_of(np.concatenate(parts)))
