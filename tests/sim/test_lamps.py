"""Lamps on real calls: a raw telephone watches what real telephones do at the whole exchange."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from firmware.config.schema import Queue, Site
from firmware.link.rows import MailboxRow
from tests.conftest import impatient
from tests.contract.watching import Desk, Rows, Watcher
from tests.rig.baresip import Baresip
from tests.rig.box import Box, LeanBox
from tests.rig.sim import assert_hears_now, assert_no_calls
from tests.rig.telephones import TONES_HZ, Telephones
from tests.rig.until import overload, until

A, B, C, WATCHER = "101", "102", "103", "104"
LATE_S = 0.1


def shape(site: Site) -> Site:
    queue = Queue(name="help", title="Help", number="650", members=(B,), wrap_up_s=0.5)
    voicemail = site.voicemail.model_copy(update={"for_everyone": True})
    presence = site.presence.model_copy(update={"show_caller": True})
    wanted = {"queue": (queue,), "ivr": (), "voicemail": voicemail, "presence": presence}
    lines = tuple(
        line.model_copy(update={"route": "queue:help"}) if line.route else line
        for line in site.line
    )
    return impatient(site).model_copy(update={**wanted, "line": lines})


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with LeanBox("kamailio", "edge", "switchd", shape=shape) as running:
        yield running


@pytest.fixture
def phones(box: Box, tmp_path: Path) -> Iterator[Telephones]:
    with Telephones(box, tmp_path) as made:
        yield made
    assert_no_calls(box)


@pytest.fixture
def watch(box: Box) -> Iterator[Watching]:
    with ExitStack() as stack:
        yield Watching(box, stack)


class Watching:
    """One telephone with a lamp for each number asked for."""

    def __init__(self, box: Box, stack: ExitStack) -> None:
        network = box.network
        self._realm = network.realm
        self.desk = Desk(
            (str(network.sip_address), network.sip_port),
            number=WATCHER,
            password=box.passwords[WATCHER],
            realm=network.realm,
        )
        stack.callback(self.desk.close)

    def __call__(self, user: str) -> Watcher:
        watcher = Watcher(self.desk)
        assert watcher.subscribe(f"sip:{user}@{self._realm}") == 200
        watcher.lamp()
        return watcher


def test_a_call_from_first_ring_to_the_end(phones: Telephones, watch: Watching) -> None:
    a, b = (phones.desk_phone(number) for number in (A, B))
    caller, callee = watch(A), watch(B)
    a.dial(B)
    assert caller.lamp_until("confirmed")[0].direction == "initiator"
    ringing = callee.lamp_until("early")[0]
    assert ringing.direction == "recipient"
    assert ringing.remote == "sip:101@markaz.internal"
    b.expect("incoming", "in1")
    b.answer("in1")
    a.expect("established")
    callee.lamp_until("confirmed")
    b.hang_up("in1")
    ended = time.monotonic()
    callee.lamp_until("terminated")
    took_s = time.monotonic() - ended
    assert took_s < LATE_S * overload() + 0.1, f"dark after {took_s * 1000:.0f} ms"
    caller.lamp_until("terminated")
    a.expect("ended")


def test_a_lamp_key_picks_up_what_it_shows(phones: Telephones, watch: Watching) -> None:
    """INVITE with Replaces, of the names in the document (RFC 4235 §5, RFC 3891)."""
    a, b, c = (phones.desk_phone(number) for number in (A, B, C))
    lamp = watch(B)
    a.dial(B)
    b.expect("incoming", "in1")
    dialog = lamp.lamp_until("early")[0]
    name = dialog.call_id
    c.dial(B, "a", Replaces=f"{name};to-tag={name};from-tag={name};early-only")
    c.expect("established")
    a.expect("established")
    b.expect("ended", "in1")
    lamp.lamp_until("terminated")
    assert_hears_now(a, "a", c.tone_hz)
    assert_hears_now(c, "a", a.tone_hz)
    a.hang_up()
    c.expect("ended")


def test_do_not_disturb_by_code_lights_the_lamp(phones: Telephones, watch: Watching) -> None:
    b, lamp = phones.desk_phone(B), watch(B)
    for code, state in (("*78", "confirmed"), ("*79", "terminated")):
        b.dial(code, code)
        shown = lamp.lamp_until("confirmed")
        assert shown[0].direction == "initiator", "the call to the code itself"
        b.expect("established", code)
        b.hang_up(code)
        if state == "confirmed":
            until(lambda: lamp.lamp()[0].direction == "recipient", 5, "do-not-disturb is shown")
        else:
            lamp.lamp_until(state)


def test_a_queue_blinks_while_somebody_waits(phones: Telephones, watch: Watching) -> None:
    a, lamp = phones.desk_phone(A), watch("650")
    a.dial("650")
    lamp.lamp_until("early")
    a.hang_up()
    lamp.lamp_until("terminated")


def test_a_parked_call_lights_its_slot(phones: Telephones, watch: Watching) -> None:
    a, b = (phones.desk_phone(number) for number in (A, B))
    slot = watch("701")
    a.dial(B)
    b.expect("incoming", "in1")
    b.answer("in1")
    a.expect("established")
    b.transfer("701", "in1")
    shown = slot.lamp_until("confirmed", 8.0)
    assert shown[0].remote == "sip:101@markaz.internal"
    b.expect("ended", "in1", timeout_s=10.0)
    b.dial("701", "b")
    b.expect("established", "b")
    slot.lamp_until("terminated")
    a.hang_up()
    b.expect("ended", "b")


def test_baresip_shows_its_messages(tmp_path: Path) -> None:
    """A real telephone's own message lamp: it subscribes, and hears of every change."""
    with LeanBox("kamailio", "edge", shape=shape) as box, Telephones(box, tmp_path) as phones:
        switchd = Rows(box.home.link("switchd"), "switchd")
        phones.on_leaving(switchd.close)
        switchd.post("mailbox.changed", MailboxRow(id=A, new=1, old=0))
        phone = Baresip(
            phones.account(A),
            tmp_path / "mwi",
            box.ports,
            tone_hz=TONES_HZ[A],
            watches_messages=True,
        )
        phones.on_leaving(phone.stop)
        phone.expect("registered")
        for new in (2, 0):
            switchd.post("mailbox.changed", MailboxRow(id=A, new=new, old=3))

            def told(wanted: str = f"{new}/3") -> bool:
                phone.marks()
                return any(wanted in text for text in phone.messages)

            until(told, 10.0, f"baresip knows of {new} messages")
