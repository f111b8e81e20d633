"""The call: who does what, and what is left to look at when it is over."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from firmware.link.api import BenchApi
from firmware.link.client import Event
from firmware.link.rows import LineRow
from firmware.model.record import CallEvent, CallRecord, LegRecord, RecordingRecord
from tests.demo.story import Story
from tests.rig import audio
from tests.rig.audio import Sound
from tests.rig.baresip import Baresip
from tests.rig.box import WholeBox
from tests.rig.telephones import Telephones
from tests.rig.until import until

LINE = "fxo-1"
NUMBER, NAME, DIGITS = "02188776655", "SARA AHMADI", "1"
AGENT, QUEUE = "101", "support"
CALLER_HZ, AGENT_HZ, SAID_DBFS = 600, 440, -12.0
ANSWER_AFTER_S, TALK_S = 1.0, 6.0
_PORT_SETTLES_S = 2.5
"""A port that was just put on hook takes no ringing for two seconds (DAHDI does not either)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the call left: records, recordings, and what each side heard."""

    record: CallRecord
    legs: Sequence[LegRecord]
    notes: Sequence[CallEvent]
    recordings: Sequence[RecordingRecord]
    recording: Path
    caller_heard: Sound
    agent_heard: Sound
    rows_left: Sequence[str]  # legs, calls, recordings that daemons still show
    line_state: str
    spool_left: Sequence[str]


def play(box: WholeBox, story: Story, folder: Path) -> Evidence:
    """Make the call from its first ring to its last row in the store.

    Raises:
        TooLate, Died: something did not happen.
    """
    watches = {name: box.watch(name, story.follow) for name in ("bench", "lined", "switchd")}
    switch, lined, bench = watches["switchd"], watches["lined"], watches["bench"]
    listen = folder / "caller-heard.wav"
    say = audio.write_tone(
        folder / "caller-says.wav", CALLER_HZ, level_dbfs=SAID_DBFS, length_s=5.0
    )
    with Telephones(box, folder / "telephones") as telephones:
        agent = telephones.baresip(AGENT)
        story.tell("telephone", f"{AGENT}'s telephone (baresip) has registered")
        until(lambda: box.status("lined").up_s > _PORT_SETTLES_S, 10.0, "the lines take ringing")
        with box.link("bench") as link:
            link.call(
                BenchApi.ring,
                line=LINE,
                number=NUMBER,
                name=NAME,
                digits=DIGITS,
                say=str(say),
                listen=str(listen),
            )
        _answer(agent, story)
        switch.named("call.bridged")
        _talk(agent)
        with box.link("bench") as link:
            link.call(BenchApi.hang_up, line=LINE)
        agent.expect("ended", 10.0)
        story.tell("telephone", f"{AGENT}'s telephone is on hook again")
        ended = switch.named("call.ended")
        bench.named("far.released", 10.0)
        lined.wait(_is_idle, 10.0, f"idle {LINE}", since=_place_of(lined.events, "line.dropped"))
        until(lambda: box.recordings(ended.row.id), 20.0, "the recording is finished")
        story.tell("recorder", "The recording is finished and in the store")
        return _gather(box, ended.row.id, audio.read(listen), agent.heard())


def _answer(agent: Baresip, story: Story) -> None:
    agent.expect("incoming", 40.0)
    story.tell("telephone", f"{AGENT}'s telephone rings")
    rang_at = time.monotonic()
    until(lambda: time.monotonic() >= rang_at + ANSWER_AFTER_S, 5.0, "the agent lifts the handset")
    agent.answer()
    agent.expect("established")
    story.tell("telephone", f"{AGENT}'s telephone is answered")


def _talk(agent: Baresip) -> None:
    until(lambda: agent.heard().length_s >= TALK_S, TALK_S + 10.0, f"{TALK_S} s of talk")


def _is_idle(event: Event) -> bool:
    return isinstance(event.row, LineRow) and event.row.id == LINE and event.row.state == "idle"


def _place_of(events: Sequence[Event], name: str) -> int:
    return next((i for i, event in enumerate(events) if event.name == name), 0)


def _gather(box: WholeBox, call_id: str, caller_heard: Sound, agent_heard: Sound) -> Evidence:
    left = []
    with box.link("switchd") as link:
        for kind, rows in link.snapshot().items():
            left += [f"{kind} {row.id}" for row in rows if kind in ("leg", "call", "recording")]
    with box.link("lined") as link:
        states = {row.id: row.state for row in link.snapshot()["line"] if isinstance(row, LineRow)}
    recordings = box.recordings(call_id)
    return Evidence(
        record=box.call(call_id),
        legs=box.legs(call_id),
        notes=box.timeline(call_id),
        recordings=recordings,
        recording=box.home.recordings / recordings[0].path,
        caller_heard=caller_heard,
        agent_heard=agent_heard,
        rows_left=left,
        line_state=states[LINE],
        spool_left=[path.name for path in box.home.spool.iterdir()],
    )
