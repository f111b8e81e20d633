"""Listening in with real telephones: what each of the three hears, in every way of listening."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from firmware.config.schema import Site
from firmware.config.sections.queues import Queue
from firmware.link.agents import ListenerRow
from firmware.link.api import SwitchApi
from firmware.link.client import Link
from tests.rig import audio
from tests.rig.audio import Sound
from tests.rig.box import Box, LeanBox
from tests.rig.desk_phone import DeskPhone
from tests.rig.sim import assert_no_calls
from tests.rig.telephones import TONES_HZ, Telephones
from tests.rig.until import until
from tests.sim.test_callcentre import agent, until_state

AGENT, CALLER, BOSS, OTHER = "101", "103", "104", "102"
HELP = "611"


def shape(site: Site) -> Site:
    queue = Queue(
        name="help", number=HELP, title="Help", members=(AGENT,), wrap_up_s=0.0, greeting=None
    )
    extensions = tuple(one for one in site.extension if one.number in (AGENT, OTHER, CALLER, BOSS))
    changes = {"queue": (queue,), "ivr": (), "line": (), "extension": extensions}
    return site.model_copy(update=changes)


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with LeanBox("kamailio", "edge", "switchd", "recorder", shape=shape) as running:
        yield running


@pytest.fixture
def phones(box: Box, tmp_path: Path) -> Iterator[Telephones]:
    with Telephones(box, tmp_path) as made:
        yield made
    assert_no_calls(box)


class Office:
    """An agent who talks to a caller of the queue, and a supervisor beside them."""

    def __init__(self, box: Box, phones: Telephones) -> None:
        self.box = box
        self.agent, self.caller, self.boss = (
            phones.desk_phone(number) for number in (AGENT, CALLER, BOSS)
        )
        self.caller.dial(HELP)
        self.agent.expect("incoming", "in1", timeout_s=10)
        self.agent.answer("in1")
        self.agent.expect("established", "in1")
        until_state(box, AGENT, "talking")
        self.call = agent(box, AGENT).call

    def listen(self, how: str) -> str:
        """The supervisor listens in; the listening's id."""
        with self.box.link("switchd") as link:
            ident = link.call(
                SwitchApi.listen_in, supervisor=BOSS, call_id=self.call, agent=AGENT, how=how
            )
        self.boss.expect("incoming", "in1", timeout_s=10)
        self.boss.answer("in1")
        self.boss.expect("established", "in1")
        return ident

    def change(self, ident: str, how: str) -> None:
        with self.box.link("switchd") as link:
            link.call(SwitchApi.change_listening, ident, how)

    def close(self) -> None:
        self.caller.hang_up()
        self.boss.expect("ended", "in1")
        self.agent.expect("ended", "in1")


@pytest.fixture
def office(box: Box, phones: Telephones) -> Office:
    return Office(box, phones)


def listeners(link: Link) -> list[ListenerRow]:
    return [row for row in link.snapshot().get("listener", ()) if isinstance(row, ListenerRow)]


def assert_hears(phone: DeskPhone, call: str, *speakers: DeskPhone) -> None:
    """From now on it hears these telephones, and of no other anything. Told by how the energy is
    shared among the tones: a telephone whose machine stalled drops packets for a while to catch
    up, which breaks the purity of a sine, but makes no other telephone heard."""
    since_s = phone.heard(call).length_s
    until(lambda: phone.heard(call).length_s > since_s + 2.0, 6, "two seconds are heard")
    heard = tones_of(phone.heard(call).part(since_s + 0.5))
    assert heard == {speaker.tone_hz for speaker in speakers}, f"{phone.account.number}: {heard}"


def tones_of(sound: Sound) -> set[int]:
    """The telephones' tones in a sound: a tenth of its energy or more. What is far less is none,
    and nothing lies between."""
    power = np.abs(np.fft.rfft(sound.samples * np.hanning(len(sound.samples)))) ** 2
    hz = np.fft.rfftfreq(len(sound.samples), 1 / sound.rate_hz)
    shares = {
        tone_hz: power[(hz > tone_hz - 15) & (hz < tone_hz + 15)].sum() / power.sum()
        for tone_hz in TONES_HZ.values()
    }
    assert all(share < 0.01 or share > 0.1 for share in shares.values()), shares
    return {tone_hz for tone_hz, share in shares.items() if share > 0.1}


def test_who_listens_hears_both_and_nobody_hears_them(office: Office) -> None:
    office.listen("listen")
    assert_hears(office.boss, "in1", office.agent, office.caller)
    assert_hears(office.agent, "in1", office.caller)
    assert_hears(office.caller, "a", office.agent)
    office.close()


def test_who_whispers_is_heard_by_the_agent_alone(office: Office) -> None:
    office.listen("whisper")
    assert_hears(office.boss, "in1", office.agent, office.caller)
    assert_hears(office.agent, "in1", office.caller, office.boss)
    assert_hears(office.caller, "a", office.agent)
    office.close()


def test_who_barges_in_is_heard_by_both(office: Office) -> None:
    office.listen("barge")
    assert_hears(office.boss, "in1", office.agent, office.caller)
    assert_hears(office.agent, "in1", office.caller, office.boss)
    assert_hears(office.caller, "a", office.agent, office.boss)
    office.close()


def test_the_way_of_listening_changes_by_keys_and_orders_within_a_moment(office: Office) -> None:
    ident = office.listen("listen")
    office.boss.press("6", "in1")
    until(lambda: _how(office) == "barge", 3, "the key is obeyed")
    assert_hears(office.caller, "a", office.agent, office.boss)
    asked_at = time.monotonic()
    office.change(ident, "listen")
    assert time.monotonic() - asked_at < 1.0
    assert_hears(office.caller, "a", office.agent)
    assert_hears(office.agent, "in1", office.caller)
    office.close()


def test_who_takes_over_has_the_caller_and_the_agent_is_free(box: Box, office: Office) -> None:
    ident = office.listen("listen")
    office.change(ident, "take_over")
    office.agent.expect("ended", "in1")
    assert_hears(office.caller, "a", office.boss)
    assert_hears(office.boss, "in1", office.caller)
    until_state(box, AGENT, "available")
    office.caller.hang_up()
    office.boss.expect("ended", "in1")


def test_the_supervisor_hears_nothing_of_a_caller_who_was_sent_on(
    phones: Telephones, office: Office
) -> None:
    other = phones.desk_phone(OTHER)
    office.listen("barge")
    office.agent.transfer(OTHER, "in1")
    other.expect("incoming", "in1", timeout_s=10)
    other.answer("in1")
    office.boss.expect("ended", "in1")
    assert_hears(office.caller, "a", other)
    assert_hears(other, "in1", office.caller)
    office.caller.hang_up()
    other.expect("ended", "in1")


def test_what_the_supervisor_hears_has_no_pauses_where_the_recording_has(
    box: Box, office: Office
) -> None:
    """Recorded are: barging, not whispering, and nothing while the recording pauses."""
    ident = office.listen("whisper")
    assert_hears(office.boss, "in1", office.agent, office.caller)
    office.agent.press("*2", "in1")
    until(lambda: "recording_paused" in _story(box, office), 3, "the recording pauses")
    office.change(ident, "barge")
    assert_hears(office.boss, "in1", office.agent, office.caller)
    assert_hears(office.caller, "a", office.agent, office.boss)
    office.agent.press("*2", "in1")
    until(lambda: "recording_resumed" in _story(box, office), 3, "the recording goes on")
    assert_hears(office.boss, "in1", office.agent, office.caller)
    office.close()
    until(lambda: box.recordings(office.call), 20, "the recording is finished")
    (recording,) = box.recordings(office.call)
    caller, callee = (audio.read(box.home.recordings / recording.path, side) for side in (0, 1))
    parts = _parts(callee)
    assert [tones_of(part) for part in parts] == [
        {office.agent.tone_hz},
        {office.agent.tone_hz, office.boss.tone_hz},
    ]
    assert [tones_of(part) for part in _parts(caller)] == [{office.caller.tone_hz}] * 2


def test_a_supervisor_whose_telephone_loses_its_power_leaves_the_talk_alone(
    box: Box, office: Office
) -> None:
    office.listen("barge")
    office.boss.pull_the_plug()
    with box.link("switchd") as link:
        until(lambda: not listeners(link), 90, "switchd finds the supervisor gone")
    assert_hears(office.caller, "a", office.agent)
    assert_hears(office.agent, "in1", office.caller)
    office.caller.hang_up()
    office.agent.expect("ended", "in1")


def _how(office: Office) -> str:
    with office.box.link("switchd") as link:
        return next((row.how for row in listeners(link)), "")


def _story(box: Box, office: Office) -> list[str]:
    return [event.name for event in box.timeline(office.call)]


def _parts(sound: Sound) -> list[Sound]:
    """What is between silences of a second and more, without its edges."""
    sound = sound.sounding()
    gaps = sound.gaps(shortest_s=1.0)
    edges = [0.0, *(t for gap in gaps for t in (gap.at_s, gap.at_s + gap.length_s)), sound.length_s]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [sound.part(begin + 0.2, end - 0.2) for begin, end in pairs]
