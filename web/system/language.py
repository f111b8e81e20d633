"""Which language a page is in: the reader's choice, else the office's, else the browser's."""

from __future__ import annotations

import gettext as catalogues
from functools import cache
from pathlib import Path

from flask import current_app, g, request

from web.system.office import Office, OfficeReader
from web.writing import ENGLISH, TONGUES, Tongue

COOKIE = "markaz_language"
COOKIE_AGE_S = 400 * 24 * 3600
"""The longest a browser keeps a cookie (RFC 6265bis §5.5)."""

CATALOGUES = Path(__file__).parent.parent / "translations"


def tongue() -> Tongue:
    """The language of the page being made."""
    if "tongue" not in g:
        g.tongue = _choose()
    chosen: Tongue = g.tongue
    return chosen


def _choose() -> Tongue:
    if chosen := TONGUES.get(request.cookies.get(COOKIE, "")):
        return chosen
    if configured := TONGUES.get(office().language):
        return configured
    return TONGUES[request.accept_languages.best_match(TONGUES) or ENGLISH.code]


def office() -> Office:
    """The office this console belongs to."""
    reader: OfficeReader = current_app.extensions["markaz-office"]
    return reader.read()


@cache
def is_compiled(code: str) -> bool:
    """Whether the language's catalogue was compiled by the set-up (English is the source)."""
    if code == ENGLISH.code:
        return True
    return catalogues.find("messages", str(CATALOGUES), [code]) is not None
