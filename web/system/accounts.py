"""The accounts of the console's users, as the store keeps them."""

from __future__ import annotations

from firmware.config.home import Home
from firmware.store import users
from firmware.store.db import open_store


class Accounts:
    """Passwords, checked. Safe to use from any thread."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def verify(self, user: str, password: str) -> bool:
        """Whether the password is this user's; a user nobody knows takes as long.

        Raises:
            sqlite3.Error: the store cannot be read.
        """
        db = open_store(self._home)
        try:
            return users.verify(db, user, password) is not None
        finally:
            db.conn.close()
