"""Dates, times, money, digits and phrases as each language says them."""

from __future__ import annotations

import pytest

from firmware.model.speech.parts import (
    Count,
    Currency,
    Date,
    Digits,
    Duration,
    Money,
    Noun,
    Phrase,
    TimeOfDay,
)
from tests.unit.spoken import heard

GREGORIAN = Date(year=2026, month=3, day=3, weekday=1)
JALALI = Date(year=1404, month=12, day=12, weekday=1)


@pytest.mark.parametrize(
    ("said", "language", "text"),
    [
        (GREGORIAN, "en", "Tuesday the third of March two thousand and twenty six"),
        (JALALI, "fa", "سه‌شنبه دوازدهم اسفند سال هزار و چهارصد و چهار"),
        (GREGORIAN, "ar", "الثلاثاء الثالث من مارس عام ألفين وستة وعشرين"),
        (Date(month=1, day=1), "en", "the first of January"),
        (Date(month=1, day=1), "fa", "اول فروردین"),
        (Date(month=1, day=1), "ar", "الأول من يناير"),
        (Date(month=12, day=31), "en", "the thirty first of December"),
        (Date(month=6, day=31), "fa", "سی و یکم شهریور"),
        (Date(month=12, day=22), "ar", "الثاني والعشرين من ديسمبر"),
        (Date(year=1999, month=5, day=20), "en", "the twentieth of May nineteen ninety nine"),
        (Date(year=1905, month=5, day=2), "en", "the second of May nineteen oh five"),
        (Date(year=1900, month=5, day=2), "en", "the second of May nineteen hundred"),
        (Date(year=2005, month=5, day=2), "en", "the second of May two thousand and five"),
        (Date(year=1400, month=5, day=30), "fa", "سی‌ام مرداد سال هزار و چهارصد"),
        (
            Date(year=1992, month=5, day=30),
            "ar",
            "الثلاثين من مايو عام ألف وتسعمئة واثنين وتسعين",
        ),
        (Date(year=2000, month=5, day=11), "ar", "الحادي عشر من مايو عام ألفين"),
    ],
)
def test_a_date_is_said_in_the_order_and_case_of_the_language(said, language, text):
    assert heard(said, language) == text


@pytest.mark.parametrize(
    ("time", "english", "persian", "arabic"),
    [
        ((0, 0), "midnight", "ساعت صفر", "الساعة الثانية عشرة صباحا"),
        (
            (0, 5),
            "twelve oh five a.m.",
            "ساعت صفر و پنج دقیقه",
            "الساعة الثانية عشرة وخمس دقائق صباحا",
        ),
        ((1, 1), "one oh one a.m.", "ساعت یک و یک دقیقه", "الساعة الواحدة ودقيقة واحدة صباحا"),
        ((6, 0), "six a.m.", "ساعت شش", "الساعة السادسة صباحا"),
        ((12, 0), "noon", "ساعت دوازده", "الساعة الثانية عشرة ظهرا"),
        (
            (14, 15),
            "two fifteen p.m.",
            "ساعت چهارده و پانزده دقیقه",
            "الساعة الثانية وخمس عشرة دقيقة مساء",
        ),
        (
            (23, 2),
            "eleven oh two p.m.",
            "ساعت بیست و سه و دو دقیقه",
            "الساعة الحادية عشرة ودقيقتان مساء",
        ),
    ],
)
def test_a_time_of_day(time, english, persian, arabic):
    said = TimeOfDay(*time)
    assert [heard(said, language) for language in ("en", "fa", "ar")] == [english, persian, arabic]


def test_every_day_and_minute_has_its_prompts():
    for language in ("en", "fa", "ar"):
        for month in range(1, 13):
            for day in range(1, 32):
                for weekday in range(7):
                    assert heard(Date(year=1405, month=month, day=day, weekday=weekday), language)
        for year in range(1000, 3000):
            assert heard(Date(year=year, month=1, day=1), language)
        for minute in range(24 * 60):
            assert heard(TimeOfDay(minute // 60, minute % 60), language)


@pytest.mark.parametrize(
    ("seconds", "english", "persian", "arabic"),
    [
        (0, "zero seconds", "صفر ثانیه", "صفر ثانية"),
        (1, "one second", "یک ثانیه", "ثانية واحدة"),
        (120, "two minutes", "دو دقیقه", "دقيقتان"),
        (
            3 * 3600 + 5,
            "three hours and five seconds",
            "سه ساعت و پنج ثانیه",
            "ثلاث ساعات وخمس ثوان",
        ),
        (
            90_061,
            "one day one hour one minute and one second",
            "یک روز و یک ساعت و یک دقیقه و یک ثانیه",
            "يوم واحد وساعة واحدة ودقيقة واحدة وثانية واحدة",
        ),
    ],
)
def test_a_length_of_time(seconds, english, persian, arabic):
    said = Duration(seconds)
    assert [heard(said, language) for language in ("en", "fa", "ar")] == [english, persian, arabic]


@pytest.mark.parametrize(
    ("money", "english", "persian", "arabic"),
    [
        (
            Money(1, Currency.DOLLAR, 50),
            "one dollar and fifty cents",
            "یک دلار و پنجاه سنت",
            "دولار واحد وخمسون سنتا",
        ),
        (Money(0, Currency.EURO, 2), "two cents", "دو سنت", "سنتان"),
        (Money(0, Currency.DIRHAM), "zero dirhams", "صفر درهم", "صفر درهم"),
        (
            Money(25_000, Currency.TOMAN),
            "twenty five thousand tomans",
            "بیست و پنج هزار تومان",
            "خمسة وعشرون ألف تومان",
        ),
        (
            Money(3, Currency.SAUDI_RIYAL, 11),
            "three riyals and eleven halalas",
            "سه ریال سعودی و یازده هلاله",
            "ثلاثة ريالات وإحدى عشرة هللة",
        ),
        (
            Money(2_000_000, Currency.RIAL),
            "two million rials",
            "دو میلیون ریال",
            "مليونا ريال إيراني",
        ),
    ],
)
def test_money(money, english, persian, arabic):
    assert [heard(money, language) for language in ("en", "fa", "ar")] == [english, persian, arabic]


def test_every_currency_has_its_prompts():
    for language in ("en", "fa", "ar"):
        for currency in Currency:
            whole = currency in (Currency.RIAL, Currency.TOMAN)
            for value in range(125):
                assert heard(Money(value, currency, 0 if whole else value % 100), language)


def test_a_currency_without_hundredths_has_none():
    with pytest.raises(ValueError, match="hundredths is from 0 to 0"):
        Money(1, Currency.RIAL, 50)


@pytest.mark.parametrize(
    ("digits", "text"),
    [
        ("101", "one zero one"),
        ("09123456789", "zero nine one two | three four five | six seven eight nine"),
        ("021-88 776655", "zero two one | eight eight | seven seven six six five five"),
        (
            "+989123456789",
            "plus nine eight | nine one two | three four five | six seven eight nine",
        ),
        ("*72", "star seven two"),
        ("7#", "seven hash"),
        ("", ""),
        ("Maryam", ""),
    ],
)
def test_a_number_is_read_key_by_key_in_groups(digits, text):
    assert heard(Digits(digits), "en") == text


def test_a_phrase_keeps_the_order_of_its_language():
    new, old = Count(3, Noun.NEW_MESSAGE), Count(2, Noun.OLD_MESSAGE)
    said = Phrase("voicemail_new_and_old", {"new": new, "old": old})
    assert heard(said, "en") == "You have three new messages and two old messages"
    assert heard(said, "fa") == "شما سه پیام جدید و دو پیام قدیمی دارید."
    assert heard(said, "ar") == "لديك ثلاث رسائل جديدة ، و رسالتان قديمتان"


def test_a_sentence_is_its_parts_in_order():
    assert heard(("goodbye", Digits("7")), "en") == "Thank you for calling. Goodbye. seven"


def test_a_gap_that_is_not_filled_is_a_mistake():
    with pytest.raises(KeyError, match="count"):
        heard(Phrase("voicemail_new", {}), "en")
