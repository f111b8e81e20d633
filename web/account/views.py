"""The pages of one's own account: password, second factor, recovery codes, sessions.

Whoever changes how they come in proves again who they are, so that an open browser is not enough;
then the session gets a new id and the others end.
"""

from __future__ import annotations

import io
import time

import segno
from cryptography.fernet import InvalidToken
from flask import (
    Blueprint,
    Response,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from firmware.store import audit, factors, users
from firmware.store.audit import Asked, Change
from firmware.store.passwords import weakness
from firmware.store.users import User
from web.account import wording
from web.calls import store
from web.system import access, entry, language, proof, trail
from web.system.accounts import LONGEST_FIELD, factor_key
from web.system.permission import Permission, needs

pages = Blueprint("account", __name__, template_folder="templates")

ENROLLING = "enrolling"
"""In the cookie, sealed: the secret that is not proven yet."""

_ENROL_S = 1800
_RECENT = 10

Answer = AnyResponse | tuple[str, int]


@pages.get("/account")
@needs(Permission.OWN_ACCOUNT)
def mine() -> str:
    """Everything about one's own account."""
    return _mine("")


@pages.post("/account/password")
@needs(Permission.OWN_ACCOUNT)
def password() -> Answer:
    """Change the password; every other session ends."""
    new = request.form.get("new", "")
    problem = unproven() or _wrong_with(new)
    if problem:
        return _mine(problem), 409
    user, db = access.person(), store.database()
    trail.write(Change.PASSWORD_CHANGED, subject=user.name)
    users.set_password(db, user.name, new)
    _renew()
    return redirect(url_for("account.mine", done="password"))


@pages.get("/account/factor")
@needs(Permission.OWN_ACCOUNT)
def factor() -> str:
    """The page that enrols a second factor: a secret as a QR code, and the field for its code."""
    return _factor("")


@pages.get("/account/factor.svg")
@needs(Permission.OWN_ACCOUNT)
def factor_code() -> Response:
    """The secret that is being enrolled, as a QR code; never kept by a browser."""
    secret = _enrolling()
    if secret is None:
        abort(404)
    address = factors.address_of(secret, access.person().name, language.office().name)
    drawing = io.BytesIO()
    segno.make(address, error="m").save(drawing, kind="svg", scale=6, border=4, light="white")
    response = Response(drawing.getvalue(), mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.post("/account/factor")
@needs(Permission.OWN_ACCOUNT)
def enrol() -> Answer:
    """Take the new second factor, once its first code was right."""
    secret = _enrolling()
    if secret is None:
        return _factor("enrolling"), 409
    if problem := unproven():
        return _factor(problem), 409
    now = time.time()
    step = factors.step_of(secret, request.form.get("code", "")[:LONGEST_FIELD], now)
    if step is None:
        return _factor("code"), 409
    user, db = access.person(), store.database()
    trail.write(Change.FACTOR_ENROLLED, subject=user.name)
    codes = factors.enrol(db, user.name, secret, step, now, key=factor_key())
    users.end_sessions(db, user.name)
    _renew()
    return _codes(codes)


@pages.post("/account/factor/remove")
@needs(Permission.OWN_ACCOUNT)
def remove_factor() -> Answer:
    """Take one's second factor away, where the role may do without."""
    user, db = access.person(), store.database()
    if user.role in factors.wanted_of(db):
        return _mine("must"), 409
    if problem := unproven():
        return _mine(problem), 409
    trail.write(Change.FACTOR_RESET, subject=user.name)
    factors.reset(db, user.name)
    users.end_sessions(db, user.name)
    _renew()
    return redirect(url_for("account.mine", done="factor"))


@pages.post("/account/codes")
@needs(Permission.OWN_ACCOUNT)
def new_codes() -> Answer:
    """Make new recovery codes; the old ones open nothing any more."""
    user = access.person()
    if not user.has_factor:
        abort(404)
    if problem := unproven():
        return _mine(problem), 409
    trail.write(Change.RECOVERY_RENEWED, subject=user.name)
    return _codes(factors.new_codes(store.database(), user.name))


@pages.post("/account/sessions/end")
@needs(Permission.OWN_ACCOUNT)
def end_sessions() -> AnyResponse:
    """End one session of one's own, or all but this one."""
    mine, one = access.current(), request.form.get("ident", "")[:64]
    if mine is None:
        abort(401)
    trail.tell(Change.SESSIONS_ENDED, subject=mine.user, after="one" if one else "others")
    if one:
        access.sessions().end_one(mine.user, one)
    else:
        access.sessions().end_all(mine.user, but=mine.ident)
    return redirect(url_for("account.mine", done="sessions"))


# -- what the pages are made of ---------------------------------------------------------------


def _mine(problem: str) -> str:
    user, db = access.person(), store.database()
    told = entry.told()
    entry.has_looked()
    mine = access.current()
    return render_template(
        "account/mine.html",
        user=user,
        factor=factors.find(db, user.name),
        must_have=user.role in factors.wanted_of(db),
        sessions=access.sessions().of_user(user.name),
        here=mine.ident if mine else "",
        recent=_recent(user),
        told=told,
        done=request.args.get("done", ""),
        problem=wording.PROBLEMS[problem] if problem else "",
        roles=wording.ROLES,
    )


def _recent(user: User) -> list[audit.Entry]:
    """The last times somebody came in as this person, or wanted to."""
    db = store.database()
    found = [
        one
        for deed in (Change.SIGNED_IN, Change.SIGN_IN_REFUSED, Change.COOKIE_SUSPECT)
        for _place, one in audit.trail(db, Asked(subject=user.name, exact=True, deed=deed), _RECENT)
    ]
    return sorted(found, key=lambda one: -one.at)[:_RECENT]


def _factor(problem: str) -> str:
    secret = _enrolling()
    if secret is None:
        secret = factors.new_secret()
        session[ENROLLING] = factor_key().encrypt(secret.encode()).decode()
    return render_template(
        "account/factor.html",
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        must_have=access.lacks_factor(),
        problem=wording.PROBLEMS[problem] if problem else "",
    )


def _enrolling() -> str | None:
    """The secret that this session is enrolling, for half an hour."""
    try:
        sealed = str(session.get(ENROLLING, ""))
        return factor_key().decrypt(sealed.encode(), ttl=_ENROL_S).decode()
    except InvalidToken:
        return None


def _codes(codes: list[str]) -> Response:
    """The recovery codes, this once."""
    response = make_response(render_template("account/codes.html", codes=codes))
    response.headers["Cache-Control"] = "no-store"
    return response


def unproven() -> str:
    """What is wrong with the present password in the form; empty when it proves who they are."""
    return proof.unproven(request.form.get("current", ""))


def _wrong_with(new: str) -> str:
    if len(new) > LONGEST_FIELD:
        return "long"
    if new != request.form.get("again", ""):
        return "again"
    weak = weakness(new, (access.person().name, language.office().name))
    return str(weak) if weak else ""


def _renew() -> None:
    """This browser goes on with a new session; the generation has ended all that were."""
    user = users.find(store.database(), access.person().name)
    if user is None:
        abort(401)
    access.sessions().end_all(user.name)
    entry.begin(user)
