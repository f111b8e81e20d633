"""Webhooks: who is told of what happens, and how far they were told; the feed itself."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlite_utils import Database

from firmware.model.letter import Letter
from firmware.store import outbox
from firmware.store.sqlite import writing

CHANNEL = "webhook:"
"""A webhook's letters are a channel of their own, so that none waits for another's receiver."""

KEEP_FEED_S = 7 * 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One entry of the feed. ``subject`` is what JSON can say."""

    seq: int
    at: float
    name: str
    queue: str
    subject: dict[str, object]

    def written(self) -> str:
        """As it is told."""
        known = {"seq": self.seq, "at": self.at, "name": self.name, "queue": self.queue}
        return json.dumps({**known, "subject": self.subject}, ensure_ascii=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One receiver. ``events`` are the names it is told of; none: all."""

    id: str
    user: str
    url: str
    secret: str
    events: tuple[str, ...]
    keep_trying_h: int
    created_at: float
    told: int

    @property
    def channel(self) -> str:
        """Of its letters in the outbox."""
        return CHANNEL + self.id


def create(
    db: Database, user: str, url: str, events: Iterable[str], *, keep_trying_h: int, now: float
) -> Webhook:
    """A new receiver, told of what happens from now on.

    Raises:
        sqlite3.Error: it could not be written.
    """
    with writing(db):
        newest = db.execute("SELECT COALESCE(MAX(seq), 0) FROM feed").fetchone()[0]
        ident, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        db.execute(
            "INSERT INTO webhooks VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [ident, user, url, secret, json.dumps(list(events)), keep_trying_h, now, newest],
        )
    return next(hook for hook in everyone(db) if hook.id == ident)


def everyone(db: Database, user: str = "") -> list[Webhook]:
    """All webhooks, or somebody's."""
    found = db.query("SELECT * FROM webhooks WHERE ? IN ('', user) ORDER BY created_at, id", [user])
    return [Webhook(**{**row, "events": tuple(json.loads(row["events"]))}) for row in found]


def remove(db: Database, user: str, ident: str) -> bool:
    """Tell one of somebody's receivers no more, not even of what waits; False: there is none.

    Raises:
        sqlite3.Error: it could not be written.
    """
    with writing(db):
        cursor = db.execute("DELETE FROM webhooks WHERE id = ? AND user = ?", [ident, user])
        if cursor.rowcount:
            db.execute("DELETE FROM outbox WHERE channel = ?", [CHANNEL + ident])
    return bool(cursor.rowcount)


def since(db: Database, seq: int, limit: int = 200) -> list[Happening]:
    """What happened after an entry of the feed, in order."""
    found = db.query("SELECT * FROM feed WHERE seq > ? ORDER BY seq LIMIT ?", [seq, limit])
    return [Happening(**{**row, "subject": json.loads(row["subject"])}) for row in found]


def newest(db: Database) -> int:
    """The last entry of the feed; 0: there is none."""
    return int(db.execute("SELECT COALESCE(MAX(seq), 0) FROM feed").fetchone()[0])


def write_letters(db: Database, hook: Webhook, now: float, limit: int = 200) -> int:
    """Make letters of what a receiver was not told of yet; how many entries were looked at. Letters
    and how far it came become known in one step: nothing is told twice, nothing left out.

    Raises:
        sqlite3.Error: it could not be written.
    """
    happenings = since(db, hook.told, limit)
    if not happenings:
        return 0
    with writing(db):
        for one in happenings:
            if not hook.events or one.name in hook.events:
                outbox.put(
                    db,
                    Letter(
                        ident=f"{hook.channel}:{one.seq}",
                        channel=hook.channel,
                        recipient=hook.id,
                        body=one.written(),
                        created_at=now,
                    ),
                )
        db.execute("UPDATE webhooks SET told = ? WHERE id = ?", [happenings[-1].seq, hook.id])
    return len(happenings)


def waiting(db: Database, hook: Webhook) -> tuple[int, str]:
    """How many letters to a receiver wait, and why the first one does."""
    count = db.execute(
        "SELECT COUNT(*) FROM outbox WHERE channel = ? AND state IN ('waiting', 'sending')",
        [hook.channel],
    ).fetchone()[0]
    first = outbox.waiting(db, hook.channel, limit=1)
    return int(count), first[0].fault if first else ""


def forget(db: Database, now: float) -> None:
    """Take what is old off the feed, and letters to receivers that went with their user.

    Raises:
        sqlite3.Error: it could not be written.
    """
    db.execute("DELETE FROM feed WHERE at < ?", [now - KEEP_FEED_S])
    db.execute(
        "DELETE FROM outbox WHERE channel LIKE :any "
        "AND channel NOT IN (SELECT :prefix || id FROM webhooks)",
        {"any": f"{CHANNEL}%", "prefix": CHANNEL},
    )
