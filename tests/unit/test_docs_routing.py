"""The example of docs/routing.md is a site configuration, and does what the text says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from firmware.config import document, routes
from firmware.config.schema import Site
from firmware.model.calendar import CalendarState
from firmware.model.routing import Answer, Arrival

DOC = Path(__file__).parents[2] / "docs" / "routing.md"


@pytest.fixture(scope="module")
def site() -> Site:
    found = re.search(r"```yaml\n(.*?)```", DOC.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return document.parse(found[1])


@pytest.mark.parametrize(
    ("number", "extension", "answer", "route"),
    [
        ("00441632960000", "101", Answer.GO, "abroad"),
        ("00441632960000", "102", Answer.NOT_PERMITTED, "abroad"),
        ("22334455", "102", Answer.GO, "city"),
        ("02122334455", "102", Answer.NOT_PERMITTED, "country"),
        ("09121234567", "101", Answer.GO, "mobile"),
        ("115", "102", Answer.EMERGENCY, None),
        ("9", "101", Answer.NO_ROUTE, None),
    ],
)
def test_outward(site: Site, number: str, extension: str, answer: Answer, route: str) -> None:
    dialler = routes.dialler(site, extension)
    found = routes.routing(site).leave(number, dialler, lambda _name: CalendarState.OPEN)
    assert found.answer is answer
    assert (found.route.name if found.route else None) == route
    if route == "abroad":
        assert found.number == "+441632960000"


@pytest.mark.parametrize(
    ("way", "did", "caller", "state", "to"),
    [
        ("fxo-1", "", "09121234567", CalendarState.OPEN, "extension:101"),
        ("provider", "02122334459", "0935", CalendarState.OPEN, "queue:support"),
        ("fxo-2", "", "", CalendarState.HOLIDAY, "extension:102"),
        ("fxo-2", "", "0935", CalendarState.CLOSED, "calendar:office"),
    ],
)
def test_inward(site: Site, way: str, did: str, caller: str, state: CalendarState, to: str) -> None:
    arrival = Arrival(way=way, did=did, caller=caller)
    assert str(routes.routing(site).arrive(arrival, lambda _name: state).to) == to
