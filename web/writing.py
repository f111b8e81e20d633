"""How numbers, times and names are written for the reader: digits, calendars, direction.

Each language comes with a calendar and digits, and a reader may choose others
(``web.system.language``). What is dialled is always read from left to
right, in any script, and a name never turns the text around it: both are isolated
(Unicode UAX #9, isolates; ``<bdi>`` in HTML).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache

from markupsafe import Markup, escape

from web import calendars
from web.calendars import Calendar

DIGITS = {"latin": "0123456789", "persian": "۰۱۲۳۴۵۶۷۸۹", "arabic": "٠١٢٣٤٥٦٧٨٩"}
"""Ten each, zero first, by the name a reader's choice is kept under."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """One language of the console with a calendar and digits: those usual in it, or the reader's.
    ``name`` is in the language itself, for the switcher."""

    code: str
    name: str
    direction: str  # "rtl" | "ltr"
    digits: str  # ten, zero first
    calendar: Calendar = Calendar.GREGORIAN


PERSIAN = Tongue(
    code="fa",
    name="فارسی",
    direction="rtl",
    digits=DIGITS["persian"],
    calendar=Calendar.JALALI,
)
ARABIC = Tongue(code="ar", name="العربية", direction="rtl", digits=DIGITS["arabic"])
ENGLISH = Tongue(code="en", name="English", direction="ltr", digits=DIGITS["latin"])

TONGUES = {tongue.code: tongue for tongue in (PERSIAN, ARABIC, ENGLISH)}
"""In the order of the switcher."""


def digits(text: object, tongue: Tongue) -> str:
    """``text`` with its Latin digits written as the reader writes them."""
    return str(text).translate(_table(tongue.digits))


def decimal(value: float, places: int, tongue: Tongue) -> str:
    """A number with so many places behind the point, which among eastern digits is another one:
    an Arabic nought looks like a point."""
    written = f"{value:.{places}f}"
    return digits(written if tongue.digits.isascii() else written.replace(".", "٫"), tongue)


def latin(text: str) -> str:
    """What a person typed with digits of any of the scripts, in Latin ones."""
    return text.translate(_TO_LATIN)


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


def date(at: dt.date, tongue: Tongue) -> str:
    """The day of ``at``, in the reader's calendar: "۳۰ آبان ۱۴۰۵", "21 Nov 2026". A day the Islamic
    calendar's tables do not reach is Gregorian."""
    calendar = tongue.calendar
    try:
        year, month, day = calendars.parts(at, calendar)
    except OverflowError:
        calendar = Calendar.GREGORIAN
        year, month, day = at.year, at.month, at.day
    name = calendars.month_names(calendar, tongue.code)[month - 1]
    return f"{digits(day, tongue)} {name} {digits(year, tongue)}"


def clock(at: dt.datetime, tongue: Tongue) -> str:
    """The time of day of ``at`` to the second, 24 hours."""
    return digits(at.strftime("%H:%M:%S"), tongue)


def local(unix_s: float) -> dt.datetime:
    """Unix seconds as the box's own wall clock, with its zone."""
    return dt.datetime.fromtimestamp(unix_s, dt.UTC).astimezone()


@cache
def _table(shown: str) -> dict[int, int]:
    return str.maketrans(DIGITS["latin"], shown)


_TO_LATIN = {
    ord(written): latin
    for shown in DIGITS.values()
    for written, latin in zip(shown, DIGITS["latin"], strict=True)
}
