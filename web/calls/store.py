"""The store, opened once for each request that reads it."""

from __future__ import annotations

from flask import Flask, current_app, g
from sqlite_utils import Database

from firmware.config.home import Home
from firmware.store.db import open_store

BUSY_TIMEOUT_S = 2.0
"""A page rather fails than holds one of the server's threads for longer."""


def database() -> Database:
    """This request's connection, closed when the request ends.

    Raises:
        sqlite3.Error: the store cannot be read.
    """
    if "store" not in g:
        home: Home = current_app.extensions["markaz-home"]
        g.store = open_store(home, busy_timeout_s=BUSY_TIMEOUT_S)
    return g.store  # type: ignore[no-any-return]


def close_after_requests(app: Flask) -> None:
    """Arrange for the connections to be closed."""

    @app.teardown_appcontext
    def close(_error: BaseException | None) -> None:
        opened = g.pop("store", None)
        if opened is not None:
            opened.conn.close()
