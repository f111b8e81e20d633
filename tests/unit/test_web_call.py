"""The page of one call: its journey, its sound, and what people write about it."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from firmware.model.permissions import Role
from firmware.model.quality import LegQuality
from firmware.model.queue_event import QueueEvent, QueueEventName
from firmware.model.record import CallEvent, LegRecord
from firmware.store import audit, recordings, rows, search
from tests.browser.stage import add_calls, add_recording, call_record, store
from tests.unit.web_fixtures import console, csrf_token, signed_in
from web.calls.sounds import PEAKS, loudest
from web.calls.wording import rating_look

BEGAN = 1795302540.0
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        yield app


@pytest.fixture
def home(app):
    home = app.extensions["markaz-home"]
    add_calls(home, call_record("c1", BEGAN, queue="support", agent="101", caller_name=EVIL))
    return home


def quality(**changes):
    fields = {
        "heard_packets": 995,
        "heard_lost": 5,
        "heard_late": 1,
        "heard_jitter_ms": 3.2,
        "heard_mos": 4.35,
        "told_packets": 1000,
        "told_lost": 90,
        "told_jitter_ms": 40.0,
        "told_mos": 2.1,
        "round_trip_ms": 12.5,
    }
    return LegQuality(id="c1.1", call_id="c1", codec="G722", **{**fields, **changes})


def test_the_whole_journey_is_told(app, home):
    with store(home) as db:
        leg = LegRecord(
            id="c1.1", call_id="c1", direction="inbound", party="fxo-1", started_at=BEGAN, cause=16
        )
        events = [("offered", "101"), ("bridged", EVIL), ("levitated", "")]
        joined = {"queue": "support", "visit": "v1", "call": "c1", "caller": "0912"}
        for record in (
            leg,
            quality(),
            *(CallEvent(call_id="c1", at=BEGAN + 2, name=n, detail=d) for n, d in events),
            QueueEvent(at=BEGAN + 1, name=QueueEventName.CALLER_JOINED, **joined),
            QueueEvent(
                at=BEGAN + 4,
                name=QueueEventName.CALLER_SERVED,
                seconds=3.0,
                agent="101",
                **joined,
            ),
        ):
            rows.save(db, record)
    page = signed_in(app).get("/calls/c1").text
    for text in ("Offered to", "Talks to", "levitated", "Reached an agent", "fxo-1", "G722"):
        assert text in page
    assert "Good" in page  # what we heard
    assert "Bad" in page  # what they heard
    assert EVIL not in page


@pytest.mark.parametrize(
    ("mos", "word"),
    [(4.4, "Good"), (3.7, "Fair"), (3.2, "Poor"), (1.0, "Bad"), (0, "Nothing came")],
)
def test_a_voice_quality_has_a_word(app, mos, word):
    with app.test_request_context():
        assert str(rating_look(mos).word) == word


@pytest.mark.parametrize("ident", ["no", "..", "%00", "c1%2f..", "c" * 3000])
def test_a_call_there_is_not_is_not_found(app, home, ident):
    assert signed_in(app).get(f"/calls/{ident}").status_code == 404


def test_a_call_is_for_those_it_belongs_to(app, home):
    def status(role, **belongs):
        client = signed_in(app, f"{role}{belongs}", role, **belongs)
        return client.get("/calls/c1").status_code

    assert status(Role.OWNER) == status(Role.READER) == 200
    assert status(Role.SUPERVISOR, queues=frozenset({"support"})) == 200
    assert status(Role.SUPERVISOR, queues=frozenset({"sales"})) == 403
    assert status(Role.AGENT, extension="101") == 200
    assert status(Role.AGENT, extension="102") == 403
    assert status(Role.AGENT) == 403


# -- notes and tags ---------------------------------------------------------------------------


def test_notes_are_written_changed_found_and_taken_away_and_the_trail_says_so(app, home):
    client = signed_in(app)
    form = {"csrf_token": csrf_token(client, "/calls/c1")}

    def post(path, **fields):
        assert client.post(f"/calls/c1/{path}", data={**form, **fields}).status_code == 302

    def hits(word):
        return "call-c1" in client.get("/calls", query_string={"text": word}).text

    post("notes", text=f"first words {EVIL}")
    page = client.get("/calls/c1").text
    assert "first words" in page
    assert EVIL not in page
    assert hits("first")
    [number] = re.findall(r"/calls/c1/notes/(\d+)", page)
    post(f"notes/{number}", text="other words")
    assert not hits("first")
    assert hits("other")
    post(f"notes/{number}", text="")
    assert not hits("other")
    assert "other words" not in client.get("/calls/c1").text
    with store(home) as db:
        entries = [entry for _, entry in audit.trail(db, audit.Asked(deed="call_noted"), 10)]
    assert [entry.subject for entry in entries] == ["c1", "c1", "c1"]
    assert entries[0].before == {"note": "other words", "by": "owner"}


def test_tags_are_put_on_and_taken_off(app, home):
    client = signed_in(app)
    form = {"csrf_token": csrf_token(client, "/calls/c1"), "tag": "VIP"}
    assert client.post("/calls/c1/tags", data=form).status_code == 302
    with store(home) as db:
        assert search.tags_of(db, "c1") == ["vip"]
    form["tag"] = "vip"
    assert client.post("/calls/c1/tags/remove", data=form).status_code == 302
    with store(home) as db:
        assert search.tags_of(db, "c1") == []


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("notes", {"text": "  "}),
        ("notes", {"text": "x" * 4001}),
        ("tags", {"tag": ""}),
        ("tags", {"tag": "x" * 41}),
    ],
)
def test_what_is_no_note_is_not_taken(app, home, path, fields):
    client = signed_in(app)
    form = {"csrf_token": csrf_token(client, "/calls/c1"), **fields}
    answer = client.post(f"/calls/c1/{path}", data=form)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    with store(home) as db:
        assert audit.trail(db, audit.Asked(deed="call_noted"), 10) == []


def test_another_call_s_note_and_a_transcript_cannot_be_changed(app, home):
    add_calls(home, call_record("c2", BEGAN))
    with store(home) as db:
        for call, kind in (("c2", "note"), ("c1", "transcript")):
            text = search.CallText(call_id=call, kind=kind, by="x", at=BEGAN, text="kept")
            search.write_text(db, text)
    client = signed_in(app)
    form = {"csrf_token": csrf_token(client, "/calls/c1"), "text": "other"}
    for number in (1, 2, 99):
        assert client.post(f"/calls/c1/notes/{number}", data=form).status_code == 404


def test_who_only_reads_writes_nothing(app, home):
    reader = signed_in(app, "reader", Role.READER)
    assert 'action="/calls/c1/notes"' not in reader.get("/calls/c1").text
    form = {"csrf_token": csrf_token(reader, "/"), "text": "x"}
    assert reader.post("/calls/c1/notes", data=form).status_code == 403


# -- the sound ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["wav", "flac", "opus"])
def test_a_recording_has_its_waveform_its_turns_and_a_way_to_take_it(app, home, kind):
    record = add_recording(home, "c1", seconds=1, kind=kind)
    tracks = [
        {"at_s": 0.0, "what": "together", "caller": [EVIL], "callee": ["101", "102"]},
        {"at_s": 0.5, "what": "paused"},
        "nonsense",
    ]
    with store(home) as db:
        recordings.save(db, replace(record, tracks=json.dumps(tracks)))
    client = signed_in(app)
    answer = client.get("/calls/c1")
    page = answer.text
    assert 'data-at="0.5"' in page
    assert EVIL not in page
    nonce = re.search(r'data-nonce="([^"]+)"', page)[1]
    assert f"'nonce-{nonce}'" in answer.headers["Content-Security-Policy"]
    shape = client.get("/recordings/rec-c1/peaks")
    peaks = shape.json["peaks"]
    assert [len(side) for side in peaks] == [len(peaks[0])] * 2
    assert 0.2 < max(peaks[0]) < 0.35  # 8000 of 32768, and what a codec adds
    known = {"If-None-Match": shape.headers["ETag"]}
    assert client.get("/recordings/rec-c1/peaks", headers=known).status_code == 304
    with client.get("/recordings/rec-c1/file") as taken:
        assert taken.data == (home.recordings / record.path).read_bytes()
        assert f"filename=rec-c1.{kind}" in taken.headers["Content-Disposition"]
    with store(home) as db:
        assert [done.what for done in audit.newest(db, 10)] == ["exported"]


def test_tracks_that_are_none_show_none(app, home):
    record = add_recording(home, "c1", seconds=0.1)
    for tracks in ("", "{", "7", '{"a": 1}', '[{"at_s": "x", "caller": 7}]', "[null]"):
        with store(home) as db:
            recordings.save(db, replace(record, tracks=tracks))
        assert signed_in(app).get("/calls/c1").status_code == 200, tracks


def test_a_recording_is_for_those_its_call_belongs_to(app, home):
    add_recording(home, "c1", seconds=0.1)
    add_recording(home, "gone", seconds=0.1)

    def status(ident, path, role, **belongs):
        client = signed_in(app, f"{role}{belongs}", role, **belongs)
        with client.get(f"/recordings/rec-{ident}{path}") as answer:
            return answer.status_code

    for path in (".wav", "/peaks"):
        assert status("c1", path, Role.AGENT, extension="101") == 200
        assert status("c1", path, Role.AGENT, extension="102") == 403
        assert status("c1", path, Role.READER) == 403
        assert status("gone", path, Role.OWNER) == 200
        assert status("gone", path, Role.AGENT, extension="101") == 403
    assert status("c1", "/file", Role.AGENT, extension="101") == 403
    assert status("c1", "/file", Role.SUPERVISOR, queues=frozenset({"support"})) == 200


@pytest.mark.parametrize("frames", [1, 7, PEAKS - 1, PEAKS, PEAKS + 1, 100_003])
def test_a_waveform_has_the_loudest_of_every_piece(tmp_path, frames):
    sound = np.zeros((frames, 2), dtype=np.int16)
    sound[frames // 2, 0], sound[-1, 1] = -32768, 16384
    file = tmp_path / "a.wav"
    soundfile.write(file, sound, 8000, subtype="PCM_16")
    left, right = loudest(file)
    assert len(left) == len(right) <= PEAKS
    assert (max(left), left.count(1.0)) == (1.0, 1)
    assert right[-1] == 0.5
    assert sum(right) == 0.5
