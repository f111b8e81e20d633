"""The console as a test client sees it, without a web server and without a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, BaseConverter
from werkzeug.routing.converters import NumberConverter

from firmware.model.permissions import Role
from firmware.store import users
from tests.browser.stage import PASSWORD, USER, make_home, store
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


def paths(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Every way to ask the console for something: endpoint, method, an address that fits."""
    adapter = app.url_map.bind("box")
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("api."):  # for programs, by tokens: test_web_api
            continue
        values = {name: _sample(rule._converters[name]) for name in rule.arguments}
        for method in sorted(rule.methods & {"GET", "POST", "PUT", "DELETE", "PATCH"}):
            yield rule.endpoint, method, adapter.build(rule.endpoint, values, method=method)


def _sample(converter: BaseConverter) -> object:
    if isinstance(converter, AnyConverter):
        return sorted(converter.items)[0]
    return 1 if isinstance(converter, NumberConverter) else "x"


def csrf_token(client: FlaskClient, path: str = "/login") -> str:
    """The token of the form on a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found is not None, f"{path} has no form"
    return found[1]


def sign_in(client: FlaskClient, user: str = USER, password: str = PASSWORD, **fields: str):
    """Fill in the login form."""
    form = {"csrf_token": csrf_token(client), "user": user, "password": password, **fields}
    return client.post("/login", data=form)


def signed_in(app: Flask, user: str = USER, role: Role = Role.OWNER, **belongs) -> FlaskClient:
    """A browser whose user has signed in, without the time a password costs. The user is made,
    with a password nobody knows, where there is none yet; ``belongs`` are their extension and
    queues."""
    with store(app.extensions["markaz-home"]) as db:
        if users.find(db, user) is None:
            db.execute(
                "INSERT INTO users (name, role, password_hash, created_at) VALUES (?, ?, '', 0)",
                [user, str(role)],
            )
            users.place(db, user, role, **{"extension": "", "queues": frozenset(), **belongs})
        generation = users.find(db, user).generation
    client = app.test_client()
    with client.session_transaction() as session:
        session[access.TOKEN] = app.extensions["markaz-sessions"].begin(
            user, "127.0.0.1", generation=generation
        )
    return client
