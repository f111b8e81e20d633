"""The rail: ways in their groups, the page's own marked, and what each page offers everybody."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask_babel import Babel

from web.ways import GROUP_OF, GROUPS, grouped

WAYS = (
    ("live.now", "live", "Live view"),
    ("calls.records", "records", "Call records"),
    ("queues.all", "queue", "Queues"),
    ("voicemail.boxes", "voicemail", "Voicemail"),
    ("newer.page", "menu", "Something newer"),
)


def rail(endpoint, ways=WAYS):
    app = Flask(__name__)
    Babel(app)
    app.add_url_rule("/here", endpoint=endpoint, view_func=lambda: "")
    with app.test_request_context("/here"):
        return grouped(ways)


def test_ways_stand_in_their_groups_in_the_order_of_the_rail():
    groups = [(group.name, [way.word for way in group.ways]) for group in rail("x.y")]
    assert groups == [
        ("live", ["Live view"]),
        ("calls", ["Call records", "Voicemail"]),
        ("centre", ["Queues"]),
        ("system", ["Something newer"]),
    ]


def test_a_group_without_ways_is_not_shown():
    assert [group.name for group in rail("x.y", WAYS[:1])] == ["live"]
    assert rail("x.y", ()) == []


@pytest.mark.parametrize(
    ("endpoint", "marked"),
    [
        ("calls.records", ["calls.records"]),
        ("calls.one", ["calls.records"]),  # a call belongs to the list of calls
        ("newer.other", ["newer.page"]),
        ("system.login", []),
    ],
)
def test_the_page_s_own_way_is_marked(endpoint, marked):
    ways = [way for group in rail(endpoint) for way in group.ways]
    assert [way.endpoint for way in ways if way.is_here] == marked


def test_every_concern_belongs_to_a_group_there_is():
    assert set(GROUP_OF.values()) <= {name for name, _ in GROUPS}


def test_headings_are_words_of_the_catalogue():
    for group in rail("x.y"):
        assert re.fullmatch(r"[A-Z][a-z ]+", group.word)
