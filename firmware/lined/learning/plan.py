"""A line's tone plan: its country's, with what was learned of the line itself in place of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from firmware.config.sections.learned import Learned
from firmware.model.learning import Setting
from firmware.model.tones import ToneSetting
from hw.signal.tone import Tone, TonePlan

_TONES = (Setting.DIAL, Setting.BUSY, Setting.CONGESTION, Setting.RINGBACK)


def with_learned(plan: TonePlan, learned: Sequence[Learned] | None) -> TonePlan:
    """``plan`` as it is on a line of which this was learned."""
    tones = {
        one.setting: _tone(ToneSetting.parse(one.value))
        for one in learned or ()
        if one.setting in _TONES
    }
    if not tones:
        return plan
    return replace(
        plan,
        dial=tones.get(Setting.DIAL, plan.dial),
        busy=tones.get(Setting.BUSY, plan.busy),
        congestion=tones.get(Setting.CONGESTION, plan.congestion),
        ringback=tones.get(Setting.RINGBACK, plan.ringback),
        source=f"learned, else {plan.source}",
    )


def silence_of(learned: Sequence[Learned] | None) -> float:
    """After how many seconds without sound a call ends; 0: never."""
    found = [one.value for one in learned or () if one.setting is Setting.SILENCE_S]
    return float(found[-1]) if found else 0.0


def tone_setting(tone: Tone) -> ToneSetting:
    """A tone as it is written down."""
    return ToneSetting(freqs_hz=tone.freqs_hz, cadence_ms=tone.cadence_ms)


def _tone(setting: ToneSetting) -> Tone:
    return Tone(freqs_hz=setting.freqs_hz, cadence_ms=setting.cadence_ms)
