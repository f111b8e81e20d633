"""Days in the calendars people here live by: Gregorian, Jalali, and the Islamic one of Umm al-Qura.

Conversion is persiantools' and hijridate's; the names of months are in the catalogues.
"""

from __future__ import annotations

import datetime as dt
import gettext as catalogues
from enum import StrEnum
from functools import cache
from pathlib import Path

from babel.dates import get_month_names
from hijridate import Gregorian, Hijri
from persiantools.jdatetime import JalaliDate

CATALOGUES = Path(__file__).parent / "translations"


class Calendar(StrEnum):
    """A calendar a reader may choose."""

    GREGORIAN = "gregorian"
    JALALI = "jalali"
    ISLAMIC = "islamic"


Parts = tuple[int, int, int]
"""Year, month and day of the month, counted from 1."""


def _(message: str) -> str:
    """Marks what the catalogues hold."""
    return message


_MONTHS = {
    Calendar.JALALI: (
        _("Farvardin"),
        _("Ordibehesht"),
        _("Khordad"),
        _("Tir"),
        _("Mordad"),
        _("Shahrivar"),
        _("Mehr"),
        _("Aban"),
        _("Azar"),
        _("Dey"),
        _("Bahman"),
        _("Esfand"),
    ),
    Calendar.ISLAMIC: (
        _("Muharram"),
        _("Safar"),
        _("Rabi I"),
        _("Rabi II"),
        _("Jumada I"),
        _("Jumada II"),
        _("Rajab"),
        _("Shaban"),
        _("Ramadan"),
        _("Shawwal"),
        _("Dhu al-Qadah"),
        _("Dhu al-Hijjah"),
    ),
}


@cache
def month_names(calendar: Calendar, language: str) -> tuple[str, ...]:
    """The twelve, in the language ("fa", "ar", "en")."""
    if calendar is Calendar.GREGORIAN:
        names = get_month_names("abbreviated" if language == "en" else "wide", locale=language)
        return tuple(names[month] for month in range(1, 13))
    known = catalogues.translation("messages", CATALOGUES, [language], fallback=True)
    return tuple(known.gettext(name) for name in _MONTHS[calendar])


def parts(day: dt.date, calendar: Calendar) -> Parts:
    """Year, month and day of ``day`` in the calendar.

    Raises:
        OverflowError: the calendar does not reach there (Umm al-Qura: 1924 to 2077).
    """
    if calendar is Calendar.JALALI:
        jalali = JalaliDate.to_jalali(day.year, day.month, day.day)  # type: ignore[no-untyped-call]
        return jalali.year, jalali.month, jalali.day
    if calendar is Calendar.ISLAMIC:
        return Gregorian(day.year, day.month, day.day).to_hijri().datetuple()
    return day.year, day.month, day.day


def day_of(at: Parts, calendar: Calendar) -> dt.date:
    """The day with these parts.

    Raises:
        ValueError: the calendar has no such day, for instance the 31st of Mehr.
    """
    year, month, day = at
    try:
        if calendar is Calendar.JALALI:
            found: dt.date = JalaliDate(year, month, day).to_gregorian()  # type: ignore[no-untyped-call]
            return found
        if calendar is Calendar.ISLAMIC:
            return dt.date(*Hijri(year, month, day).to_gregorian().datetuple())
        return dt.date(year, month, day)
    except OverflowError as error:
        raise ValueError(str(error)) from error
