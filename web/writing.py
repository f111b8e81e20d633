"""How numbers, times and names are written for the reader: digits, calendars, direction.

Persian has its own digits and the Jalali calendar, Arabic has Arabic-Indic digits and the names
of the Gregorian months in use from Egypt to the Gulf. What is dialled is always read from left to
right, in any script, and a name never turns the text around it: both are isolated
(Unicode UAX #9, isolates; ``<bdi>`` in HTML).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from babel.dates import format_datetime
from markupsafe import Markup, escape
from persiantools.jdatetime import JalaliDate


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """One language of the console. ``name`` is in the language itself, for the switcher."""

    code: str
    name: str
    direction: str  # "rtl" | "ltr"
    digits: str  # its ten digits, zero first
    date_pattern: str  # CLDR pattern; not used for Jalali dates
    jalali: bool = False


PERSIAN = Tongue(
    code="fa", name="فارسی", direction="rtl", digits="۰۱۲۳۴۵۶۷۸۹", date_pattern="", jalali=True
)
ARABIC = Tongue(
    code="ar", name="العربية", direction="rtl", digits="٠١٢٣٤٥٦٧٨٩", date_pattern="d MMMM y"
)
ENGLISH = Tongue(
    code="en", name="English", direction="ltr", digits="0123456789", date_pattern="d MMM y"
)

TONGUES = {tongue.code: tongue for tongue in (PERSIAN, ARABIC, ENGLISH)}
"""In the order of the switcher."""

_LATIN = "0123456789"
_TABLES = {code: str.maketrans(_LATIN, tongue.digits) for code, tongue in TONGUES.items()}


def digits(text: object, tongue: Tongue) -> str:
    """``text`` with its Latin digits written as the language writes them."""
    return str(text).translate(_TABLES[tongue.code])


def number(dialled: str, tongue: Tongue) -> Markup:
    """A telephone number: left to right in every language, with its Latin digits for machines.
    The handle of a line ("fxo-1") may stand where a number does, and stays as it is."""
    is_handle = any(letter.isalpha() for letter in dialled)
    plain = escape(dialled)
    shown = plain if is_handle else escape(digits(dialled, tongue))
    return Markup(  # noqa: S704 - both are escaped; Markup.format would take ten times as long
        f'<data class="number" value="{plain}"><bdi dir="ltr">{shown}</bdi></data>'
    )


def name(text: str) -> Markup:
    """A name that people or strangers gave: may be of either direction."""
    return Markup(f"<bdi>{escape(text)}</bdi>")  # noqa: S704 - escaped


def duration(seconds: float, tongue: Tongue) -> str:
    """``4:05`` or ``1:04:05``, rounded down; never negative (two clocks may disagree a little)."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, second = divmod(rest, 60)
    text = f"{hours}:{minutes:02}:{second:02}" if hours else f"{minutes}:{second:02}"
    return digits(text, tongue)


def date(at: dt.datetime, tongue: Tongue) -> str:
    """The day of ``at``, in the language's calendar: "۳۰ آبان ۱۴۰۵", "21 Nov 2026"."""
    if tongue.jalali:
        day = JalaliDate.to_jalali(at.year, at.month, at.day)  # type: ignore[no-untyped-call]
        return digits(f"{day.day} {day.strftime('%B', locale='fa')} {day.year}", tongue)
    return digits(format_datetime(at, tongue.date_pattern, locale=tongue.code), tongue)


def clock(at: dt.datetime, tongue: Tongue) -> str:
    """The time of day of ``at`` to the second, 24 hours."""
    return digits(at.strftime("%H:%M:%S"), tongue)


def local(unix_s: float) -> dt.datetime:
    """Unix seconds as the box's own wall clock, with its zone."""
    return dt.datetime.fromtimestamp(unix_s, dt.UTC).astimezone()
