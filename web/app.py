"""The console as a Flask application: what it is made of, and what holds for every page."""

from __future__ import annotations

import hashlib
import logging
import time
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, render_template
from flask_babel import Babel, gettext
from flask_wtf.csrf import CSRFProtect
from jinja2 import StrictUndefined
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from firmware.config.home import Home
from web import writing
from web.calls import store
from web.calls.views import pages as calls_pages
from web.calls.wording import disposition_look
from web.live import wording
from web.live.board import Board
from web.live.items import DAEMONS
from web.live.payload import Payloads
from web.live.ticker import Ticker
from web.live.views import pages as live_pages
from web.phones.views import pages as phones_pages
from web.system import access, headers, language
from web.system.accounts import Accounts
from web.system.lockout import Lockout
from web.system.office import OfficeReader
from web.system.secret import cookie_key
from web.system.sessions import Sessions
from web.system.views import pages as system_pages
from web.voicemail.views import pages as voicemail_pages

log = logging.getLogger(__name__)

LARGEST_REQUEST_BYTES = 64 * 1024
STATIC = Path(__file__).parent / "static"


def create_app(home: Home | None = None) -> Flask:
    """The console of the box at ``home`` (``MARKAZ_HOME``), following its daemons already.

    Raises:
        NoConfiguration: the box has no site configuration yet.
    """
    home = home or Home.of_environment()
    app = Flask(__name__)
    _configure(app, home)
    _furnish(app)
    CSRFProtect(app)
    Babel(app, locale_selector=lambda: language.tongue().code)
    app.before_request(access.guard)
    app.after_request(headers.harden)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _broken)
    store.close_after_requests(app)
    for pages in (system_pages, live_pages, calls_pages, phones_pages, voicemail_pages):
        app.register_blueprint(pages)
    _follow(app, home)
    return app


def shut(app: Flask) -> None:
    """Let the threads and the streams end, and close what is open."""
    app.extensions["markaz-ticker"].stop()
    app.extensions["markaz-board"].stop()
    app.extensions["markaz-sessions"].close()


def _configure(app: Flask, home: Home) -> None:
    reader = OfficeReader(home)
    app.config.update(
        SECRET_KEY=cookie_key(home.store_db.parent),
        SESSION_COOKIE_NAME=f"markaz_{reader.read().console_port}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        MAX_CONTENT_LENGTH=LARGEST_REQUEST_BYTES,
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as its session
        BABEL_DEFAULT_LOCALE=writing.ENGLISH.code,
        BABEL_TRANSLATION_DIRECTORIES=str(language.CATALOGUES),
    )
    app.extensions["markaz-home"] = home
    app.extensions["markaz-office"] = reader
    app.extensions["markaz-sessions"] = Sessions(home.store_db.parent / "console.sqlite")
    app.extensions["markaz-lockout"] = Lockout()
    app.extensions["markaz-accounts"] = Accounts(home)
    for code in writing.TONGUES:
        if not language.is_compiled(code):
            log.warning("no compiled catalogue for %s: its pages will be in English", code)


def _follow(app: Flask, home: Home) -> None:
    board = Board({daemon: home.link(daemon) for daemon in DAEMONS})
    ticker = Ticker(board)
    board.start()
    ticker.start()
    app.extensions["markaz-board"] = board
    app.extensions["markaz-ticker"] = ticker
    app.extensions["markaz-payloads"] = Payloads()


def _furnish(app: Flask) -> None:
    """What templates may use."""
    env = app.jinja_env
    env.undefined = StrictUndefined
    env.trim_blocks = env.lstrip_blocks = True
    env.filters.update(
        digits=lambda text: writing.digits(text, language.tongue()),
        number=lambda dialled: writing.number(dialled, language.tongue()),
        name=writing.name,
        duration=lambda seconds: writing.duration(seconds, language.tongue()),
        elapsed=lambda at: writing.duration(time.time() - at, language.tongue()),
        date=lambda at: writing.date(writing.local(at), language.tongue()),
        clock=lambda at: writing.clock(writing.local(at), language.tongue()),
        iso=lambda at: writing.local(at).isoformat(timespec="seconds"),
    )
    env.globals.update(
        asset=_asset,
        agent_look=wording.agent_look,
        call_look=wording.call_look,
        extension_look=wording.extension_look,
        line_look=wording.line_look,
        line_kind=wording.line_kind,
        line_trouble=wording.line_trouble,
        line_abilities=wording.line_abilities,
        daemon_names=wording.DAEMON_NAMES,
        daemon_losses=wording.DAEMON_LOSSES,
        disposition_look=disposition_look,
    )
    app.context_processor(_surroundings)


def _surroundings() -> dict[str, Any]:
    """What every page shows around its own content."""
    return {
        "tongue": language.tongue(),
        "tongues": writing.TONGUES,
        "office": language.office(),
        "signed_in": access.current(),
        "ways": (
            ("live.now", "live", gettext("Live view")),
            ("calls.records", "records", gettext("Call records")),
            ("phones.everyone", "phone", gettext("Telephones")),
            ("voicemail.boxes", "voicemail", gettext("Voicemail")),
        ),
    }


@cache
def _asset(name: str) -> Markup:
    """The address of a static file; it changes with the file, which is kept for ever."""
    content = (STATIC / name).read_bytes()
    version = hashlib.sha256(content).hexdigest()[:12]
    return Markup("/static/{}?v={}").format(name, version)


def _refused(error: HTTPException) -> tuple[str, int] | HTTPException | Response:
    status = error.code or 500
    if status < 400:
        return error
    texts = {
        400: gettext("The address or the form is not one of this console's."),
        403: gettext("This page is for the owner of the exchange."),
        404: gettext("There is nothing here. The page or the recording may have been removed."),
        405: gettext("This page cannot be asked for in this way."),
        413: gettext("That is more than the console accepts."),
    }
    text = texts.get(status, gettext("The console could not do this."))
    return render_template("error.html", status=status, text=text), status


def _broken(error: Exception) -> tuple[str, int]:
    """The HTTP edge: a bug of ours costs one page, with its reason in the log."""
    log.error("a page failed", exc_info=error)
    text = gettext("Something went wrong in the console. The exchange goes on; the log has more.")
    return render_template("error.html", status=500, text=text), 500
