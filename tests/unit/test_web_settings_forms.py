"""Forms of the settings: what is drawn and sent back unchanged changes nothing; what is typed is
understood; every field has words."""

from __future__ import annotations

from contextlib import closing

import pytest
from flask import session
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from firmware.config import history
from firmware.config.schema import Site
from firmware.store import users
from firmware.store.db import open_store
from tests.browser.stage import PASSWORD, USER
from tests.unit.form_reader import form_of
from tests.unit.settings_samples import contents, sample_texts
from tests.unit.web_fixtures import console, signed_in
from web.settings import state
from web.settings.edit import Desk
from web.settings.sections import by_section
from web.settings.shape import shape_of
from web.settings.views import _form, _Opened
from web.settings.wording_choices import CHOICES
from web.settings.wording_fields import LABELS
from web.settings.wording_help import HELP
from web.system import access

AROUND = {
    "extension": [{"number": "101", "name": "سارا"}, {"number": "102", "name": "<b>Ali</b>"}],
    "queue": [{"name": "support", "title": "پشتیبانی"}],
}

NAMES_OF_THEMSELVES = {
    *("bridge_rate_hz", "format", "sip_transport", "transport", "did_in"),
    *("caller_id_in", "codecs", "method"),
    *("security.starttls", "caller_id.bell", "caller_id.v23"),
}
"""Choices that are called what they are everywhere: of a field, or one."""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    with console(tmp_path_factory.mktemp("home")) as app:
        with closing(open_store(app.extensions["markaz-home"])) as db:
            users.create(db, USER, PASSWORD)
        yield app


def shapes(shape=None, found=None):
    """Every section of the schema, by its model."""
    shape, found = shape or shape_of(Site), {} if found is None else found
    if shape.model not in found:
        found[shape.model] = shape
        for one in shape.fields:
            if one.shape is not None:
                shapes(one.shape, found)
    return found


def page_of(app, page, was):
    """The form of a section that says ``was``, as a browser gets it."""
    token = app.extensions["markaz-sessions"].begin(USER, "127.0.0.1")
    with app.test_request_context("/settings", headers={}):
        session[access.TOKEN] = token
        there = [was] if page.is_list else was
        opened = _Opened(content={**AROUND, page.section: there}, was=was, loc=(page.section,))
        return _form(page, opened)


@pytest.mark.parametrize("section", by_section())
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
@given(source=st.data())
def test_a_form_sent_back_unchanged_changes_nothing(app, section, source):
    page = by_section()[section]
    was = source.draw(contents(page.shape))
    sent = form_of(page_of(app, page, was)).sent()
    now = state.of_form(page.shape, sent, "", state.of_document(page.shape, was))
    assert state.to_document(page.shape, now, was).content == was


@pytest.mark.parametrize("name", samples := sample_texts())
def test_every_form_of_the_sample_offices_sent_back_unchanged_makes_no_draft(tmp_path, name):
    with console(tmp_path) as app:
        home = app.extensions["markaz-home"]
        with closing(open_store(home)) as db:
            users.create(db, USER, PASSWORD)
        try:
            history.apply(home, samples[name], "test", "sample")
        except history.ConfigRejected:
            pytest.skip("it names files that are not here")
        client, desk = signed_in(app), Desk(home, USER)
        content = desk.read()[1]
        for section, page in by_section().items():
            items = content.get(section, []) if page.is_list else [None]
            for item in items:
                path = f"/settings/{section}"
                query = {"name": item[page.key]} if item else {}
                path += "/item" if item else ""
                shown = client.get(path, query_string=query)
                answer = client.post(path, query_string=query, data=form_of(shown.text).sent())
                assert answer.status_code == 302, (section, answer.text)
        assert desk.changes() == ()
        assert desk.text()[1] == samples[name]


def test_every_field_and_choice_has_a_word_and_no_word_is_left_over():
    known, unnamed = set(), []
    for shape in shapes().values():
        for one in shape.fields:
            known |= {one.name, f"{shape.model}.{one.name}"}
            if not {one.name, f"{shape.model}.{one.name}"} & set(LABELS):
                unnamed.append(f"{shape.model}.{one.name}")
            unnamed += [
                f"{shape.model}.{one.name}.{choice}"
                for choice in one.choices
                if not {one.name, f"{one.name}.{choice}"} & NAMES_OF_THEMSELVES
                and not {f"{one.name}.{choice}", f"{shape.model}.{one.name}.{choice}"}
                & set(CHOICES)
            ]
    assert not unnamed, "give them words in web/settings/wording_fields.py and wording_choices.py"
    assert {*LABELS, *HELP} <= known


def test_every_section_of_the_schema_has_a_page():
    assert set(by_section()) == set(Site.model_fields)
    for page in by_section().values():
        assert all(page.shape.field(column) for column in page.columns)
        assert page.is_list == (page.one is not None)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("۴۵", "45"), (" 45 ", "45"), ("٤٥", "45"), ("", None), ("x", "x"), ("30", None)],
)
def test_numbers_are_typed_in_any_digits_and_an_empty_field_is_the_default(typed, kept):
    shape = by_section()["switch"].shape
    was = {"max_calls": "100"}
    sent = MultiDict({"ring_timeout_s": typed})
    now = state.of_form(shape, sent, "", state.of_document(shape, was))
    content = state.to_document(shape, now, was).content
    assert content.get("ring_timeout_s") == kept
    assert content["max_calls"] == "100"


HOURS = """\
office: {name: Tehran}
calendar:
  - name: days
    hours:
      - {days: [monday], open: ["08:00-17:00", "22:00-24:00"]}
"""
WHEN = "/settings/calendar/item?name=days"


@pytest.fixture
def hours(tmp_path):
    with console(tmp_path) as app:
        home = app.extensions["markaz-home"]
        history.apply(home, HOURS, "test", "hours")
        yield signed_in(app), Desk(home, USER)


def open_hours(desk):
    return desk.read()[1]["calendar"][0]["hours"][0].get("open")


def test_hours_are_two_fields(hours):
    client, _desk = hours
    sent = form_of(client.get(WHEN).text).sent()
    assert [sent[f"hours.0.open.{n}"] for n in range(2)] == ["08:00", "22:00"]
    assert [sent[f"hours.0.open.{n}.__end"] for n in range(2)] == ["17:00", "24:00"]
    page = client.get(WHEN).text
    assert '<datalist id="offers-hours"><option value="00:00"><option value="00:30">' in page
    assert '<option value="24:00"></datalist>' in page


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (("09:00", "18:30"), ["09:00-18:30", "22:00-24:00"]),
        ((" ۰۹:۰۰", "١٨:٣٠ "), ["09:00-18:30", "22:00-24:00"]),
        (("22:00", "02:00"), ["22:00-02:00", "22:00-24:00"]),
        (("", ""), ["22:00-24:00"]),
    ],
)
def test_hours_are_put_together(hours, typed, kept):
    client, desk = hours
    start, end = typed
    changed = {"hours.0.open.0": start, "hours.0.open.0.__end": end}
    assert client.post(WHEN, data=form_of(client.get(WHEN).text).sent(changed)).status_code == 302
    assert open_hours(desk) == kept


@pytest.mark.parametrize("typed", [("09:00", ""), ("", "17:00"), ("9", "99:99"), ("x", "y")])
def test_hours_that_are_none_stay_in_both_fields(hours, typed):
    client, desk = hours
    start, end = typed
    changed = {"hours.0.open.0": start, "hours.0.open.0.__end": end}
    answer = client.post(WHEN, data=form_of(client.get(WHEN).text).sent(changed))
    assert answer.status_code == 422
    again = form_of(answer.text).sent()
    assert (again["hours.0.open.0"], again["hours.0.open.0.__end"]) == typed
    assert "Put in when it begins and when it ends" in answer.text
    assert open_hours(desk) == ["08:00-17:00", "22:00-24:00"]


def test_the_usual_fields_of_a_long_form_are_fields_of_it():
    for page in by_section().values():
        names = {field.name for field in page.shape.fields}
        assert names.issuperset(page.usual), page.section
        required = {field.name for field in page.shape.fields if field.is_required}
        assert not page.usual or required.issubset(page.usual), page.section


def test_a_long_form_folds_its_unusual_fields_and_keeps_them_open_after_an_order(app):
    client = signed_in(app)
    address = "/settings/queue/new"
    folded = client.get(address).text
    assert '<details class="others"><summary>' in folded
    form = form_of(folded)
    opened = client.post(address, data=form.sent({"do": "add:skill_step"})).text
    assert '<details class="others" open>' in opened
