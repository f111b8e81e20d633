"""The steps of the wizard: each a call, or none, that observes something.

They put what they observe into a list as they go, so that a step that fails has not been for
nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from firmware.lined.learning.probe import Probe, StepFailed, tone_heard
from firmware.model.learning import (
    CallerIdHeard,
    Fault,
    IdKind,
    IdMoment,
    Moment,
    NoTone,
    Observation,
    RingHeard,
    Role,
    Signal,
    Step,
    Watched,
)
from hw.dahdi import port
from hw.signal.level import level_dbm0
from hw.signal.measure import Measured, Run, cadence_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTimes:
    """How long steps wait, in seconds."""

    dial_tone_s: float = 6.0
    tone_s: float = 25.0  # after dialling, for busy or congestion
    answer_s: float = 75.0
    clear_s: float = 45.0  # after the answer, for a sign that the far end has left
    more_s: float = 9.0  # after the first such sign, for others
    ring_s: float = 120.0
    rest_s: float = 2.6  # ringing is not reported within 2 s of hanging up


_STEADY_S = 2.5
_ENOUGH_PERIODS = 4.0
_RINGBACK_PERIODS = 1.5
_RINGBACK_PAUSE_MS = 1200  # no busy or congestion tone pauses so long; no ringback shorter
_LATE_S = 1.3  # after ringback should have come again
_LONGEST_PAUSE_S = 4.5  # of a ringback that was heard once only
_ANSWER_WINDOW_S = 0.8
_RING_LATE_S = 0.05  # a burst's end is reported late
_RING_S = 8.2  # the second ring of the slowest exchange (2 s on, 4 s off) has ended
_GAVE_UP_S = 8.0
_REVERSAL_BEFORE_ID_S = 5.0

Seen = list[Observation]

_SIGNALS: Mapping[type, Signal] = {
    port.BatteryDropped: Signal.BATTERY,
    port.PolarityReversed: Signal.POLARITY,
}


async def listen_for_dial_tone(probe: Probe, _number: str, seen: Seen, times: StepTimes) -> None:
    """Off hook, listen, on hook."""
    await _dial_tone(probe, seen, times)


async def dial_busy(probe: Probe, number: str, seen: Seen, times: StepTimes) -> None:
    """Dial a number that is busy, and listen."""
    await _dial_for(Role.BUSY, probe, number, seen, times)


async def dial_wrong(probe: Probe, number: str, seen: Seen, times: StepTimes) -> None:
    """Dial a number that nobody has, and listen."""
    await _dial_for(Role.CONGESTION, probe, number, seen, times)


async def call_out(probe: Probe, number: str, seen: Seen, times: StepTimes) -> None:
    """Dial somebody, listen to the ringing, measure the echo when they answer, and watch what
    tells that they hang up."""
    await _dial_tone(probe, seen, times)
    await probe.dial(number)
    dialled_s = probe.now_s
    answered_s = await _until_answered(probe, seen, times)
    await probe.wait(_ANSWER_WINDOW_S)
    signals = _signals(probe, dialled_s, probe.now_s)
    seen.append(Watched(moment=Moment.ANSWER, signals=signals, watched_s=answered_s - dialled_s))
    begin_s = probe.now_s
    seen.append(await probe.echo())
    await _watch_the_end(probe, begin_s, seen, times)


async def call_in(probe: Probe, _number: str, seen: Seen, times: StepTimes) -> None:
    """Wait for a call, measure its ringing and read its caller ID, answer, measure the echo, and
    watch what tells that the caller hangs up."""
    probe.rings = True
    probe.listen_on_hook()
    began_s = probe.now_s
    first_s = await _until_rung(probe, began_s, times)
    try:
        await _until_rung_enough(probe, first_s, seen)
    finally:
        seen.append(_caller_id(probe, began_s, first_s))
    await probe.seize()
    begin_s = probe.now_s
    seen.append(await probe.echo())
    await _watch_the_end(probe, begin_s, seen, times)


STEPS: Mapping[Step, Callable[[Probe, str, Seen, StepTimes], Awaitable[None]]] = {
    Step.DIAL_TONE: listen_for_dial_tone,
    Step.BUSY: dial_busy,
    Step.CONGESTION: dial_wrong,
    Step.CALL_OUT: call_out,
    Step.CALL_IN: call_in,
}


# -- calling out ----------------------------------------------------------------------------


async def _dial_tone(probe: Probe, seen: Seen, times: StepTimes) -> None:
    """Seize the line. Without dial tone nothing is dialled: another telephone may be off hook."""
    await probe.seize()
    begin = probe.place
    found = await probe.tone(
        begin,
        patience_s=times.dial_tone_s,
        is_enough=lambda m: m.periods >= (2.0 if m.cadence_ms else _STEADY_S),
    )
    if found is None:
        sound = probe.is_sound(begin)
        seen.append(NoTone(role=Role.DIAL, listened_s=times.dial_tone_s, sound=sound))
        raise StepFailed(Fault.NO_DIAL_TONE)
    seen.append(tone_heard(Role.DIAL, found))


async def _dial_for(role: Role, probe: Probe, number: str, seen: Seen, times: StepTimes) -> None:
    await _dial_tone(probe, seen, times)
    await probe.dial(number)
    begin = probe.place
    found = await probe.tone(
        begin,
        patience_s=times.tone_s,
        is_enough=lambda m: m.periods >= _ENOUGH_PERIODS or _is_ringback(m),
    )
    if found is None:
        seen.append(NoTone(role=role, listened_s=times.tone_s, sound=probe.is_sound(begin)))
    elif _is_ringback(found):
        seen.append(tone_heard(Role.RINGBACK, found))
        raise StepFailed(Fault.RANG)
    else:
        seen.append(tone_heard(role, found))


def _is_ringback(measured: Measured) -> bool:
    pause_ms = max(measured.cadence_ms[1::2], default=0)
    return pause_ms >= _RINGBACK_PAUSE_MS and measured.periods >= _RINGBACK_PERIODS


async def _until_answered(probe: Probe, seen: Seen, times: StepTimes) -> float:
    """When the far end answered: the polarity said so, or ringback did not come again."""
    begin, begin_s = probe.place, probe.now_s
    best: Measured | None = None
    last_s = 0.0
    try:
        while probe.now_s < begin_s + times.answer_s:
            await probe.wait(1.0)
            if probe.since(begin_s, port.BatteryDropped):
                raise StepFailed(Fault.DROPPED)
            if probe.since(begin_s, port.PolarityReversed):
                return probe.now_s
            found = await probe.measured(begin)
            if found is not None and not _is_ringback(found) and found.periods >= _ENOUGH_PERIODS:
                raise StepFailed(Fault.NOT_ANSWERED)  # busy, or dial tone again
            if found is not None and _is_ringback(found):
                best = found
            last_s = _last_burst_s(probe, begin) or last_s
            pause_s = best.cadence_ms[-1] / 1000 if best is not None else _LONGEST_PAUSE_S
            if last_s and probe.now_s - begin_s - last_s > pause_s + _LATE_S:
                return probe.now_s
        raise StepFailed(Fault.NOT_ANSWERED)
    finally:
        if best is not None:
            seen.append(tone_heard(Role.RINGBACK, best))


def _last_burst_s(probe: Probe, begin: int) -> float:
    """When, since ``begin``, it was loud for the last time; 0 when it never was."""
    audio, piece = probe.heard(begin), 2 * 800
    levels = [level_dbm0(audio[at : at + piece]) for at in range(0, len(audio), piece)]
    loud = max(levels, default=-96.0) - 12.0
    last = [at for at, level in enumerate(levels) if level > max(loud, -52.0)]
    return (last[-1] + 1) / 10 if last else 0.0


# -- the end --------------------------------------------------------------------------------


async def _watch_the_end(probe: Probe, begin_s: float, seen: Seen, times: StepTimes) -> None:
    """Wait for the far end to leave, and see what tells it."""
    begin = probe.place

    def is_signalled() -> bool:
        return bool(probe.since(begin_s, *_SIGNALS))

    found = await probe.tone(
        begin,
        patience_s=times.clear_s,
        is_enough=lambda m: m.periods >= _ENOUGH_PERIODS,
        until=is_signalled,
    )
    if is_signalled():
        found = await probe.tone(
            begin,
            patience_s=times.more_s,
            is_enough=lambda m: m.periods >= _ENOUGH_PERIODS,
        )
    seen.append(
        Watched(
            moment=Moment.CLEAR,
            signals=_signals(probe, begin_s, probe.now_s),
            watched_s=probe.now_s - begin_s,
            heard=found is not None,
        )
    )
    if found is not None:
        seen.append(tone_heard(Role.CLEAR, found))


def _signals(probe: Probe, begin_s: float, end_s: float) -> tuple[Signal, ...]:
    happened = probe.since(begin_s, *_SIGNALS)
    return tuple(_SIGNALS[type(one.event)] for one in happened if one.at_s <= end_s)


# -- being called ---------------------------------------------------------------------------


async def _until_rung(probe: Probe, began_s: float, times: StepTimes) -> float:
    """When the first ring began."""
    while probe.now_s < began_s + times.ring_s:
        await probe.wait(0.1)
        if rings := probe.since(began_s, port.RingBegan):
            return rings[0].at_s
    raise StepFailed(Fault.NOT_RUNG)


async def _until_rung_enough(probe: Probe, first_s: float, seen: Seen) -> None:
    """Until its cadence is known, or the caller gave up."""
    while True:
        await probe.wait(0.1)
        if probe.now_s - first_s < _RING_S:
            continue
        heard = _ring_heard(probe, first_s)
        if heard is not None and heard.periods >= _RINGBACK_PERIODS:
            seen.append(heard)
            return
        last = probe.since(first_s, port.RingBegan, port.RingEnded)[-1]
        if probe.now_s - last.at_s > _GAVE_UP_S:
            raise StepFailed(Fault.GAVE_UP)


def _ring_heard(probe: Probe, first_s: float) -> RingHeard | None:
    edges = probe.since(first_s, port.RingBegan, port.RingEnded)
    runs = [Run(False, first_s - 1.0, 1.0)]
    for one, after in itertools.pairwise(edges):
        begin_s, end_s = (
            edge.at_s - (_RING_LATE_S if isinstance(edge.event, port.RingEnded) else 0.0)
            for edge in (one, after)
        )
        runs.append(Run(isinstance(one.event, port.RingBegan), begin_s, end_s - begin_s))
    last = edges[-1]
    rings = isinstance(last.event, port.RingBegan)
    runs.append(Run(rings, last.at_s, probe.now_s - last.at_s))
    if not any(run.on for run in runs):
        return None
    pattern = cadence_of(runs, probe.now_s)
    if pattern is None or not pattern.lengths_ms:
        return None
    return RingHeard(cadence_ms=pattern.lengths_ms, periods=pattern.periods)


def _caller_id(probe: Probe, began_s: float, first_s: float) -> CallerIdHeard:
    if not probe.caller_ids:
        return CallerIdHeard(kind=IdKind.NONE)
    at_s, kind = probe.caller_ids[0]
    if at_s > first_s:
        return CallerIdHeard(kind=kind, moment=IdMoment.AFTER_RING)
    # What turned before we listened belongs to the end of the call before.
    from_s = max(began_s, at_s - _REVERSAL_BEFORE_ID_S)
    reversed_ = probe.since(from_s, port.PolarityReversed)
    moment = IdMoment.BEFORE_RING
    if any(one.at_s < at_s for one in reversed_):
        moment = IdMoment.AFTER_REVERSAL
    return CallerIdHeard(kind=kind, moment=moment)
