"""Webhooks: what happens is told to other programs by HTTP, signed, in its order, over outages.

What a receiver is told carries ``Markaz-Signature: v1=HEX``: HMAC-SHA256 with the receiver's secret
over ``TIMESTAMP.BODY``, and the timestamp in ``Markaz-Timestamp``, so that nothing old is taken
for new. Any 2xx takes it; 410 takes it for ever; with everything else all that is behind it waits,
ever longer, up to a quarter of an hour. Redirections are not followed. A receiver is told nothing
while its user could not make one.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlsplit

from sqlite_utils import Database

from firmware.config.home import Home
from firmware.model import permissions
from firmware.model.letter import Letter
from firmware.model.permissions import Permission
from firmware.outbox.route import Never, RouteClosed
from firmware.outbox.sender import Sender
from firmware.store import users, webhooks
from firmware.store.db import open_store
from firmware.store.sqlite import NewerDatabase
from firmware.store.webhooks import Webhook

log = logging.getLogger(__name__)

TIMEOUT_S = 10.0
ROUND_INTERVAL_S = 1.0
FORGET_INTERVAL_S = 3600.0
_MOST_READ = 1000


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """What the header says of a body told at a time (Unix seconds)."""
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1={signed.hexdigest()}"


class WebhookRoute:
    """The way to one receiver."""

    at_most_once = False

    def __init__(self, hook: Webhook, wall: Callable[[], float]) -> None:
        self._hook = hook
        self._wall = wall
        self._connection: http.client.HTTPConnection | None = None

    def send(self, letter: Letter) -> None:
        """Route."""
        url, body, now = urlsplit(self._hook.url), letter.body.encode(), int(self._wall())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Markaz",
            "Markaz-Event": letter.ident.rpartition(":")[2],
            "Markaz-Timestamp": str(now),
            "Markaz-Signature": signature(self._hook.secret, now, body),
        }
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        try:
            connection = self._connection = self._connection or self._connected()
            connection.request("POST", target, body, headers)
            answer = connection.getresponse()
            answer.read(_MOST_READ)
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            # UnicodeError: a part of the name is empty or too long for any name server.
            self.close()
            raise RouteClosed(f"{url.netloc} does not answer: {error or type(error)}") from error
        if answer.will_close or not answer.isclosed():
            self.close()
        if answer.status == 410:
            raise Never("410: the receiver wants it no more")
        if not 200 <= answer.status < 300:
            self.close()
            raise RouteClosed(f"{url.netloc} answers {answer.status} {answer.reason}")

    def close(self) -> None:
        """Route."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> http.client.HTTPConnection:
        url = urlsplit(self._hook.url)
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        return kind(url.hostname or "", url.port, timeout=TIMEOUT_S)


class Webhooks:
    """All receivers, each in a thread of its own, so that a slow one delays nobody else. ``clock``
    is monotonic seconds, ``wall`` Unix seconds; ``stop`` is set when the daemon ends. ``hinders``
    says why an address cannot be reached now ("": it can): nobody waits for its time-outs."""

    def __init__(
        self,
        home: Home,
        stop: threading.Event,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        hinders: Callable[[str], str] = lambda url: "",
    ) -> None:
        self._home = home
        self._stop = stop
        self._clock = clock
        self._wall = wall
        self._hinders = hinders
        self._senders: dict[str, Sender] = {}
        self._busy: dict[str, threading.Thread] = {}
        self._forget_at = clock()
        self._fault = ""
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    @property
    def warning(self) -> str:
        """What a person should know; empty when everybody is told."""
        said = [text for one in list(self._senders.values()) for text in one.warnings]
        return "; ".join(filter(None, [self._fault, *said]))

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def close(self, timeout_s: float = 5.0) -> None:
        """Wait for the thread, after ``stop`` was set."""
        self._thread.join(timeout_s)

    def retry(self) -> None:
        """Try everybody again at once."""
        for sender in list(self._senders.values()):
            sender.retry()

    def round(self) -> None:
        """Write the letters of what happened, and have each receiver told that is not being told
        already.

        Raises:
            OSError, sqlite3.Error: the store does not answer.
        """
        with closing(open_store(self._home)) as db:
            hooks = [hook for hook in webhooks.everyone(db) if _may_be_told(db, hook)]
            for hook in hooks:
                webhooks.write_letters(db, hook, self._wall())
            if self._clock() >= self._forget_at:
                self._forget_at = self._clock() + FORGET_INTERVAL_S
                webhooks.forget(db, self._wall())
        for ident in self._senders.keys() - {hook.id for hook in hooks}:
            del self._senders[ident]
            self._busy.pop(ident, None)
        for hook in hooks:
            self._tell(hook)

    def wait(self, timeout_s: float = TIMEOUT_S * 2) -> None:
        """Until nobody is being told."""
        for thread in list(self._busy.values()):
            thread.join(timeout_s)

    def _tell(self, hook: Webhook) -> None:
        thread = self._busy.get(hook.id)
        if thread is not None and thread.is_alive():
            return
        sender = self._senders.get(hook.id)
        if sender is None:
            sender = self._senders[hook.id] = Sender(
                self._home,
                {hook.channel: WebhookRoute(hook, self._wall)},
                keep_trying_s=lambda: 3600.0 * hook.keep_trying_h,
                clock=self._clock,
                wall=self._wall,
                stop=self._stop.is_set,
                held=lambda _channel: self._hinders(hook.url),
            )
        thread = threading.Thread(target=sender.round, name=f"webhook-{hook.id}", daemon=True)
        self._busy[hook.id] = thread
        thread.start()

    def _run(self) -> None:
        os.nice(5)  # of this thread alone (nice(2))
        while not self._stop.wait(ROUND_INTERVAL_S):
            try:
                self.round()
                self._fault = ""
            except (OSError, sqlite3.Error, NewerDatabase) as error:
                self._fault = f"webhooks wait: {error}"
            except Exception:
                log.exception("webhooks failed by a fault of ours")
                self._fault = "no webhooks, by a fault of the program: see the log"


def _may_be_told(db: Database, hook: Webhook) -> bool:
    """Whether its user may have it still: a receiver hears of everybody's calls."""
    user = users.find(db, hook.user)
    if user is None or user.disabled_at is not None:
        return False
    return permissions.may(user.bearer, Permission.CHANGE_SETTINGS)
