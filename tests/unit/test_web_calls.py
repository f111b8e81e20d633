"""The list of call records and the recordings it plays."""

from __future__ import annotations

import re
from dataclasses import replace

import pyrage
import pytest

from firmware.config import document, history
from firmware.config.sections.recording import Encryption, Recording
from firmware.store import audit, recordings, users
from firmware.store.sealed import encrypt
from tests.browser.stage import PASSWORD, USER, add_calls, add_recording, call_record, store
from tests.unit.web_fixtures import console, csrf_token, signed_in
from web.calls.views import PAGE_LENGTH

BEGAN = 1795302540.0


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        yield app


def rows(page):
    return re.findall(r'<tr id="call-([^"]+)"', page)


def test_an_empty_list_says_what_will_be_here(app):
    assert "No calls yet." in signed_in(app).get("/calls").text


def test_calls_are_listed_newest_first_page_by_page_and_none_twice(app):
    count = 2 * PAGE_LENGTH + 7
    # Pairs begin in the same instant: a page's edge must not lose one of them.
    add_calls(
        app.extensions["markaz-home"],
        *(call_record(f"c{n:03}", BEGAN + n // 2) for n in range(count)),
    )
    client = signed_in(app)
    seen, path = [], "/calls"
    while path:
        page = client.get(path).text
        seen += rows(page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = older[1].replace("&amp;", "&") if older else None
    assert seen == [f"c{n:03}" for n in reversed(range(count))]


@pytest.mark.parametrize(
    "before", ["x", "1", "1~", "~a", "1e9~a", "nan~a", "1~\n", "1~" + "a" * 99]
)
def test_a_place_in_the_list_that_is_none_is_refused(app, before):
    assert signed_in(app).get("/calls", query_string={"before": before}).status_code == 400


def test_a_call_shows_who_when_where_and_how_it_came_out(app):
    home = app.extensions["markaz-home"]
    add_calls(
        home,
        call_record("c1", BEGAN, place="extension:102", answered_at=BEGAN + 5, ended_at=BEGAN + 70),
        call_record("c2", BEGAN + 1, answered_at=None, disposition="abandoned"),
        call_record("c3", BEGAN + 2, ended_at=None, disposition=""),
        call_record("c4", BEGAN + 3, caller="", caller_name="", disposition="new_in_2031"),
    )
    add_recording(home, "c1", seconds=1)
    page = signed_in(app).get("/calls").text
    by_call = {part.partition('"')[0]: part for part in page.split('<tr id="call-')[1:]}
    assert "1:05" in by_call["c1"]
    assert "Answered" in by_call["c1"]
    assert '<bdi class="name">Ali Rezaei</bdi>' in by_call["c1"]
    assert 'href="/recordings/rec-c1.wav"' in by_call["c1"]
    assert "Abandoned" in by_call["c2"]
    assert "پشتیبانی" in by_call["c2"]
    assert "No recording" in by_call["c2"]
    assert "In progress" in by_call["c3"]
    assert "Unknown number" in by_call["c4"]


def test_names_from_strangers_are_text(app):
    add_calls(
        app.extensions["markaz-home"],
        call_record(
            '"><b>',
            BEGAN,
            caller_name="<script>alert(1)</script>",
            called="<i>",
            place="<x>:<y>",
        ),
    )
    page = signed_in(app).get("/calls").text
    assert "<script>alert" not in page
    assert "<i>" not in page
    assert "<b>" not in page
    assert "<y>" not in page


@pytest.mark.parametrize(
    ("code", "day", "number", "talk"),
    [
        ("fa", "آبان ۱۴۰۵", "۰۲۱۸۸۷۷۶۶۵۵", "۰:۱۵"),
        ("ar", "نوفمبر ٢٠٢٦", "٠٢١٨٨٧٧٦٦٥٥", "٠:١٥"),
        ("en", "Nov 2026", "02188776655", "0:15"),
    ],
)
def test_dates_and_digits_are_in_the_reader_s_language(app, code, day, number, talk):
    add_calls(app.extensions["markaz-home"], call_record("c1", BEGAN))
    client = signed_in(app)
    client.post(f"/language/{code}", data={"csrf_token": csrf_token(client, "/"), "next": "/calls"})
    page = client.get("/calls").text
    assert day in page
    assert f'<data class="number" value="02188776655"><bdi dir="ltr">{number}</bdi></data>' in page
    assert f'<span dir="ltr">{talk}</span>' in page


# -- recordings -------------------------------------------------------------------------------


def test_a_recording_is_served_whole_or_by_range(app):
    home = app.extensions["markaz-home"]
    record = add_recording(home, "c1", seconds=1)
    content = (home.recordings / record.path).read_bytes()
    client = signed_in(app)
    with client.get("/recordings/rec-c1.wav") as whole:
        assert whole.status_code == 200
        assert whole.mimetype == "audio/wav"
        assert whole.data == content
        assert whole.headers["Accept-Ranges"] == "bytes"
        assert "private" in whole.headers["Cache-Control"]
    with client.get("/recordings/rec-c1.wav", headers={"Range": "bytes=100-199"}) as part:
        assert part.status_code == 206
        assert part.data == content[100:200]
        assert part.headers["Content-Range"] == f"bytes 100-199/{len(content)}"
    with client.get("/recordings/rec-c1.wav", headers={"Range": "bytes=999999-"}) as beyond:
        assert beyond.status_code == 416
    known = {"If-None-Match": f'"{record.sha256}"'}
    with client.get("/recordings/rec-c1.wav", headers=known) as again:
        assert again.status_code == 304


def test_recordings_are_for_the_signed_in(app):
    add_recording(app.extensions["markaz-home"], "c1", seconds=1)
    assert app.test_client().get("/recordings/rec-c1.wav").status_code == 302


def test_a_file_the_store_does_not_list_is_not_served(app):
    home = app.extensions["markaz-home"]
    (home.recordings / "stray.wav").write_bytes(b"RIFF")
    client = signed_in(app)
    for ident in ("stray", "..%2Fstray", "%2e%2e%2fstore%2fmarkaz.sqlite%00"):
        assert client.get(f"/recordings/{ident}.wav").status_code == 404


@pytest.mark.parametrize("path", ["../store/cookie.key", "/etc/passwd", "2026", "gone.wav"])
def test_a_row_that_points_elsewhere_serves_nothing(app, path):
    home = app.extensions["markaz-home"]
    record = add_recording(home, "c1", seconds=1)
    with store(home) as db:
        fields = {name: getattr(record, name) for name in type(record).__slots__}
        recordings.save(db, type(record)(**{**fields, "path": path}))
    assert signed_in(app).get("/recordings/rec-c1.wav").status_code == 404


def test_a_link_out_of_the_folder_serves_nothing(app, tmp_path):
    home = app.extensions["markaz-home"]
    record = add_recording(home, "c1", seconds=1)
    file = home.recordings / record.path
    file.unlink()
    file.symlink_to(tmp_path / "store" / "cookie.key")
    assert signed_in(app).get("/recordings/rec-c1.wav").status_code == 404


@pytest.mark.parametrize(("name", "kind"), [("flac", "audio/flac"), ("opus", "audio/ogg")])
def test_every_format_is_served_as_what_it_is(app, name, kind):
    home = app.extensions["markaz-home"]
    add_calls(home, call_record("c1", BEGAN))
    record = add_recording(home, "c1", seconds=1, kind=name)
    content = (home.recordings / record.path).read_bytes()
    client = signed_in(app)
    with client.get(f"/recordings/rec-c1.{name}", headers={"Range": "bytes=100-"}) as part:
        assert part.status_code == 206
        assert part.mimetype == kind
        assert part.data == content[100:]


def test_who_listens_is_written_down_once_for_each_hearing(app):
    home = app.extensions["markaz-home"]
    add_recording(home, "c1", seconds=1)
    client = signed_in(app)
    for first in (0, 44, 5000):  # a player that moves about in it
        part = client.get("/recordings/rec-c1.wav", headers={"Range": f"bytes={first}-"})
        assert part.status_code == 206
        part.close()
    with store(home) as db:
        [done] = audit.newest(db, 10)
    assert (done.what, done.ident, done.place) == ("played", "rec-c1", "127.0.0.1")
    assert done.who


def test_what_cannot_be_written_down_is_not_played(app):
    home = app.extensions["markaz-home"]
    add_recording(home, "c1", seconds=1)
    client = signed_in(app)
    with store(home) as db:
        db.execute("DROP TABLE recording_audit")
    assert client.get("/recordings/rec-c1.wav").status_code >= 500


def _sealed(home, key):
    record = add_recording(home, "c1", seconds=1)
    plain = home.recordings / record.path
    content = plain.read_bytes()
    with (home.recordings / f"{record.path}.age").open("wb") as out:
        encrypt(plain, out, [str(key.to_public())])
    plain.unlink()
    with store(home) as db:
        recordings.save(db, replace(record, path=f"{record.path}.age", cipher="age"))
    return content


def test_an_encrypted_recording_plays_for_those_who_may(app, tmp_path):
    home = app.extensions["markaz-home"]
    key = pyrage.x25519.Identity.generate()
    content = _sealed(home, key)
    with store(home) as db:
        users.create(db, USER, PASSWORD)
    client = signed_in(app)
    assert client.get("/recordings/rec-c1.wav").status_code == 403  # the box has no key

    (tmp_path / "key").write_text(str(key))
    encryption = Encryption(recipient=(str(key.to_public()),), identity_file=f"{tmp_path}/key")
    _number, site = history.load_current(home)
    wanted = site.model_copy(update={"recording": Recording(encryption=encryption)})
    history.apply(home, document.dump(wanted, secrets=True), "test", "")
    with client.get("/recordings/rec-c1.wav", headers={"Range": "bytes=10-99"}) as part:
        assert part.status_code == 206
        assert part.data == content[10:100]

    with store(home) as db:
        db.execute("UPDATE users SET role = 'agent'")
    assert client.get("/recordings/rec-c1.wav").status_code == 403


def test_flac_is_played_as_the_wav_it_was_from_any_place_on(app):
    home = app.extensions["markaz-home"]
    add_calls(home, call_record("c1", BEGAN))
    add_recording(home, "c1", seconds=1)
    client = signed_in(app)
    with client.get("/recordings/rec-c1.wav") as plain:
        whole = plain.data
    add_recording(home, "c1", seconds=1, kind="flac")
    assert 'href="/recordings/rec-c1.wav"' in client.get("/calls").text
    with client.get("/recordings/rec-c1.wav") as unpacked:
        assert unpacked.data == whole
    for first, last in ((0, 9), (40, 60), (45, 20_001), (31_000, 32_043)):
        asked = {"Range": f"bytes={first}-{last}"}
        with client.get("/recordings/rec-c1.wav", headers=asked) as part:
            assert part.status_code == 206
            assert part.headers["Content-Range"] == f"bytes {first}-{last}/{len(whole)}"
            assert part.data == whole[first : last + 1]
    assert client.get("/recordings/rec-c1.opus").status_code == 404
