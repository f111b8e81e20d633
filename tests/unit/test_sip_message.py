"""What is read of a SIP message."""

from __future__ import annotations

import pytest

from firmware.model.alert import Ringing, alert_info
from firmware.model.cause import Cause, cause_of, reason_header, status_of
from firmware.sip.message import (
    Party,
    invitation,
    name_addr,
    party,
    reason_cause,
    refer_target,
)

INVITE = (
    "INVITE sip:%2A7@127.0.0.3:15090 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.2:15070;branch=z9hG4bK1\r\n"
    'From: "علی" <sip:0912@markaz.internal>;tag=1\r\n'
    "To: <sip:x@y>\r\n"
    "p-asserted-identity: <sip:101@markaz.internal>\r\n"
    "X-Markaz-Line: fxo-1\r\n"
    "Subject: From: nobody\r\n\r\n"
    "X-Markaz-Line: from-the-body\r\n"
)


def test_an_invitation_is_read():
    invite = invitation(INVITE, "127.0.0.2:15070")
    assert invite.called == "*7"
    assert invite.sender == Party(user="0912", name="علی")
    assert invite.asserted == Party(user="101", name="")
    assert invite.line == "fxo-1"


def test_headers_that_are_not_there_are_empty():
    invite = invitation("INVITE sip:1@h SIP/2.0\r\nFrom: <sip:2@h>\r\n\r\n", "x")
    assert invite.asserted is None
    assert invite.line == ""


def test_the_body_is_not_read_for_headers():
    message = "INVITE sip:1@h SIP/2.0\r\nFrom: <sip:2@h>\r\n\r\nX-Markaz-Line: forged\r\n"
    assert invitation(message, "x").line == ""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<sip:101@h>;tag=1", Party(user="101", name="")),
        ("sip:101@h;tag=1", Party(user="101", name="")),
        ("Sara <sip:101@h>", Party(user="101", name="Sara")),
        (r'"a \"b\" c" <sip:101@h>', Party(user="101", name='a "b" c')),
        ("<tel:+982188776655>", Party(user="+982188776655", name="")),
        ("<sip:anonymous@anonymous.invalid>", Party(user="anonymous", name="")),
        ("rubbish", Party(user="", name="")),
        ("", Party(user="", name="")),
    ],
)
def test_parties(value, expected):
    assert party(value) == expected


@pytest.mark.parametrize(
    ("name", "user", "expected"),
    [
        ("", "101", "<sip:101@h>"),
        ("علی", "+98912", '"علی" <sip:+98912@h>'),
        ('a "b" \\', "1", '"a \\"b\\" \\\\" <sip:1@h>'),
        ("x\r\nRoute: <sip:evil>", "1", '"xRoute: <sip:evil>" <sip:1@h>'),
        ("", "*7#", "<sip:*7%23@h>"),
        ("", "1>;x@y", "<sip:1%3E;x%40y@h>"),
    ],
)
def test_names_and_numbers_are_written_so_that_they_stay_what_they_are(name, user, expected):
    written = name_addr(name, user, "h")
    assert written == expected
    assert party(written).name == "".join(c for c in name if c.isprintable())


def test_the_reason_headers_cause():
    assert reason_cause("BYE x SIP/2.0\r\nReason: Q.850;cause=19;text=x\r\n\r\n") == 19
    assert reason_cause("SIP/2.0 480 x\r\nReason: SIP;cause=480, Q.850 ;cause=20\r\n\r\n") == 20
    assert reason_cause("BYE x SIP/2.0\r\n\r\n") is None


@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_has_a_refusal_status(cause):
    assert 400 <= status_of(cause) <= 699
    if cause is not Cause.ANSWERED_ELSEWHERE:
        assert reason_header(cause) == f"Q.850;cause={int(cause)}"


def test_a_call_that_somebody_else_took_is_no_missed_call():
    assert reason_header(Cause.ANSWERED_ELSEWHERE).startswith("SIP;cause=200;")


@pytest.mark.parametrize(
    ("status", "cause"),
    [(200, 16), (404, 1), (486, 17), (480, 20), (408, 18), (503, 41), (499, 127)],
)
def test_statuses_have_causes(status, cause):
    assert cause_of(status) == cause


def test_bytes_that_are_not_utf8_are_replaced_at_the_door():
    broken = 'INVITE sip:1\udcff@h SIP/2.0\r\nFrom: "\udcff\udcfe" <sip:2@h>\r\n\r\n'
    invite = invitation(broken, "x")
    assert invite.sender.name == "\ufffd\ufffd"
    assert invite.called.encode("utf-8")


@pytest.mark.parametrize(
    ("value", "number", "call_id"),
    [
        ("<sip:103@10.0.0.1>", "103", None),
        ("<sip:103@10.0.0.1?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>", "103", "a@b"),
        ("<sip:transfer@127.0.0.3:15090?X-Markaz-Replaces=a%40b>", "transfer", "a@b"),
    ],
)
def test_where_a_transfer_goes(value, number, call_id):
    found, replaces = refer_target(value)
    assert found == number
    assert (replaces.call_id if replaces is not None else None) == call_id


@pytest.mark.parametrize("ringing", Ringing)
def test_the_kind_of_a_call_arrives_as_it_was_sent(ringing):
    head = f"INVITE sip:fxs-1@127.0.0.4 SIP/2.0\r\nAlert-Info: {alert_info(ringing)}\r\n\r\n"
    assert invitation(head, "127.0.0.3:15090").ringing is ringing
    assert invitation(head.replace(ringing, "other"), "127.0.0.3:15090").ringing is None
