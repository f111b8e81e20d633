"""Operations on what happens: the stream of it, and the receivers who are told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing

from flask import Response, current_app, request
from sqlite_utils import Database

from firmware.config.home import Home
from firmware.model.permissions import Bearer, Permission, Reach, reach
from firmware.model.permissions import may as may_by_role
from firmware.store import tokens, webhooks
from firmware.store.db import open_store
from firmware.store.webhooks import Happening
from web.api import entry, shapes
from web.api.operation import operation
from web.api.problem import Refusal
from web.calls import store
from web.system import access

MOST_STREAMS = 4
"""Each holds one of the server's threads."""

LOOK_INTERVAL_S = 0.5
STREAM_S = 300.0
"""Then a program comes again, with the number of the last entry it has had."""

_KEEP_ALIVE_S = 15.0
_streams = threading.BoundedSemaphore(MOST_STREAMS)


@operation("GET", "/events", needed=Permission.SEE_LIVE, query=shapes.EventQuery, streams=True)
def follow(query: shapes.EventQuery) -> Response:
    """What happens, as server-sent events; ``id`` is the entry's number, and a header
    ``Last-Event-ID`` goes on behind one."""
    after = query.after
    said = request.headers.get("Last-Event-ID", "")
    if said.isascii() and said.isdecimal() and len(said) < 16:
        after = int(said)
    if after is None:
        after = webhooks.newest(store.database())
    if not _streams.acquire(blocking=False):
        raise Refusal(503, f"{MOST_STREAMS} programs follow already")
    home: Home = current_app.extensions["markaz-home"]
    secret = entry.shown()
    response = Response(_told(home, after, secret), mimetype="text/event-stream")
    response.call_on_close(_streams.release)
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _told(home: Home, after: int, secret: str) -> Iterator[str]:
    begun = said_at = time.monotonic()
    yield ": following\n\n"
    with closing(open_store(home)) as db:
        while time.monotonic() - begun < STREAM_S:
            bearer = _follower(db, secret)
            if bearer is None:
                return
            found = webhooks.since(db, after)
            for one in found:
                after = one.seq
                if may_be_told(bearer, one):
                    said_at = time.monotonic()
                    yield f"id: {one.seq}\nevent: {one.name}\ndata: {one.written()}\n\n"
            if time.monotonic() - said_at > _KEEP_ALIVE_S:
                said_at = time.monotonic()
                yield ": still here\n\n"
            if not found:
                time.sleep(LOOK_INTERVAL_S)


def _follower(db: Database, secret: str) -> Bearer | None:
    """Whose token it is, while it opens the stream: it may be revoked at any moment."""
    user = entry.user_of(db, tokens.find(db, secret), time.time())
    is_let = user is not None and reach(user.bearer, Permission.SEE_LIVE) is not None
    return user.bearer if user is not None and is_let else None


def may_be_told(bearer: Bearer, one: Happening) -> bool:
    """Whether it is of a queue or an extension that the bearer reaches; what is of none is for
    those who see everything."""
    parties = {str(one.subject.get(name, "")) for name in ("agent", "caller", "called", "box")}
    queues, mine = frozenset({one.queue} - {""}), frozenset(parties - {""})
    if not queues and not mine:
        return reach(bearer, Permission.SEE_LIVE) is Reach.ALL
    return may_by_role(bearer, Permission.SEE_LIVE, queues=queues, extensions=mine)


@operation("GET", "/webhooks", needed=Permission.SEE_LIVE, answer=shapes.Webhooks)
def list_webhooks() -> shapes.Webhooks:
    """Your receivers, and what waits for them."""
    db = store.database()
    found = webhooks.everyone(db, access.person().name)
    return shapes.Webhooks(webhooks=[_shown(hook) for hook in found])


@operation(
    "POST",
    "/webhooks",
    needed=Permission.CHANGE_SETTINGS,
    body=shapes.NewWebhook,
    answer=shapes.CreatedWebhook,
    status=201,
)
def add_webhook(body: shapes.NewWebhook) -> shapes.CreatedWebhook:
    """Have a receiver told of what happens from now on, signed (docs/api.md)."""
    db = store.database()
    if len(webhooks.everyone(db)) >= MOST_WEBHOOKS:
        raise Refusal(409, f"there are {MOST_WEBHOOKS} receivers already: remove one first")
    hook = webhooks.create(
        db,
        access.person().name,
        body.url,
        body.events,
        keep_trying_h=body.keep_trying_h,
        now=time.time(),
    )
    return shapes.CreatedWebhook(webhook=_shown(hook), secret=hook.secret)


MOST_WEBHOOKS = 10


@operation("DELETE", "/webhooks/{ident}", needed=Permission.CHANGE_SETTINGS, status=204)
def remove_webhook(ident: str) -> None:
    """Tell a receiver no more."""
    if not webhooks.remove(store.database(), access.person().name, ident):
        raise Refusal(404, "you have no such receiver")


def _shown(hook: webhooks.Webhook) -> shapes.Webhook:
    count, fault = webhooks.waiting(store.database(), hook)
    return shapes.Webhook(
        id=hook.id,
        url=hook.url,
        events=list(hook.events),
        keep_trying_h=hook.keep_trying_h,
        created_at=hook.created_at,
        waiting=count,
        fault=fault,
    )
