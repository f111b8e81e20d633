"""Real SIP telephones at the box: they register, call one another, hear one another, hang up."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from firmware.box.ready import answers_sip
from firmware.link.client import Event
from firmware.link.rows import ExtensionRow
from tests.conftest import RING_TIMEOUT_S
from tests.rig.audio import Sound
from tests.rig.baresip import Baresip
from tests.rig.box import Box, LeanBox
from tests.rig.linphone import Linphone
from tests.rig.sipp import Plan, Sipp, authentication
from tests.rig.telephone import Telephone
from tests.rig.telephones import Telephones
from tests.rig.until import until

TALK_S = 3.0
SAID_DBFS = -12.0
Maker = Callable[[Telephones, str], Telephone]


def baresip(telephones: Telephones, number: str) -> Telephone:
    return telephones.baresip(number)


def linphone(telephones: Telephones, number: str) -> Telephone:
    return telephones.linphone(number)


def talk(*telephones: Telephone) -> None:
    """Wait until every one of them has heard ``TALK_S`` seconds."""
    for telephone in telephones:
        until(
            lambda heard=telephone: heard.heard().length_s > TALK_S,  # type: ignore[misc]
            TALK_S + 4,
            f"{telephone.account.number} hears for {TALK_S} s",
        )


def connect(caller: Telephone, callee: Telephone) -> None:
    """``caller`` dials, ``callee`` rings and answers."""
    caller.dial(callee.account.number)
    callee.expect("incoming")
    caller.expect("ringing")
    callee.answer()
    callee.expect("established")
    caller.expect("established")


def assert_hears(telephone: Telephone, tone_hz: int) -> None:
    """It heard nothing but the tone, at the level it was said, without a hole."""
    sound = telephone.heard()
    assert abs(sound.frequency_hz() - tone_hz) < 2.0
    body = sound.part(0.5, -0.3)  # what comes with the answer: the jitter buffer fills
    assert body.length_s > TALK_S - 1.0
    assert body.level_dbfs() == pytest.approx(SAID_DBFS, abs=1.0)
    assert body.gaps() == []
    # Two soft clocks: where a jitter buffer drops or adds a piece, its window is spoilt.
    purity = body.purity(tone_hz)
    assert np.median(purity) > 0.98
    assert np.mean(purity > 0.9) >= 0.75


def assert_hears_speech(sound: Sound) -> None:
    """It heard an announcement: seconds of sound, loud enough, with pauses, and no one tone."""
    assert sound.sounding().length_s > 1.5
    assert -30.0 < sound.level_dbfs() < -9.0
    assert sound.gaps() != []
    assert max(np.mean(sound.purity(hz)) for hz in (400, 425, 440, 480, 620)) < 0.2


# -- registering ----------------------------------------------------------------------------


@pytest.mark.parametrize("make", [baresip, linphone])
def test_registers_by_digest(lean_box: Box, telephones: Telephones, make: Maker) -> None:
    edge = lean_box.watch("edge")
    telephone = make(telephones, "101")
    statuses = [reply.status for reply in telephone.replies("REGISTER")]
    assert statuses == [401, 200]

    def is_it(event: Event) -> bool:
        row = event.row
        if not isinstance(row, ExtensionRow) or row.id != "101":
            return False
        return row.registered and make.__name__ in row.user_agent.lower()

    edge.wait(is_it, 3.0, f"registered {make.__name__} for 101")


@pytest.mark.parametrize("program", [Baresip, Linphone])
def test_wrong_password_is_refused(
    telephones: Telephones, program: type[Baresip] | type[Linphone]
) -> None:
    telephone = telephones.unregistered(program, "104", "not-the-password")
    telephone.expect("refused")
    assert "registered" not in telephone.marks()
    assert telephone.final_reply("REGISTER").status in (401, 403)
    assert 200 not in [reply.status for reply in telephone.replies("REGISTER")]


def test_registrations_survive_the_death_of_kamailio(tmp_path: Path) -> None:
    with LeanBox("kamailio", "edge", "switchd") as box, Telephones(box, tmp_path) as telephones:
        one, two = telephones.baresip("101"), telephones.baresip("102")
        before = [len(t.replies("REGISTER")) for t in (one, two)]
        box.kill("kamailio")
        assert not answers_sip(str(box.network.sip_address), box.network.sip_port)
        box.start("kamailio")
        connect(one, two)
        talk(one, two)
        assert [len(t.replies("REGISTER")) for t in (one, two)] == before
        one.hang_up()
        two.expect("ended")


# -- talking --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make_caller", "make_callee", "leaver"),
    [
        (baresip, baresip, "caller"),
        (baresip, baresip, "callee"),
        (baresip, linphone, "caller"),
        (linphone, baresip, "callee"),
        (linphone, linphone, "callee"),
    ],
)
def test_two_telephones_hear_one_another(
    lean_box: Box, telephones: Telephones, make_caller: Maker, make_callee: Maker, leaver: str
) -> None:
    switch = lean_box.watch("switchd")
    caller, callee = make_caller(telephones, "101"), make_callee(telephones, "102")
    connect(caller, callee)
    talk(caller, callee)
    (caller if leaver == "caller" else callee).hang_up()
    caller.expect("ended")
    callee.expect("ended")

    assert_hears(caller, callee.tone_hz)
    assert_hears(callee, caller.tone_hz)
    record = lean_box.call(switch.named("call.ended").row.id)
    assert (record.caller, record.called, record.disposition) == ("101", "102", "answered")
    assert (record.cause, record.hung_up_by) == (16, leaver)
    assert [leg.party for leg in lean_box.legs(record.id)] == ["101", "102"]


def test_sipp_calls_and_is_called(lean_box: Box, telephones: Telephones, tmp_path: Path) -> None:
    """SIPp registers and sends back what it hears, so a telephone that talks to it hears itself."""
    ports, switch = lean_box.ports, lean_box.watch("switchd")
    row = ("103", authentication("103", lean_box.passwords["103"]))
    here = "127.0.0.1"

    def play(scenario: str, *fields: str, pause_ms: int = 0, port: int = 0) -> Sipp:
        plan = Plan(
            scenario=scenario,
            server=lean_box.sip_server,
            address=here,
            port=port or ports.sip_port(),
            media_port=ports.media_port(),
            echo=True,
            rows=[(*row, *fields, here)] if fields else (),
            calls=1,
            pause_ms=pause_ms,
        )
        sipp = Sipp(plan, tmp_path / scenario)
        telephones.on_leaving(sipp.stop)
        return sipp

    listening = ports.sip_port()
    assert play("register", f"{here}:{listening}").wait(5.0).succeeded == 1
    other = telephones.baresip("101")

    answering = play("answer_echoing", port=listening, pause_ms=100)
    other.dial("103")
    other.expect("established")
    talk(other)
    other.hang_up()
    other.expect("ended")
    assert answering.wait(5.0).failed == 0
    assert_hears(other, other.tone_hz)

    calling = play("call_echoing", "101", pause_ms=round(1000 * TALK_S) + 500)
    other.expect("incoming")
    other.answer()
    other.expect("established")
    other.expect("ended")
    assert calling.wait(5.0).failed == 0
    assert_hears(other, other.tone_hz)
    switch.wait(lambda e: e.name == "call.ended" and e.row.id != "", 5.0, "end of the call")


# -- refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [baresip, linphone])
def test_an_unknown_number_is_announced_then_404(telephones: Telephones, make: Maker) -> None:
    caller = make(telephones, "101")
    caller.dial("999")
    caller.expect("early")
    caller.expect("ended", 10.0)
    assert [r.status for r in caller.replies()][-2:] == [183, 404]
    assert "cause=1" in caller.final_reply().header("Reason")
    assert_hears_speech(caller.heard())


def test_a_busy_telephone_is_486(telephones: Telephones) -> None:
    caller, callee = telephones.linphone("101"), telephones.baresip("102")
    caller.dial("102")
    callee.expect("incoming")
    callee.hang_up()
    caller.expect("ended")
    assert [r.status for r in caller.replies()][-2:] == [180, 486]
    assert caller.final_reply().header("Reason") == "Q.850;cause=17"


def test_a_telephone_that_declines_is_announced_then_603(telephones: Telephones) -> None:
    caller, callee = telephones.baresip("101"), telephones.linphone("102")
    caller.dial("102")
    callee.expect("incoming")
    callee.hang_up()
    caller.expect("early")
    caller.expect("ended", 10.0)
    assert [r.status for r in caller.replies()][-3:] == [180, 183, 603]
    assert caller.final_reply().header("Reason") == "Q.850;cause=21"
    assert_hears_speech(caller.heard())


def test_who_talks_already_is_busy(telephones: Telephones) -> None:
    caller, callee = telephones.linphone("101"), telephones.baresip("102", max_calls=1)
    connect(telephones.baresip("103"), callee)
    caller.dial("102")
    caller.expect("ended")
    assert [r.status for r in caller.replies()][-1] == 486
    assert caller.final_reply().header("Reason") == "Q.850;cause=17"
    assert "early" not in caller.marks()


def test_no_answer_is_announced_then_480(lean_box: Box, telephones: Telephones) -> None:
    switch = lean_box.watch("switchd")
    caller, callee = telephones.baresip("101"), telephones.baresip("102")
    caller.dial("102")
    callee.expect("incoming")
    caller.expect("ringing")
    callee.expect("ended", RING_TIMEOUT_S + 2.0)
    caller.expect("early")
    caller.expect("ended", 10.0)
    assert [r.status for r in caller.replies()][-3:] == [180, 183, 480]
    assert caller.final_reply().header("Reason") == "Q.850;cause=19"
    assert_hears_speech(caller.heard())
    assert lean_box.call(switch.named("call.ended").row.id).disposition == "no_answer"


def test_an_absent_telephone_is_announced_then_480(telephones: Telephones) -> None:
    caller = telephones.baresip("101")
    caller.dial("104")
    caller.expect("early")
    caller.expect("ended", 10.0)
    assert [r.status for r in caller.replies()][-2:] == [183, 480]
    assert caller.final_reply().header("Reason") == "Q.850;cause=20"
    assert_hears_speech(caller.heard())


# -- hold -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("make_holder", "make_held"), [(baresip, linphone), (linphone, baresip)])
def test_the_held_one_hears_music(
    lean_box: Box, telephones: Telephones, make_holder: Maker, make_held: Maker
) -> None:
    switch = lean_box.watch("switchd")
    holder, held = make_holder(telephones, "101"), make_held(telephones, "102")
    connect(holder, held)
    talk(held)
    assert_hears(held, holder.tone_hz)

    holder.hold()
    switch.named("leg.held")
    before = held.heard().length_s
    until(lambda: held.heard().length_s > before + TALK_S, TALK_S + 4, "music is heard")
    music = held.heard().part(before + 0.3)
    assert -45.0 < music.level_dbfs() < -15.0
    assert np.mean(music.purity(holder.tone_hz)) < 0.2
    chord_hz = music.frequency_hz()
    assert any(abs(chord_hz - hz) < 3.0 for hz in (262, 330, 392, 220, 175, 196, 247, 294))

    seen = len(switch.events)
    holder.resume()
    switch.named("leg.answered", since=seen)
    before = held.heard().length_s
    until(lambda: held.heard().length_s > before + 1.5, 5.0, "the other one is heard again")
    again = held.heard().part(-1.0)
    assert abs(again.frequency_hz() - holder.tone_hz) < 2.0
    holder.hang_up()
    held.expect("ended")


# -- strangers ------------------------------------------------------------------------------


def test_switchd_takes_calls_from_nobody_but_the_edge(lean_box: Box) -> None:
    before = len(lean_box.calls())
    switch = ("127.0.0.3", lean_box.network.inner_switch_port)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.settimeout(3.0)
        stranger.sendto(_invitation(stranger.getsockname(), switch), switch)
        statuses: list[int] = []
        while not statuses or statuses[-1] < 200:
            statuses.append(int(stranger.recv(4096).split()[1]))
    assert statuses[-1] == 403
    assert len(lean_box.calls()) == before
    assert "not a peer of ours" in lean_box.log("switchd")
    assert "Assert failed" not in lean_box.log("switchd")


def _invitation(here: tuple[str, int], there: tuple[str, int]) -> bytes:
    address = f"{here[0]}:{here[1]}"
    lines = [
        f"INVITE sip:101@{there[0]}:{there[1]} SIP/2.0",
        f"Via: SIP/2.0/UDP {address};branch=z9hG4bKstranger{here[1]};rport",
        "Max-Forwards: 70",
        f"From: <sip:104@markaz.internal>;tag=stranger{here[1]}",
        "To: <sip:101@markaz.internal>",
        f"Call-ID: stranger-{here[1]}",
        "CSeq: 1 INVITE",
        f"Contact: <sip:104@{address}>",
        "P-Asserted-Identity: <sip:104@markaz.internal>",
        "Content-Length: 0",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
