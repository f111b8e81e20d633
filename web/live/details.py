"""The pages of one thing each: a line or SIM, a trunk, an extension, a daemon. What is shown of
it now is a part of its own, which an open page asks for again every other second."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from firmware.config.home import Home
from firmware.daemons import daemons
from firmware.link.api import LinedApi
from firmware.link.client import Link, LinkDown, Refused
from firmware.link.learning import LearningRow
from firmware.link.lines import LoopBackRow
from firmware.link.rows import ExtensionRow, LegRow, LineRow, PersonRow, TrunkRow, UssdRow
from firmware.model.record import CallRecord
from firmware.model.sms import SmsRecord
from firmware.store import search, sms
from firmware.store.search import Wanted
from web.calls import filters, store
from web.live.alarms import Alarm, alarms_of
from web.live.board import Board, Picture, R, rows_of
from web.live.items import Extension
from web.system import access
from web.system.permission import Permission, needs

pages = Blueprint("details", __name__, template_folder="templates")

LAST_CALLS = 10
LAST_TEXTS = 30
_LOOK_BACK_S = 30 * 86400.0
LONGEST_TEXT = 1000
_LONGEST_NUMBER = 40
_TIMEOUT_S = 5.0

DAEMON_OF = {"line": "lined", "trunk": "switchd", "extension": "edge"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One thing as of now. ``row`` None: nobody knows it, or its daemon is away."""

    kind: str
    name: str
    row: LineRow | TrunkRow | ExtensionRow | None
    is_away: bool
    alarms: tuple[Alarm, ...]
    ussd: UssdRow | None = None
    loop_back: LoopBackRow | None = None
    learning: LearningRow | None = None
    person: PersonRow | None = None
    legs: tuple[LegRow, ...] = ()

    @property
    def extension(self) -> Extension:
        """The extension with whether it is busy, as lists show it."""
        assert isinstance(self.row, ExtensionRow)
        return Extension(row=self.row, busy=bool(self.legs))


@pages.get("/live/lines/<name>")
@needs(Permission.SEE_LINES)
def line(name: str) -> str | tuple[str, int]:
    """A line or SIM: its state, its faults, its last calls; of a SIM its texts."""
    return line_page(name, "")


@pages.get("/live/trunks/<name>")
@needs(Permission.SEE_LINES)
def trunk(name: str) -> str:
    """A SIP trunk."""
    shown = _shown("trunk", name)
    return render_template("live/trunk.html", shown=shown, calls=_calls(Wanted(line=name)))


@pages.get("/live/extensions/<number>")
@needs(Permission.SEE_LIVE)
def extension(number: str) -> str:
    """An extension: its telephone, its person, its last calls."""
    _must_see("extension", number)
    shown = _shown("extension", number)
    return render_template("live/extension.html", shown=shown, calls=_calls(Wanted(party=number)))


@pages.get("/live/daemons/<name>")
@needs(Permission.SEE_BOX)
def daemon(name: str) -> str:
    """A daemon: its version and what it warns of."""
    if name not in daemons():
        abort(404)
    picture = _picture()
    return render_template(
        "live/daemon.html",
        name=name,
        is_away=name in picture.away,
        health=picture.box.daemons.get(name),
    )


@pages.get("/live/now/<any(line, trunk, extension):kind>/<name>")
@needs(Permission.SEE_LIVE)
def part(kind: str, name: str) -> str:
    """What is shown of it now, alone."""
    _must_see(kind, name)
    return render_template("live/one_now.html", shown=_shown(kind, name))


@pages.post("/live/lines/<name>/texts")
@needs(Permission.SEND_MESSAGES)
def send_text(name: str) -> AnyResponse | tuple[str, int]:
    """Send a short message by this SIM."""
    number, text = request.form.get("number", "").strip(), request.form.get("text", "")
    if not number or len(number) > _LONGEST_NUMBER or not text.strip() or len(text) > LONGEST_TEXT:
        return line_page(name, "text"), 409
    return _ordered(name, lambda link: link.call(LinedApi.send_sms, name, number, text))


@pages.post("/live/lines/<name>/ussd")
@needs(Permission.SEND_MESSAGES)
def ussd(name: str) -> AnyResponse | tuple[str, int]:
    """Send a code to the network, or an answer it asked for."""
    code = request.form.get("code", "").strip()[:_LONGEST_NUMBER]
    return _ordered(name, lambda link: link.call(LinedApi.ussd, name, code))


@pages.post("/live/lines/<name>/ussd/cancel")
@needs(Permission.SEND_MESSAGES)
def cancel_ussd(name: str) -> AnyResponse | tuple[str, int]:
    """End what the network asks."""
    return _ordered(name, lambda link: link.call(LinedApi.cancel_ussd, name))


def _must_see(kind: str, name: str) -> None:
    if kind == "extension":
        access.must(Permission.SEE_LIVE, extension=name)
    else:
        access.must(Permission.SEE_LINES)


def _ordered(name: str, order: Callable[[Link], object]) -> AnyResponse | tuple[str, int]:
    home: Home = current_app.extensions["markaz-home"]
    try:
        with Link(home.link("lined"), "web", timeout_s=_TIMEOUT_S) as link:
            order(link)
    except LinkDown:
        return line_page(name, "away"), 503
    except Refused as error:
        problem = {"KeyError": "gone", "ValueError": "value"}.get(error.kind, "busy")
        return line_page(name, problem), 409
    return redirect(url_for("details.line", name=name))


def line_page(name: str, problem: str) -> str:
    """The page of a line; ``problem`` says why an order was not carried out."""
    shown = _shown("line", name)
    row = shown.row
    # what somebody has typed stays on the page while the line service is away
    is_sim = row.kind == "mobile" if isinstance(row, LineRow) else bool(problem)
    return render_template(
        "live/line.html",
        shown=shown,
        problem=problem,
        is_sim=is_sim,
        is_trunk=isinstance(row, LineRow) and row.kind == "trunk",
        calls=_calls(Wanted(line=name)),
        texts=_texts(name) if is_sim and access.may(Permission.SEND_MESSAGES) else [],
        longest_text=LONGEST_TEXT,
        typed=request.form,
    )


def _texts(name: str) -> list[SmsRecord]:
    """The SIM's newest texts. What people write is not for everybody who sees lines."""
    return sms.recent(store.database(), LAST_TEXTS, line=name)


def _calls(wanted: Wanted) -> list[CallRecord]:
    """Its last calls, of a month at most: a line nobody uses must not cost a look at them all."""
    recent = search.within(wanted, since=time.time() - _LOOK_BACK_S)
    scope = filters.scope(Permission.SEE_CALLS)
    return search.search(store.database(), recent, limit=LAST_CALLS, scope=scope)


def _shown(kind: str, name: str) -> Shown:
    picture = _picture()
    found = picture.rows.get(kind, {}).get(name)
    row = found if isinstance(found, LineRow | TrunkRow | ExtensionRow) else None
    is_away = DAEMON_OF[kind] in picture.away
    if row is None and not is_away:
        abort(404)
    return Shown(
        kind=kind,
        name=name,
        row=row,
        is_away=is_away,
        alarms=tuple(
            alarm
            for alarm in alarms_of(picture)
            if alarm.subject == name and alarm.kind.startswith(_ALARMS_OF[kind])
        ),
        ussd=_ussd_of(picture, name) if kind == "line" else None,
        loop_back=_of_line(picture, LoopBackRow, "loopback", kind, name),
        learning=_of_line(picture, LearningRow, "learning", kind, name),
        person=rows_of(picture, PersonRow, "person").get(name) if kind == "extension" else None,
        legs=tuple(
            leg for leg in rows_of(picture, LegRow, "leg").values() if name in (leg.party, leg.way)
        ),
    )


def _of_line(picture: Picture, cls: type[R], rows: str, kind: str, name: str) -> R | None:
    return rows_of(picture, cls, rows).get(name) if kind == "line" else None


def _ussd_of(picture: Picture, name: str) -> UssdRow | None:
    if not access.may(Permission.SEND_MESSAGES):
        return None
    return rows_of(picture, UssdRow, "ussd").get(name)


_ALARMS_OF = {
    "line": ("line_", "sim_", "port_", "modem_"),
    "trunk": ("trunk_",),
    "extension": ("extension_",),
}
"""How the kinds of alarms about each kind of thing begin."""


def _picture() -> Picture:
    board: Board = current_app.extensions["markaz-board"]
    return board.peek()
