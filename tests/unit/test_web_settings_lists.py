"""The lists of a large office: page by page, searched on the server, and quick with a draft."""

from __future__ import annotations

import copy
import re

import pytest

from firmware.config import history
from firmware.config.home import Home
from firmware.config.reading import read, recalled
from tests.bench.console_store import FIRST_NUMBER, configure
from tests.browser.stage import USER
from tests.unit.form_reader import form_of
from tests.unit.web_fixtures import console, csrf_token, signed_in
from web.leaf import PAGE_LENGTH
from web.settings.edit import Desk

EXTENSIONS = 120
LIST = "/settings/extension"


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        configure(app.extensions["markaz-home"], EXTENSIONS)
        yield app


@pytest.fixture
def home(app) -> Home:
    return app.extensions["markaz-home"]


@pytest.fixture
def client(app):
    return signed_in(app)


def names(page: str) -> list[str]:
    return re.findall(r'<td data-label="Name"><bdi>([^<]*)</bdi>', page)


def next_page(page: str) -> str | None:
    found = re.search(r'rel="next" href="([^"]+)"', page)
    return found[1].replace("&amp;", "&") if found else None


def test_page_by_page_all_are_there_once(client) -> None:
    path, seen, pages = LIST, [], 0
    while path:
        page = client.get(path).text
        assert len(names(page)) <= PAGE_LENGTH
        seen, path, pages = seen + names(page), next_page(page), pages + 1
    assert seen == [f"Person {n}" for n in range(EXTENSIONS)]
    assert pages == 3
    assert "101 to 120 of 120" in page


def test_the_search_is_in_all_pages_and_pages_keep_it(client) -> None:
    page = client.get(f"{LIST}?q=Person+11").text
    assert names(page) == ["Person 11", *(f"Person {n}" for n in range(110, 120))]
    first = client.get(f"{LIST}?q=Person&sort=name&backwards=1").text
    address = next_page(first)
    assert address is not None
    assert {"q=Person", "sort=name", "backwards=1"} <= set(address.split("?")[1].split("&"))
    assert names(first)[0] == "Person 99"
    assert names(client.get(address).text)[0] < names(first)[-1]


@pytest.mark.parametrize("number", ["0", "-4", "9999", "x", "1e9"])
def test_a_page_that_is_not_there_is_one_that_is(client, number: str) -> None:
    page = client.get(f"{LIST}?page={number}")
    assert page.status_code == 200
    assert len(names(page.text)) in {PAGE_LENGTH, EXTENSIONS % PAGE_LENGTH}


def test_who_kept_an_item_is_back_on_its_page(client) -> None:
    address = f"{LIST}/item?name={FIRST_NUMBER + 60}"
    answer = client.post(address, data=form_of(client.get(address).text).sent(name="Renamed"))
    assert answer.location == f"{LIST}?page=2"
    assert "Renamed" in names(client.get(answer.location).text)


def test_who_moved_an_item_over_the_edge_of_a_page_follows_it(client) -> None:
    last = str(FIRST_NUMBER + PAGE_LENGTH - 1)
    token = csrf_token(client, LIST)
    answer = client.post(f"{LIST}/move", data={"csrf_token": token, "name": last, "to": "down"})
    assert answer.location == f"{LIST}?page=2"
    assert names(client.get(answer.location).text)[0] == f"Person {PAGE_LENGTH - 1}"


def test_the_first_goes_not_further_up_nor_the_last_down(client) -> None:
    first, last = client.get(LIST).text, client.get(f"{LIST}?page=3").text
    assert re.findall(r'value="up" disabled', first) == ['value="up" disabled']
    assert 'value="down" disabled' not in first
    assert re.findall(r'value="down" disabled', last) == ['value="down" disabled']
    assert 'value="up" disabled' not in last


def test_every_page_tells_how_many_changes_wait(client, home) -> None:
    desk = Desk(home, USER)
    for index in (0, 5, 70):
        desk.put(("extension", index, "name"), f"Other {index}")
    assert desk.count() == len(desk.changes()) == 3
    assert "3 changes are not applied yet" in client.get("/settings/office").text
    desk.put(("extension", 5, "name"), "Person 5")
    assert desk.count() == 2
    desk.discard()
    assert desk.count() == 0
    assert "not applied yet" not in client.get("/settings/office").text


def test_what_is_kept_of_a_text_is_what_it_says_whatever_pages_did(client, home) -> None:
    """The console reads a text once: no page may change what others read."""
    text = history.current_text(home)[1]
    was = copy.deepcopy(recalled(text).document)
    assert was == read(text).document
    token = csrf_token(client, LIST)
    address = f"{LIST}/item?name={FIRST_NUMBER}"
    renamed = form_of(client.get(address).text).sent(number="3999", name="Renamed")
    assert client.post(address, data=renamed).status_code == 302
    for name, verb in ((str(FIRST_NUMBER + 3), "move"), (str(FIRST_NUMBER + 90), "remove")):
        sent = {"csrf_token": token, "name": name, "to": "down"}
        assert client.post(f"{LIST}/{verb}", data=sent).status_code == 302
    queue = "/settings/queue/item?name=queue3"
    ordered = form_of(client.get(queue).text).sent({"do": "drop:members.0"})
    assert client.post(queue, data=ordered).status_code == 200
    for path in ("/settings/review", "/settings/text", "/settings/history/1"):
        assert client.get(path).status_code == 200
    assert recalled(text).document == was
    draft = Desk(home, USER).text()[1]
    assert recalled(draft).document == read(draft).document
