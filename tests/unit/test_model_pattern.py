"""Patterns of dialled numbers, and what is none."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.model.pattern import BadPattern, Pattern


@pytest.mark.parametrize(
    ("pattern", "taken", "not_taken"),
    [
        ("115", ("115",), ("1155", "11", "0115", "115\n", "")),
        ("09XXXXXXXXX", ("09121234567",), ("0912123456", "091212345678", "0912123456a")),
        ("NXXXXXXX", ("22334455", "98765432"), ("12334455", "02334455")),
        ("Z.", ("12", "1*#"), ("1", "0123")),
        ("00.", ("0049", "001"), ("00", "01")),
        ("9!", ("9", "9112"), ("8",)),
        ("0[1-4,7]X", ("011", "049", "070"), ("051", "081")),
        ("0[147]", ("01", "04", "07"), ("02", "014")),
        ("8000-8099", ("8000", "8050", "8099"), ("8100", "08050", "805", "80500", "٨٠٥٠")),
        ("+98.", ("+98912",), ("0098912", "98912", "+98")),
        ("*5X", ("*51",), ("51", "*5")),
        ("X", ("0", "9"), ("٣", "۳", "*")),  # digits of ours only
    ],
)
def test_what_a_pattern_takes(pattern, taken, not_taken):
    made = Pattern(pattern)
    assert [number for number in taken if not made.matches(number)] == []
    assert [number for number in not_taken if made.matches(number)] == []


@pytest.mark.parametrize(
    ("pattern", "word"),
    [
        ("", "1 to 64"),
        ("1" * 65, "1 to 64"),
        ("0.1", "at the end only"),
        ("!1", "at the end only"),
        ("0[1-", "begins no set"),
        ("0[]", "begins no set"),
        ("0[9-1]", "9-1 is empty"),
        ("0[^1]", "begins no set"),
        ("09x", '"x" means nothing'),
        ("(1+)+", '"(" means nothing'),
        ("1 2", '" " means nothing'),
        ("200-1", "not of one length"),
        ("200-100", "200 is above 100"),
        ("۱۱۵", "means nothing"),
    ],
)
def test_what_is_no_pattern_is_said_to_be_none(pattern, word):
    with pytest.raises(BadPattern, match=re.escape(word)):
        Pattern(pattern)


@given(st.text(alphabet="0123456789XZN[]-,.!*#+ab\\(){}|^$", max_size=20), st.text(max_size=20))
def test_any_text_is_a_pattern_that_can_match_or_is_refused(text, number):
    try:
        made = Pattern(text)
    except BadPattern:
        return
    assert made.matches(number) in {True, False}
    if text.isdigit():
        assert made.matches(text)
