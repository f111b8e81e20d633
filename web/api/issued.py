"""The page of one's tokens: what programs come in with. Whoever makes one proves again who they
are; what opens is shown once."""

from __future__ import annotations

import time

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from firmware.model.permissions import reach
from firmware.store import tokens
from web.account import wording as account_wording
from web.account.views import unproven
from web.api.operation import OPERATIONS
from web.api.wording import SCOPES
from web.calls import store
from web.system import access, trail
from web.system.permission import Permission, needs

pages = Blueprint("tokens", __name__, template_folder="templates")

LONGEST_TITLE = 80
MOST_TOKENS = 50
_DAY_S = 86400.0
AGES_DAYS = (30, 90, 365, 0)
"""How long a token may open; 0: until it is revoked."""


@pages.get("/account/tokens")
@needs(Permission.OWN_ACCOUNT)
def mine() -> str:
    """One's tokens."""
    return _page("", "")


@pages.post("/account/tokens")
@needs(Permission.OWN_ACCOUNT)
def add() -> str | tuple[str, int]:
    """Make a token, and show what opens."""
    title = request.form.get("title", "").strip()[:LONGEST_TITLE]
    scopes = [scope for scope in offered() if f"scope-{scope}" in request.form]
    age = request.form.get("age", "")
    if age not in {str(days) for days in AGES_DAYS}:
        abort(400)
    if not title or not scopes:
        return _page("", "empty"), 409
    if problem := unproven():
        return _page("", problem), 409
    db, now, person = store.database(), time.time(), access.person().name
    if len([one for one in tokens.of_user(db, person) if one.is_good(now)]) >= MOST_TOKENS:
        return _page("", "many"), 409
    over = now + int(age) * _DAY_S if int(age) else None
    scopes_said = sorted(map(str, scopes))
    trail.write(
        trail.Change.TOKEN_MADE, subject=person, after={"title": title, "scopes": scopes_said}
    )
    _token, secret = tokens.create(db, person, title, scopes, now=now, expires_at=over)
    return _page(secret, "")


@pages.post("/account/tokens/<ident>/revoke")
@needs(Permission.OWN_ACCOUNT)
def revoke(ident: str) -> AnyResponse:
    """Let a token open no more."""
    db, person = store.database(), access.person().name
    found = next((one for one in tokens.of_user(db, person) if one.id == ident), None)
    if found is None:
        abort(404)
    trail.write(trail.Change.TOKEN_REVOKED, subject=person, before={"title": found.title})
    tokens.revoke(db, person, ident, time.time())
    return redirect(url_for("tokens.mine"))


def offered() -> list[Permission]:
    """The scopes that any operation asks for and whoever asks has."""
    bearer = access.bearer()
    asked = {op.needs for op in OPERATIONS}
    return sorted(one for one in asked if reach(bearer, one) is not None)


def _page(secret: str, problem: str) -> str:
    now = time.time()
    found = tokens.of_user(store.database(), access.person().name)
    return render_template(
        "tokens/mine.html",
        tokens=found,
        good={one.id for one in found if one.is_good(now)},
        offered=[(str(one), SCOPES[one]) for one in offered()],
        scopes=SCOPES,
        ages=AGES_DAYS,
        secret=secret,
        problem=problem,
        problems=account_wording.PROBLEMS,
        document=url_for("api.document"),
    )
