"""Coming in: a session begins, half where a code is wanted, and what a person is told then."""

from __future__ import annotations

import logging
import time

from flask import current_app, request, session, url_for
from flask_babel import gettext, ngettext

from firmware.model import permissions
from firmware.model.permissions import Permission
from firmware.store import audit
from firmware.store.audit import Asked, Change
from firmware.store.users import User
from web.calls import store
from web.system import access, language, trail
from web.system.browser import browser_of
from web.system.lockout import Lockout
from web.wizard import progress
from web.writing import digits

log = logging.getLogger(__name__)

TOLD = "told"
"""In the cookie: what happened to the account while its person was away, until they looked."""

_LONGEST_SUBJECT = 64


def lockout() -> Lockout:
    """What is held back after wrong passwords and codes."""
    kept: Lockout = current_app.extensions["markaz-lockout"]
    return kept


def begin(user: User, *, half: bool = False) -> None:
    """A new session in the place of the one there was: its id is never one that somebody knew
    before, and nothing that was planted survives."""
    access.sessions().end(access.token())
    session.clear()
    session[access.TOKEN] = access.sessions().begin(
        user.name,
        request.remote_addr or "",
        generation=user.generation,
        browser=browser_of(request.user_agent.string),
        half=half,
    )


def come_in(user: User, *, by: str) -> None:
    """Sign a user in; ``by`` tells what proved who they are. What happened to their account since
    the last time is kept to be told."""
    news = _news(user.name)
    trail.tell(Change.SIGNED_IN, subject=user.name, who=user.name, after=by)
    begin(user)
    session[TOLD] = news
    log.info("user %s signed in from %s", user.name, request.remote_addr)


def landing(user: User, following: str | None) -> str:
    """Where somebody who has come in goes on: what they asked for, or the set-up of a new box."""
    path = access.local_path(following)
    is_theirs = permissions.may(user.bearer, Permission.CHANGE_BOX)
    if path == "/" and is_theirs and progress.is_due(current_app.extensions["markaz-home"]):
        return url_for("wizard.begin")
    return path


def refused(name: str, by: str) -> None:
    """Write down that somebody was not let in. The name may be one that a stranger made up."""
    name = name.encode("utf-8", "replace").decode()[:_LONGEST_SUBJECT]
    trail.tell(Change.SIGN_IN_REFUSED, subject=name, after=by)
    log.warning("sign-in refused from %s", request.remote_addr)


def told() -> str:
    """What the signed-in person should look at; empty for nothing."""
    refusals, suspects = session.get(TOLD, (0, 0))
    if suspects:
        return str(
            gettext(
                "A session of yours turned up in another browser and was ended: somebody may have "
                "copied its cookie."
            )
        )
    if not refusals:
        return ""
    return str(
        ngettext(
            "%(count)s attempt to sign in as you was refused since you were last here.",
            "%(count)s attempts to sign in as you were refused since you were last here.",
            refusals,
            count=digits(refusals, language.tongue()),
        )
    )


def has_looked() -> None:
    """The person has seen what they were told."""
    session.pop(TOLD, None)


def _news(name: str) -> tuple[int, int]:
    """How often somebody was refused, and a cookie suspect, since the last sign-in."""
    db = store.database()
    last = audit.trail(db, Asked(deed=Change.SIGNED_IN, subject=name, exact=True), 1)
    since = last[0][1].at if last else time.time()
    return tuple(  # type: ignore[return-value]
        len(audit.trail(db, Asked(deed=deed, subject=name, exact=True, since=since), 100))
        for deed in (Change.SIGN_IN_REFUSED, Change.COOKIE_SUSPECT)
    )
