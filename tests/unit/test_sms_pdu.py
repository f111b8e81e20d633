"""Short messages as TPDUs, compared with two independent packages: what we write they read, what
they write we read, and all three read the same out of what a network brings."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from messaging.sms import SmsDeliver, SmsSubmit
from smspdudecoder.codecs import GSM
from smspdudecoder.easy import read_incoming_sms, read_outgoing_sms

from hw.modem import alphabet
from hw.modem.pdu import (
    BadPdu,
    Deliver,
    Part,
    StatusReport,
    Submitted,
    decode,
    join,
    submit,
)
from hw.modem.sim_texts import _report, deliveries

SENT_AT = 1794730512.0  # 2026-11-15 08:15:12 UTC
PERSIAN = "سلام، پیام آزمایشی شما رسید. ۱۲۳"
ARABIC = "مرحبا، وصلت رسالتك التجريبية. ١٢٣"
EMOJI = "زنگ زدند 📞 😀"
EVERY_SIGN = "".join(c for c in alphabet._SEPTETS if c not in "\r\f")

TEXTS = [
    "hello",
    "1234567",  # one septet short of an octet's edge
    "12345678",
    EVERY_SIGN[:70],
    EVERY_SIGN[70:],
    "€uro {x} [~] |^\\",
    PERSIAN,
    ARABIC,
    EMOJI,
    "a" * 160,
    "b" * 161,
    "€" * 77,  # an escape sequence would be torn at 153 septets
    PERSIAN * 5,
    "😀" * 40,  # a surrogate pair would be torn at 67 units
    "x" * 66 + "😀" + "y" * 10,
]


@pytest.mark.parametrize("text", TEXTS)
def test_what_we_send_another_reads(text):
    parts = submit("+989121234567", text, 42)
    read = [read_outgoing_sms(part.hex) for part in parts]
    assert {r["recipient"] for r in read} == {"+989121234567"}
    assert "".join(r["content"] for r in read) == text
    assert all(len(part.hex) == 2 * (part.length + 1) for part in parts)


@pytest.mark.parametrize("text", [t for t in TEXTS if max(t) <= "\uffff"])
def test_what_another_sends_we_read(text):
    sms = SmsSubmit("+989121234567", text)
    found = [decode(part.pdu) for part in sms.to_pdu()]
    assert all(isinstance(f, Submitted) and f.recipient == "+989121234567" for f in found)
    assert join([f.text for f in found]) == text


@pytest.mark.parametrize("text", TEXTS)
def test_what_a_network_brings_two_others_and_we_read_alike(text):
    whole = []
    for n, pdu in enumerate(deliveries("+989121234567", text, SENT_AT, 7), start=1):
        ours, theirs, others = decode(pdu), read_incoming_sms(pdu), SmsDeliver(pdu)
        assert isinstance(ours, Deliver)
        assert ours.sender == theirs["sender"] == others.number == "+989121234567"
        assert ours.text == theirs["content"]
        if max(text) <= "\uffff":  # python-messaging knows no surrogate pairs
            assert ours.text == others.text
        assert datetime.fromtimestamp(ours.sent_at, UTC) == theirs["date"]
        if ours.part is None:
            assert theirs["partial"] is False
        else:
            assert ours.part.position == theirs["partial"]["part_number"] == n
            assert ours.part.count == theirs["partial"]["parts_count"]
            assert ours.part.reference == others.udh.concat.ref == 7
        whole.append(ours.text)
    assert join(whole) == text


def test_the_alphabet_is_the_one_of_others():
    for character in EVERY_SIGN:
        packed = alphabet.pack(alphabet.septets_of(character))
        assert packed.hex().upper() == GSM.encode(character)


def test_a_message_of_the_field():
    found = decode("07918919111111F1040C9189191232547600086211218051214108" + "0633064406270645")
    assert found == Deliver(
        sender="+989121234567",
        text="سلام",
        sent_at=datetime(2026, 11, 12, 4, 45, 12, tzinfo=UTC).timestamp(),
        part=None,
    )


def test_letters_as_sender():
    pdu = deliveries("Bank Melli", "x", SENT_AT, 1)[0]
    assert decode(pdu).sender == read_incoming_sms(pdu)["sender"] == "Bank Melli"


def test_a_report_says_what_became_of_which_message():
    pdu = _report(17, "+989121234567", SENT_AT, 0x46)
    report = decode(pdu)
    assert report == StatusReport(reference=17, recipient="+989121234567", status=0x46)
    theirs = SmsDeliver(pdu)
    assert (theirs.data["ref"], theirs.sr["recipient"], theirs.sr["status"]) == (
        17,
        report.recipient,
        0x46,
    )
    assert report.final
    assert not report.delivered


@pytest.mark.parametrize(
    ("status", "delivered", "final"),
    [(0x00, True, True), (0x20, False, False), (0x46, False, True)],
)
def test_reports_end_or_go_on(status, delivered, final):
    report = StatusReport(reference=1, recipient="1", status=status)
    assert (report.delivered, report.final) == (delivered, final)


def test_a_sixteen_bit_reference_is_read():
    header = "060804012C0201"
    pdu = "0004" + "4404812143" + "0008" + "62112180512141"
    pdu = "00" + "44" + "04812143" + "0008" + "62112180512141" + "09" + header + "0633"
    assert decode(pdu).part == Part(reference=0x012C, count=2, position=1)


def test_a_place_that_makes_no_sense_is_no_part():
    header = "050003070203"  # the third of two
    pdu = "00" + "44" + "04812143" + "0008" + "62112180512141" + "08" + header + "0633"
    assert decode(pdu) == Deliver(sender="1234", text="س", sent_at=decode(pdu).sent_at, part=None)


def test_a_date_that_makes_no_sense_is_none():
    pdu = "00" + "04" + "04812143" + "0008" + "FFFFFFFFFFFFFF" + "02" + "0633"
    assert decode(pdu).sent_at is None


def test_a_torn_surrogate_pair_is_joined():
    high, low = "\ud83d", "\ude00"
    assert join(["a" + high, low + "b"]) == "a😀b"
    assert join([high]) == "\ufffd"


@pytest.mark.parametrize("cut", range(0, 62, 2))
def test_what_is_cut_short_is_refused(cut):
    pdu = "07918919111111F1040C91891912325476000862112180512141080633064406270645"
    with pytest.raises(BadPdu):
        decode(pdu[:cut])


@pytest.mark.parametrize(
    ("pdu", "why"),
    [
        ("xyz", "not a message"),
        ("00" + "04" + "04812143" + "0004" + "62112180512141" + "02" + "0633", "for a program"),
        ("00" + "04" + "04812143" + "0028" + "62112180512141" + "02" + "0633", "compressed"),
        (
            "00" + "44" + "04812143" + "0000" + "62112180512141" + "06" + "03240101" + "32",
            "national",
        ),
    ],
)
def test_what_cannot_be_read_says_why(pdu, why):
    with pytest.raises(BadPdu, match=why):
        decode(pdu)


@pytest.mark.parametrize(
    ("to", "text", "why"),
    [
        ("", "x", "no number"),
        ("sip:a", "x", "no number"),
        ("+", "x", "no number"),
        ("1" * 21, "x", "no number"),
        ("0912", "", "without text"),
        ("0912", "x" * 153 * 256, "256 parts"),
        ("0912", "\ud83d", "half a character"),
    ],
)
def test_what_cannot_be_sent_says_why(to, text, why):
    with pytest.raises(ValueError, match=why):
        submit(to, text, 1)
