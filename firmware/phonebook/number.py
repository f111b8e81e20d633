"""Telephone numbers as the phonebook compares them: one spelling for all that reach the same.

A number that can be one of the public network becomes E.164 ("+982188776655"), read as people
write it in the office's country; any other (an extension, a short code) keeps its digits.
"""

from __future__ import annotations

import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

LONGEST = 40
"""Characters a number may be written with."""

_SPELLED = set("0123456789+*#() -./\u00a0\u200e\u200f\u202a\u202c\u2011\u2013")
"""Digits, and what people put between them; the marks of direction come with pasted numbers."""


class BadNumber(ValueError):
    """What was written is no telephone number; the text says why."""


def prepare() -> None:
    """Read what is known of the numbers of all countries, so that nothing is read from the disk
    when a call comes. Takes a tenth of a second."""
    phonenumbers.PhoneMetadata.load_all()


def latin(text: str) -> str:
    """The same with digits of any script as 0 to 9."""
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def checked(text: str) -> str:
    """A number as it is kept: as written, its digits Latin, no marks of direction.

    Raises:
        BadNumber: it is no number.
    """
    number = latin(text).strip().removeprefix("tel:").strip()
    if not number:
        raise BadNumber("there is no number")
    if len(number) > LONGEST:
        raise BadNumber(f"is longer than {LONGEST} characters")
    if "E+" in number.upper():
        raise BadNumber(
            f"'{number}' was turned into a calculation by a spreadsheet; "
            "format the column as text there and export again"
        )
    if strange := set(number) - _SPELLED:
        raise BadNumber(f"'{number}' has '{min(strange)}' in it, which cannot be dialled")
    if not any(c.isdigit() for c in number):
        raise BadNumber(f"'{number}' has no digit")
    return "".join(c for c in number if c.isascii())


def key(number: str, country: str) -> str:
    """The spelling two numbers share when they reach the same. ``country`` is the office's, in
    two small letters. "" when there is not a digit in it."""
    dialled = "".join(c for c in latin(number) if c in "0123456789+*#")
    if not any(c.isdigit() for c in dialled):
        return ""
    if "*" in dialled or "#" in dialled:
        return dialled
    try:
        parsed = phonenumbers.parse(dialled, country.upper())
    except NumberParseException:
        return dialled
    if not phonenumbers.is_possible_number(parsed):
        return dialled
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def spellings(number: str, country: str) -> frozenset[str]:
    """The ways in which networks write a number: as it is, "+982188776655", "982188776655",
    "00982188776655", "02188776655"."""
    one = key(number, country)
    if not one.startswith("+"):
        return frozenset({number, one} - {""})
    bare = one.removeprefix("+")
    return frozenset({number, one, bare, f"00{bare}", national(one, country)})


def national(key: str, country: str) -> str:
    """An E.164 key of the office's own country as it is dialled there ("02188776655"); any other
    as it is."""
    if not key.startswith("+"):
        return key
    parsed = phonenumbers.parse(key, None)
    if parsed.country_code != phonenumbers.country_code_for_region(country.upper()):
        return key
    text = phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL)
    return "".join(c for c in text if c.isdigit())
