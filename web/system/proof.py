"""Proving again who one is: one's own password, before another's account is changed.

An open browser is found by whoever comes by; what they do with it must not outlast it. So what
changes how others come in asks for the password anew when it was last said some minutes ago. The
form that was sent goes on from there, with nothing lost.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, cast

from flask import make_response, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from firmware.store.users import User
from web.system import access, entry
from web.system.accounts import accounts

FRESH_S = 600.0
"""So long a password that was said counts."""

FIELD = "own-password"

_View = TypeVar("_View", bound=Callable[..., object])


def fresh(view: _View) -> _View:
    """Ask for one's own password before a view when it was not said lately; below ``needs``."""

    @wraps(view)
    def asked(*args: object, **kwargs: object) -> object:
        return _page() or view(*args, **kwargs)

    return cast("_View", asked)


def unproven(given: str) -> str:
    """What is wrong with the present password that was put in: "busy", "current"; empty when it
    proves who they are."""
    name, address = access.person().name, request.remote_addr or ""
    if entry.lockout().wait_s(name, address):
        return "busy"
    found = accounts().verify(name, given)
    if isinstance(found, User):
        access.sessions().prove(access.token())
        return ""
    if found is not None:
        return "busy"
    entry.lockout().failed(name, address)
    entry.refused(name, "password")
    return "current"


def _page() -> AnyResponse | None:
    """The page that asks; None when there is nothing to ask."""
    if 0 <= access.sessions().proven_s_ago(access.token()) <= FRESH_S:
        return None
    problem = unproven(request.form[FIELD]) if FIELD in request.form else "first"
    if not problem:
        return None
    said = {
        "first": "",
        "busy": gettext("Too many attempts. Try again in a few minutes."),
        "current": gettext("Your present password is not right."),
    }
    kept = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in {FIELD, "csrf_token"}
    ]
    page = render_template("system/proof.html", problem=said[problem], kept=kept, field=FIELD)
    return make_response(page, 403)
