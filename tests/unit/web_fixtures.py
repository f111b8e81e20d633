"""The console as a test client sees it, without a web server and without a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from tests.browser.stage import PASSWORD, USER, make_home
from web.app import create_app, shut
from web.system import access


@contextmanager
def console(root: Path, language: str = "en") -> Iterator[Flask]:
    """A console with no user and no daemon there."""
    app = create_app(make_home(root, language=language))
    app.testing = False  # errors become pages, as for a browser
    try:
        yield app
    finally:
        shut(app)


def csrf_token(client: FlaskClient, path: str = "/login") -> str:
    """The token of the form on a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found is not None, f"{path} has no form"
    return found[1]


def sign_in(client: FlaskClient, user: str = USER, password: str = PASSWORD, **fields: str):
    """Fill in the login form."""
    form = {"csrf_token": csrf_token(client), "user": user, "password": password, **fields}
    return client.post("/login", data=form)


def signed_in(app: Flask) -> FlaskClient:
    """A browser whose user has signed in, without the time a password costs."""
    client = app.test_client()
    with client.session_transaction() as session:
        session[access.TOKEN] = app.extensions["markaz-sessions"].begin(USER, "127.0.0.1")
    return client
