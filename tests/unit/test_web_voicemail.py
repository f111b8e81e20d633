"""The page of voicemail: what it shows, what it orders, and who may."""

from __future__ import annotations

import io
import wave
from contextlib import closing

import pytest

from firmware.link.api import SwitchApi
from firmware.link.client import Link, Refused
from firmware.model.permissions import Role
from firmware.model.voicemail import Greeting, PinResult, Side
from firmware.store import mailboxes, users
from firmware.store.db import open_store
from firmware.voicemail import files
from tests.browser import boxes
from tests.browser.stage import PASSWORD, USER
from tests.unit.web_fixtures import console, csrf_token, signed_in
from web.voicemail.sound import BadSound, mono


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        with closing(open_store(app.extensions["markaz-home"])) as db:
            users.create(db, USER, PASSWORD)
        yield app


@pytest.fixture
def home(app):
    return app.extensions["markaz-home"]


def post(client, path, **fields):
    token = csrf_token(client, "/voicemail")
    return client.post(path, data={"csrf_token": token, **fields})


def sound(seconds=1.0, *, rate_hz=8000, channels=1, width=2):
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((channels, width, rate_hz, 0, "NONE", ""))
        file.writeframes(b"\x10\x20\x01\x02"[:width] * int(seconds * rate_hz) * channels)
    return out.getvalue()


def test_a_box_shows_its_messages_and_the_first_with_new_ones_is_open(app, home):
    boxes.add_message(home, "m1", "102", caller_name="<script>alert(1)</script>")
    boxes.add_message(home, "m2", "102", state="deleted", deleted_at=1.0, caller="")
    page = signed_in(app).get("/voicemail").text
    assert 'id="message-m1"' in page
    assert 'id="message-m2"' in page
    assert "<script>alert" not in page
    assert "Restore" in page
    assert 'href="/voicemail?box=101"' in page
    assert 'id="message-m1"' not in signed_in(app).get("/voicemail?box=101").text


def test_an_empty_box_says_what_will_be_here(app):
    assert "No messages. What callers say" in signed_in(app).get("/voicemail").text


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.READER])
def test_it_is_not_for_everybody(app, home, role):
    message = boxes.add_message(home, "m1")
    client = signed_in(app, "ali", role)
    for path in ("/voicemail", f"/voicemail/messages/{message.id}.wav"):
        assert client.get(path).status_code == 403
    assert client.get("/calls").status_code == 200
    assert app.test_client().get(f"/voicemail/messages/{message.id}.wav").status_code == 302


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AGENT])
def test_people_see_their_own_box_alone(app, home, role):
    boxes.add_message(home, "m1")
    boxes.add_message(home, "m2", "102")
    client = signed_in(app, "ali", role, extension="102", queues=frozenset({"support"}))
    page = client.get("/voicemail").text
    assert 'id="message-m2"' in page
    assert "box=101" not in page
    assert client.get("/voicemail?box=101").status_code == 404
    assert client.get("/voicemail/messages/m1.wav").status_code == 403
    assert client.get("/voicemail/101/greetings/name.wav").status_code == 404
    assert post(client, "/voicemail/messages/m1/deleted").status_code == 403
    assert post(client, "/voicemail/101/pin", pin="4711").status_code == 404
    with client.get("/voicemail/messages/m2.wav") as sound:
        assert sound.status_code == 200
    nowhere = signed_in(app, "no telephone", role)
    assert "message-m" not in nowhere.get("/voicemail").text
    assert nowhere.get("/voicemail/messages/m2.wav").status_code == 403


def test_a_message_is_heard_by_range_and_downloaded(app, home):
    message = boxes.add_message(home, "m1")
    content = (home.voicemail / message.path).read_bytes()
    client = signed_in(app)
    with client.get("/voicemail/messages/m1.wav", headers={"Range": "bytes=100-199"}) as part:
        assert (part.status_code, part.data) == (206, content[100:200])
    with client.get("/voicemail/messages/m1.wav?download=1") as whole:
        assert whole.data == content
        assert "attachment" in whole.headers["Content-Disposition"]
    assert client.get("/voicemail/messages/none.wav").status_code == 404
    (home.voicemail / message.path).unlink()
    (home.voicemail / message.path).symlink_to(home.store_db)
    assert client.get("/voicemail/messages/m1.wav").status_code == 404


def test_messages_are_marked_deleted_and_taken_back(app, home):
    boxes.add_message(home, "m1")
    client = signed_in(app)
    with boxes.mailroom(home) as board:
        for state in ("saved", "new", "deleted", "saved"):
            assert post(client, f"/voicemail/messages/m1/{state}").status_code == 302
            assert boxes.states(home) == {"m1": state}  # done when it answers
        [row] = board.snapshot()["rows"]["mailbox"]
        assert (row.id, row.new, row.old) == ("101", 0, 1)
        assert post(client, "/voicemail/messages/m1/eaten").status_code == 404
        assert post(client, "/voicemail/messages/none/saved").status_code == 409
    answer = post(client, "/voicemail/messages/m1/deleted")
    assert answer.status_code == 409
    assert "The exchange does not answer" in answer.text
    assert boxes.states(home) == {"m1": "saved"}


def test_a_pin_is_set_and_taken_away_and_never_shown(app, home):
    client = signed_in(app)
    with boxes.mailroom(home):
        assert post(client, "/voicemail/101/pin", pin="7291").status_code == 302
        with closing(open_store(home)) as db:
            assert mailboxes.check_pin(db, "101", "7291", Side.OWN, 0.0) is PinResult.RIGHT
        for pin, said in (("1111", "too easy"), ("12", "4 to 10 digits"), ("", "4 to 10 digits")):
            answer = post(client, "/voicemail/101/pin", pin=pin)
            assert answer.status_code == 409
            assert said in answer.text
        page = client.get("/voicemail?box=101").text
        assert "The box has a PIN." in page
        assert "7291" not in page
        assert post(client, "/voicemail/101/pin", clear="1").status_code == 302
        assert "The box has no PIN yet" in client.get("/voicemail?box=101").text
        assert post(client, "/voicemail/999/pin", pin="7291").status_code == 404


def day(year, month, number):
    """A day as its three choices are sent."""
    parts = {"calendar": "gregorian", "year": year, "month": month, "day": number}
    return {f"until-{part}": value for part, value in parts.items()}


def test_a_greeting_is_uploaded_heard_and_removed(app, home):
    client = signed_in(app)
    with boxes.mailroom(home):
        upload = (io.BytesIO(sound(1.0, rate_hz=44100, channels=2)), "hello.wav")
        answer = post(
            client,
            "/voicemail/101/greetings",
            greeting="temporary",
            sound=upload,
            **day("2076", "1", "1"),
        )
        assert answer.status_code == 302
        assert files.recorded_greetings(home, "101") == {Greeting.TEMPORARY}
        with client.get("/voicemail/101/greetings/temporary.wav") as heard:
            kept = io.BytesIO(heard.data)
        with wave.open(kept) as file:
            form = (file.getnchannels(), file.getsampwidth(), file.getframerate())
        assert form == (1, 2, 44100)
        assert "until" in client.get("/voicemail?box=101").text
        assert post(client, "/voicemail/101/greetings/temporary/remove").status_code == 302
        assert files.recorded_greetings(home, "101") == frozenset()
    assert list(home.voicemail_spool.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF" + bytes(100),
        b"\xff\xfb" + bytes(1000),
        sound(0.1),
        sound(1.0, rate_hz=1000),
        sound(1.0, width=1),
        sound(1.0)[:60],
    ],
)
def test_what_is_no_greeting_is_refused(app, home, content):
    client = signed_in(app)
    with boxes.mailroom(home):
        upload = (io.BytesIO(content), "hello.wav")
        answer = post(client, "/voicemail/101/greetings", greeting="away", sound=upload)
    assert answer.status_code == 409
    assert "This is no sound the exchange can play" in answer.text
    assert files.recorded_greetings(home, "101") == frozenset()


def test_two_minutes_are_the_longest_greeting():
    assert mono(sound(119.0)) == sound(119.0)
    with pytest.raises(BadSound):
        mono(sound(121.0))


@pytest.mark.parametrize(
    "until", [("", "", "9"), ("2001", "1", "1"), ("99999", "1", "1"), ("2099", "2", "29")]
)
def test_a_temporary_greeting_ends_on_a_day_to_come(app, home, until):
    client = signed_in(app)
    with boxes.mailroom(home):
        answer = post(
            client,
            "/voicemail/101/greetings",
            greeting="temporary",
            sound=(io.BytesIO(sound()), "a.wav"),
            **day(*until),
        )
    assert answer.status_code == 409
    assert "This is no day to come" in answer.text


@pytest.mark.parametrize("upload", ["../../store/markaz.sqlite", "x.wav", ".greeting-upload-0.wav"])
def test_the_link_takes_only_what_the_console_laid_there(app, home, upload):
    with boxes.mailroom(home), Link(home.link("switchd"), "test") as link:
        with pytest.raises(Refused, match="there is no upload"):
            link.call(
                SwitchApi.keep_greeting, number="101", greeting="away", upload=upload, until=0.0
            )
        with pytest.raises(Refused, match="has no voicemail box"):
            link.call(SwitchApi.set_mailbox_pin, "999", "7291")
