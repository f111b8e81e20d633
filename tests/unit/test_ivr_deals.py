"""Nodes that pay, promise a callback and record: what leaves the flow, and what must not."""

from __future__ import annotations

import pytest

from firmware.ivr.ports import NoAnswer, Receipt
from tests.unit.flow_bench import walk

CARD = "4111111111111111"

PAY = """
- name: pay
  pay:
    {service: till, path: /charge, amount: "10 * 2.5", currency: usd,
     next: out, declined: no, failed: broken}
- name: out
  say: {saying: {en: "Reference {payment|digits}."}, next: end}
- name: end
  transfer: {to: "queue:support"}
- name: no
  transfer: {to: "extension:101"}
- name: broken
  transfer: {to: "voicemail:101"}
"""
GIVEN = f"{CARD}#1228123#"


def test_a_card_is_handed_to_the_payment_program_and_to_nobody_else():
    found = walk(PAY, keys=GIVEN, receipt=Receipt(is_approved=True, reference="77"))
    [charge] = found.world.charged
    assert (charge.card, charge.expiry, charge.code) == (CARD, "1228", "123")
    assert (charge.amount, charge.currency, charge.service) == ("25", "usd", "till")
    assert [one.value for one in found.world.kept] == ["25 77"]
    assert str(found.to) == "queue:support"
    everything = repr((found.lines, found.memory, found.world.kept, charge))
    assert CARD not in everything
    assert "1228" not in everything
    inside = found.lines[found.lines.index("(recording paused)") :]
    assert "(recording goes on)" in inside
    assert not [line for line in inside if line.startswith("presses ") and line[8:].isdigit()]


@pytest.mark.parametrize(
    ("keys", "receipt", "to"),
    [
        (GIVEN, Receipt(is_approved=False, reference=""), "extension:101"),
        (GIVEN, NoAnswer("dead"), "voicemail:101"),
        ("", Receipt(is_approved=True, reference=""), "voicemail:101"),
        ("4111111111111112#" * 3, Receipt(is_approved=True, reference=""), "voicemail:101"),
        (f"{CARD}#1328#9999#0000#", Receipt(is_approved=True, reference=""), "voicemail:101"),
        ("#" * 40, Receipt(is_approved=True, reference=""), "voicemail:101"),
        ("0" * 90, Receipt(is_approved=True, reference=""), "voicemail:101"),
    ],
)
def test_a_payment_that_does_not_happen(keys, receipt, to):
    found = walk(PAY, keys=keys, receipt=receipt)
    assert str(found.to) == to
    assert found.world.kept == []


@pytest.mark.parametrize("amount", ["0", "0 - 5", "1 / 3", "'much'", "caller_name"])
def test_an_amount_that_is_none_is_not_charged(amount):
    found = walk(PAY.replace("10 * 2.5", amount), keys=GIVEN)
    assert found.world.charged == []
    assert found.to is None


CALLBACK = """
- name: offer
  callback: {queue: support, next: bye, otherwise: "queue:support"}
- name: bye
  hang_up: {saying: {prompt: goodbye}}
"""


@pytest.mark.parametrize(
    ("keys", "caller", "promised"),
    [
        ("1", "0912", "0912"),
        ("2 0935#1", "0912", "0935"),
        ("0935#1", "", "0935"),
        ("3", "0912", ""),
        ("", "0912", ""),
        ("77777", "0912", ""),
        ("2 1# 2 2#", "0912", ""),
    ],
)
def test_a_callback(keys, caller, promised):
    found = walk(CALLBACK, keys=keys, caller=caller)
    lines = [line for line in found.lines if "back)" in line]
    assert lines == ([f"(queue support would call {promised} back)"] if promised else [])
    assert str(found.to) == ("None" if promised else "queue:support")


def test_a_callback_nobody_can_promise_leads_on():
    found = walk(CALLBACK, keys="1", calls_back=False)
    assert str(found.to) == "queue:support"
    assert "We cannot call you back at the moment." in found.heard


def test_a_recording_is_kept_and_played_again():
    found = walk("""
- name: speak
  record: {variable: message, longest_s: 30, next: again}
- name: again
  play: {recording: message}
""")
    assert [(one.kind, one.value) for one in found.world.kept] == [("recording", "main-speak.wav")]
    assert "hears their own recording main-speak.wav" in found.lines
