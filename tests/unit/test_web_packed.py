"""What is sent is compressed, small, and its length tells nothing of what must stay secret."""

from __future__ import annotations

import gzip
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.console_times import people_the_office, weight
from tests.browser import stage
from tests.unit.web_fixtures import console, csrf_token, signed_in
from web.system import csrf

FIRST_PAGE_BYTES = 100_000
"""A first page with all that it fetches, over a slow line: at most this (issue 7)."""


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        yield app


def test_a_page_is_sent_compressed_to_who_takes_it(app) -> None:
    client = signed_in(app)
    plain = client.get("/settings")
    assert "Content-Encoding" not in plain.headers
    packed = client.get("/settings", headers={"Accept-Encoding": "gzip, deflate"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 3
    assert "<h1>Settings</h1>" in gzip.decompress(packed.data).decode()
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert packed.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["live.js", "settings.css", "icons.svg"])
def test_files_are_too(app, name: str) -> None:
    client = app.test_client()
    with client.get(f"/static/{name}") as plain:
        data = plain.data
    with client.get(f"/static/{name}", headers={"Accept-Encoding": "gzip"}) as packed:
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.data) == data
        assert "immutable" in packed.headers["Cache-Control"]


def test_sound_is_sent_as_it_is_and_by_parts(app) -> None:
    home, client = app.extensions["markaz-home"], signed_in(app)
    stage.add_calls(home, stage.call_record("c1", 1_800_000_000.0))
    ident = stage.add_recording(home, "c1").id
    headers = {"Accept-Encoding": "gzip", "Range": "bytes=0-99"}
    with client.get(f"/recordings/{ident}.wav", headers=headers) as part:
        assert part.status_code == 206
        assert "Content-Encoding" not in part.headers
        assert len(part.data) == 100


def test_events_are_not_held_back_by_a_compressor(app) -> None:
    client = signed_in(app)
    with client.get("/live/stream", headers={"Accept-Encoding": "gzip, br"}, buffered=False) as got:
        assert got.mimetype == "text/event-stream"
        assert "Content-Encoding" not in got.headers


def test_the_first_page_of_a_large_office_is_small_as_sent(app) -> None:
    with stage.Daemons(app.extensions["markaz-home"]) as daemons:
        people_the_office(daemons)
        own, whole = weight(signed_in(app), "/")
    assert own < 30_000
    assert whole < FIRST_PAGE_BYTES


# -- tokens -----------------------------------------------------------------------------------


def test_no_two_answers_have_the_same_token_and_each_is_good(app) -> None:
    client = signed_in(app)
    tokens = [csrf_token(client, "/settings") for _ in range(4)]
    assert len(set(tokens)) == 4
    real = {csrf.unmasked(one).split(".")[0] for one in tokens}
    assert len(real) == 1
    for one in tokens:
        posted = client.post("/settings/discard", data={"csrf_token": one})
        assert posted.status_code == 302


def test_what_lies_under_the_mask_is_on_no_page(app) -> None:
    client = signed_in(app)
    page = client.get("/settings").text
    held = set(re.findall(r'name="csrf_token" value="([^"]+)"', page))
    assert len(held) == 1  # one for each answer: a page of many forms stays small
    real = csrf.unmasked(held.pop())
    with client.session_transaction() as session:
        secret = session["csrf_token"]
    for text in (real, real.split(".")[0], secret):
        assert text not in page
    assert client.post("/settings/discard", data={"csrf_token": real}).status_code == 400


@pytest.mark.parametrize("wrong", ["", "x", "AAAA", "é", "%00", "A" * 244, "=" * 8])
def test_a_wrong_token_is_refused(app, wrong: str) -> None:
    client = signed_in(app)
    client.get("/settings")
    assert client.post("/settings/discard", data={"csrf_token": wrong}).status_code == 400


def test_a_token_of_another_session_is_refused(app) -> None:
    other = csrf_token(signed_in(app), "/settings")
    mine = signed_in(app)
    mine.get("/settings")
    assert mine.post("/settings/discard", data={"csrf_token": other}).status_code == 400


def test_a_changed_token_is_refused(app) -> None:
    client = signed_in(app)
    real = csrf.unmasked(csrf_token(client, "/settings"))
    # The first character: of the last one, some bits are padding and count for nothing.
    changed = csrf.masked(("A" if real[0] != "A" else "B") + real[1:])
    assert client.post("/settings/discard", data={"csrf_token": changed}).status_code == 400
    assert (
        client.post("/settings/discard", data={"csrf_token": csrf.masked(real)}).status_code == 302
    )


@given(st.text())
def test_a_mask_comes_off_again(text: str) -> None:
    if text.isprintable():
        assert csrf.unmasked(csrf.masked(text)) == text


@given(st.text() | st.text("ABab01-_=", max_size=40))
def test_what_is_no_mask_means_nothing_and_breaks_nothing(text: str) -> None:
    assert isinstance(csrf.unmasked(text), str)
