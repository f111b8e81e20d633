"""The set-up wizard's telephones, on a real provisioning daemon: let in, named, adopted."""

from __future__ import annotations

import pytest

from firmware.config import history
from tests.contract.provisioned import FILE, MAC, curl, password_of, token_in
from tests.unit.web_fixtures import csrf_token, signed_in
from web.app import create_app, shut


@pytest.fixture(scope="module")
def app(box):
    made = create_app(box.home)
    made.testing = False
    yield made
    shut(made)


@pytest.fixture
def client(app, fresh):
    return signed_in(app)


def post(client, path, **fields):
    token = csrf_token(client, "/setup/name")
    return client.post(f"/setup/{path}", data={"csrf_token": token, **fields})


def test_a_telephone_that_asks_gets_a_new_extension(client, box):
    assert post(client, "phones/window").status_code == 302
    token = token_in(curl(box.base + FILE).text)
    page = client.get("/setup/phones/part").text
    assert "00:15:65:4A:A9:37" in page
    assert 'name="number"' in page
    answer = post(client, f"phones/{MAC}/adopt", number="117", name="سارا")
    assert answer.status_code == 302, answer.text
    _number, site = history.load_current(box.home)
    assert {one.number: one.name for one in site.extension}["117"] == "سارا"
    assert password_of(site, "117") in curl(f"{box.base}p/{token}/{FILE}").text
    page = client.get("/setup/phones").text
    assert "Adopted" in page
    assert password_of(site, "117") not in page


def test_a_telephone_cannot_have_what_nobody_has(client, box):
    answer = post(client, f"phones/{MAC}/adopt", number="999999", name="")
    assert answer.status_code == 409
    assert "1 to 80 characters" in answer.text
    assert post(client, "phones/001565000000/adopt", number="101").status_code == 409
