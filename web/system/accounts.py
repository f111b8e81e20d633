"""The accounts of the console's users, as the store keeps them: their passwords, checked."""

from __future__ import annotations

import threading
from enum import Enum
from typing import Final

from cryptography.fernet import Fernet
from flask import current_app

from firmware.config.home import Home
from firmware.store import users
from firmware.store.db import open_store
from firmware.store.users import User

LONGEST_FIELD = 256
"""Longer passwords are refused unread: hashing them would cost the exchange its processor."""

_HASHING_WAIT_S = 3.0


class Busy(Enum):
    """Too many others wait to be checked."""

    BUSY = "busy"


BUSY: Final = Busy.BUSY


class Accounts:
    """Passwords, checked, one at a time: for each the processor works. Safe to use from any
    thread."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._hashing = threading.BoundedSemaphore(1)

    def verify(self, user: str, password: str) -> User | Busy | None:
        """The user, if the password is theirs; a user nobody knows takes as long.

        Raises:
            sqlite3.Error: the store cannot be read.
        """
        if not user or not password or max(len(user), len(password)) > LONGEST_FIELD:
            return None
        if not self._hashing.acquire(timeout=_HASHING_WAIT_S):
            return BUSY
        try:
            return self._verify(user, password)
        finally:
            self._hashing.release()

    def _verify(self, user: str, password: str) -> User | None:
        db = open_store(self._home)
        try:
            return users.verify(db, user, password)
        finally:
            db.conn.close()


def accounts() -> Accounts:
    """The console's accounts."""
    kept: Accounts = current_app.extensions["markaz-accounts"]
    return kept


def factor_key() -> Fernet:
    """The key that seals the secrets of second factors."""
    key: Fernet = current_app.extensions["markaz-factor-key"]
    return key
