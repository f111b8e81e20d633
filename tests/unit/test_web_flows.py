"""The pages of flows: drawn, edited node by node, unfinished ones kept aside, tried out."""

from __future__ import annotations

import re
from contextlib import closing
from html import unescape

import pytest

from firmware.config import history
from firmware.link.api import SwitchApi
from firmware.store import users
from firmware.store.db import open_store
from tests.browser.stage import PASSWORD, USER
from tests.unit.form_reader import form_of
from tests.unit.served import serving
from tests.unit.web_fixtures import console, csrf_token, signed_in
from web.flows import graph
from web.flows.drawing import Drawing
from web.settings.edit import Desk

OFFICE = """\
office: {name: Tehran}
extension:
  - {number: 101, name: Front, password: pass-of-101}
queue:
  - {name: support, title: Support, members: [101]}
flow:
  - name: front
    number: 800
    languages: [en]
    node:
      - name: top
        menu:
          saying: {en: "Press one for support, two for the time."}
          choice: [{digit: 1, to: wait}, {digit: 2, to: tell}]
          otherwise: bye
      - name: wait
        queue: {name: support}
      - name: tell
        say: {saying: {en: It is late.}, next: bye}
      - name: bye
        hang_up: {}
"""


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        home = app.extensions["markaz-home"]
        with closing(open_store(home)) as db:
            users.create(db, USER, PASSWORD)
        history.apply(home, OFFICE, "test", "the office")
        yield app


@pytest.fixture
def home(app):
    return app.extensions["markaz-home"]


@pytest.fixture
def client(app):
    return signed_in(app)


def post(client, path, **fields):
    token = csrf_token(client, "/flows")
    return client.post(path, data={"csrf_token": token, **fields})


def add(client, name, deed, flow="front"):
    return post(client, f"/flows/{flow}/nodes", name=name, deed=deed)


def connect(client, node, way, to, flow="front"):
    return post(client, f"/flows/{flow}/nodes/{node}/connect", way=way, to=to)


def drawn(home, flow="front"):
    return Drawing(home, USER, flow)


def card(page, node):
    """The text of a node's card."""
    found = re.search(
        rf'<li class="flow-node[^>]*id="node-{node}".*?(?=<li class="flow-node|</ol>)', page, re.S
    )
    return unescape(re.sub(r"<[^>]+>", " ", found[0]))


def test_every_node_is_in_the_page_with_its_ways(client):
    page = client.get("/flows/front").text
    assert re.findall(r'id="node-(\w+)"', page) == ["top", "wait", "tell", "bye"]
    assert re.findall(r'data-way="([^"]*)" data-to="([^"]*)"', page)[:3] == [
        ("menu.choice.0.to", "wait"),
        ("menu.choice.1.to", "tell"),
        ("menu.otherwise", "bye"),
    ]
    assert "the beginning" in card(page, "top")


def test_a_form_sent_back_unchanged_changes_nothing(client, home):
    for node in ("top", "wait", "tell", "bye"):
        path = f"/flows/front/nodes/{node}"
        assert client.post(path, data=form_of(client.get(path).text).sent()).status_code == 302
    path = "/flows/front/whole"
    assert client.post(path, data=form_of(client.get(path).text).sent()).status_code == 302
    assert Desk(home, USER).changes() == ()
    assert not drawn(home).is_sketch


def test_a_node_nobody_comes_to_is_kept_aside_and_joins_the_draft_once_it_is_right(client, home):
    assert add(client, "later", "say").status_code == 302
    path = "/flows/front/nodes/later"
    client.post(path, data=form_of(client.get(path).text).sent({"say.saying.en": "Later."}))
    page = client.get("/flows/front").text
    assert "nobody ever comes" in card(page, "later").lower()
    assert "This flow is not finished" in page
    assert Desk(home, USER).changes() == ()
    assert connect(client, "tell", "say.next", "later").status_code == 302
    page = client.get("/flows/front").text
    assert "This flow is not finished" not in page
    assert "not applied yet" in page
    assert not drawn(home).is_sketch
    assert Desk(home, USER).site().flow[0].node[2].say.next == "later"


def test_a_broken_way_is_a_problem_of_its_node_and_applying_is_elsewhere(client, home):
    post(client, "/flows/front/nodes/bye/remove")
    page = client.get("/flows/front").text
    assert "a node that is not there" in card(page, "tell")
    assert "a node that is not there" in card(page, "top")
    assert "is not there" not in card(page, "wait")
    assert "bye" not in re.findall(r'id="node-(\w+)"', page)
    form = client.get("/flows/front/nodes/tell").text
    assert 'aria-invalid="true"' in form
    post(client, "/flows/front/discard")
    assert "bye" in re.findall(r'id="node-(\w+)"', client.get("/flows/front").text)


def test_who_leads_to_a_node_follows_its_new_name(client, home):
    path = "/flows/front/nodes/bye"
    client.post(path, data=form_of(client.get(path).text).sent(name="goodbye"))
    site = Desk(home, USER).site()
    assert site.flow[0].node[0].menu.otherwise == "goodbye"
    assert site.flow[0].node[2].say.next == "goodbye"
    assert site.flow[0].node[3].name == "goodbye"


def test_a_form_of_what_changed_meanwhile_is_not_taken(client, home):
    path = "/flows/front/nodes/tell"
    stale = form_of(client.get(path).text).sent({"say.saying.en": "Mine."})
    connect(client, "tell", "say.next", "wait")
    answer = client.post(path, data=stale)
    assert answer.status_code == 409
    assert "changed elsewhere" in answer.text
    assert "Mine." in answer.text  # nothing of what was put in is lost
    assert graph.node_of(drawn(home).flow["node"][2]).ways[0].to == "wait"


def test_a_row_more_is_put_in_without_leaving_the_form(client, home):
    path = "/flows/front/nodes/top"
    page = client.post(path, data=form_of(client.get(path).text).sent(do="add:menu.choice")).text
    sent = form_of(page).sent({"menu.choice.2.digit": "3", "menu.choice.2.to": "bye", "save": "1"})
    assert client.post(path, data=sent).status_code == 302
    choices = Desk(home, USER).site().flow[0].node[0].menu.choice
    assert [(one.digit, one.to) for one in choices][2:] == [("3", "bye")]


@pytest.mark.parametrize(
    "name",
    ["", "Top", "a b", "../x", "<script>", "top", "x" * 33, "نام", "a\x00b", "queue:support"],
)
def test_no_node_gets_a_name_that_is_none(client, home, name):
    assert add(client, name, "say").status_code == 422
    path = "/flows/front/nodes/bye"
    sent = form_of(client.get(path).text).sent(name=name)
    assert client.post(path, data=sent).status_code == 422
    assert not drawn(home).is_sketch


def test_hostile_words_are_words(client):
    path = "/flows/front/nodes/tell"
    words = '<img src=x onerror="alert(1)">'
    client.post(path, data=form_of(client.get(path).text).sent({"say.saying.en": words}))
    page = client.get("/flows/front").text
    assert "<img" not in page
    assert "&lt;img" in page


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/flows/none", None),
        ("/flows/front/nodes/none", None),
        ("/flows/front/nodes/none/remove", {}),
        ("/flows/front/nodes/tell/connect", {"way": "say.saying", "to": "bye"}),
        ("/flows/front/nodes/tell/connect", {"way": "../..", "to": "bye"}),
    ],
)
def test_what_is_not_there_is_not_there(client, path, fields):
    answer = client.get(path) if fields is None else post(client, path, **fields)
    assert answer.status_code == 404


def test_nobody_is_led_to_a_place_that_is_not_there(client, home):
    assert connect(client, "tell", "say.next", "queue:none").status_code == 400
    assert add(client, "x", "__class__").status_code == 400
    assert not drawn(home).is_sketch


def test_a_new_flow_is_right_from_its_beginning(client, home):
    assert post(client, "/flows", name="second").status_code == 302
    assert [one.name for one in Desk(home, USER).site().flow] == ["front", "second"]
    assert post(client, "/flows", name="second").status_code == 422
    assert post(client, "/flows", name="No name").status_code == 422


def test_a_flow_of_two_hundred_nodes_is_drawn_and_edited(client, home):
    flow = drawn(home).flow
    for number in range(200):
        flow = graph.added(flow, f"n{number}", "say")
        to = f"n{number + 1}" if number < 199 else "bye"
        flow["node"][-1]["say"] = {"saying": {"en": f"Number {number}."}, "next": to}
    assert drawn(home).put(graph.connected(flow, "tell", "say.next", "n0"))
    page = client.get("/flows/front").text
    assert page.count('<li class="flow-node') == 204
    assert connect(client, "n100", "say.next", "bye").status_code == 302
    page = client.get("/flows/front").text
    assert "is-wrong" in page  # nobody comes to those behind it
    assert "Nobody ever comes" in card(page, "n101")


def test_two_people_draw_apart(app, client, home):
    add(client, "later", "say")
    other = signed_in(app, "second")
    assert 'id="node-later"' not in other.get("/flows/front").text
    assert 'id="node-later"' in client.get("/flows/front").text


def test_a_caller_on_paper_goes_key_by_key(client):
    page = client.get("/flows/front/trial").text
    assert "Press one for support" in page
    assert "The flow waits for a key." in page
    page = client.get("/flows/front/trial?keys=&press=2").text
    assert "It is late." in page
    assert "The call ends" in page
    assert "waits for a key" not in page
    page = client.get("/flows/front/trial?keys=1").text
    assert "Leads to queue:support" in page


def test_a_flow_with_problems_is_not_tried_out(client):
    post(client, "/flows/front/nodes/bye/remove")
    assert "mend them first" in client.get("/flows/front/trial").text


class Switchd:
    """Only rings."""

    def __init__(self) -> None:
        self.dialled = []

    def dial(self, extension, number):
        if extension != "101":
            raise KeyError(extension)
        self.dialled.append((extension, number))
        return "1"


def test_a_telephone_is_rung_and_hears_the_flow(client, home):
    with serving(home, "switchd", SwitchApi, switchd := Switchd()):
        assert post(client, "/flows/front/ring", extension="101").status_code == 302
        assert post(client, "/flows/front/ring", extension="999").status_code == 409
    assert switchd.dialled == [("101", "800")]
    assert post(client, "/flows/front/ring", extension="101").status_code == 409  # nobody there


def test_a_reader_sees_and_changes_nothing(app, home):
    reader = signed_in(app, "reader", "reader")
    page = reader.get("/flows/front")
    assert page.status_code == 200
    assert 'action="/flows/front/nodes"' not in page.text
    token = csrf_token(reader, "/flows/front")
    answer = reader.post(
        "/flows/front/nodes", data={"csrf_token": token, "name": "x", "deed": "say"}
    )
    assert answer.status_code == 403
