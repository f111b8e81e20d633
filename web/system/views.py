"""The login page, signing out, the language switcher, and a sign of life."""

from __future__ import annotations

import logging
import math
import threading

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext, ngettext
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as AnyResponse

from web.system import access, language
from web.system.lockout import Lockout
from web.writing import TONGUES, digits

log = logging.getLogger(__name__)

pages = Blueprint("system", __name__, template_folder="templates")

LONGEST_FIELD = 256
"""Longer passwords are refused unread: hashing them would cost the exchange its processor."""

_hashing = threading.BoundedSemaphore(1)
"""One password is checked at a time, for the same reason."""

_HASHING_WAIT_S = 3.0


@pages.route("/login", methods=["GET", "POST"])
def login() -> AnyResponse:
    """Sign in. The answer is the same whether the account or the password was wrong."""
    if access.current() is not None:
        return redirect(access.local_path(request.args.get("next")))
    if request.method == "GET":
        return make_response(render_template("system/login.html", problem=""))
    user, address = request.form.get("user", "").strip(), request.remote_addr or ""
    if wait_s := _lockout().wait_s(user, address):
        return _blocked(wait_s)
    right = _is_right(user, request.form.get("password", ""))
    if right is None:
        return _blocked(1.0)
    if not right:
        _lockout().failed(user, address)
        log.warning("sign-in refused from %s", address)
        return _again(gettext("The user name or the password is not right."), 401)
    _lockout().succeeded(user, address)
    session.clear()  # nothing a stranger planted before survives the sign-in
    session[access.TOKEN] = access.sessions().begin(user, address)
    log.info("user %s signed in from %s", user, address)
    return redirect(access.local_path(request.form.get("next")))


@pages.app_errorhandler(CSRFError)
def stale_form(_error: CSRFError) -> AnyResponse:
    """A form without its token: mostly a page from before the console or the session changed."""
    problem = gettext("This page had been open for too long. Please try again.")
    if access.current() is None:
        return _again(problem, 400)
    return make_response(render_template("error.html", status=400, text=problem), 400)


@pages.post("/logout")
def logout() -> AnyResponse:
    """Sign out: the session ends on the box, not only in this browser."""
    access.sessions().end(access.token())
    session.clear()
    return redirect(url_for("system.login"))


@pages.post("/language/<code>")
def choose_language(code: str) -> AnyResponse:
    """Keep the reader's choice of language in a cookie and go back to the page."""
    response = redirect(access.local_path(request.form.get("next")))
    if code in TONGUES:
        response.set_cookie(
            language.COOKIE,
            code,
            max_age=language.COOKIE_AGE_S,
            httponly=True,
            samesite="Strict",
            secure=request.is_secure,
        )
    return response


@pages.get("/health")
def health() -> Response:
    """That the console answers; says nothing about the box to strangers."""
    return Response("ok\n", mimetype="text/plain")


def _is_right(user: str, password: str) -> bool | None:
    """Whether the password fits; None when too many others wait to be checked."""
    if not user or not password or len(user) > LONGEST_FIELD or len(password) > LONGEST_FIELD:
        return False
    if not _hashing.acquire(timeout=_HASHING_WAIT_S):
        return None
    try:
        return bool(current_app.extensions["markaz-accounts"].verify(user, password))
    finally:
        _hashing.release()


def _lockout() -> Lockout:
    kept: Lockout = current_app.extensions["markaz-lockout"]
    return kept


def _blocked(wait_s: float) -> Response:
    seconds = math.ceil(wait_s)
    text = ngettext(
        "Too many attempts. Try again in %(seconds)s second.",
        "Too many attempts. Try again in %(seconds)s seconds.",
        seconds,
        seconds=digits(seconds, language.tongue()),
    )
    response = _again(text, 429)
    response.headers["Retry-After"] = str(seconds)
    return response


def _again(problem: str, status: int) -> Response:
    return make_response(render_template("system/login.html", problem=problem), status)
