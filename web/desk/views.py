"""The page of an agent's desk, its state as it changes, and the orders it gives."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from sqlite_utils import Database
from werkzeug.wrappers import Response as AnyResponse

from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.config.sections.queues import Queue
from firmware.link.api import LinedApi, SwitchApi
from firmware.link.client import Link, LinkDown, Refused
from firmware.model.permissions import Permission
from firmware.store import outcomes, search
from firmware.store.search import CallText, TextKind
from web.calls import store
from web.calls.one import LONGEST_NOTE
from web.customer.views import of as customer_of
from web.desk import now as desk
from web.desk import wording
from web.desk.thread import Day, thread_with
from web.knowledge import shown as knowledge
from web.live.board import Picture
from web.system import access, csrf, language, trail
from web.system.permission import needs

pages = Blueprint("desk", __name__, template_folder="templates")

TIMEOUT_S = 5.0
MORE_S = 60.0
LONGEST_TEXT = 600

Answer = AnyResponse | tuple[str, int]


class Problem(RuntimeError):
    """What was asked for was not done; the text is a key of ``wording.PROBLEMS``."""


ORDERS: Mapping[str, Callable[[Link, str, Mapping[str, str]], object]] = {
    "log-in": lambda link, agent, _form: link.call(
        SwitchApi.log_in_agent, agent=agent, telephone=""
    ),
    "log-out": lambda link, agent, _form: link.call(SwitchApi.log_out, agent=agent),
    "pause": lambda link, agent, form: link.call(
        SwitchApi.pause_agent, agent=agent, reason=form.get("reason", ""), queue=""
    ),
    "resume": lambda link, agent, _form: link.call(SwitchApi.resume_agent, agent=agent, queue=""),
    "more-time": lambda link, agent, _form: link.call(
        SwitchApi.extend_wrap_up, agent=agent, by_s=MORE_S
    ),
    "call": lambda link, agent, form: link.call(
        SwitchApi.dial, extension=agent, number=form.get("number", "")
    ),
}


@pages.get("/desk")
@needs(Permission.ORDER_CALLS)
def page() -> str:
    """One's own desk."""
    return _page("")


@pages.get("/desk/now")
@needs(Permission.ORDER_CALLS)
def now() -> Response:
    """The parts of the page as they are, as JSON; 204 when they are as the page has them."""
    shown = _shown()
    parts = {
        "state": render_template("desk/state.html", **shown),
        "caller": render_template("desk/caller.html", **shown),
        "around": render_template("desk/around.html", **shown),
        "thread": render_template("desk/thread.html", **shown),
    }
    current = _now_of(shown).current
    text = "".join(parts.values()).replace(csrf.token(), "")  # another in every answer
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    if digest == request.args.get("seen"):
        return Response(status=204)
    return jsonify(seen=digest, call=current.id if current else "", parts=parts)


@pages.get("/desk/customer")
@needs(Permission.ORDER_CALLS)
def customer() -> AnyResponse | str:
    """Who the caller is in the customer system, as a part of the page; 204 where it does not know
    them. Apart from the others, for it waits for that system."""
    current = _current(_number())
    number = request.args.get("number", "")
    if current is None or not number or current.caller.number != number:
        return Response(status=204)
    found = customer_of(number)
    return render_template("desk/customer.html", customer=found) if found else Response(status=204)


@pages.post("/desk/<any('log-in','log-out','pause','resume','more-time','call'):order>")
@needs(Permission.ORDER_CALLS)
def act(order: str) -> Answer:
    """One of ``ORDERS``, for oneself."""
    number = _number()
    try:
        if order in ("resume", "pause", "log-out"):
            _has_outcome(number)
        with _link("switchd") as link:
            ORDERS[order](link, number, request.form)
    except Problem as problem:
        return _page(str(problem)), 409
    return redirect(url_for("desk.page"))


@pages.post("/desk/calls/<ident>")
@needs(Permission.NOTE_CALLS)
def write(ident: str) -> Answer:
    """What came of a call at this desk, and a note of it; with ``done`` the wrap-up ends."""
    number = _number()
    current = _current(number)
    if current is None or current.id != ident:
        return _page("gone"), 409
    outcome, note = request.form.get("outcome", ""), request.form.get("note", "").strip()
    if len(note) > LONGEST_NOTE or (outcome and outcome not in _outcomes(current.queue)):
        return _page("value"), 409
    _write(ident, number, outcome, note)
    if "done" in request.form:
        try:
            _has_outcome(number)
            with _link("switchd") as link:
                link.call(SwitchApi.resume_agent, agent=number, queue="")
        except Problem as problem:
            return _page(str(problem)), 409
    return redirect(url_for("desk.page"))


@pages.post("/desk/calls/<ident>/text")
@needs(Permission.ORDER_CALLS)
def text(ident: str) -> Answer:
    """Send the caller a short message, where the queue lets agents do so."""
    current = _current(_number())
    words = request.form.get("text", "").strip()
    if current is None or current.id != ident or not current.caller.number:
        return _page("gone"), 409
    queue = desk.queue_named(language.site(), current.queue)
    if queue is None or not queue.text_callers:
        abort(403)
    if not words or len(words) > LONGEST_TEXT:
        return _page("value"), 409
    trail.write(trail.Change.CALL_NOTED, subject=ident, after={"sms": words})
    try:
        with _link("lined") as link:
            link.call(LinedApi.send_sms, line="", to=current.caller.number, text=words)
    except Problem as problem:
        return _page("sms" if str(problem) == "gone" else str(problem)), 409
    return redirect(url_for("desk.page"))


def _write(ident: str, number: str, outcome: str, note: str) -> None:
    db, name = store.database(), access.person().name
    after = {key: text for key, text in (("outcome", outcome), ("note", note)) if text}
    if not after:
        return
    trail.write(trail.Change.CALL_NOTED, subject=ident, after=after)
    if outcome:
        outcomes.choose(db, call_id=ident, agent=number, outcome=outcome, at=time.time())
    if note:
        text = CallText(call_id=ident, kind=TextKind.NOTE, by=name, at=time.time(), text=note)
        search.write_text(db, text)


def _page(problem: str) -> str:
    shown = _shown()
    queue = shown["queue"]
    return render_template(
        "desk/page.html",
        problem=wording.PROBLEMS[problem] if problem else "",
        articles=knowledge.of_queue(queue.name) if isinstance(queue, Queue) else [],
        **shown,
    )


def _shown() -> dict[str, object]:
    site, db = language.site(), store.database()
    shown = desk.now(_picture(), db, site, _number())
    queue = desk.queue_named(site, shown.current.queue) if shown.current else None
    has_customers = bool(site.crm.service or site.crm.page)
    titles = {one.name: one.title for queue_ in site.queue for one in queue_.outcome}
    return {
        "now": shown,
        "queue": queue,
        "outcome_titles": titles,
        "queue_titles": {one.name: one.title for one in site.queue},
        "reasons": site.pause_reason,
        "thread": _thread(db, site, shown),
        "has_customers": has_customers,
        "kinds": wording.KINDS,
        "keys": {k: word for k, word in wording.KEYS.items() if k != "c" or has_customers},
        "longest_note": LONGEST_NOTE,
        "longest_text": LONGEST_TEXT,
    }


def _thread(db: Database, site: Site, shown: desk.Now) -> tuple[Day, ...]:
    number = shown.current.caller.number if shown.current else ""
    return thread_with(db, number, site.office.country)


def _current(number: str) -> desk.Current | None:
    """The call at an agent's desk."""
    agent = desk.agent_of(_picture(), number)
    return desk.current(_picture(), store.database(), agent) if agent else None


def _now_of(shown: Mapping[str, object]) -> desk.Now:
    found = shown["now"]
    if not isinstance(found, desk.Now):
        raise TypeError("the desk's page without its desk")
    return found


def is_there() -> bool:
    """Whether whoever asks has a desk: the rail has the way to it then."""
    return access.may(Permission.ORDER_CALLS) and bool(access.person().extension)


def owes_outcome(number: str) -> bool:
    """Whether the agent may not end the wrap-up of their last call yet."""
    agent, current = desk.agent_of(_picture(), number), _current(number)
    if agent is None or current is None:
        return False
    return desk.lacks_outcome(language.site(), store.database(), agent, current.id, current.queue)


def _has_outcome(number: str) -> None:
    """Raises Problem unless the wrap-up of the agent's last call may be ended."""
    if owes_outcome(number):
        raise Problem("outcome")


def _outcomes(queue: str) -> frozenset[str]:
    plan = desk.queue_named(language.site(), queue)
    return frozenset(one.name for one in plan.outcome) if plan else frozenset()


@contextmanager
def _link(daemon: str) -> Iterator[Link]:
    try:
        with Link(_home().link(daemon), "web", timeout_s=TIMEOUT_S) as link:
            yield link
    except LinkDown as error:
        raise Problem("away") from error
    except Refused as error:
        raise Problem({"KeyError": "gone"}.get(error.kind, "value")) from error


def _number() -> str:
    """The extension of whoever asks; 404 without one."""
    number = access.person().extension
    if not number:
        abort(404)
    return number


def _picture() -> Picture:
    found: Picture = current_app.extensions["markaz-board"].peek()
    return found


def _home() -> Home:
    found: Home = current_app.extensions["markaz-home"]
    return found
