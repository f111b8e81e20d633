"""The wallboard: a full screen of queues and agents for a television, without a caller's number.

A television opens it without signing in by an address with a secret: a token whose only scope is
the wallboard, which shows the queues that its user may see, until it is revoked.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from firmware.model.permissions import Bearer, may
from firmware.store import tokens, users
from firmware.store.tokens import Token
from web.calls import store
from web.live.items import standing
from web.supervision import stream, views, wording
from web.system import access, language, trail
from web.system.permission import Permission, needs

pages = Blueprint("wall", __name__, template_folder="templates")

LONGEST_TITLE = 80
MOST_SCREENS = 50

_WELL = frozenset({"mains", "up", "unknown"})
"""States of the power and the internet that a room of agents need not be told of."""


# -- for who has signed in


@pages.get("/supervision/wallboard")
@needs(Permission.SHOW_WALLBOARD)
def mine() -> str:
    """The wallboard of one's own queues."""
    return _page(access.bearer(), now=url_for("wall.mine_now"), events=url_for("wall.mine_stream"))


@pages.get("/supervision/wallboard/now")
@needs(Permission.SHOW_WALLBOARD)
def mine_now() -> Response:
    """The same as it is."""
    bearer = access.bearer()
    return stream.now(lambda: _parts(bearer))


@pages.get("/supervision/wallboard/stream")
@needs(Permission.SHOW_WALLBOARD)
def mine_stream() -> Response:
    """The same as it changes."""
    bearer, token = access.bearer(), access.token()
    return stream.follow(lambda: _parts(bearer), lambda: access.still_in(token))


@pages.get("/supervision/screens")
@needs(Permission.SHOW_WALLBOARD)
def screens() -> str:
    """The televisions that have an address."""
    return _screens("")


@pages.post("/supervision/screens")
@needs(Permission.SHOW_WALLBOARD)
def add_screen() -> str | tuple[str, int]:
    """Make an address for a television; it is shown once."""
    title = request.form.get("title", "").strip()[:LONGEST_TITLE]
    db, person = store.database(), access.person().name
    if not title or len(_of(person)) >= MOST_SCREENS:
        return _screens(""), 409
    scopes = [Permission.SHOW_WALLBOARD]
    trail.write(trail.Change.TOKEN_MADE, subject=person, after={"title": title, "scopes": scopes})
    _token, secret = tokens.create(db, person, title, scopes, now=time.time())
    return _screens(url_for("wall.shown", secret=secret, _external=True))


@pages.post("/supervision/screens/<ident>/revoke")
@needs(Permission.SHOW_WALLBOARD)
def revoke_screen(ident: str) -> AnyResponse:
    """Let an address show nothing any more."""
    person = access.person().name
    found = next((one for one in _of(person) if one.id == ident), None)
    if found is None:
        abort(404)
    trail.write(trail.Change.TOKEN_REVOKED, subject=person, before={"title": found.title})
    tokens.revoke(store.database(), person, ident, time.time())
    return redirect(url_for("wall.screens"))


# -- for a television


@pages.get("/wallboard/<secret>")
@needs(Permission.OPEN)
def shown(secret: str) -> str:
    """The wallboard of whoever made the address."""
    return _page(
        _let_in(secret),
        now=url_for("wall.shown_now", secret=secret),
        events=url_for("wall.shown_stream", secret=secret),
    )


@pages.get("/wallboard/<secret>/now")
@needs(Permission.OPEN)
def shown_now(secret: str) -> Response:
    """The same as it is."""
    bearer = _let_in(secret)
    return stream.now(lambda: _parts(bearer))


@pages.get("/wallboard/<secret>/stream")
@needs(Permission.OPEN)
def shown_stream(secret: str) -> Response:
    """The same as it changes, until the address is revoked or its user may see nothing."""
    bearer = _let_in(secret)
    return stream.follow(lambda: _parts(bearer), lambda: _bearer_of(secret) == bearer)


# -- within


def _let_in(secret: str) -> Bearer:
    bearer = _bearer_of(secret)
    if bearer is None:
        abort(404)
    return bearer


def _bearer_of(secret: str) -> Bearer | None:
    """Whose queues an address shows; None when it opens nothing."""
    db, now = store.database(), time.time()
    token = tokens.find(db, secret)
    if token is None or not token.is_good(now) or Permission.SHOW_WALLBOARD not in token.scopes:
        return None
    user = users.find(db, token.user)
    if user is None or user.disabled_at is not None:
        return None
    tokens.note_use(db, token, now)
    return user.bearer if may(user.bearer, Permission.SHOW_WALLBOARD) else None


def _page(bearer: Bearer, *, now: str, events: str) -> str:
    query = request.query_string.decode("ascii", "ignore")
    more = f"?{query}" if query else ""
    return render_template(
        "supervision/wallboard.html", now=now + more, events=events + more, **_content(bearer)
    )


def _parts(bearer: Bearer) -> Mapping[str, str]:
    return {"wall": render_template("supervision/wall.html", **_content(bearer))}


def _content(bearer: Bearer) -> Mapping[str, object]:
    def sees(queue: str) -> bool:
        return may(bearer, Permission.SHOW_WALLBOARD, queues=frozenset({queue}))

    return {
        "room": views.room(sees, frozenset(request.args.getlist("queue"))),
        "shortages": [one for one in standing(views.picture()) if one.state not in _WELL],
        "titles": {one.name: one.title for one in language.site().queue},
        "grades": wording.GRADES,
        "figures": wording.FIGURES,
    }


def _of(person: str) -> list[Token]:
    """Somebody's addresses for televisions that open."""
    found, now = tokens.of_user(store.database(), person), time.time()
    only = frozenset({Permission.SHOW_WALLBOARD})
    return [one for one in found if one.scopes == only and one.is_good(now)]


def _screens(address: str) -> str:
    return render_template(
        "supervision/screens.html",
        screens=_of(access.person().name),
        address=address,
        longest=LONGEST_TITLE,
    )
