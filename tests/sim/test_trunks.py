"""SIP trunks: providers of every kind, played by a raw one, and what the box makes of them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.model.cause import Cause
from tests.rig.audio import Sound
from tests.rig.box import Box
from tests.rig.provider import Dialog, Provider, sdp_of, wait_registered
from tests.rig.rtp import RtpParty
from tests.rig.telephone import Telephone
from tests.rig.telephones import TONES_HZ, Telephones
from tests.rig.until import until
from tests.sim.trunk_stage import (
    ALPHA,
    BETA,
    GAMMA,
    PASSWORD,
    answered,
    box_place,
    box_with_trunks,
    media_port,
    offer,
    provider,
    trunk,
    until_state,
)

TONE_HZ = 700.0


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with box_with_trunks() as made:
        yield made


@pytest.fixture
def telephones(box: Box, tmp_path: Path) -> Iterator[Telephones]:
    with Telephones(box, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def alpha(box: Box) -> Iterator[Provider]:
    users = {"alice": PASSWORD, "mallory": "another-password-1"}
    with provider(box, ALPHA, users=users, challenges=True) as made:
        wait_registered(made, "alice", 30.0)
        until_state(box, "alpha", "registered")
        yield made


@pytest.fixture(scope="module")
def beta(box: Box) -> Iterator[Provider]:
    with provider(box, BETA) as made:
        until_state(box, "beta", "ready")
        yield made


@pytest.fixture
def party(box: Box) -> Iterator[RtpParty]:
    with RtpParty(BETA, media_port(box), TONE_HZ) as made:
        yield made


def call_in(box: Box, at: Provider, party: RtpParty, **more: object) -> Dialog:
    """The provider calls the box on beta's number."""
    headers = more.pop("headers", ())
    return at.call(
        box_place(box),
        "sip:0215550@127.0.0.1",
        to="sip:0215551@127.0.0.1",
        sdp=offer(box, party),
        headers=headers,  # type: ignore[arg-type]
    )


def is_tone(sound: Sound, hz: float) -> None:
    heard = sound.part(0.3)
    assert abs(heard.frequency_hz() - hz) < 3.0
    assert -14.0 < heard.level_dbfs() < -10.0


def last_call(box: Box) -> str:
    return until(box.calls, 5.0, "there is a call on record")[0].id


def dial(telephone: Telephone, number: str) -> None:
    telephone.dial(number)


# -- registration ---------------------------------------------------------------------------


def test_registers_with_digest_and_an_unguessable_contact(box: Box, alpha: Provider) -> None:
    contact = alpha.contacts["alice"]
    network = box.network
    assert re.fullmatch(
        rf"sip:alpha-[a-z2-7]{{20}}@{network.sip_address}:{network.sip_port}", contact
    )
    row = trunk(box, "alpha")
    assert (row.state, row.reason) == ("registered", "")
    assert row.address.startswith(f"udp:{ALPHA}:")


def test_a_wrong_password_is_said_and_not_tried_again_at_once(box: Box, alpha: Provider) -> None:
    row = until_state(box, "wrong", "refused")
    assert row.reason == "403 Wrong password"
    asked = [r for r in alpha.registers if "mallory" in r.message.get("From")]
    assert len(asked) == 2, "one question, one answer to the challenge, and no more"
    end = time.monotonic() + 4.0
    until(lambda: time.monotonic() > end, 5.0, "four seconds pass")
    assert len([r for r in alpha.registers if "mallory" in r.message.get("From")]) == 2


def test_no_password_is_in_any_log(box: Box, alpha: Provider) -> None:
    for name in ("switchd", "edge", "kamailio"):
        log = box.log(name)
        assert "alpha-password" not in log
        assert "not-it-1" not in log


# -- calls in -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "headers", "called", "way"),
    [
        pytest.param(ALPHA, (), "0215550", "alpha", id="request-uri"),
        pytest.param(BETA, (), "0215551", "beta", id="to"),
        pytest.param(
            GAMMA,
            ("P-Called-Party-ID: <sip:0215552@box.test>",),
            "0215552",
            "proxied",
            id="p-called-party-id",
        ),
    ],
)
def test_the_number_called_is_read_where_the_provider_writes_it(
    box: Box,
    address: str,
    headers: tuple[str, ...],
    called: str,
    way: str,
    alpha: Provider,
    beta: Provider,
) -> None:
    at = {ALPHA: alpha, BETA: beta}.get(address)
    if at is None:
        with provider(box, GAMMA) as gamma:
            _refused_call(box, gamma, headers)
    else:
        _refused_call(box, at, headers)
    record = box.call(last_call(box))
    assert (record.called, record.line) == (called, way)
    assert record.caller == "0912000111"


def _refused_call(box: Box, at: Provider, headers: tuple[str, ...]) -> None:
    """No telephone is registered as 101: the call is refused, and on record."""
    dialog = at.call(
        box_place(box),
        "sip:0215550@127.0.0.1",
        to="sip:0215551@127.0.0.1",
        headers=headers,
        sdp=sdp_of(at.address, media_port(box)),
    )
    assert dialog.final("INVITE", 10.0).status >= 400


def test_a_registered_contact_is_known_from_wherever_the_call_comes(
    box: Box, alpha: Provider, beta: Provider
) -> None:
    with Provider("127.0.0.77", alpha.port) as elsewhere:
        dialog = elsewhere.call(
            box_place(box),
            alpha.contacts["alice"],
            to="sip:0215559@provider.test",
            sdp=sdp_of("127.0.0.77", media_port(box)),
        )
        assert dialog.final("INVITE", 10.0).status >= 400
        record = box.call(last_call(box))
        assert (record.line, record.called) == ("alpha", "0215559")
        stranger = elsewhere.call(box_place(box), "sip:101@127.0.0.1")
        assert stranger.final("INVITE").status == 403


def test_whom_the_provider_asserts_calls_and_who_is_private_has_no_number(
    box: Box, beta: Provider
) -> None:
    _refused_call(box, beta, ('P-Asserted-Identity: "Sara" <sip:0933@p.test>',))
    record = box.call(last_call(box))
    assert (record.caller, record.caller_name) == ("0933", "Sara")
    _refused_call(box, beta, ("P-Asserted-Identity: <sip:0933@p.test>", "Privacy: id"))
    assert box.call(last_call(box)).caller == ""


def test_only_codecs_of_the_trunk_are_taken(box: Box, beta: Provider) -> None:
    """Beta has G.711 only; G.729 is there, for another trunk."""
    dialog = beta.call(
        box_place(box), "sip:1@127.0.0.1", sdp=sdp_of(BETA, media_port(box), "18 101")
    )
    assert dialog.final("INVITE", 10.0).status == 488


def test_both_hear_each_other(
    box: Box, beta: Provider, telephones: Telephones, party: RtpParty
) -> None:
    telephone = telephones.baresip("101", auto_answer=True)
    dialog = call_in(box, beta, party)
    answered(dialog, party)
    until(lambda: telephone.heard().length_s > 2, 6.0, "the telephone hears two seconds")
    is_tone(party.heard(), TONES_HZ["101"])
    is_tone(telephone.heard().sounding(), TONE_HZ)
    dialog.hang_up()
    telephone.expect("ended")
    record = box.call(last_call(box))
    assert (record.disposition, record.hung_up_by) == ("answered", "caller")


def test_fax_is_refused_and_the_call_goes_on(
    box: Box, beta: Provider, telephones: Telephones, party: RtpParty
) -> None:
    """T.38 in place of the audio, and beside it (RFC 3264 §6: a refused stream has port 0)."""
    telephones.baresip("101", auto_answer=True)
    dialog = call_in(box, beta, party)
    answered(dialog, party)
    fax = f"m=image {party.port + 4} udptl t38\r\n"
    audio = offer(box, party)
    dialog.request("INVITE", sdp=audio[: audio.index("m=audio")] + fax)
    assert dialog.final("INVITE").status == 488
    hears_on(party)
    dialog.request("INVITE", sdp=audio + fax)
    answer = dialog.final("INVITE")
    dialog.acknowledge()
    assert answer.status == 200
    assert "m=image 0 udptl t38" in answer.body
    hears_on(party)
    dialog.hang_up()
    assert box.call(last_call(box)).disposition == "answered"


def hears_on(party: RtpParty) -> None:
    party.forget()
    until(lambda: party.packets > 40, 4.0, "the provider goes on hearing")
    is_tone(party.heard(), TONES_HZ["101"])


def test_the_provider_holds_resumes_and_changes_the_codec(
    box: Box, beta: Provider, telephones: Telephones, party: RtpParty
) -> None:
    telephones.baresip("101", auto_answer=True)
    dialog = call_in(box, beta, party)
    answered(dialog, party)
    for direction, ours in (("sendonly", "recvonly"), ("inactive", "inactive")):
        dialog.request("INVITE", sdp=offer(box, party) + f"a={direction}\r\n")
        answer = dialog.final("INVITE")
        dialog.acknowledge()
        assert f"a={ours}" in answer.body
        party.forget()
        until_quiet(party)
    dialog.request("INVITE", sdp=offer(box, party))
    assert "a=sendrecv" in dialog.final("INVITE").body
    dialog.acknowledge()
    hears_on(party)
    party.payload = 0
    dialog.request("UPDATE", sdp=offer(box, party, "0 101"))
    answer = dialog.final("UPDATE")
    assert (answer.status, "m=audio" in answer.body) == (200, True)
    assert re.search(r"m=audio \d+ RTP/AVP 0 101", answer.body)
    hears_on(party)
    dialog.request("UPDATE")
    assert dialog.final("UPDATE").status == 200
    dialog.hang_up()


def until_quiet(party: RtpParty) -> None:
    """Nothing has come for half a second."""
    seen = {"at": time.monotonic(), "count": -1}

    def quiet() -> bool:
        if party.packets != seen["count"]:
            seen.update(at=time.monotonic(), count=party.packets)
        return time.monotonic() - seen["at"] > 0.5

    until(quiet, 4.0, "no more audio comes")


def test_ringing_is_told_reliably_when_the_provider_asks_for_it(
    box: Box, beta: Provider, telephones: Telephones, party: RtpParty
) -> None:
    telephone = telephones.baresip("101")
    dialog = call_in(box, beta, party, headers=("Supported: 100rel",))
    ringing = dialog.expect("180")
    assert ringing.get("Require") == "100rel"
    dialog.request("PRACK", [f"RAck: {ringing.get('RSeq')} {dialog.invite_cseq} INVITE"])
    assert dialog.final("PRACK").status == 200
    telephone.answer()
    dialog.cseq -= 1
    answered(dialog, party)
    dialog.cseq += 1
    dialog.hang_up()


def test_garbage_from_the_provider_ends_nothing_but_itself(
    box: Box, beta: Provider, telephones: Telephones, party: RtpParty
) -> None:
    telephones.baresip("101", auto_answer=True)
    dialog = call_in(box, beta, party)
    answered(dialog, party)
    for garbage in (
        "INVITE\r\n\r\n",
        "\x00\x01\xff" * 300,
        "SIP/2.0 abc\r\n\r\n",
        "INVITE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP\r\nContent-Length: -5\r\n\r\n",
        "BYE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.62\r\nCSeq: 1 INVITE\r\n\r\n",
    ):
        dialog.send(garbage)
    dialog.request("INVITE", sdp="v=0\r\nthis is no session description\r\n")
    assert dialog.final("INVITE").status >= 400
    hears_on(party)
    dialog.hang_up()
    assert box.call(last_call(box)).disposition == "answered"


# -- calls out ------------------------------------------------------------------------------


def test_a_call_out_carries_the_account_and_answers_the_challenge(
    box: Box, alpha: Provider, telephones: Telephones
) -> None:
    telephone = telephones.baresip("101")
    with RtpParty(ALPHA, media_port(box), TONE_HZ) as party:
        dial(telephone, "010912345")
        dialog = alpha.taken()
        invite = dialog.invite
        assert invite is not None
        assert invite.uri == f"sip:0912345@{ALPHA}:{alpha.port}"
        assert 'username="alice"' in invite.get("Proxy-Authorization")
        assert invite.get("From").startswith(f"<sip:alice@{ALPHA}") or "alice@" in invite.get(
            "From"
        )
        assert invite.get("P-Asserted-Identity") == ""
        assert not [name for name, _ in invite.headers if name.startswith("X-Markaz")]
        dialog.answer("180 Ringing")
        telephone.expect("ringing")
        dialog.answer("200 OK", sdp=offer(box, party))
        dialog.expect("ACK")
        telephone.expect("established")
        party.speak_to(invite.body)
        until(lambda: party.packets > 60, 6.0, "the provider hears the telephone")
        until(lambda: telephone.heard().sounding().length_s > 1, 6.0, "the telephone hears")
        is_tone(party.heard(), TONES_HZ["101"])
        is_tone(telephone.heard().sounding(), TONE_HZ)
        telephone.hang_up()
        dialog.reply(dialog.expect("BYE"), "200 OK")


def test_by_an_outbound_proxy_with_the_caller_asserted(box: Box, telephones: Telephones) -> None:
    telephone = telephones.baresip("101")
    with provider(box, GAMMA) as gamma:
        until_state(box, "proxied", "ready")
        dial(telephone, "030933")
        dialog = gamma.taken()
        invite = dialog.invite
        assert invite is not None
        assert invite.uri == "sip:0933@sip.provider.test"
        assert "<sip:acct@sip.provider.test>" in invite.get("From")
        assert "sip:02100000@sip.provider.test" in invite.get("P-Asserted-Identity")
        dialog.answer("486 Busy Here")
        telephone.expect("ended")


def test_early_media_is_heard_before_the_answer(
    box: Box, beta: Provider, telephones: Telephones, party: RtpParty
) -> None:
    telephone = telephones.baresip("101")
    dial(telephone, "020933")
    dialog = beta.taken()
    assert dialog.invite is not None
    party.speak_to(dialog.invite.body)
    dialog.answer("183 Session Progress", sdp=offer(box, party, "8 101"))
    until(lambda: telephone.heard().sounding().length_s > 1.5, 8.0, "the telephone hears it")
    is_tone(telephone.heard().sounding(), TONE_HZ)
    dialog.answer("404 Not Found")
    telephone.expect("ended")
    record = box.call(last_call(box))
    assert (record.answered_at, record.cause) == (None, Cause.UNALLOCATED_NUMBER)


def test_a_reliable_progress_is_acknowledged(
    box: Box, beta: Provider, telephones: Telephones, party: RtpParty
) -> None:
    telephone = telephones.baresip("101")
    dial(telephone, "020934")
    dialog = beta.taken()
    assert dialog.invite is not None
    assert "100rel" in dialog.invite.get("Supported")
    dialog.answer(
        "183 Session Progress", ["Require: 100rel", "RSeq: 1"], sdp=offer(box, party, "8 101")
    )
    prack = dialog.expect("PRACK")
    assert prack.get("RAck").split()[0] == "1"
    dialog.reply(prack, "200 OK")
    dialog.answer("200 OK", sdp=offer(box, party, "8 101"))
    dialog.expect("ACK")
    telephone.expect("established")
    telephone.hang_up()
    dialog.reply(dialog.expect("BYE"), "200 OK")


def test_a_name_in_the_providers_contact_is_never_looked_up(
    box: Box, beta: Provider, telephones: Telephones, party: RtpParty
) -> None:
    """Neither on a call out nor on a call in; requests go to where the provider is."""
    telephone = telephones.baresip("101", auto_answer=True)
    dial(telephone, "020937")
    out = beta.taken()
    out.claims = "sbc.nowhere.invalid:5070"
    out.answer("200 OK", sdp=offer(box, party, "8 101"))
    out.expect("ACK", 1.0)
    telephone.expect("established")
    telephone.hang_up()
    out.reply(out.expect("BYE", 1.0), "200 OK")
    telephone.expect("ended")

    inward = beta.call(
        box_place(box),
        "sip:1@127.0.0.1",
        sdp=offer(box, party),
        headers=("Contact: <sip:provider@sbc.nowhere.invalid:5070>",),
    )
    answered(inward, party)
    telephone.hang_up()
    inward.reply(inward.expect("BYE", 1.0), "200 OK")


def test_a_refusal_of_the_way_takes_the_next(
    box: Box, alpha: Provider, beta: Provider, telephones: Telephones
) -> None:
    telephone = telephones.baresip("101")
    dial(telephone, "040935")
    refused = beta.taken()
    refused.answer("503 Service Unavailable")
    began = time.monotonic()
    dialog = alpha.taken()
    assert time.monotonic() - began < 1.0
    dialog.answer("486 Busy Here")
    telephone.expect("ended")


def test_a_silent_way_is_left_within_three_seconds_and_then_avoided(
    box: Box, alpha: Provider, beta: Provider, telephones: Telephones
) -> None:
    telephone = telephones.baresip("101")
    beta.deaf = True
    try:
        began = time.monotonic()
        dial(telephone, "040936")
        dialog = alpha.taken(6.0)
        took_s = time.monotonic() - began
        print(f"failover from a silent trunk: {took_s:.2f} s")
        assert took_s < 3.0
        dialog.answer("486 Busy Here")
        telephone.expect("ended")
        assert trunk(box, "beta").state == "unreachable"
        began = time.monotonic()
        dial(telephone, "040936")
        dialog = alpha.taken(6.0)
        assert time.monotonic() - began < 1.0, "nobody waits for it a second time"
        dialog.answer("486 Busy Here")
        telephone.expect("ended")
    finally:
        beta.deaf = False
    until_state(box, "beta", "ready", 40.0)


def test_options_tell_when_a_provider_goes_and_when_it_comes_back(box: Box, beta: Provider) -> None:
    until(lambda: trunk(box, "beta").rtt_ms is not None, 15.0, "OPTIONS have been answered")
    beta.deaf = True
    try:
        began = time.monotonic()
        row = until_state(box, "beta", "unreachable", 30.0)
        print(f"loss told after {time.monotonic() - began:.1f} s")
        assert "does not answer OPTIONS" in row.reason
    finally:
        beta.deaf = False
    began = time.monotonic()
    until_state(box, "beta", "ready", 30.0)
    print(f"return told after {time.monotonic() - began:.1f} s")
