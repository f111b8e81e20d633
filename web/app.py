"""The console as a Flask application: what it is made of, and what holds for every page."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from flask import Flask, Response, current_app, render_template, request
from flask_babel import Babel, gettext
from flask_compress import Compress
from jinja2 import StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from firmware.config.home import Home
from firmware.daemons import daemons
from firmware.model.permissions import Permission
from firmware.store.reports import StillCounting
from web import design, ways, writing
from web.account.views import pages as account_pages
from web.api import calls, contacts, document, figures, happenings, live  # noqa: F401 - operations
from web.api import entry as api_entry
from web.api import problem as api_problem
from web.api.issued import pages as tokens_pages
from web.api.operation import pages as api_pages
from web.audit.views import pages as audit_pages
from web.bench.outside import is_there as has_bench
from web.bench.views import pages as bench_pages
from web.calls import store
from web.calls.one import pages as one_call_pages
from web.calls.sounds import pages as sounds_pages
from web.calls.views import pages as calls_pages
from web.calls.wording import FOR_TEMPLATES as CALL_WORDS
from web.carddav.door import mount
from web.contacts.blocked import pages as blocked_pages
from web.contacts.views import pages as contacts_pages
from web.customer.asks import Customers
from web.customer.views import pages as customer_pages
from web.desk.views import is_there as has_desk
from web.desk.views import pages as desk_pages
from web.flows.views import pages as flows_pages
from web.knowledge.views import pages as knowledge_pages
from web.live import advice, wording
from web.live.board import Board
from web.live.box import BoxWatch
from web.live.details import pages as details_pages
from web.live.payload import Payloads
from web.live.testing import pages as testing_pages
from web.live.ticker import Ticker
from web.live.views import pages as live_pages
from web.phones.views import pages as phones_pages
from web.prompts.views import pages as prompts_pages
from web.quality.views import pages as quality_pages
from web.reading.views import pages as reading_pages
from web.reports.views import pages as reports_pages
from web.settings.review import pages as settings_pages
from web.softphone import wording as softphone_wording
from web.softphone.views import is_there as has_softphone
from web.softphone.views import pages as softphone_pages
from web.supervision.staff import pages as staff_pages
from web.supervision.views import pages as supervision_pages
from web.supervision.wall import pages as wall_pages
from web.system import access, entry, headers, language, trail
from web.system.accounts import Accounts
from web.system.csrf import Protection
from web.system.lockout import Lockout
from web.system.office import OfficeReader
from web.system.permission import needed
from web.system.secret import cookie_key, factor_key
from web.system.sessions import Sessions
from web.system.views import pages as system_pages
from web.update.views import pages as update_pages
from web.users.views import pages as users_pages
from web.voicemail.views import pages as voicemail_pages
from web.wizard.views import pages as wizard_pages

log = logging.getLogger(__name__)

LARGEST_REQUEST_BYTES = 64 * 1024


def create_app(home: Home | None = None) -> Flask:
    """The console of the box at ``home`` (``MARKAZ_HOME``), following its daemons already.

    Raises:
        NoConfiguration: the box has no site configuration yet.
    """
    home = home or Home.of_environment()
    app = Flask(__name__)
    _configure(app, home)
    _furnish(app)
    Compress(app)
    app.after_request(_whole)
    Protection(app).exempt(api_pages)  # no cookie opens it
    Babel(app, locale_selector=lambda: language.tongue().code)
    app.before_request(api_entry.guard)
    app.before_request(access.guard)
    app.after_request(headers.harden)
    app.after_request(trail.orders)
    app.register_error_handler(api_problem.Refusal, _said_no)
    app.register_error_handler(StillCounting, _still_counting)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _broken)
    store.close_after_requests(app)
    for pages in (
        system_pages,
        live_pages,
        details_pages,
        testing_pages,
        calls_pages,
        one_call_pages,
        sounds_pages,
        phones_pages,
        contacts_pages,
        blocked_pages,
        voicemail_pages,
        softphone_pages,
        desk_pages,
        supervision_pages,
        staff_pages,
        wall_pages,
        account_pages,
        users_pages,
        audit_pages,
        design.pages,
        reading_pages,
        bench_pages,
        wizard_pages,
        settings_pages,
        flows_pages,
        prompts_pages,
        update_pages,
        reports_pages,
        quality_pages,
        knowledge_pages,
        api_pages,
        tokens_pages,
        customer_pages,
    ):
        app.register_blueprint(pages)
    app.wsgi_app = mount(app)  # type: ignore[assignment,method-assign]
    _follow(app, home)
    return app


def shut(app: Flask) -> None:
    """Let the threads and the streams end, and close what is open."""
    app.extensions["markaz-ticker"].stop()
    app.extensions["markaz-watch"].stop()
    app.extensions["markaz-board"].stop()
    app.extensions["markaz-sessions"].close()
    app.extensions["markaz-lockout"].close()
    app.extensions["markaz-customers"].close()


def _configure(app: Flask, home: Home) -> None:
    reader = OfficeReader(home)
    app.config.update(
        SECRET_KEY=cookie_key(home.store_db.parent),
        SESSION_COOKIE_NAME=f"markaz_{reader.read().console_port}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        MAX_CONTENT_LENGTH=LARGEST_REQUEST_BYTES,
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as its session
        # Browsers take "br" over HTTPS alone. What holds secrets: see web.system.csrf.
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_STREAMS=False,
        BABEL_DEFAULT_LOCALE=writing.ENGLISH.code,
        BABEL_TRANSLATION_DIRECTORIES=str(language.CATALOGUES),
    )
    app.extensions["markaz-home"] = home
    app.extensions["markaz-office"] = reader
    app.extensions["markaz-sessions"] = Sessions(home.store_db.parent / "console.sqlite")
    app.extensions["markaz-lockout"] = Lockout(home.store_db.parent / "console.sqlite")
    app.extensions["markaz-accounts"] = Accounts(home)
    app.extensions["markaz-people"] = {}
    app.extensions["markaz-customers"] = Customers(home)
    app.extensions["markaz-factor-key"] = factor_key(home.store_db.parent)
    for code in writing.TONGUES:
        if not language.is_compiled(code):
            log.warning("no compiled catalogue for %s: its pages will be in English", code)


def _follow(app: Flask, home: Home) -> None:
    links = {daemon: home.link(daemon) for daemon in daemons()}
    board = Board(links)
    ticker = Ticker(board)
    watch = BoxWatch(home, links, board.show_box)
    board.start()
    ticker.start()
    watch.start()
    app.extensions["markaz-watch"] = watch
    app.extensions["markaz-board"] = board
    app.extensions["markaz-ticker"] = ticker
    app.extensions["markaz-payloads"] = Payloads()


_FILTERS: Mapping[str, Callable[..., object]] = {
    "digits": lambda text: writing.digits(text, language.tongue()),
    "decimal": lambda value, places: writing.decimal(value, places, language.tongue()),
    "number": lambda dialled: writing.number(dialled, language.tongue()),
    "name": writing.name,
    "duration": lambda seconds: writing.duration(seconds, language.tongue()),
    "elapsed": lambda at: writing.duration(time.time() - at, language.tongue()),
    "date": lambda at: writing.date(writing.local(at), language.tongue()),
    "clock": lambda at: writing.clock(writing.local(at), language.tongue()),
    "day": lambda day: writing.date(day, language.tongue()),
    "iso": lambda at: writing.local(at).isoformat(timespec="seconds"),
}


def _at_reading(write: Callable[..., object]) -> Callable[..., object]:
    """A filter that is worked out for each reader: what a template says of a constant, Jinja
    otherwise works out once, when it compiles it, in the digits of whoever came first."""

    def filter_(_context: Context, *given: object) -> object:
        return write(*given)

    return pass_context(filter_)


def _furnish(app: Flask) -> None:
    """What templates may use."""
    env = app.jinja_env
    env.undefined = StrictUndefined
    env.trim_blocks = env.lstrip_blocks = True
    env.filters.update({name: _at_reading(write) for name, write in _FILTERS.items()})
    env.globals.update(
        asset=_asset,
        grouped=ways.grouped,
        agent_look=wording.agent_look,
        call_look=wording.call_look,
        extension_look=wording.extension_look,
        line_look=wording.line_look,
        line_kind=wording.line_kind,
        line_trouble=wording.line_trouble,
        line_abilities=wording.line_abilities,
        daemon_names=wording.DAEMON_NAMES,
        daemon_losses=wording.DAEMON_LOSSES,
        softphone_words={**softphone_wording.LINES, **softphone_wording.CALLS},
        **CALL_WORDS,
        **advice.FOR_TEMPLATES,
    )
    app.context_processor(_surroundings)
    env.globals.update(may=access.may, Permission=Permission)


def _surroundings() -> dict[str, Any]:
    """What every page shows around its own content."""
    return {
        "tongue": language.tongue(),
        "tongues": writing.TONGUES,
        "office": language.office(),
        "signed_in": access.current(),
        "told": entry.told() if access.current() else "",
        "has_softphone": has_softphone(),
        "ways": _open_ways(
            ("live.now", "live", gettext("Live view")),
            *([("desk.page", "person", gettext("My desk"))] if has_desk() else ()),
            ("calls.records", "records", gettext("Call records")),
            ("phones.everyone", "phone", gettext("Telephones")),
            ("voicemail.boxes", "voicemail", gettext("Voicemail")),
            ("contacts.everyone", "person", gettext("Phonebook")),
            ("users.everyone", "person", gettext("Users")),
            ("supervision.page", "person", gettext("Supervision")),
            ("wall.mine", "live", gettext("Wallboard")),
            ("flows.everyone", "menu", gettext("Flows")),
            ("prompts.everything", "bell", gettext("Prompts")),
            ("reports.figures", "chart", gettext("Reports")),
            ("quality.overview", "tick", gettext("Quality")),
            ("knowledge.everything", "question", gettext("Knowledge base")),
            ("audit.trail", "records", gettext("Audit trail")),
            *([("bench.page", "hook", gettext("Bench"))] if has_bench() else ()),
            ("update.page", "download", gettext("Updates")),
            ("wizard.begin", "tick", gettext("Set-up")),
            ("settings.overview", "gear", gettext("Settings")),
        ),
    }


def _open_ways(*ways: tuple[str, str, str]) -> tuple[tuple[str, str, str], ...]:
    """The ways that whoever asks may go, as (endpoint, icon, word)."""
    return tuple(way for way in ways if _is_open(way[0]))


def _is_open(endpoint: str) -> bool:
    permission = needed(current_app, endpoint)
    return permission is not None and access.may(permission)


@cache
def _asset(name: str) -> Markup:
    """The address of a static file; it changes with the file, which is kept for ever."""
    return Markup("/static/{}?v={}").format(name, design.version(name))


def _whole(response: Response) -> Response:
    """After a request for a static file, which is small: hold all of it, so that it is compressed
    (a stream is not, and Flask-Compress forgets to close the file under one)."""
    if request.endpoint == "static":
        response.direct_passthrough = False
        response.make_sequence()
    return response


def _refused(error: HTTPException) -> tuple[str, int] | HTTPException | Response:
    status = error.code or 500
    if status < 400:
        return error
    if api_entry.is_api():
        return api_problem.of_http(error)
    texts = {
        400: gettext("The address or the form is not one of this console's."),
        403: gettext(
            "Your role does not reach this page. The owner of the exchange can change that."
        ),
        404: gettext("There is nothing here. The page or the recording may have been removed."),
        405: gettext("This page cannot be asked for in this way."),
        413: gettext("That is more than the console accepts."),
    }
    text = texts.get(status, gettext("The console could not do this."))
    return render_template("error.html", status=status, text=text), status


def _still_counting(error: StillCounting) -> tuple[str, int] | Response:
    if api_entry.is_api():
        return api_problem.answer(503, str(error))
    text = gettext(
        "The days of this period are being counted for the first time. Come back in some minutes, "
        "or ask for a shorter period."
    )
    return render_template("error.html", status=503, text=text), 503


def _said_no(error: api_problem.Refusal) -> Response:
    return api_problem.answer(error.status, str(error))


def _broken(error: Exception) -> tuple[str, int] | Response:
    """The HTTP edge: a bug of ours costs one page, with its reason in the log."""
    log.error("a page failed", exc_info=error)
    if api_entry.is_api():
        return api_problem.answer(500, "something went wrong in the console; the log has more")
    text = gettext("Something went wrong in the console. The exchange goes on; the log has more.")
    return render_template("error.html", status=500, text=text), 500
