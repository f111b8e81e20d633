"""Which language a page is in: the reader's choice, else the office's, else the browser's; and in
which calendar and digits: the reader's choice, else the language's."""

from __future__ import annotations

import gettext as catalogues
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from flask import current_app, g, request
from werkzeug.wrappers import Response

from firmware.config.schema import Site
from web.calendars import Calendar
from web.system.office import Office, OfficeReader
from web.writing import DIGITS, ENGLISH, TONGUES, Tongue

COOKIE = "markaz_language"
READING_COOKIE = "markaz_reading"
COOKIE_AGE_S = 400 * 24 * 3600
"""The longest a browser keeps a cookie (RFC 6265bis §5.5)."""

CATALOGUES = Path(__file__).parent.parent / "translations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A reader's choice: the name of a calendar and of digits, each empty for the language's."""

    calendar: str = ""
    digits: str = ""

    def written(self) -> str:
        """As the cookie carries it: "jalali.latin"."""
        return f"{self.calendar}.{self.digits}"


def tongue() -> Tongue:
    """The language of the page being made, with its calendar and digits."""
    if "tongue" not in g:
        g.tongue = _as_read(_choose(), reading())
    chosen: Tongue = g.tongue
    return chosen


def reading() -> Reading:
    """What this reader chose; a cookie that says anything else chose nothing."""
    calendar, _, digits = request.cookies.get(READING_COOKIE, "").partition(".")
    return Reading(
        calendar=calendar if calendar in tuple(Calendar) else "",
        digits=digits if digits in DIGITS else "",
    )


def keep(response: Response, cookie: str, value: str) -> None:
    """Have the browser keep a choice for as long as browsers do."""
    response.set_cookie(
        cookie,
        value,
        max_age=COOKIE_AGE_S,
        httponly=True,
        samesite="Strict",
        secure=request.is_secure,
    )


def _as_read(usual: Tongue, chosen: Reading) -> Tongue:
    return replace(
        usual,
        calendar=Calendar(chosen.calendar) if chosen.calendar else usual.calendar,
        digits=DIGITS[chosen.digits] if chosen.digits else usual.digits,
    )


def _choose() -> Tongue:
    if chosen := TONGUES.get(request.cookies.get(COOKIE, "")):
        return chosen
    if configured := TONGUES.get(office().language):
        return configured
    return TONGUES[request.accept_languages.best_match(TONGUES) or ENGLISH.code]


def office() -> Office:
    """The office this console belongs to."""
    return _reader().read()


def site() -> Site:
    """The office's whole configuration."""
    return _reader().site()


def _reader() -> OfficeReader:
    reader: OfficeReader = current_app.extensions["markaz-office"]
    return reader


@cache
def is_compiled(code: str) -> bool:
    """Whether the language's catalogue was compiled by the set-up (English is the source)."""
    if code == ENGLISH.code:
        return True
    return catalogues.find("messages", str(CATALOGUES), [code]) is not None
