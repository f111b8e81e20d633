"""Call progress tones: the plan of a country, a generator and a detector."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

import numpy as np

from hw.signal.level import RATE_HZ, bytes_of, peak_of_sine
from hw.signal.spandsp import amp_in, ffi, lib

TONE_NAMES = ("busy", "congestion", "ringback", "dial")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """``freqs_hz`` together, in a repeating on-off ``cadence_ms``; empty is continuous."""

    freqs_hz: tuple[int, ...]
    cadence_ms: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TonePlan:
    """One country's tones. ``verified`` is False where no primary source was found."""

    country: str
    source: str
    verified: bool
    ring_ms: tuple[int, ...]  # cadence of the ringing voltage
    dial: Tone
    busy: Tone
    ringback: Tone
    congestion: Tone
    waiting: Tone = Tone(freqs_hz=(440,), cadence_ms=(300, 10000))
    """Says that somebody else calls; North America's, where no other is known."""
    howler: Tone = Tone(freqs_hz=(1400, 2060, 2450, 2600), cadence_ms=(100, 100))
    """Says that the handset was left off the hook; North America's, likewise."""

    def tone(self, name: str) -> Tone:
        """The tone called ``name``, one of ``TONE_NAMES``, "waiting" or "howler"."""
        tone: Tone = getattr(self, name)
        return tone


@functools.cache
def plans() -> Mapping[str, TonePlan]:
    """The plans of all countries in ``tones.toml``."""
    text = resources.files("hw.signal").joinpath("tones.toml").read_text(encoding="utf-8")
    return {country: _plan(country, entry) for country, entry in tomllib.loads(text).items()}


def plan_of(country: str) -> TonePlan:
    """The plan of ``country`` (ISO 3166, lower case).

    Raises:
        KeyError: nobody wrote one; the message lists those there are.
    """
    try:
        return plans()[country]
    except KeyError:
        known = ", ".join(sorted(plans()))
        raise KeyError(f"no tone plan for country {country!r}; there are {known}") from None


def plan_or_assumed(country: str) -> TonePlan:
    """The plan of ``country``; where nobody wrote one, the European plan under its name, not
    verified: a wrong busy tone is better than an exchange that does not start."""
    try:
        return plan_of(country)
    except KeyError:
        return replace(
            plan_of("de"), country=country, source="assumed: European plan", verified=False
        )


def _plan(country: str, entry: Mapping[str, Any]) -> TonePlan:
    def tone(name: str) -> Tone:
        return Tone(
            freqs_hz=tuple(entry[name]["freqs_hz"]), cadence_ms=tuple(entry[name]["cadence_ms"])
        )

    others = {name: tone(name) for name in ("waiting", "howler") if name in entry}
    return TonePlan(
        country=country,
        source=entry["source"],
        verified=entry["verified"],
        ring_ms=tuple(entry["ring_ms"]),
        dial=tone("dial"),
        busy=tone("busy"),
        ringback=tone("ringback"),
        congestion=tone("congestion"),
        **others,
    )


class ToneGenerator:
    """A tone as audio, without clicks between frames. The level is that of all tones together."""

    def __init__(self, tone: Tone, level_dbm0: float = -13.0) -> None:
        self._tone = tone
        self._peak = peak_of_sine(level_dbm0) / len(tone.freqs_hz) ** 0.5
        self._at = 0

    def frame(self, samples: int = 160) -> bytes:
        """The next ``samples`` of audio (S16LE)."""
        at = np.arange(self._at, self._at + samples)
        self._at += samples
        turns = np.outer(self._tone.freqs_hz, at) * (2 * np.pi / RATE_HZ)
        wave = self._peak * np.sin(turns).sum(axis=0)
        return bytes_of(wave * self._gate(at))

    def _gate(self, at: Any) -> Any:
        cadence_ms = self._tone.cadence_ms
        if not cadence_ms:
            return 1.0
        edges = np.cumsum(cadence_ms) * (RATE_HZ // 1000)
        place = np.searchsorted(edges, at % edges[-1], side="right")
        return (place % 2 == 0).astype(np.float64)


_SLACK = 0.15
"""How far a tone's timing may be off, as exchanges' own timing is (E.180 allows 10 %)."""

_DIAL_MS = 700
"""A continuous tone this long is dial tone; longer than a "busy" burst in every plan."""

_CONFIRM_CYCLES = 2
"""How many more periods a cadence must go on: British ringback begins like busy."""

_TOO_CLOSE_HZ = 30
"""spandsp's filters see 128 samples and cannot tell tones nearer than this apart."""


class ToneDetector:
    """Audio to the names of tones, from a country's plan.

    A name is reported once, when the tone has been recognised and has gone on: busy after
    about three bursts, dial tone after 0.7 s. Ringback begins like dial tone and is told apart
    by its end only, so ask for ``dial`` only while nothing else can sound.
    """

    def __init__(self, plan: TonePlan, names: Collection[str] = ("busy", "congestion")) -> None:
        self._events: list[int] = []
        self._handle = ffi.new_handle(self._events)
        descriptor = lib.super_tone_rx_make_descriptor(ffi.NULL)
        self._descriptor = ffi.gc(descriptor, lib.super_tone_rx_free_descriptor)
        heard_as = _merged(hz for name in names for hz in plan.tone(name).freqs_hz)
        self._names = {self._describe(plan.tone(name), heard_as): name for name in names}
        self._confirm_samples = {
            name: _CONFIRM_CYCLES * sum(plan.tone(name).cadence_ms) * RATE_HZ // 1000
            for name in set(names) - {"dial"}  # asked for only while nothing else can sound
        }
        state = lib.super_tone_rx_init(ffi.NULL, self._descriptor, _report, self._handle)
        self._state = ffi.gc(state, lib.super_tone_rx_free)
        self._suspect = ""
        self._left_samples = 0

    def feed(self, audio: bytes) -> str:
        """The name of the tone recognised in ``audio``, mostly ""."""
        lib.super_tone_rx(self._state, amp_in(audio), len(audio) // 2)
        for code in self._events:
            self._suspect = self._names.get(code, "")
            self._left_samples = self._confirm_samples.get(self._suspect, 0)
        self._events.clear()
        if not self._suspect:
            return ""
        self._left_samples -= len(audio) // 2
        if self._left_samples > 0:
            return ""
        name, self._suspect = self._suspect, ""
        return name

    def _describe(self, tone: Tone, heard_as: Mapping[int, int]) -> int:
        descriptor = self._descriptor
        ident = int(lib.super_tone_rx_add_tone(descriptor))
        # 0 means "no second tone" and "silence"; the -1 of spandsp's header detects nothing.
        hertz = sorted({heard_as[hz] for hz in tone.freqs_hz})
        first, second = (*hertz, 0)[:2]
        if not tone.cadence_ms:
            lib.super_tone_rx_add_element(descriptor, ident, first, second, _DIAL_MS, 0)
        for place, ms in enumerate(tone.cadence_ms):
            low, high = int(ms * (1 - _SLACK)), int(ms * (1 + _SLACK))
            f1, f2 = (first, second) if place % 2 == 0 else (0, 0)
            lib.super_tone_rx_add_element(descriptor, ident, f1, f2, low, high)
        return ident


def _merged(freqs_hz: Iterable[int]) -> dict[int, int]:
    """Each frequency, and the one to look for instead: neighbours share the lowest of them."""
    heard_as: dict[int, int] = {}
    base = -_TOO_CLOSE_HZ
    for hz in sorted(set(freqs_hz)):
        base = base if hz - base < _TOO_CLOSE_HZ else hz
        heard_as[hz] = base
    return heard_as


@ffi.callback("tone_report_func_t")  # type: ignore[untyped-decorator]
def _report(user: object, code: int, level: int, delay: int) -> None:  # noqa: ARG001
    # -1: the tone that was recognised ended.
    ffi.from_handle(user).append(code)
