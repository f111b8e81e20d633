"""When a message was left, in the calendar and on the clock of who hears or reads of it."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from persiantools.jdatetime import JalaliDate

from firmware.model.speech.parts import Date, Part, Phrase, TimeOfDay

DIGITS = {"en": "0123456789", "fa": "۰۱۲۳۴۵۶۷۸۹", "ar": "٠١٢٣٤٥٦٧٨٩"}


def local(unix_s: float, zone: str) -> dt.datetime:
    """Unix seconds on the office's clock."""
    return dt.datetime.fromtimestamp(unix_s, ZoneInfo(zone))


def spoken(at: dt.datetime, now: dt.datetime, language: str) -> Part:
    """ "Received yesterday at ten past nine." """
    time = TimeOfDay(at.hour, at.minute)
    days = (now.date() - at.date()).days
    if days in _NEAR:
        return Phrase(_NEAR[days], {"time": time})
    return Phrase("voicemail_received", {"date": _spoken_date(at, language), "time": time})


_NEAR = {0: "voicemail_received_today", 1: "voicemail_received_yesterday"}


def _spoken_date(at: dt.datetime, language: str) -> Date:
    if language == "fa":
        day = JalaliDate.to_jalali(at.year, at.month, at.day)  # type: ignore[no-untyped-call]
        return Date(month=day.month, day=day.day, weekday=at.weekday())
    return Date(month=at.month, day=at.day, weekday=at.weekday())


def written_date(at: dt.datetime, language: str) -> str:
    """The day: "۳۰ آبان ۱۴۰۵", "21 Nov 2026"."""
    if language == "fa":
        day = JalaliDate.to_jalali(at.year, at.month, at.day)  # type: ignore[no-untyped-call]
        return digits(f"{day.day} {day.strftime('%B', locale='fa')} {day.year}", language)
    pattern = "d MMMM y" if language == "ar" else "d MMM y"
    return digits(format_datetime(at, pattern, locale=language), language)


def digits(text: str, language: str) -> str:
    """``text`` with its Latin digits as the language writes them."""
    return text.translate(str.maketrans(DIGITS["en"], DIGITS[language]))
