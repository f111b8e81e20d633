"""Tokens of programs that use the API: each a user's, for some of their permissions.

A token carries 256 random bits, so its plain SHA-256 is enough; nobody can read it again.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlite_utils import Database

from firmware.model.permissions import Permission

PREFIX = "markaz_"
"""By it people and scanners of secrets know what it is."""

USED_STEP_S = 60.0
"""How exactly it is kept when a token was last used: each use would write to the disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One token, without what opens. Times are in Unix seconds."""

    id: str
    user: str
    title: str
    scopes: frozenset[Permission]
    created_at: float
    expires_at: float | None
    used_at: float | None
    revoked_at: float | None

    def is_good(self, now: float) -> bool:
        """Whether it opens."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def create(
    db: Database,
    user: str,
    title: str,
    scopes: Iterable[Permission],
    *,
    now: float,
    expires_at: float | None = None,
) -> tuple[Token, str]:
    """A new token, and what its program says to be let in: shown once, and known to nobody then.

    Raises:
        sqlite3.Error: it could not be written, or there is no such user.
    """
    secret = PREFIX + secrets.token_urlsafe(32)
    token = Token(
        id=secrets.token_hex(6),
        user=user,
        title=title,
        scopes=frozenset(scopes),
        created_at=now,
        expires_at=expires_at,
        used_at=None,
        revoked_at=None,
    )
    written = json.dumps(sorted(map(str, token.scopes)))
    db.execute(
        "INSERT INTO programs VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
        [token.id, user, title, _hash(secret), written, now, expires_at],
    )
    return token, secret


def find(db: Database, secret: str) -> Token | None:
    """The token a program shows, good or not."""
    found = db.query("SELECT * FROM programs WHERE hash = ?", [_hash(secret)])
    return next((_token(row) for row in found), None)


def of_user(db: Database, user: str) -> list[Token]:
    """Somebody's tokens, the newest first."""
    found = db.query("SELECT * FROM programs WHERE user = ? ORDER BY created_at DESC", [user])
    return [_token(row) for row in found]


def revoke(db: Database, user: str, ident: str, now: float) -> bool:
    """Let one of somebody's tokens open no more; False: they have none like that.

    Raises:
        sqlite3.Error: it could not be written.
    """
    cursor = db.execute(
        "UPDATE programs SET revoked_at = ? WHERE id = ? AND user = ? AND revoked_at IS NULL",
        [now, ident, user],
    )
    return bool(cursor.rowcount)


def note_use(db: Database, token: Token, now: float) -> None:
    """It was used. Written at most once a minute.

    Raises:
        sqlite3.Error: it could not be written.
    """
    if token.used_at is None or not 0.0 <= now - token.used_at < USED_STEP_S:
        db.execute("UPDATE programs SET used_at = ? WHERE id = ?", [now, token.id])


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _token(row: dict[str, object]) -> Token:
    known = {name: value for name, value in row.items() if name not in ("hash", "scopes")}
    scopes = json.loads(str(row["scopes"]))
    kept = frozenset(Permission(scope) for scope in scopes if scope in set(Permission))
    return Token(**known, scopes=kept)  # type: ignore[arg-type]
