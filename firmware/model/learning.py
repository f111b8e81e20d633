"""Learning a line: what is asked of whom, what was observed, and what follows from it.

The *steps* are calls that measure something. What they hear are *observations*; ``conclude``
makes *findings* of all of them: a setting, its value, how sure that is (0 to 1) and why. Nothing
here listens or dials, and nothing is set: a finding is a proposal that a person accepts.

Why is a message id with parameters, so that the console can say it in the reader's language.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from firmware.model.tones import ToneSetting


class Step(StrEnum):
    """One call, or none, that measures something."""

    DIAL_TONE = "dial_tone"  # goes off hook and listens; dials nothing
    BUSY = "busy"  # dials a number that is busy: the line's own
    CONGESTION = "congestion"  # dials a number that nobody has
    CALL_OUT = "call_out"  # dials somebody who lets it ring, answers, and hangs up
    CALL_IN = "call_in"  # is called by somebody who hangs up once answered


DIALS = frozenset({Step.BUSY, Step.CONGESTION, Step.CALL_OUT})
"""The steps that dial: only a number that was given for them."""

ASKS: Mapping[Step, str] = {
    Step.DIAL_TONE: "listening_for_dial_tone",
    Step.BUSY: "dialling_busy_number",
    Step.CONGESTION: "dialling_wrong_number",
    Step.CALL_OUT: "let_it_ring_answer_hang_up",
    Step.CALL_IN: "call_this_line_wait_hang_up",
}
"""Message ids: what is done, or what the technician is to do, during a step."""


class Fault(StrEnum):
    """Why a step ended without what it was for."""

    NO_DIAL_TONE = "no_dial_tone"
    LINE_CUT = "line_cut"
    PORT_LOST = "port_lost"
    CALL_CAME_IN = "call_came_in"
    NOT_RUNG = "not_rung"
    GAVE_UP = "gave_up"
    NOT_ANSWERED = "not_answered"
    RANG = "rang"  # a number that was to be busy, or nobody's
    DROPPED = "dropped"
    CANCELLED = "cancelled"
    REMOVED = "removed"


# -- observations ---------------------------------------------------------------------------


class Role(StrEnum):
    """What a tone was heard as."""

    DIAL = "dial"
    BUSY = "busy"
    CONGESTION = "congestion"
    RINGBACK = "ringback"
    CLEAR = "clear"  # after the far end had hung up


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneHeard:
    """A tone. ``periods`` is how often its cadence was heard (continuous: seconds), ``spread``
    by how much of itself a length differed, ``purity`` the tone's share of the power."""

    role: Role
    freqs_hz: tuple[float, ...]
    cadence_ms: tuple[int, ...]
    level_dbm0: float
    periods: float
    spread: float
    purity: float

    @property
    def setting(self) -> ToneSetting:
        """As it is written down."""
        freqs_hz = tuple(round(hz) for hz in self.freqs_hz)
        return ToneSetting(freqs_hz=freqs_hz, cadence_ms=self.cadence_ms)

    @property
    def confidence(self) -> float:
        """More periods, alike, and little else: surer."""
        often = 1 - math.exp(-self.periods / 1.2)
        alike = max(0.0, 1 - self.spread * 3)
        pure = max(0.0, min(1.0, (self.purity - 0.5) / 0.4))
        return 0.99 * often * alike * pure


@dataclass(frozen=True, slots=True, kw_only=True)
class NoTone:
    """It was listened for a tone, and none came; ``sound`` says whether there was another."""

    role: Role
    listened_s: float
    sound: bool


class Signal(StrEnum):
    """What an exchange can do to the pair of wires."""

    BATTERY = "battery"  # takes the current away for an instant
    POLARITY = "polarity"


class Moment(StrEnum):
    ANSWER = "answer"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The wires were watched when the far end answered, or hung up. ``signals`` came, in order;
    ``heard`` says whether a tone followed."""

    moment: Moment
    signals: tuple[Signal, ...]
    watched_s: float
    heard: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RingHeard:
    """The ringing voltage of a call: on, off, ... in milliseconds."""

    cadence_ms: tuple[int, ...]
    periods: float


class IdKind(StrEnum):
    """How caller ID is sent."""

    BELL = "bell"  # FSK of Bell 202 (GR-30)
    V23 = "v23"  # FSK of V.23 (EN 300 659)
    DTMF = "dtmf"
    DTMF_BARE = "dtmf_bare"  # without a start code
    NONE = "none"


class IdMoment(StrEnum):
    AFTER_RING = "after_ring"
    BEFORE_RING = "before_ring"
    AFTER_REVERSAL = "after_reversal"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdHeard:
    """Caller ID of one call, or that there was none (``IdKind.NONE``)."""

    kind: IdKind
    moment: IdMoment = IdMoment.AFTER_RING


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoHeard:
    """What came back of our own sound; see ``hw.signal.echo``."""

    return_loss_db: float | None
    depth_db: float
    far_loss_db: float | None = None


Observation = ToneHeard | NoTone | Watched | RingHeard | CallerIdHeard | EchoHeard


# -- findings -------------------------------------------------------------------------------


class Setting(StrEnum):
    """What can be found out. The first four and ``SILENCE_S`` are the line's own; the rest are
    settings of its signals, or only told."""

    DIAL = "dial"
    BUSY = "busy"
    CONGESTION = "congestion"
    RINGBACK = "ringback"
    HANG_UP = "hang_up"  # "battery", "polarity", "tones", "dial_tone", joined by "+"; "none"
    SILENCE_S = "silence_s"  # a call that was silent for so long ends
    ANSWER = "answer"  # "polarity"; "speech", where ringback is known to end; "delay"
    CALLER_ID = "caller_id"  # IdKind
    CALLER_ID_MOMENT = "caller_id_moment"  # IdMoment
    RING = "ring"  # cadence in ms
    RECEIVE_LEVEL = "receive_level_dbm0"
    RECEIVE_GAIN = "receive_gain_db"
    ECHO = "echo_return_loss_db"
    ROUND_TRIP = "round_trip_loss_db"


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """A message id and what to fill into it."""

    id: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``value`` is as it would be written in the configuration; "" says that it is not known."""

    setting: Setting
    value: str
    confidence: float
    why: Why


SILENCE_RULE_S = 90
"""What ends a call where nothing tells that the far end left: nobody is silent for so long who
still talks, and few lines are silent while somebody holds."""

NOMINAL_DBM0 = -10.0
"""What exchanges send tones at, by 5 dB (ITU-T E.180 §5)."""

_WEAK_DBM0 = -20.0
_MOST_GAIN_DB = 12


def conclude(
    observed: Iterable[Observation], *, receive_gain_db: float = 0.0
) -> tuple[Finding, ...]:
    """Everything that can be said, in the order of ``Setting``. ``receive_gain_db`` is what was
    added to all that was heard."""
    seen = tuple(observed)
    found = [
        *_tones(seen),
        *_hang_up(seen),
        *_answer(seen),
        *_caller_id(seen),
        *_ring(seen),
        *_level(seen, receive_gain_db),
        *_echo(seen),
    ]
    order = list(Setting)
    return tuple(sorted(found, key=lambda one: order.index(one.setting)))


def _tones(seen: Sequence[Observation]) -> Iterable[Finding]:
    heard = [one for one in seen if isinstance(one, ToneHeard)]
    missed = {one.role: one for one in seen if isinstance(one, NoTone)}
    for role in (Role.DIAL, Role.BUSY, Role.CONGESTION, Role.RINGBACK):
        mine = [one for one in heard if one.role is role]
        if role is Role.BUSY:
            mine += [one for one in heard if one.role is Role.CLEAR and _is_busy(one, heard)]
        if mine:
            yield _tone(Setting(role), mine)
        elif role in missed:
            why = "other_sound" if missed[role].sound else "only_silence"
            listened = f"{missed[role].listened_s:.0f}"
            yield Finding(
                setting=Setting(role),
                value="",
                confidence=0.0,
                why=Why(id=why, params={"seconds": listened}),
            )


def _is_busy(clear: ToneHeard, heard: Sequence[ToneHeard]) -> bool:
    """Whether what sounded after the far end left is the busy tone: not the dial tone, and no
    other than the one that was heard as busy."""
    if any(one.role is Role.DIAL and one.setting.is_like(clear.setting) for one in heard):
        return False
    if not clear.cadence_ms:
        return False
    known = [one for one in heard if one.role is Role.BUSY]
    return not known or any(one.setting.is_like(clear.setting) for one in known)


def _tone(setting: Setting, heard: Sequence[ToneHeard]) -> Finding:
    """Of several that are alike, the surest; those that are not alike make it less sure."""
    best = max(heard, key=lambda one: one.confidence)
    like = [one for one in heard if one.setting.is_like(best.setting)]
    doubt = 1.0
    for one in like:
        doubt *= 1 - one.confidence
    confidence = (1 - doubt) * len(like) / len(heard)
    return Finding(
        setting=setting,
        value=str(best.setting),
        confidence=round(min(0.99, confidence), 2),
        why=Why(
            id="tone_steady" if not best.cadence_ms else "tone_repeated",
            params={
                "times": f"{best.periods:.0f}",
                "calls": str(len(like)),
                "percent": f"{best.spread * 100:.0f}",
                "pure": f"{best.purity * 100:.0f}",
            },
        ),
    )


def _hang_up(seen: Sequence[Observation]) -> Iterable[Finding]:
    ends = [one for one in seen if isinstance(one, Watched) and one.moment is Moment.CLEAR]
    if not ends:
        return
    told: dict[str, int] = {}
    for end in ends:
        for signal in dict.fromkeys(end.signals):
            told[signal] = told.get(signal, 0) + 1
    for name in _tones_at_the_end(seen):
        told[name] = told.get(name, 0) + 1
    if told:
        yield _told(told, len(ends))
        return
    seconds = f"{max(end.watched_s for end in ends):.0f}"
    nothing = Why(id="nothing_tells_hang_up", params={"calls": str(len(ends)), "seconds": seconds})
    yield Finding(setting=Setting.HANG_UP, value="none", confidence=0.3, why=nothing)
    yield Finding(
        setting=Setting.SILENCE_S,
        value=str(SILENCE_RULE_S),
        confidence=0.3,
        why=Why(id="silence_is_all_there_is", params={"seconds": str(SILENCE_RULE_S)}),
    )


def _tones_at_the_end(seen: Sequence[Observation]) -> Iterable[str]:
    """For each call that ended with a tone: "dial_tone" or "tones"."""
    dials = [one.setting for one in seen if isinstance(one, ToneHeard) and one.role is Role.DIAL]
    for one in seen:
        if isinstance(one, ToneHeard) and one.role is Role.CLEAR:
            is_dial = not one.cadence_ms or any(one.setting.is_like(dial) for dial in dials)
            yield "dial_tone" if is_dial else "tones"


def _told(told: Mapping[str, int], calls: int) -> Finding:
    order = (Signal.BATTERY, Signal.POLARITY, "tones", "dial_tone")
    ways = [way for way in order if way in told]
    often = max(told.values())
    confidence = {1: 0.8, 2: 0.95}.get(often, 0.98) * often / max(often, calls)
    params = {"calls": str(calls), "times": str(often), "signals": "+".join(ways)}
    return Finding(
        setting=Setting.HANG_UP,
        value="+".join(ways),
        confidence=round(confidence, 2),
        why=Why(id="hang_up_seen", params=params),
    )


def _answer(seen: Sequence[Observation]) -> Iterable[Finding]:
    answers = [one for one in seen if isinstance(one, Watched) and one.moment is Moment.ANSWER]
    if not answers:
        return
    reversed_ = sum(Signal.POLARITY in one.signals for one in answers)
    params = {"calls": str(len(answers)), "times": str(reversed_)}
    if reversed_:
        confidence = (0.9 if reversed_ == 1 else 0.97) * reversed_ / len(answers)
        why = Why(id="polarity_at_answer", params=params)
        yield Finding(setting=Setting.ANSWER, value="polarity", confidence=confidence, why=why)
        return
    why = Why(id="nothing_at_answer", params=params)
    confidence = 0.6 if len(answers) == 1 else 0.8
    knows_ringback = any(isinstance(one, ToneHeard) and one.role is Role.RINGBACK for one in seen)
    value = "speech" if knows_ringback else "delay"
    yield Finding(setting=Setting.ANSWER, value=value, confidence=confidence, why=why)


def _caller_id(seen: Sequence[Observation]) -> Iterable[Finding]:
    calls = [one for one in seen if isinstance(one, CallerIdHeard)]
    heard = [one for one in calls if one.kind is not IdKind.NONE]
    if not calls:
        return
    if not heard:
        why = Why(id="no_caller_id", params={"calls": str(len(calls))})
        confidence = 0.4 if len(calls) == 1 else 0.7  # a caller may have withheld it
        yield Finding(setting=Setting.CALLER_ID, value="none", confidence=confidence, why=why)
        return
    kinds = [one.kind for one in heard]
    moments = [one.moment for one in heard]
    kind, moment = max(kinds, key=kinds.count), max(moments, key=moments.count)
    for setting, value, count in (
        (Setting.CALLER_ID, str(kind), kinds.count(kind)),
        (Setting.CALLER_ID_MOMENT, str(moment), moments.count(moment)),
    ):
        # One message with a right checksum is no accident; the form may still vary by caller.
        confidence = (0.9 if count == 1 else 0.97) * count / len(heard)
        params = {"calls": str(len(calls)), "times": str(count)}
        why = Why(id="caller_id_read", params=params)
        yield Finding(setting=setting, value=value, confidence=round(confidence, 2), why=why)


def _ring(seen: Sequence[Observation]) -> Iterable[Finding]:
    rings = [one for one in seen if isinstance(one, RingHeard)]
    if rings:
        best = max(rings, key=lambda one: one.periods)
        yield Finding(
            setting=Setting.RING,
            value="/".join(map(str, best.cadence_ms)),
            confidence=round(0.99 * (1 - math.exp(-best.periods)), 2),
            why=Why(id="ring_repeated", params={"times": f"{best.periods:.0f}"}),
        )


def _level(seen: Sequence[Observation], gain_db: float) -> Iterable[Finding]:
    tones = [one for one in seen if isinstance(one, ToneHeard) and one.confidence > 0.3]
    if not tones:
        return
    levels = sorted(one.level_dbm0 for one in tones)
    middle = levels[len(levels) // 2] - gain_db
    params = {"tones": str(len(tones)), "apart": f"{levels[-1] - levels[0]:.1f}"}
    sure = 0.95 if len(tones) > 1 and levels[-1] - levels[0] < 3 else 0.7
    yield Finding(
        setting=Setting.RECEIVE_LEVEL,
        value=f"{middle:.1f}",
        confidence=sure,
        why=Why(id="level_of_tones", params=params),
    )
    if middle < _WEAK_DBM0:
        gain = min(_MOST_GAIN_DB, round(NOMINAL_DBM0 - 3 - middle))
        weak = {"level": f"{middle:.1f}", "nominal": f"{NOMINAL_DBM0:.0f}"}
        yield Finding(
            setting=Setting.RECEIVE_GAIN,
            value=str(gain),
            confidence=0.6,  # an exchange may send its tones quieter than people are heard
            why=Why(id="line_is_weak", params=weak),
        )


def _echo(seen: Sequence[Observation]) -> Iterable[Finding]:
    echoes = [one for one in seen if isinstance(one, EchoHeard)]
    losses = sorted(one.return_loss_db for one in echoes if one.return_loss_db is not None)
    if losses:
        near = len(losses) > 1 and losses[-1] - losses[0] < 3
        yield Finding(
            setting=Setting.ECHO,
            value=f"{losses[len(losses) // 2]:.1f}",
            confidence=0.95 if near else 0.8,
            why=Why(id="echo_of_noise", params={"calls": str(len(losses))}),
        )
    elif echoes:
        depth = f"{min(one.depth_db for one in echoes):.0f}"
        why = Why(id="no_echo", params={"depth": depth})
        yield Finding(setting=Setting.ECHO, value="", confidence=0.6, why=why)
    far = [one.far_loss_db for one in echoes if one.far_loss_db is not None]
    if far:
        yield Finding(
            setting=Setting.ROUND_TRIP,
            value=f"{sorted(far)[len(far) // 2]:.1f}",
            confidence=0.7,
            why=Why(id="far_end_repeats", params={"calls": str(len(far))}),
        )
