"""The login page and the one for the code, signing out, the language switcher, a sign of life."""

from __future__ import annotations

import logging
import math
import time

from flask import (
    Blueprint,
    Response,
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

from firmware.store import factors, users
from firmware.store.audit import Change
from firmware.store.factors import LostKey
from firmware.store.users import User
from web import writing
from web.calls import store
from web.system import access, entry, language, trail
from web.system.accounts import BUSY, LONGEST_FIELD, accounts, factor_key
from web.system.permission import Permission, needs
from web.writing import TONGUES, digits

log = logging.getLogger(__name__)

pages = Blueprint("system", __name__, template_folder="templates")


@pages.route("/login", methods=["GET", "POST"])
@needs(Permission.OPEN)
def login() -> AnyResponse:
    """Sign in. The answer is the same whether the account or the password was wrong."""
    if access.current() is not None:
        return redirect(access.local_path(request.args.get("next")))
    if request.method == "GET":
        return make_response(render_template("system/login.html", problem=""))
    name, address = request.form.get("user", "").strip(), request.remote_addr or ""
    if wait_s := entry.lockout().wait_s(name, address):
        return _blocked(wait_s)
    user = accounts().verify(name, request.form.get("password", ""))
    if user is BUSY:
        return _blocked(1.0)
    if not isinstance(user, User):
        entry.lockout().failed(name, address)
        entry.refused(name, "password")
        return _again(gettext("The user name or the password is not right."), 401)
    entry.lockout().succeeded(name, address)
    return _go_on(user, request.form.get("next"))


def _go_on(user: User, following: str | None) -> AnyResponse:
    """In, or to the second factor."""
    if user.has_factor:
        entry.begin(user, half=True)
        return redirect(url_for("system.code", next=following))
    entry.come_in(user, by="password")
    return redirect(entry.landing(user, following))


@pages.route("/login/code", methods=["GET", "POST"])
@needs(Permission.OPEN)
def code() -> AnyResponse:
    """The second factor: a code of the authenticator, or a recovery code."""
    half = access.half()
    user = users.find(store.database(), half.user) if half else None
    if half is None or user is None or user.generation != half.generation or user.disabled_at:
        return redirect(url_for("system.login", next=request.values.get("next")))
    if request.method == "GET":
        return make_response(render_template("system/code.html", problem=""))
    account, address = f"code of {user.name}", request.remote_addr or ""
    if wait_s := entry.lockout().wait_s(account, address):
        return _blocked(wait_s, "system/code.html")
    proof = _proof(user, request.form.get("code", "")[:LONGEST_FIELD])
    if proof is None:
        entry.lockout().failed(account, address)
        entry.refused(user.name, "code")
        return _again(_wrong_code(), 401, "system/code.html")
    entry.lockout().succeeded(account, address)
    entry.come_in(user, by=proof)
    return redirect(entry.landing(user, request.form.get("next")))


@pages.app_errorhandler(CSRFError)
def stale_form(_error: CSRFError) -> AnyResponse:
    """A form without its token: mostly a page from before the console or the session changed."""
    problem = gettext("This page had been open for too long. Please try again.")
    if access.current() is None:
        return _again(problem, 400)
    return make_response(render_template("error.html", status=400, text=problem), 400)


@pages.post("/logout")
@needs(Permission.OWN_ACCOUNT)
def logout() -> AnyResponse:
    """Sign out: the session ends on the box, not only in this browser."""
    access.sessions().end(access.token())
    trail.tell(Change.SIGNED_OUT, subject=access.person().name)
    session.clear()
    return redirect(url_for("system.login"))


@pages.post("/language/<code>")
@needs(Permission.OPEN)
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
@needs(Permission.OPEN)
def health() -> Response:
    """That the console answers; says nothing about the box to strangers."""
    return Response("ok\n", mimetype="text/plain")


def _proof(user: User, given: str) -> str | None:
    """What a code proves who they are by: "code" or "recovery"; None when it is wrong."""
    db, at = store.database(), time.time()
    try:
        if factors.take_code(db, user.name, given, at, key=factor_key()):
            return "code"
    except LostKey as error:
        log.error("%s", error)
    if factors.take_recovery(db, user.name, given):
        trail.tell(Change.RECOVERY_USED, subject=user.name, who=user.name)
        return "recovery"
    return None


def _wrong_code() -> str:
    """A code goes by the time: the box's clock is told, so that a wrong one is noticed."""
    return str(
        gettext(
            "The code is not right, or was used already. The box's clock says %(clock)s: when that "
            "is wrong, use a recovery code.",
            clock=writing.clock(writing.local(time.time()), language.tongue()),
        )
    )


def _blocked(wait_s: float, page: str = "system/login.html") -> Response:
    seconds = math.ceil(wait_s)
    text = ngettext(
        "Too many attempts. Try again in %(seconds)s second.",
        "Too many attempts. Try again in %(seconds)s seconds.",
        seconds,
        seconds=digits(seconds, language.tongue()),
    )
    response = _again(text, 429, page)
    response.headers["Retry-After"] = str(seconds)
    return response


def _again(problem: str, status: int, page: str = "system/login.html") -> Response:
    return make_response(render_template(page, problem=problem), status)
