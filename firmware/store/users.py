"""The people who may use the console, and their passwords as scrypt hashes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum

from sqlite_utils import Database
from werkzeug.security import check_password_hash, generate_password_hash

PASSWORD_LENGTH = 8
"""The fewest characters a password may have."""

_SCRYPT = "scrypt:32768:8:1"
"""N, r, p: 32 MB and about 60 ms on a small board, RFC 7914."""


_HASH_OF_NOBODY = (
    f"{_SCRYPT}$Rr9XWQceI5pvUP9Y$"
    "7a9027ef146c631e252c3bfb8e8cc467530dafb1df394a0e1585aed1766e4bce"
    "6020ed938b18a99c6b59e31491ec61629cb7399530cfd8cb5e1db4f606573b09"
)
"""Made of a random password that was thrown away: checked when a name is unknown."""


class Role(StrEnum):
    OWNER = "owner"
    TECHNICIAN = "technician"
    SUPERVISOR = "supervisor"
    AGENT = "agent"
    READER = "reader"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One person, without the hash. ``created_at`` is in Unix seconds."""

    name: str
    role: Role
    created_at: float


class UserExists(ValueError):
    """There is a user of this name already."""


def create(db: Database, name: str, password: str, role: Role = Role.OWNER) -> User:
    """Add a user.

    Raises:
        UserExists: the name is taken.
        ValueError: the name is empty, or the password too short.
    """
    if not name.strip():
        raise ValueError("a user needs a name")
    user = User(name=name, role=role, created_at=time.time())
    cursor = db.execute(
        "INSERT INTO users (name, role, password_hash, created_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (name) DO NOTHING",
        [name, str(role), _hash(password), user.created_at],
    )
    if cursor.rowcount == 0:
        raise UserExists(f"there is a user {name} already")
    return user


def verify(db: Database, name: str, password: str) -> User | None:
    """The user, if the password is theirs. An unknown name takes as long as a wrong password,
    so that the time does not tell which names exist."""
    row = db.execute("SELECT password_hash FROM users WHERE name = ?", [name]).fetchone()
    right = check_password_hash(row[0] if row else _HASH_OF_NOBODY, password)
    return find(db, name) if row and right else None


def set_password(db: Database, name: str, password: str) -> None:
    """Give a user a new password.

    Raises:
        KeyError: no such user.
        ValueError: the password is too short.
    """
    cursor = db.execute(
        "UPDATE users SET password_hash = ? WHERE name = ?", [_hash(password), name]
    )
    if cursor.rowcount == 0:
        raise KeyError(f"there is no user {name}")


def find(db: Database, name: str) -> User | None:
    """One user."""
    return next((user for user in everyone(db) if user.name == name), None)


def everyone(db: Database) -> list[User]:
    """All users, by name."""
    found = db.query("SELECT name, role, created_at FROM users ORDER BY name")
    return [
        User(name=row["name"], role=Role(row["role"]), created_at=row["created_at"])
        for row in found
    ]


def _hash(password: str) -> str:
    if len(password) < PASSWORD_LENGTH:
        raise ValueError(f"a password needs at least {PASSWORD_LENGTH} characters")
    return generate_password_hash(password, method=_SCRYPT)
