"""The page on which a reader chooses the calendar and the digits; kept in the browser."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response as AnyResponse

from web.calendars import Calendar
from web.system import access, language
from web.system.permission import Permission, needs
from web.writing import DIGITS

pages = Blueprint("reading", __name__, template_folder="templates")

CALENDARS = (
    ("", lazy_gettext("As usual in the language")),
    (Calendar.GREGORIAN.value, lazy_gettext("Gregorian")),
    (Calendar.JALALI.value, lazy_gettext("Jalali (Persian)")),
    (Calendar.ISLAMIC.value, lazy_gettext("Islamic (Umm al-Qura)")),
)
NUMERALS = (
    ("", lazy_gettext("As usual in the language")),
    ("latin", lazy_gettext("Latin")),
    ("persian", lazy_gettext("Persian")),
    ("arabic", lazy_gettext("Arabic-Indic")),
)


@pages.get("/reading")
@needs(Permission.OPEN)
def choices() -> Response:
    """What may be chosen, and how today is written with what was."""
    return make_response(
        render_template(
            "reading/choices.html",
            chosen=language.reading(),
            calendars=CALENDARS,
            numerals=NUMERALS,
            now=dt.datetime.now(dt.UTC).timestamp(),
            following=access.local_path(request.args.get("next")),
        )
    )


@pages.post("/reading")
@needs(Permission.OPEN)
def choose() -> AnyResponse:
    """Keep a choice. What is no calendar and no digits of ours counts as none."""
    chosen = language.Reading(
        calendar=_one_of(request.form.get("calendar", ""), tuple(Calendar)),
        digits=_one_of(request.form.get("digits", ""), tuple(DIGITS)),
    )
    following = access.local_path(request.form.get("next"))
    response = redirect(url_for("reading.choices", next=following))
    language.keep(response, language.READING_COOKIE, chosen.written())
    return response


def _one_of(word: str, known: tuple[str, ...]) -> str:
    return word if word in known else ""
