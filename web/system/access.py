"""Who may see a page: everybody the login page, the signed-in what their role lets them."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Response, abort, current_app, g, redirect, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from firmware.model import permissions
from firmware.model.permissions import Bearer, Permission, Reach
from firmware.store import audit, factors, users
from firmware.store.audit import Change, Entry
from firmware.store.users import User
from web.calls import store
from web.system.browser import browser_of
from web.system.permission import needed
from web.system.sessions import Session, Sessions

log = logging.getLogger(__name__)

TOKEN = "token"  # noqa: S105 - the name of the cookie's field, not a secret
BACKGROUND_ENDPOINTS = frozenset(
    {
        "live.stream",
        "live.changes",
        "details.part",
        "prompts.progress",
        "testing.levels",
        "phones.rows",
        "bench.stream",
        "wizard.part",
        "softphone.fresh_pass",
        "softphone.calls",
        "desk.now",
        "desk.customer",
        "supervision.now",
        "supervision.events",
        "wall.mine_now",
        "wall.mine_stream",
    }
)
"""Requests a script makes by itself: they do not prolong the session."""

_LOOK_S = 5.0

NOBODY = frozenset({""})
"""Somebody without an extension or a queue has nothing that belongs to "none"."""


def sessions() -> Sessions:
    """The console's sessions."""
    kept: Sessions = current_app.extensions["markaz-sessions"]
    return kept


def token() -> str:
    """The token of this browser's session; empty when it has none."""
    return str(session.get(TOKEN, ""))


def current() -> Session | None:
    """The session of this request, looked up once."""
    _look_up()
    found: Session | None = g.signed_in
    return found


def still_in(token: str) -> bool:
    """Whether a session goes on, for what lasts longer than a request: its end shows at once, that
    its user was disabled or given another role after ``_LOOK_S``."""
    found = sessions().find(token, active=False)
    if found is None or found.half:
        return False
    if time.monotonic() - g.get("looked_at", 0.0) > _LOOK_S:
        g.looked_at = time.monotonic()
        g.still_in = _is_of(found, _user(found.user))
    return bool(g.still_in)


def person() -> User:
    """Who asks. Only where the guard has let somebody in."""
    _look_up()
    if g.person is None:
        abort(401)
    found: User = g.person
    return found


def half() -> Session | None:
    """The session of this request that still wants its second factor."""
    found = sessions().find(token(), active=False) if token() else None
    return found if found is not None and found.half else None


def may(
    permission: Permission,
    *,
    queue: str | Iterable[str] = (),
    extension: str | Iterable[str] = (),
) -> bool:
    """Whether whoever asks may, with what belongs to any of these queues or extensions; with none
    named, whether at all. False for strangers."""
    if permission is Permission.OPEN:
        return True
    _look_up()
    if g.person is None:
        return False
    queues, extensions = _names(queue), _names(extension)
    if not queues and not extensions and (queue != () or extension != ()):
        # What belongs to nobody (a queue of no name) is for those who may see everything.
        return reach(permission) is Reach.ALL
    return permissions.may(bearer(), permission, queues=queues, extensions=extensions)


def must(
    permission: Permission,
    *,
    queue: str | Iterable[str] = (),
    extension: str | Iterable[str] = (),
) -> None:
    """End the request with 403 unless they ``may``."""
    if not may(permission, queue=queue, extension=extension):
        abort(403)


def reach(permission: Permission) -> Reach | None:
    """How far their permission goes: a list that is not ALL is narrowed by ``bearer``."""
    return permissions.reach(bearer(), permission)


def bearer() -> Bearer:
    """The role of who asks, their queues and their extension."""
    return person().bearer


def guard() -> AnyResponse | None:
    """Before every request: turn those without a session to the login page (scripts get 401), and
    those whose role does not reach here away."""
    endpoint = request.endpoint
    permission = needed(current_app, endpoint) if endpoint else None
    if permission is Permission.OPEN:
        return None
    if current() is None:
        return _stranger()
    if endpoint is None:
        return None  # there is no such page
    if permission is None:
        log.error("%s names no permission: nobody may ask for it", endpoint)
        abort(403)
    if not may(permission):
        abort(403)
    if permission is not Permission.OWN_ACCOUNT and lacks_factor():
        return redirect(url_for("account.factor"))
    return None


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


def _stranger() -> AnyResponse:
    if request.endpoint in BACKGROUND_ENDPOINTS or request.method != "GET":
        return Response(status=401)
    here = request.full_path.rstrip("?")
    return redirect(url_for("system.login", next=None if here == "/" else here))


def _look_up() -> None:
    """The session and its person, once for each request; both or neither."""
    if "signed_in" in g:
        return
    g.signed_in = g.person = None
    active = request.endpoint not in BACKGROUND_ENDPOINTS
    address = request.remote_addr or ""
    found = sessions().find(token(), active=active, address=address) if token() else None
    if found is None or found.half or not _is_same_browser(found):
        return
    user = _user(found.user)
    if user is not None and _is_of(found, user):
        g.signed_in, g.person = found, user


def _is_of(found: Session, user: User | None) -> bool:
    """Whether a session is still one of its user's."""
    return user is not None and user.disabled_at is None and user.generation == found.generation


def _is_same_browser(found: Session) -> bool:
    """A cookie that turns up in another browser was stolen, or copied: its session ends."""
    now = browser_of(request.user_agent.string)
    if not found.browser or now == found.browser:
        return True
    address = request.remote_addr or ""
    log.warning("a cookie of user %s turned up in another browser at %s", found.user, address)
    sessions().end(token())
    entry = Entry(
        at=time.time(),
        who=found.user,
        place=address,
        deed=Change.COOKIE_SUSPECT,
        subject=found.user,
        before={"browser": found.browser, "address": found.seen_from},
        after={"browser": now, "address": address},
    )
    with contextlib.suppress(sqlite3.Error):  # the session has ended all the same
        audit.write(store.database(), entry)
    return False


def _user(name: str) -> User | None:
    """A user; what they were last while the store cannot be read, so that the live page stays."""
    known: dict[str, User | None] = current_app.extensions["markaz-people"]
    try:
        known[name] = users.find(store.database(), name)
    except sqlite3.Error as error:
        log.warning("the store cannot be read, people stay as they were: %s", error)
    return known.get(name)


def lacks_factor() -> bool:
    """Whether their role must have a second factor, and they have none yet."""
    user = person()
    if user.has_factor:
        return False
    try:
        return user.role in factors.wanted_of(store.database())
    except sqlite3.Error:  # nobody can enrol now; the live page stays
        return False


def _names(given: str | Iterable[str]) -> frozenset[str]:
    return frozenset((given,) if isinstance(given, str) else given) - NOBODY
