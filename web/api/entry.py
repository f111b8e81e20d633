"""Who may use the API: a program that shows a token, as far as its scopes and its user reach."""

from __future__ import annotations

import sqlite3
import time

from flask import Response, current_app, g, request
from sqlite_utils import Database

from firmware.store import tokens, users
from firmware.store.tokens import Token
from firmware.store.users import User
from web.api.operation import ROOT
from web.api.problem import answer
from web.calls import store
from web.system import access
from web.system.permission import Permission, needed
from web.system.sessions import Session


def is_api() -> bool:
    """Whether this request is one of a program."""
    return request.path == ROOT or request.path.startswith(f"{ROOT}/")


def guard() -> Response | None:
    """Before every request, and before the guard of the console: a program comes in by its token
    alone. No cookie opens the API, so no other site's page can use it."""
    if not is_api():
        return None
    g.signed_in = g.person = None
    permission = needed(current_app, request.endpoint) if request.endpoint else None
    if permission is Permission.OPEN:
        return None
    secret = shown()
    if not secret:
        return answer(401, "a token is needed: Authorization: Bearer markaz_...")
    try:
        return let_in(secret, permission)
    except sqlite3.Error as error:
        return answer(503, f"the store cannot be read: {error}")


def shown() -> str:
    """What a program shows to be let in; "" for nothing."""
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


def user_of(db: Database, token: Token | None, now: float) -> User | None:
    """Who comes in by a token; None: it does not open."""
    if token is None or not token.is_good(now):
        return None
    user = users.find(db, token.user)
    return user if user is not None and user.disabled_at is None else None


def let_in(secret: str, permission: Permission | None) -> Response | None:
    """Know from now on, in this request, whose token it is; an answer: it does not reach so far.

    Raises:
        sqlite3.Error: the store cannot be read.
    """
    db, now = store.database(), time.time()
    token = tokens.find(db, secret)
    user = user_of(db, token, now)
    if token is None or user is None:
        why = "it is unknown, expired or revoked, or its user is disabled"
        return answer(401, f"this token does not open: {why}")
    tokens.note_use(db, token, now)
    g.person, g.signed_in = user, _session(token, now)
    if access.lacks_factor():
        return answer(403, "the token's user must have a second factor first")
    if permission is not None and permission not in token.scopes:
        return answer(403, f"the token's scopes do not have {permission}")
    if permission is not None and not access.may(permission):
        return answer(403, f"the token's user has no permission {permission}")
    return None


def _session(token: Token, now: float) -> Session:
    """What the audit trail knows a program by: its user, and the token."""
    return Session(
        ident=f"token {token.id}",
        user=token.user,
        generation=0,
        half=False,
        address=request.remote_addr or "",
        browser="",
        began_at=token.created_at,
        seen_at=now,
        seen_from=request.remote_addr or "",
    )
