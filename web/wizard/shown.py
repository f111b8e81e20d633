"""What the set-up shows of the box: read from the board, the configuration and provisioning."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import current_app

from firmware.config.home import Home
from firmware.config.schema import LineDriver, LineKind, Site
from firmware.link.rows import CallRow, LineRow
from web.bench.outside import is_there
from web.live.board import Board, Picture, rows_of
from web.live.items import Call
from web.phones.service import register
from web.phones.wording import mac_words, name_words, state_look
from web.system import language
from web.wizard import answers, changes, learning, places, wording
from web.wizard.progress import Step

Shown = dict[str, Any]

EMPTY_ROWS = range(3)


def of(step: Step, home: Home) -> Shown:
    """What the page of a step is made of."""
    site = answers.site(home)
    return {"site": site, **_PARTS.get(step, _nothing)(home, site)}


def _nothing(_home: Home, _site: Site) -> Shown:
    return {}


def _country(_home: Home, _site: Site) -> Shown:
    return {"countries": places.countries(language.tongue().code), "zones": places.zones()}


def _network(_home: Home, _site: Site) -> Shown:
    return {"addresses": places.addresses()}


def _lines(home: Home, _site: Site) -> Shown:
    return {
        "lines": lines(),
        "learned": learning.rows(home),
        "asks": wording.ASKS,
        "learning_words": wording.LEARNING,
        "trunk": LineKind.TRUNK,
    }


def _phones(_home: Home, site: Site) -> Shown:
    return {
        "found": register(),
        "next_number": answers.free_number(site, "101"),
        "name_words": name_words,
        "mac_words": mac_words,
        "state_look": state_look,
    }


def _extensions(_home: Home, _site: Site) -> Shown:
    return {"empty_rows": EMPTY_ROWS}


def _greeting(home: Home, site: Site) -> Shown:
    return {
        "destinations": answers.destinations(site),
        "spoken": greeting_text(home, site),
        "to": where_callers_come(site),
    }


def _test(_home: Home, site: Site) -> Shown:
    return {
        "calls": calls(),
        "people": [(one.number, answers.person_words(one)) for one in site.extension],
        "number": menu_number(site),
        "incoming": simulated_lines(site) if is_there() else (),
    }


_PARTS: Mapping[Step, Callable[[Home, Site], Shown]] = {
    Step.COUNTRY: _country,
    Step.NETWORK: _network,
    Step.LINES: _lines,
    Step.PHONES: _phones,
    Step.EXTENSIONS: _extensions,
    Step.GREETING: _greeting,
    Step.TEST: _test,
}


def lines() -> Sequence[LineRow] | None:
    """Every line lined knows, None while it is away."""
    picture = _picture()
    if "lined" in picture.away:
        return None
    return [row for _id, row in sorted(rows_of(picture, LineRow, "line").items())]


def calls() -> Sequence[Call]:
    """The calls of this moment, newest first."""
    found = rows_of(_picture(), CallRow, "call").values()
    views = []
    for row in sorted(found, key=lambda row: -row.started_at):
        kind, _, name = row.place.partition(":")
        views.append(Call(row=row, place_kind=kind, place_name=name, place_title=""))
    return views


def menu_number(site: Site) -> str:
    """What telephones inside dial to hear the greeting; "" when nothing."""
    return next((one.number or "" for one in site.ivr if one.name == changes.MENU), "")


def where_callers_come(site: Site) -> str:
    """Where the menu leads who chooses nothing."""
    return next((one.otherwise or "" for one in site.ivr if one.name == changes.MENU), "")


def simulated_lines(site: Site) -> Sequence[str]:
    """Lines on which the bench can call in."""
    return [
        line.name
        for line in site.line
        if line.driver is LineDriver.SIMULATED and line.kind is not LineKind.STATION
    ]


def greeting_text(home: Home, site: Site) -> str:
    """What was spoken last; "" when it is the box's own greeting."""
    path = answers.greeting_file(home, str(site.office.language)).with_suffix(".txt")
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return ""


def _picture() -> Picture:
    board: Board = current_app.extensions["markaz-board"]
    return board.picture()
