"""The people who may use the console: their role, what belongs to them, and their passwords as
scrypt hashes."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass

from sqlite_utils import Database
from werkzeug.security import check_password_hash, generate_password_hash

from firmware.model.permissions import Bearer, Role
from firmware.store.sqlite import writing

PASSWORD_LENGTH = 8
"""The fewest characters a password may have."""

LONGEST_NAME = 64

_SCRYPT = "scrypt:32768:8:1"
"""N, r, p: 32 MB and about 60 ms on a small board, RFC 7914."""


_HASH_OF_NOBODY = (
    f"{_SCRYPT}$Rr9XWQceI5pvUP9Y$"
    "7a9027ef146c631e252c3bfb8e8cc467530dafb1df394a0e1585aed1766e4bce"
    "6020ed938b18a99c6b59e31491ec61629cb7399530cfd8cb5e1db4f606573b09"
)
"""Made of a random password that was thrown away: checked when a name is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One person, without the hash. Times are in Unix seconds. ``generation`` grows when all
    their sessions must end."""

    name: str
    role: Role
    created_at: float
    extension: str = ""
    queues: frozenset[str] = frozenset()
    disabled_at: float | None = None
    generation: int = 0
    has_factor: bool = False

    @property
    def bearer(self) -> Bearer:
        """What their permissions go by."""
        return Bearer(role=self.role, queues=self.queues, extension=self.extension)


class UserExists(ValueError):
    """There is a user of this name already."""


class LastOwner(ValueError):
    """Without this one nobody could administer the users any more."""


def create(
    db: Database,
    name: str,
    password: str,
    role: Role = Role.OWNER,
    *,
    extension: str = "",
    queues: frozenset[str] = frozenset(),
) -> User:
    """Add a user.

    Raises:
        UserExists: the name is taken.
        ValueError: the name is empty, too long or not printable, or the password too short.
    """
    if not name.strip() or name != name.strip() or not name.isprintable():
        raise ValueError("a user needs a name of printable characters, with none of them around it")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"a user's name has at most {LONGEST_NAME} characters")
    password_hash = _hash(password)
    user = User(name=name, role=role, created_at=time.time(), extension=extension, queues=queues)
    with writing(db):
        cursor = db.execute(
            "INSERT INTO users (name, role, password_hash, created_at, extension) "
            "VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
            [name, str(role), password_hash, user.created_at, extension],
        )
        if cursor.rowcount == 0:
            raise UserExists(f"there is a user {name} already")
        _give_queues(db, name, queues)
    return user


def verify(db: Database, name: str, password: str) -> User | None:
    """The user, if the password is theirs and they are not disabled. An unknown name takes as
    long as a wrong password, so that the time does not tell which names exist."""
    row = db.execute("SELECT password_hash FROM users WHERE name = ?", [name]).fetchone()
    right = check_password_hash(row[0] if row else _HASH_OF_NOBODY, password)
    user = find(db, name) if row and right else None
    return user if user is not None and user.disabled_at is None else None


def set_password(db: Database, name: str, password: str) -> None:
    """Give a user a new password; their sessions end.

    Raises:
        KeyError: no such user.
        ValueError: the password is too short.
    """
    _change(db, name, "password_hash = ?,", _hash(password))


def place(db: Database, name: str, role: Role, *, extension: str, queues: frozenset[str]) -> None:
    """Give a user another role, and what belongs to them; their sessions end.

    Raises:
        KeyError: no such user.
        LastOwner: nobody else is an owner.
    """
    with writing(db):
        if role is not Role.OWNER:
            _another_owner(db, name)
        _change(db, name, "role = ?, extension = ?,", str(role), extension)
        db.execute("DELETE FROM user_queues WHERE user = ?", [name])
        _give_queues(db, name, queues)


def disable(db: Database, name: str, at: float) -> None:
    """Let a user in no more; their sessions end.

    Raises:
        KeyError: no such user.
        LastOwner: nobody else is an owner.
    """
    with writing(db):
        _another_owner(db, name)
        _change(db, name, "disabled_at = ?,", at)


def enable(db: Database, name: str) -> None:
    """Let a disabled user in again.

    Raises:
        KeyError: no such user.
    """
    _change(db, name, "disabled_at = NULL,")


def remove(db: Database, name: str) -> None:
    """Take a user away, with their second factor.

    Raises:
        KeyError: no such user.
        LastOwner: nobody else is an owner.
    """
    with writing(db):
        _another_owner(db, name)
        if db.execute("DELETE FROM users WHERE name = ?", [name]).rowcount == 0:
            raise KeyError(f"there is no user {name}")


def end_sessions(db: Database, name: str) -> None:
    """Sign a user out everywhere.

    Raises:
        KeyError: no such user.
    """
    _change(db, name)


def find(db: Database, name: str) -> User | None:
    """One user."""
    return next(iter(_users(db, "WHERE name = ?", name)), None)


def everyone(db: Database) -> list[User]:
    """All users, by name."""
    return _users(db, "ORDER BY name")


def _users(db: Database, which: str, *values: str) -> list[User]:
    rows = db.execute(
        "SELECT name, role, created_at, extension, disabled_at, generation, "  # noqa: S608 - ours
        f"name IN (SELECT user FROM user_factors) FROM users {which}",
        list(values),
    ).fetchall()
    queues: defaultdict[str, set[str]] = defaultdict(set)
    for user, queue in db.execute("SELECT user, queue FROM user_queues"):
        queues[user].add(queue)
    return [
        User(
            name=row[0],
            role=Role(row[1]),
            created_at=row[2],
            extension=row[3],
            queues=frozenset(queues[row[0]]),
            disabled_at=row[4],
            generation=row[5],
            has_factor=bool(row[6]),
        )
        for row in rows
    ]


def _change(db: Database, name: str, columns: str = "", *values: str | float) -> None:
    """Change columns ("role = ?,") of a user, and end their sessions."""
    cursor = db.execute(
        f"UPDATE users SET {columns} generation = generation + 1 WHERE name = ?",  # noqa: S608
        [*values, name],
    )
    if cursor.rowcount == 0:
        raise KeyError(f"there is no user {name}")


def _another_owner(db: Database, name: str) -> None:
    """Raises LastOwner unless somebody else is an owner who may come in."""
    me = find(db, name)
    others = db.execute(
        "SELECT count(*) FROM users WHERE role = ? AND disabled_at IS NULL AND name != ?",
        [str(Role.OWNER), name],
    ).fetchone()[0]
    if me is not None and me.role is Role.OWNER and me.disabled_at is None and not others:
        raise LastOwner(f"{name} is the only owner: make somebody else an owner first")


def _give_queues(db: Database, name: str, queues: frozenset[str]) -> None:
    for queue in sorted(queues):
        db.execute("INSERT INTO user_queues (user, queue) VALUES (?, ?)", [name, queue])


def _hash(password: str) -> str:
    if len(password) < PASSWORD_LENGTH:
        raise ValueError(f"a password needs at least {PASSWORD_LENGTH} characters")
    return generate_password_hash(password, method=_SCRYPT)
