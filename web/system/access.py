"""Who may see a page: everybody the login page, the signed-in the rest."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, current_app, g, redirect, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from web.system.sessions import Session, Sessions

OPEN_ENDPOINTS = frozenset({"static", "system.login", "system.choose_language", "system.health"})
"""Pages without a session. Every other page is closed from the day it is written."""

TOKEN = "token"  # noqa: S105 - the name of the cookie's field, not a secret
BACKGROUND_ENDPOINTS = frozenset({"live.stream", "live.changes", "phones.rows"})
"""Requests a script makes by itself: they do not prolong the session."""


def sessions() -> Sessions:
    """The console's sessions."""
    kept: Sessions = current_app.extensions["markaz-sessions"]
    return kept


def token() -> str:
    """The token of this browser's session; empty when it has none."""
    return str(session.get(TOKEN, ""))


def current() -> Session | None:
    """The session of this request, looked up once."""
    if "signed_in" not in g:
        active = request.endpoint not in BACKGROUND_ENDPOINTS
        g.signed_in = sessions().find(token(), active=active) if token() else None
    found: Session | None = g.signed_in
    return found


def guard() -> AnyResponse | None:
    """Before every request: turn those without a session to the login page; scripts get 401."""
    if request.endpoint in OPEN_ENDPOINTS or current() is not None:
        return None
    if request.endpoint in BACKGROUND_ENDPOINTS or request.method != "GET":
        return Response(status=401)
    here = request.full_path.rstrip("?")
    return redirect(url_for("system.login", next=None if here == "/" else here))


def local_path(target: str | None) -> str:
    """``target`` if it is a path on this box, else the live page: no open redirects.

    Browsers read ``//host`` and ``/\\host`` as another site, and drop tabs and newlines first.
    """
    if not target or not target.startswith("/") or target.startswith("//"):
        return "/"
    if any(ord(letter) <= 32 or letter == "\\" for letter in target):
        return "/"
    parts = urlsplit(target)
    return "/" if parts.scheme or parts.netloc else target
