"""Writing the audit trail from a page: who asks and from where is known, what changed is said."""

from __future__ import annotations

import logging
import sqlite3
import time
from typing import Any

from flask import Response, g, request

from firmware.store import audit
from firmware.store.audit import Change, Entry
from web.calls import store
from web.system import access

__all__ = ["Change", "orders", "tell", "write"]

log = logging.getLogger(__name__)

_REFUSED = 400


def write(
    deed: Change, *, subject: str, before: Any = None, after: Any = None, who: str = ""
) -> None:
    """Write down what whoever asks does. ``before`` and ``after`` are what JSON can say, and never
    secrets. ``who`` for somebody who is not signed in yet.

    Raises:
        sqlite3.Error: it could not be written; then it must not be done either.
    """
    g.in_trail = True
    session = access.current()
    audit.write(
        store.database(),
        Entry(
            at=time.time(),
            who=who or (session.user if session else ""),
            place=request.remote_addr or "",
            deed=deed,
            subject=subject,
            before=before,
            after=after,
        ),
    )


def tell(
    deed: Change, *, subject: str, before: Any = None, after: Any = None, who: str = ""
) -> None:
    """The same for what must go on when the disk is full: who comes in may be whom it waits for."""
    try:
        write(deed, subject=subject, before=before, after=after, who=who)
    except sqlite3.Error as error:
        log.error("%s of %s is not in the audit trail: %s", deed, subject, error)


def orders(response: Response) -> Response:
    """After every request: what a signed-in person had done and no page has written down itself
    is an order, told by its address."""
    was_done = request.method != "GET" and response.status_code < _REFUSED
    if was_done and "in_trail" not in g and access.current() is not None:
        tell(Change.ORDERED, subject=request.path)
    return response
