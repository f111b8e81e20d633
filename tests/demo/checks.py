"""The verdict: what must hold of the call, and what was measured."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tests.demo import call
from tests.demo.call import Evidence
from tests.demo.story import Story
from tests.rig import audio
from tests.rig.audio import Sound

_HZ, _DB, _LENGTH_S = 2.0, 1.5, 0.5
_OFFER_S, _SIGNAL_S = 1.0, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that must hold."""

    what: str
    expected: str
    measured: str
    holds: bool


def judge(story: Story, evidence: Evidence) -> Iterator[Check]:
    """Every check of the call itself.

    Raises:
        LookupError: an event that must have happened did not.
    """
    yield from _caller_id(story, evidence)
    yield from _queue(story, evidence)
    yield from _hearing(story, evidence)
    yield from _recording(evidence)
    yield from _end(story, evidence)
    yield from _record(evidence)


def same(what: str, expected: object, measured: object) -> Check:
    """It must be exactly this."""
    return Check(
        what=what, expected=str(expected), measured=str(measured), holds=expected == measured
    )


def within(what: str, lowest: float, measured: float, highest: float, unit: str) -> Check:
    """It must lie between two values."""
    return Check(
        what=what,
        expected=f"{lowest:g} to {highest:g} {unit}",
        measured=f"{measured:.2f} {unit}",
        holds=bool(lowest <= measured <= highest),
    )


def _caller_id(story: Story, evidence: Evidence) -> Iterator[Check]:
    known = story.first("line.caller_known")
    yield same("caller ID the line read", call.NUMBER, getattr(known.row, "number", ""))
    ringing_s = known.at - story.first("far.ringing").at
    answered_s = story.first("far.answered").at - known.at
    yield within("caller ID read after the first ring", 0.5, ringing_s, 10.0, "s")
    yield within("answered after the caller ID", 0.0, answered_s, 5.0, "s")
    record = evidence.record
    yield same("caller's number on record", call.NUMBER, record.caller)
    yield same("caller's name on record", call.NAME, record.caller_name)


def _queue(story: Story, evidence: Evidence) -> Iterator[Check]:
    yield same("digit on record", call.DIGITS, evidence.record.digits)
    entered = next(note for note in evidence.notes if note.detail == f"queue:{call.QUEUE}")
    offers = story.all("agent.offered")
    yield same("offered to", [call.AGENT], [offer.row.id for offer in offers])
    offered_s = offers[0].at - entered.at
    yield within("offered after joining the queue", -0.05, offered_s, _OFFER_S, "s")
    taken_s = story.first("agent.talking").at - offers[0].at
    yield within(
        "accepted after the offer",
        call.ANSWER_AFTER_S,
        taken_s,
        call.ANSWER_AFTER_S + _OFFER_S,
        "s",
    )
    yield same("answered by", call.AGENT, evidence.record.agent)


def _hearing(story: Story, evidence: Evidence) -> Iterator[Check]:
    answered_at = evidence.record.answered_at
    assert answered_at is not None
    talk = answered_at - story.first("far.answered").at  # where in the caller's file talk begins
    greeting = evidence.caller_heard.part(0.0, talk - 0.5)
    yield within("the caller hears speech first, level", -30.0, greeting.level_dbfs(), -9.0, "dBFS")
    share = float(np.mean(greeting.purity(call.AGENT_HZ)))
    yield within("and nothing of the agent yet", 0.0, share, 0.1, "of 1")
    # The disconnect signal comes half a second after the caller left: silence for the agent.
    agent_heard = evidence.agent_heard.sounding()
    yield from _tone("the agent hears the caller", agent_heard, call.CALLER_HZ)
    yield from _tone("the caller hears the agent", evidence.caller_heard.part(talk), call.AGENT_HZ)


def _tone(what: str, sound: Sound, hz: int) -> Iterator[Check]:
    """A known tone, at its level, whole, from half a second after its beginning."""
    body = sound.part(0.5, -0.3)
    yield within(f"{what}, length", call.TALK_S - 2.0, sound.length_s, call.TALK_S + 4.0, "s")
    yield within(f"{what}, frequency", hz - _HZ, body.frequency_hz(), hz + _HZ, "Hz")
    low, high = call.SAID_DBFS - _DB, call.SAID_DBFS + _DB
    yield within(f"{what}, level", low, body.level_dbfs(), high, "dBFS")
    yield same(f"{what}, gaps", [], body.gaps())
    purity = float(np.median(body.purity(hz)))
    yield within(f"{what}, share of the tone", 0.98, purity, 1.0, "of 1")


def _recording(evidence: Evidence) -> Iterator[Check]:
    record = evidence.record
    assert record.answered_at is not None
    assert record.ended_at is not None
    yield same("recordings in the store", 1, len(evidence.recordings))
    row = evidence.recordings[0]
    talk_s = record.ended_at - record.answered_at
    yield within("recording's length", talk_s - _LENGTH_S, row.length_s, talk_s + _LENGTH_S, "s")
    digest = hashlib.sha256(evidence.recording.read_bytes()).hexdigest()
    yield same("recording's SHA-256", row.sha256, digest)
    sides = (
        ("left: the caller", call.CALLER_HZ, call.AGENT_HZ),
        ("right: the agent", call.AGENT_HZ, call.CALLER_HZ),
    )
    for channel, (what, hz, other_hz) in enumerate(sides):
        side = audio.read(evidence.recording, channel)
        yield within(
            f"recording's length, {what}",
            talk_s - _LENGTH_S,
            side.length_s,
            talk_s + _LENGTH_S,
            "s",
        )
        yield from _tone(f"recording, {what}", side.sounding(), hz)
        other = float(np.mean(side.purity(other_hz)))
        yield within(f"recording, {what}, share of the other side", 0.0, other, 0.02, "of 1")


def _end(story: Story, evidence: Evidence) -> Iterator[Check]:
    order = ("far.hung_up", "far.disconnected", "line.dropped", "call.ended", "far.released")
    times = [story.first(name).at for name in order]
    happened = [name for _, name in sorted(zip(times, order, strict=True))]
    yield same("order at the end", list(order), happened)
    signal_s = times[3] - times[1]
    yield within("the disconnect signal ends the call in", 0.0, signal_s, _SIGNAL_S, "s")
    yield same("legs, calls and recordings left", [], list(evidence.rows_left))
    yield same("recordings left in the spool", [], list(evidence.spool_left))
    yield same(f"{call.LINE} at the end", "idle", evidence.line_state)


def _record(evidence: Evidence) -> Iterator[Check]:
    record = evidence.record
    wanted = {
        "line": call.LINE,
        "place": f"queue:{call.QUEUE}",
        "queue": call.QUEUE,
        "disposition": "answered",
        "cause": 16,
        "hung_up_by": "caller",
    }
    yield same("call record", wanted, {name: getattr(record, name) for name in wanted})
    times = (record.started_at, record.answered_at or 0.0, record.ended_at or 0.0)
    yield same("call record's times in order", sorted(times), list(times))
    legs = [(leg.party, bool(leg.answered_at), bool(leg.ended_at)) for leg in evidence.legs]
    yield same("legs on record", [(call.LINE, True, True), (call.AGENT, True, True)], legs)
    notes = [note.name for note in evidence.notes]
    wanted_notes = ["started", "moved", "pressed", "moved", "offered", "accepted", "bridged"]
    wanted_notes += ["recording_started", "recording_ended", "ended"]
    yield same("events on record", wanted_notes, notes)
