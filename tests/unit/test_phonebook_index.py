"""Who calls is found by what the line shows of their number, and never somebody else."""

from __future__ import annotations

import time

import pytest

from firmware.model.contact import Block, BlockAnswer, BlockKind, Contact, ContactNumber
from firmware.phonebook.index import Phonebook
from firmware.phonebook.number import BadNumber, checked, key, national

MARYAM = Contact(
    id=1,
    name="مریم احمدی",
    numbers=(ContactNumber(number="0912 111 1111"), ContactNumber(number="+98 21 8877 6655")),
)
OMAR = Contact(id=2, name="Omar", numbers=(ContactNumber(number="+44 20 7123 4567"),))
DESK = Contact(id=3, name="Front desk", numbers=(ContactNumber(number="101"),))
BOOK = Phonebook((MARYAM, OMAR, DESK), country="ir")


@pytest.mark.parametrize(
    ("caller", "who"),
    [
        ("09121111111", MARYAM),
        ("+989121111111", MARYAM),
        ("00989121111111", MARYAM),
        ("989121111111", MARYAM),
        ("9121111111", MARYAM),
        ("۰۹۱۲۱۱۱۱۱۱۱", MARYAM),
        ("02188776655", MARYAM),
        ("88776655", MARYAM),  # a local call: no area code
        ("8776655", MARYAM),
        ("776655", None),  # too few to be sure
        ("00442071234567", OMAR),
        ("+442071234567", OMAR),
        ("101", DESK),
        ("5101", None),
        ("09121111112", None),
        ("07188776655", None),  # the same number in another town
        ("", None),
        ("anonymous", None),
        ("*72", None),
        ("9" * 60, None),
    ],
)
def test_a_caller_is_known_by_what_the_line_shows(caller, who):
    assert BOOK.find(caller) == who


def test_last_digits_that_two_people_share_name_nobody():
    tehran = Contact(id=1, name="Tehran", numbers=(ContactNumber(number="02188776655"),))
    shiraz = Contact(id=2, name="Shiraz", numbers=(ContactNumber(number="07188776655"),))
    book = Phonebook((tehran, shiraz), country="ir")

    assert book.find("88776655") is None
    assert book.find("07188776655") == shiraz


def test_a_number_that_two_share_is_that_of_the_first():
    second = Contact(id=9, name="Second", numbers=MARYAM.numbers)
    assert Phonebook((MARYAM, second)).find("09121111111") == MARYAM


def test_the_country_is_the_offices():
    book = Phonebook(
        (Contact(id=1, name="A", numbers=(ContactNumber(number="04 123 4567"),)),), country="ae"
    )
    assert book.find("+97141234567") is not None
    assert book.find("+9841234567") is None


def block(kind, value="", answer=BlockAnswer.REFUSE):
    return Block(kind=kind, value=value, answer=answer)


@pytest.mark.parametrize(
    ("blocks", "caller", "is_blocked"),
    [
        ([block(BlockKind.NUMBER, "0912 222 2222")], "+989122222222", True),
        ([block(BlockKind.NUMBER, "0912 222 2222")], "9122222222", True),
        ([block(BlockKind.NUMBER, "0912 222 2222")], "+989122222223", False),
        ([block(BlockKind.PATTERN, "0900XXXXXXX")], "+989001234567", True),
        ([block(BlockKind.PATTERN, "0900XXXXXXX")], "09011234567", False),
        ([block(BlockKind.PATTERN, "+98900.")], "09001234567", True),
        ([block(BlockKind.PATTERN, "+44.")], "00442071234567", True),
        ([block(BlockKind.WITHHELD)], "", True),
        ([block(BlockKind.WITHHELD)], "anonymous", True),
        ([block(BlockKind.WITHHELD)], "09122222222", False),
        ([], "", False),
        ([block(BlockKind.NUMBER, "0912 222 2222")], "", False),
    ],
)
def test_who_is_blocked(blocks, caller, is_blocked):
    assert (Phonebook(blocks=blocks, country="ir").block_of(caller) is not None) is is_blocked


def test_a_look_up_among_many_takes_no_time():
    many = [
        Contact(id=n, name=str(n), numbers=(ContactNumber(number=f"0912{n:07d}"),))
        for n in range(1, 20_001)
    ]
    book = Phonebook(many, [block(BlockKind.PATTERN, f"09{n:02d}XXXXXXX") for n in range(50)])
    began = time.perf_counter()
    for n in range(1, 1001):
        assert book.find(f"+98912{n:07d}").id == n
        assert book.block_of(f"+98930{n:07d}") is not None
    assert (time.perf_counter() - began) / 1000 < 0.005


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("0912 111-1111", "0912 111-1111"),
        ("tel:+98-912-111-1111", "+98-912-111-1111"),
        ("۰۲۱-۸۸۷۷۶۶۵۵", "021-88776655"),
        ("\u200e+98 912\u202c", "+98 912"),
        ("  101 ", "101"),
    ],
)
def test_a_number_is_kept_as_it_is_written(written, kept):
    assert checked(written) == kept


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "there is no number"),
        ("Maryam", "'Maryam' has 'M' in it"),
        ("+-()", "has no digit"),
        ("9.89121E+11", "was turned into a calculation by a spreadsheet"),
        ("1" * 41, "is longer than 40 characters"),
        ("0912\x00", "which cannot be dialled"),
        ("0912\r\nX-Evil: 1", "which cannot be dialled"),
    ],
)
def test_what_is_no_number_is_said_to_be_none(written, reason):
    with pytest.raises(BadNumber, match=reason.replace("(", r"\(").replace("+", r"\+")):
        checked(written)


def test_spellings_of_one_number_have_one_key():
    spellings = ("02188776655", "+98 21 8877-6655", "00982188776655", "(021) 88776655")
    assert {key(number, "ir") for number in spellings} == {"+982188776655"}
    assert national("+982188776655", "ir") == "02188776655"
    assert national("+442071234567", "ir") == "+442071234567"
    assert key("*72", "ir") == "*72"
    assert key("anonymous", "ir") == ""
