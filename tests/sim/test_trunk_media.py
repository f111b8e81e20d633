"""Trunks' codecs, SRTP over TLS, and session timers: with audio measured and certificates wrong."""

from __future__ import annotations

import base64
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig import audio
from tests.rig.box import Box
from tests.rig.child import Child
from tests.rig.provider import Provider
from tests.rig.rtp import RtpParty
from tests.rig.telephones import TONES_HZ, Telephones
from tests.rig.until import until
from tests.sim.trunk_stage import (
    BETA,
    CODEC,
    CODECS,
    answered,
    box_place,
    box_with_trunks,
    make_certificate,
    media_port,
    offer,
    port,
    provider,
    until_state,
)

TONE_HZ = 700


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with box_with_trunks() as made:
        yield made


@pytest.fixture
def telephones(box: Box, tmp_path: Path) -> Iterator[Telephones]:
    with Telephones(box, tmp_path) as made:
        yield made


@pytest.mark.parametrize("codec", CODECS)
def test_each_codec_carries_sound_both_ways(
    box: Box, telephones: Telephones, tmp_path: Path, codec: str
) -> None:
    """GSM and G.729 are no good at pure tones: there, that a sound of about the right level and
    pitch arrives is enough; what they do to it is their business."""
    tone = audio.write_tone(tmp_path / "tone.wav", TONE_HZ, length_s=10.0)
    ear = tmp_path / "ear.wav"
    far = Child(
        "pjsua party",
        [
            *(sys.executable, "-m", "tests.rig.pjsua_party", "--address", CODEC),
            *("--port", str(port(box)), "--rtp-port", str(media_port(box) + 20)),
            *("--codec", CODECS[codec], "--tone", str(tone), "--ear", str(ear)),
        ],
        tmp_path / "party.log",
        folder=Path(__file__).parents[2],
    )
    try:
        far.expect("ready", 15.0)
        telephone = telephones.baresip("101")
        telephone.dial(f"05{list(CODECS).index(codec)}0999")
        telephone.expect("established", 10.0)
        until(lambda: telephone.heard().length_s > 3.0, 10.0, "the telephone hears three seconds")
        telephone.hang_up()
    finally:
        far.stop()
    used = [line for line in far.output().splitlines() if line.startswith("codec ")]
    assert used
    assert used[-1].split()[1].lower() == CODECS[codec].partition("/")[0].lower()
    for sound, hz in ((telephone.heard(), TONE_HZ), (audio.read(ear), TONES_HZ["101"])):
        middle = sound.sounding(-40.0).part(0.5, -0.5)
        print(f"{codec}: {middle.frequency_hz():.0f} Hz at {middle.level_dbfs():.1f} dBFS")
        assert middle.length_s > 1.0
        assert abs(middle.frequency_hz() - hz) < 12.0
        assert -18.0 < middle.level_dbfs() < -8.0


def test_srtp_over_tls(box: Box, telephones: Telephones, tmp_path: Path) -> None:
    """The offer has a key and no plain audio; what comes is not the sound itself."""
    certificate, key = make_certificate(tmp_path, "whoever.test")
    telephone = telephones.baresip("101")
    with (
        Provider(
            "127.0.0.65", port(box), "tls", certificate=(str(certificate), str(key))
        ) as secret,
        RtpParty("127.0.0.65", media_port(box), TONE_HZ) as party,
    ):
        until_state(box, "secret", "ready", 40.0)
        telephone.dial("060999")
        dialog = secret.taken(10.0)
        assert dialog.invite is not None
        offered = dialog.invite.body
        assert "RTP/SAVP" in offered
        assert "a=crypto:1 AES_256_CM_HMAC_SHA1_80" in offered or "AES_CM_128" in offered
        assert dialog.invite.get("Via").startswith("SIP/2.0/TLS")
        suite = "AES_CM_128_HMAC_SHA1_80"
        number = next(
            line.split(":")[1].split()[0] for line in offered.splitlines() if suite in line
        )
        own_key = base64.b64encode(bytes(range(30))).decode()
        sdp = offer(box, party, "8 101").replace("RTP/AVP", "RTP/SAVP")
        dialog.answer("200 OK", sdp=sdp + f"a=crypto:{number} {suite} inline:{own_key}\r\n")
        dialog.expect("ACK")
        telephone.expect("established")
        until(lambda: party.packets > 60, 6.0, "SRTP comes")
        assert party.heard().purity(TONES_HZ["101"]).max() < 0.5, "it can be understood"
        telephone.hang_up()
        dialog.reply(dialog.expect("BYE"), "200 OK")


@pytest.mark.scenario
@pytest.mark.timeout(150)
def test_session_timers_refresh_and_end_a_dead_call(
    box: Box, telephones: Telephones, tmp_path: Path
) -> None:
    """Two calls at once, ninety seconds each (the least RFC 4028 allows). In one the box must
    refresh, and does; in the other the provider must, and does not."""
    with (
        provider(box, BETA) as beta,
        RtpParty(BETA, media_port(box), TONE_HZ) as one,
        RtpParty(BETA, media_port(box) + 2, TONE_HZ) as two,
    ):
        until_state(box, "beta", "ready", 30.0)
        telephones.baresip("101", auto_answer=True)
        timed = "Session-Expires: 90;refresher="
        ours = beta.call(
            box_place(box),
            "sip:1@127.0.0.1",
            headers=("Supported: timer", timed + "uas"),
            sdp=offer(box, one),
        )
        answered(ours, one)
        theirs = beta.call(
            box_place(box),
            "sip:2@127.0.0.1",
            headers=("Supported: timer", timed + "uac"),
            sdp=offer(box, two),
        )
        answered(theirs, two)
        began = time.monotonic()
        refresh = ours.expect("INVITE", 60.0)
        print(f"refreshed after {time.monotonic() - began:.0f} s")
        assert refresh.get("Session-Expires").startswith("90")
        answer = [f"Contact: {ours.contact}", "Session-Expires: 90;refresher=uac", "Require: timer"]
        ours.reply(refresh, "200 OK", answer, offer(box, one, "8 101"))
        ours.expect("ACK")
        ended = theirs.expect("BYE", 60.0)
        print(f"ended after {time.monotonic() - began:.0f} s")
        theirs.reply(ended, "200 OK")
        one.forget()
        until(lambda: one.packets > 20, 3.0, "the other call goes on")
        ours.hang_up()
    kept = {record.called: box.call(record.id) for record in box.calls()[:2]}
    assert {name: record.disposition for name, record in kept.items()} == {
        "1": "answered",
        "2": "answered",
    }
    assert kept["2"].ended_at is not None
    assert kept["1"].ended_at is not None
    assert kept["2"].ended_at < kept["1"].ended_at
    print({name: (record.hung_up_by, record.cause) for name, record in kept.items()})
