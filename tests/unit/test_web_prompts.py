"""The pages of prompts: heard, replaced by a file or by other words, and built-in again."""

from __future__ import annotations

import io
import wave
from contextlib import closing

import numpy as np
import pytest

from firmware.link.takes import TakeRow
from firmware.model.take import OVER, TakeState
from firmware.prompts.level import TARGET_DBOV, active_dbov
from firmware.prompts.shelf import fault_of
from firmware.store.db import open_store
from tests.browser import boxes
from tests.browser.stage import USER, Daemons, Well
from tests.rig.until import until
from tests.unit.web_fixtures import console, csrf_token, signed_in
from web.prompts import shelf


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        yield app


@pytest.fixture
def home(app):
    return app.extensions["markaz-home"]


@pytest.fixture
def client(app):
    return signed_in(app)


def wav(level=0.05, rate_hz=44100, channels=2, length_s=1.0):
    """A sound of somebody quiet."""
    time_s = np.arange(int(length_s * rate_hz)) / rate_hz
    samples = level * np.sin(2 * np.pi * 440 * time_s)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((np.repeat(samples, channels) * 32767).astype("<i2").tobytes())
    return out.getvalue()


def post(client, path, **fields):
    token = csrf_token(client, "/prompts/en/goodbye")
    return client.post(path, data={"csrf_token": token, **fields})


def upload(client, content, path="/prompts/en/goodbye/upload", name="a.wav"):
    return post(client, path, sound=(io.BytesIO(content), name))


def fetched(client, path):
    """A sound of the console's; its file is closed."""
    with closing(client.get(path)) as answer:
        assert answer.status_code == 200
        return answer.data


def samples_of(content):
    with wave.open(io.BytesIO(content), "rb") as file:
        assert (file.getnchannels(), file.getframerate()) == (1, 16000)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


def trail_of(home):
    with closing(open_store(home)) as db:
        return [
            (row["subject"], row["who"], row["before"], row["after"]) for row in db["audit"].rows
        ]


def test_every_language_lists_its_prompts_with_their_words(client):
    for code, words in (("en", "Goodbye"), ("fa", "خدا"), ("ar", "سَّلَام")):
        page = client.get(f"/prompts?language={code}&q=goodbye").text
        assert f'href="/prompts/{code}/goodbye"' in page
        assert words in page
    assert "goodbye" not in client.get("/prompts?language=en&own=1").text
    assert client.get("/prompts?language=xx&page=99999").status_code == 200


def test_an_upload_is_as_loud_as_all_others_and_goes_again(client, home):
    assert upload(client, wav()).status_code == 302
    own = home.prompts / "en" / "goodbye.wav"
    assert fault_of(own) == ""
    heard = samples_of(fetched(client, "/prompts/en/goodbye.wav"))
    assert abs(active_dbov(heard) - TARGET_DBOV) < 3
    assert "Back to the built-in one" in client.get("/prompts/en/goodbye").text
    assert "goodbye" in client.get("/prompts?language=en&own=1").text
    assert post(client, "/prompts/en/goodbye/drop").status_code == 302
    assert not own.exists()
    assert "Back to the built-in one" not in client.get("/prompts/en/goodbye").text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF",
        b"\x00" * 10_000,
        b"\xff\xfb\x90\x00" * 1000,  # an MP3
        b"OggS" + b"\x00" * 1000,
        b"<svg onload=alert(1)>",
        wav()[:60],
        wav(length_s=0.1),
        wav(level=0.0),
    ],
    ids=["empty", "head", "zeros", "mp3", "ogg", "svg", "cut", "short", "silent"],
)
def test_what_only_says_it_is_a_sound_is_refused(client, home, content):
    assert upload(client, content).status_code == 422
    assert not (home.prompts / "en" / "goodbye.wav").exists()


def test_what_is_too_long_is_refused(home):
    with pytest.raises(shelf.Unusable):
        shelf.replace(home, "en", "goodbye", wav(rate_hz=8000, channels=1, length_s=121.0))


def test_the_voice_speaks_other_words(client, home):
    assert post(client, "/prompts/en/goodbye/speak", text="See you.").status_code == 302
    assert "See you." in client.get("/prompts/en/goodbye").text
    assert len(samples_of(fetched(client, "/prompts/en/goodbye.wav"))) > 4000
    assert post(client, "/prompts/en/goodbye/speak", text=" ").status_code == 422
    assert post(client, "/prompts/en/goodbye/speak", text="x" * 501).status_code == 422


def test_what_was_said_into_a_voicemail_box_is_taken(app, client, home):
    boxes.add_message(home, "m1")
    assert 'value="m1"' in client.get("/prompts/en/goodbye").text
    assert post(client, "/prompts/en/goodbye/take", message="m1").status_code == 302
    heard = samples_of(fetched(client, "/prompts/en/goodbye.wav"))
    assert abs(active_dbov(heard) - TARGET_DBOV) < 3
    assert post(client, "/prompts/en/goodbye/take", message="none").status_code == 404
    technician = signed_in(app, "tech", "technician")  # may not hear what people say
    assert 'value="m1"' not in technician.get("/prompts/en/goodbye").text
    token = csrf_token(technician, "/prompts/en/goodbye")
    sent = {"csrf_token": token, "message": "m1"}
    assert technician.post("/prompts/fa/goodbye/take", data=sent).status_code == 403


def test_every_change_is_in_the_audit_trail(client, home):
    post(client, "/prompts/en/goodbye/speak", text="See you.")
    post(client, "/prompts/en/goodbye/drop")
    assert trail_of(home) == [
        ("prompts/en/goodbye", USER, "null", '"See you."'),
        ("prompts/en/goodbye", USER, '"See you."', "null"),
    ]


def test_a_prompt_of_the_office_s_own_gets_a_name_and_a_sound(client):
    done = post(client, "/prompts/new", name="summer", language="fa")
    assert done.location == "/prompts/fa/summer"
    assert "There is no sound of it yet." in client.get("/prompts/fa/summer").text
    assert upload(client, wav(), "/prompts/fa/summer/upload").status_code == 302
    assert samples_of(fetched(client, "/prompts/fa/summer.wav")).any()
    assert "summer" in client.get("/prompts?language=fa&own=1").text


@pytest.mark.parametrize("name", ["", "../x", "A", "x y", "a/b", "<b>", "x" * 33])
def test_no_other_file_is_reached(client, name):
    assert post(client, "/prompts/new", name=name, language="en").status_code == 422


@pytest.mark.parametrize("path", ["../../etc/passwd", "%2e%2e/x", "a/b/c", "spoken.json", "a/b"])
def test_no_path_leads_out_of_the_folder(client, path):
    assert client.get(f"/prompts/en/{path}").status_code in {404, 308}
    assert client.get(f"/prompts/en/{path}.wav").status_code in {404, 308}


def test_a_reader_hears_and_changes_nothing(app):
    reader = signed_in(app, "reader", "reader")
    assert "WAV file" not in reader.get("/prompts/en/goodbye").text
    token = csrf_token(reader, "/prompts/en/goodbye")
    sent = {"csrf_token": token, "text": "No."}
    assert reader.post("/prompts/en/goodbye/speak", data=sent).status_code == 403


# -- said into a telephone --------------------------------------------------------------------


class Switch(Well):
    """A switchd that notes what it is asked."""

    def __init__(self):
        super().__init__("switchd")
        self.asked = []

    def take_prompt(self, *, extension, language, name, who, place):
        if extension == "999":
            raise KeyError("there is no extension 999")
        self.asked.append((extension, language, name, who, place))


@pytest.fixture
def switch():
    return Switch()


@pytest.fixture
def daemons(home, switch):
    with Daemons(home, {"switchd": switch}) as daemons:
        yield daemons


PART = "/prompts/en/goodbye/take?extension=102"


def shown(client, text, path=PART):
    until(lambda: text in client.get(path).text, 5.0, text)
    return client.get(path).text


def take(state, name="goodbye"):
    return TakeRow(id="102", language="en", name=name, state=state, at=1.0)


def test_a_telephone_is_rung_for_a_prompt(client, daemons, switch):
    done = post(client, "/prompts/en/goodbye/ring", extension="102")
    assert done.location == "/prompts/en/goodbye?extension=102"
    assert switch.asked == [("102", "en", "goodbye", USER, "127.0.0.1")]
    assert 'data-part="/prompts/en/goodbye/take?extension=102"' in client.get(done.location).text
    refused = post(client, "/prompts/en/goodbye/ring", extension="999")
    assert refused.status_code == 409
    assert "This telephone cannot be rung now." in refused.text


def test_the_page_shows_how_far_it_is_and_then_the_new_sound(client, daemons):
    words = {
        TakeState.RINGING: "Telephone rings",
        TakeState.ASKED: "Hears what to do",
        TakeState.SPEAKING: "Is being said",
        TakeState.CHECKING: "Is being heard back",
        TakeState.DROPPED: "Discarded: nothing was changed",
        TakeState.UNANSWERED: "Nobody answered",
        TakeState.FAILED: "It could not be stored",
        TakeState.KEPT: "Callers hear it from now on",
    }
    assert set(words) == set(TakeState)
    for state, word in words.items():
        daemons.post("take.changed", take(state))
        assert ("<audio" in shown(client, word)) is (state == TakeState.KEPT)
    assert TakeState.KEPT in OVER
    daemons.post("take.changed", take(TakeState.KEPT, name="welcome"))
    assert "any more" in shown(client, "Nobody says this prompt at extension 102")
    assert client.get("/prompts/en/goodbye/take").status_code == 404


def test_the_page_says_that_the_exchange_is_away_and_recovers(client, daemons):
    daemons.post("take.changed", take(TakeState.SPEAKING))
    shown(client, "Is being said")
    daemons.stop("switchd")
    shown(client, "This page goes on by itself when it is back.")
    away = post(client, "/prompts/en/goodbye/ring", extension="102")
    assert away.status_code == 409
    assert "The exchange does not answer just now." in away.text
    daemons.start("switchd")
    shown(client, "Nobody says this prompt at extension 102 any more")
    daemons.post("take.changed", take(TakeState.KEPT))
    shown(client, "Callers hear it from now on")


def test_who_may_change_nothing_rings_nobody(app, daemons, switch):
    reader = signed_in(app, "reader", "reader")
    token = csrf_token(reader, "/prompts/en/goodbye")
    sent = {"csrf_token": token, "extension": "102"}
    assert reader.post("/prompts/en/goodbye/ring", data=sent).status_code == 403
    assert reader.get(PART).status_code == 403
    assert switch.asked == []


def test_a_telephone_that_nobody_has_is_shown_as_text(client, daemons):
    page = client.get("/prompts/en/goodbye?extension=<script>alert(1)</script>").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
