"""The page of supervision, what changes on it, and the orders that it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from firmware.config.home import Home
from firmware.link.agents import ListenerRow
from firmware.link.api import SwitchApi
from firmware.link.client import Link, LinkDown, Refused
from firmware.link.rows import AgentRow, CallRow, QueueRow
from firmware.model.listening import Listening
from web.calls import store
from web.live.board import Picture, rows_of
from web.supervision import stream, wording
from web.supervision.day import today
from web.supervision.picture import Room, queue_of, room_of
from web.system import access, language
from web.system.permission import Permission, needs

pages = Blueprint("supervision", __name__, template_folder="templates")

TIMEOUT_S = 5.0
FIRST = 99
"""The priority of a caller whom somebody puts before all others."""

Answer = AnyResponse | tuple[str, int]
Form = Mapping[str, str]


class Problem(RuntimeError):
    """What was asked for was not done; the text is a key of ``wording.PROBLEMS``."""


AGENT_ORDERS: Mapping[str, Callable[[Link, str, Form], object]] = {
    "log-in": lambda link, agent, _form: link.call(
        SwitchApi.log_in_agent, agent=agent, telephone=""
    ),
    "log-out": lambda link, agent, _form: link.call(SwitchApi.log_out, agent=agent),
    "pause": lambda link, agent, form: link.call(
        SwitchApi.pause_agent, agent=agent, reason=form.get("reason", ""), queue=""
    ),
    "resume": lambda link, agent, _form: link.call(SwitchApi.resume_agent, agent=agent, queue=""),
}

CALLER_ORDERS: Mapping[str, Callable[[Link, str, Form], object]] = {
    "first": lambda link, caller, _form: link.call(
        SwitchApi.prioritise_caller, caller=caller, priority=FIRST
    ),
    "usual": lambda link, caller, _form: link.call(
        SwitchApi.prioritise_caller, caller=caller, priority=0
    ),
    "move": lambda link, caller, form: link.call(
        SwitchApi.move_caller, caller=caller, to=form.get("to", "")
    ),
    "withdraw": lambda link, caller, _form: link.call(SwitchApi.withdraw_caller, caller=caller),
}


# -- the page


@pages.get("/supervision")
@needs(Permission.SUPERVISE)
def page() -> str:
    """Queues and agents, as far as one supervises them."""
    return show("")


@pages.get("/supervision/now")
@needs(Permission.SUPERVISE)
def now() -> Response:
    """The parts of the page as they are."""
    return stream.now(parts)


@pages.get("/supervision/stream")
@needs(Permission.SUPERVISE)
def events() -> Response:
    """The same whenever they change."""
    token = access.token()
    return stream.follow(parts, lambda: access.still_in(token))


# -- orders


@pages.post("/supervision/agents/<agent>/<any('log-in','log-out','pause','resume'):order>")
@needs(Permission.SUPERVISE)
def order_agent(agent: str, order: str) -> Answer:
    """Set an agent's state."""
    _supervised(agent)
    return carry_out(lambda link: AGENT_ORDERS[order](link, agent, request.form))


@pages.post("/supervision/callers/<any('first','usual','move','withdraw'):order>")
@needs(Permission.SUPERVISE)
def order_caller(order: str) -> Answer:
    """Move or prioritise a waiting caller, who is named by their ``visit``."""
    visit = request.form.get("visit", "")
    rows = rows_of(picture(), QueueRow, "queue").values()
    queue = next((row.id for row in rows if any(c.visit == visit for c in row.waiting)), "")
    if not queue:
        return show("gone"), 409
    access.must(Permission.SUPERVISE, queue=queue)
    if order == "move" and not request.form.get("to", "").startswith("queue:"):
        abort(400)  # anywhere else would be a way out of the box at the office's cost
    return carry_out(lambda link: CALLER_ORDERS[order](link, visit, request.form))


@pages.post("/supervision/agents/<agent>/listen")
@needs(Permission.SUPERVISE)
def listen(agent: str) -> Answer:
    """Let one's own telephones ring, and hear an agent's talk. One who supervises some queues
    hears the calls of those and no others, whoever takes them."""
    row = _supervised(agent)
    call = rows_of(picture(), CallRow, "call").get(row.call)
    if call is None or call.id != request.form.get("call"):
        return show("gone"), 409
    access.must(Permission.SUPERVISE, queue=queue_of(call))
    supervisor = access.person().extension
    if not supervisor:
        return show("telephone"), 409
    how = _way()
    return carry_out(
        lambda link: link.call(
            SwitchApi.listen_in, supervisor=supervisor, call_id=call.id, agent=agent, how=how
        )
    )


@pages.post("/supervision/listening/<ident>")
@needs(Permission.SUPERVISE)
def change_listening(ident: str) -> Answer:
    """Listen in another way, take over, or stop; one's own listening only."""
    row = rows_of(picture(), ListenerRow, "listener").get(ident)
    if row is None:
        return show("gone"), 409
    if row.supervisor != access.person().extension:
        abort(403)
    if request.form.get("how") == "end":
        return carry_out(lambda link: link.call(SwitchApi.hang_up, call_id=ident))
    how = _way()
    return carry_out(lambda link: link.call(SwitchApi.change_listening, listening=ident, how=how))


def _way() -> Listening:
    how = request.form.get("how", "")
    if how not in set(Listening):
        abort(400)
    return Listening(how)


def _supervised(agent: str) -> AgentRow:
    """An agent of a queue of whoever asks; 404 for nobody's, 403 for others'."""
    row = rows_of(picture(), AgentRow, "agent").get(agent)
    if row is None:
        abort(404)
    access.must(Permission.SUPERVISE, queue=row.queues or "")
    return row


# -- within


def carry_out(order: Callable[[Link], object]) -> Answer:
    """Give an order to the exchange, and show the page again."""
    try:
        with _link() as link:
            order(link)
    except Problem as problem:
        return show(str(problem)), 409
    return redirect(url_for("supervision.page"))


def show(problem: str) -> str:
    """The whole page, with what went wrong, if anything did."""
    said = wording.PROBLEMS[problem] if problem else ""
    return render_template("supervision/page.html", problem=said, **shown())


def parts() -> Mapping[str, str]:
    """The parts of the page that change."""
    found = shown()
    return {
        name: render_template(f"supervision/{name}.html", **found)
        for name in ("alerts", "queues", "agents")
    }


def shown() -> dict[str, object]:
    """What the page's templates need."""
    site = language.site()
    return {
        "room": room(lambda name: access.may(Permission.SUPERVISE, queue=name)),
        "me": access.person().extension,
        "hears": lambda queue: access.may(Permission.SUPERVISE, queue=queue),
        "reasons": site.pause_reason,
        "reason_titles": {one.name: one.title for one in site.pause_reason},
        "titles": {one.name: one.title for one in site.queue},
        "grades": wording.GRADES,
        "figures": wording.FIGURES,
        "ways_in": wording.WAYS,
    }


def room(sees: Callable[[str], bool], only: frozenset[str] = frozenset()) -> Room:
    """The queues that may be seen, as they are."""
    site = language.site()
    return room_of(picture(), site, today(store.database(), site), sees, only)


def picture() -> Picture:
    """What the daemons show, at one moment."""
    found: Picture = current_app.extensions["markaz-board"].peek()
    return found


def home() -> Home:
    """The box's folder."""
    found: Home = current_app.extensions["markaz-home"]
    return found


@contextmanager
def _link() -> Iterator[Link]:
    try:
        with Link(home().link("switchd"), "web", timeout_s=TIMEOUT_S) as link:
            yield link
    except LinkDown as error:
        raise Problem("away") from error
    except Refused as error:
        raise Problem({"KeyError": "gone"}.get(error.kind, "value")) from error
