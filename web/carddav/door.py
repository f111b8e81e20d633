"""The way to the address book: who comes in, and what may be asked. Behind it is Radicale.

It is WSGI beside the console's pages: no session, no form's token and no cookie count here, but
the token of a program alone, by the rules of the API (``web.api.entry``).
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from flask import Flask, Request, Response, g, request
from radicale import config
from radicale.app import Application
from radicale.auth import BaseAuth
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.utils import redirect

from web.api import entry, problem
from web.carddav.book import PRINCIPAL, ReadOnly, Shelf
from web.system import access
from web.system.permission import Permission

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ROOT = "/dav"
WELL_KNOWN = "/.well-known/carddav"
"""Where a telephone that knows the box's name alone looks first (RFC 6764)."""

LARGEST_REQUEST_BYTES = 2 << 20
"""A telephone asks for many thousand cards by their names at once."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}


class _LetIn(BaseAuth):
    """Radicale's: everybody whom the door has let in."""

    def get_external_login(self, environ: Mapping[str, Any]) -> tuple[str, str]:
        """Instead of a name and a password that it would look for itself."""
        del environ
        return PRINCIPAL, ""

    def _login(self, login: str, password: str) -> str:
        del password
        return login


class Door:
    """The address book as WSGI, with ``app``'s store and users."""

    def __init__(self, app: Flask) -> None:
        # It would log every request, with addresses and names; of faults it logs errors.
        logging.getLogger("radicale").setLevel(logging.ERROR)
        configuration = config.load()
        configuration.update(
            {
                # A refusal would hold one of the server's threads for a second.
                "auth": {"type": _LetIn, "delay": "0"},
                "server": {"delay_on_error": "0"},
                "rights": {"type": ReadOnly},
                "storage": {"type": Shelf},
                "web": {"type": "none"},
                "headers": _HEADERS,
            },
            "the console",
        )
        self._app = app
        self._dav = Application(configuration)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # Radicale believes these; nobody stands before the console who could have set them.
        for header in ("HTTP_X_SCRIPT_NAME", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST"):
            environ.pop(header, None)
        with self._app.request_context(environ):
            refusal = _stopped() or _elsewhere() or _body_read(environ)
            if refusal is None:
                return self._dav(environ, start_response)
            refusal.headers.update(_HEADERS)
            return refusal(environ, start_response)


def mount(app: Flask) -> WSGIApplication:
    """The console with the address book beside it."""
    return DispatcherMiddleware(app.wsgi_app, {ROOT: Door(app), WELL_KNOWN: _found})


def _found(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    # 301, as telephones ask again by the same method; relative, as HTTPS may end before us.
    return redirect(f"{ROOT}/", 301)(environ, start_response)


def _stopped() -> Response | None:
    """None for a user's name with a token of theirs that may read contacts."""
    g.signed_in = g.person = None
    shown = request.authorization
    if shown is None or shown.type != "basic" or not shown.password:
        return _unknown("a user's name and their token are needed")
    try:
        refusal = entry.let_in(shown.password, Permission.SEE_PHONEBOOK)
    except sqlite3.Error as error:
        return problem.answer(503, f"the store cannot be read: {error}")
    if refusal is not None:
        # A telephone that is told 403 shows an empty book; told 401, it asks for another token.
        return _unknown("this token does not open the phonebook")
    if access.person().name != shown.username:
        return _unknown("this token is not that user's")
    return None


def _elsewhere() -> Response | None:
    """None for an address of the book; Radicale has pages of its own besides, which begin with a
    dot, and leads from the root to them."""
    is_page = request.path == "/" and request.method in ("GET", "HEAD")
    if is_page or request.path.startswith("/."):
        return problem.answer(404, "there is nothing like that")
    return None


def _unknown(why: str) -> Response:
    answer = problem.answer(401, why)
    answer.headers["WWW-Authenticate"] = 'Basic realm="Markaz", charset="UTF-8"'
    return answer


def _body_read(environ: WSGIEnvironment) -> Response | None:
    """Have the body read and its XML known to be sound: Radicale takes any length, and fails at
    entities."""
    asked: Request = request
    asked.max_content_length = LARGEST_REQUEST_BYTES
    try:
        body = asked.get_data()
        if body and asked.method in ("PROPFIND", "REPORT"):
            fromstring(body)
    except RequestEntityTooLarge:
        return problem.answer(413, f"more than {LARGEST_REQUEST_BYTES} bytes are not taken")
    except ClientDisconnected:
        return problem.answer(400, "the request ended too early")
    except (ParseError, DefusedXmlException, LookupError, ValueError):
        return problem.answer(400, "this is not sound XML without entities")
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    return None
