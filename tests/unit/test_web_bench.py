"""The bench's page: orders to the simulated world, its levers, and the sound of a line."""

from __future__ import annotations

import io
import wave

import numpy as np
import pytest

from firmware.link.client import Link
from firmware.model.permissions import Role
from tests.browser.stage import add_user
from tests.rig.until import until
from tests.unit.bench_outside import deviced, give_lines, outside
from tests.unit.web_fixtures import console, csrf_token, signed_in
from web.bench import speech
from web.bench.outside import look


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        add_user(app.extensions["markaz-home"])
        give_lines(app.extensions["markaz-home"])
        yield app


@pytest.fixture
def home(app):
    return app.extensions["markaz-home"]


@pytest.fixture
def world(home):
    with outside(home) as world:
        yield world


@pytest.fixture
def client(app, world):
    return signed_in(app)


@pytest.fixture
def order(client):
    token = csrf_token(client, "/bench")

    def give(path, *, expect=302, **form):
        answer = client.post(f"/bench/{path}", data={"csrf_token": token, **form})
        assert answer.status_code == expect, answer.text[:400]
        return answer

    return give


def far(home, ident):
    with Link(home.link("bench"), "test") as link:
        return next(row for row in look(link).fars if row.id == ident)


def lever(home, ident):
    with Link(home.link("bench"), "test") as link:
        return next(row for row in look(link).levers if row.id == ident)


def becomes(home, ident, state):
    until(lambda: far(home, ident).state == state, 3.0, f"{ident} is {state}")


def test_there_is_no_bench_without_its_daemon(app):
    client = signed_in(app)
    assert client.get("/bench").status_code == 404
    assert "/bench" not in client.get("/").text


def test_the_page_shows_every_line_in_three_languages(client):
    for code, word in [("en", "Ring the box"), ("fa", "به مرکز زنگ بزن"), ("ar", "اتصل بالسنترال")]:
        client.set_cookie("markaz_language", code)
        page = client.get("/bench").text
        assert word in page
        for line in ("fxo-1", "fxs-1", "gsm-1"):
            assert f'id="far-{line}"' in page


def test_only_those_who_may_use_the_bench_see_it(app, world):
    agent = signed_in(app, "ali", Role.AGENT, extension="102")
    assert agent.get("/bench").status_code == 403
    assert "/bench" not in agent.get("/").text
    assert signed_in(app, "reza", Role.TECHNICIAN).get("/bench").status_code == 200


def test_the_microphone_is_for_this_page_alone(client):
    assert "microphone=(self)" in client.get("/bench").headers["Permissions-Policy"]
    assert "microphone=()" in client.get("/").headers["Permissions-Policy"]


def test_a_line_rings_with_the_number_typed_in_any_digits(order, home):
    order("lines/fxo-1/ring", number="۰۲۱ ۸۸۷۷-۶۶۵۵", name="Sara Ahmadi")
    becomes(home, "fxo-1", "ringing")
    assert far(home, "fxo-1").number == "02188776655"
    order("lines/fxo-1/hang-up")
    becomes(home, "fxo-1", "idle")


def test_what_cannot_be_done_now_is_said(order, home):
    assert "not in the state" in order("lines/fxo-1/answer", expect=409).text
    assert "not in the state" in order("lines/fxo-1/press", expect=409, digits="1").text
    assert "no such line" in order("lines/fxo-9/ring", expect=409, number="1").text
    order("lines/fxo-1/explode", expect=404)
    order("lines/..%2f..%2fx/ring", expect=404)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("lines/fxo-1/ring", {"number": "9" * 21}),
        ("lines/fxo-1/ring", {"number": "<b>1</b>"}),
        ("lines/fxo-1/ring", {"number": "1", "name": "x" * 51}),
        ("lines/fxo-1/ring", {"number": "1", "name": "a\x00b"}),
        ("lines/fxo-1/ring", {"number": "1", "name": "شرکت نمونه"}),
        ("lines/fxs-1/lift", {"digits": "1" * 41}),
        ("lines/fxs-1/press", {"digits": "x"}),
        ("lines/fxs-1/press", {}),
        ("lines/gsm-1/text", {"number": "+98912", "text": " "}),
        ("lines/gsm-1/text", {"number": "+98912", "text": "x" * 2001}),
        ("lines/fxs-1/say", {"text": "x", "language": "../fa"}),
    ],
)
def test_hostile_and_huge_input_is_refused(order, home, path, form):
    answer = order(path, expect=409, **form)
    assert "cannot be used" in answer.text
    assert "<b>1</b>" not in answer.text
    assert far(home, "fxo-1").state == "idle"


def test_a_script_gets_the_reason_as_text(client):
    token = csrf_token(client, "/bench")
    headers = {"X-CSRFToken": token, "X-Requested-With": "fetch"}
    answer = client.post("/bench/lines/fxo-1/answer", headers=headers)
    assert (answer.status_code, answer.mimetype) == (409, "text/plain")
    assert client.post("/bench/lines/fxo-1/ring", headers=headers).status_code == 204
    assert client.post("/bench/lines/fxo-1/ring").status_code == 400  # without its token


def test_levers_are_pulled_and_put_back(order, home):
    for ident, line, state in [
        ("wire:fxo-1", "fxo-1", "cut"),
        ("network:gsm-1", "gsm-1", "cut"),
        ("modem:gsm-1", "gsm-1", "unplugged"),
    ]:
        order(f"levers/{ident}", pulled="1")
        becomes(home, line, state)
        assert lever(home, ident).pulled
        order(f"levers/{ident}", pulled="0")
        becomes(home, line, "idle")
        assert not lever(home, ident).pulled
    order("levers/internet", pulled="1")
    assert lever(home, "internet").pulled
    order("levers/internet", pulled="0")
    assert not lever(home, "internet").pulled
    order("levers/rain:fxo-1", expect=409, pulled="1")
    order("levers/wire:..", expect=404, pulled="1")


def test_the_mains_of_a_simulated_board_are_cut(order, client, home):
    assert "Cut the mains" not in client.get("/bench").text
    order("levers/mains", expect=409, pulled="1")  # deviced is away
    with deviced(home) as supply:
        page = client.get("/bench").text
        assert "Cut the mains" in page
        assert 'data-lever="mains" data-pulled="0"' in page
        order("levers/mains", pulled="1")
        assert not supply.mains
        assert 'data-lever="mains" data-pulled="1"' in client.get("/bench").text
        order("levers/mains", pulled="0")
        assert supply.mains
        order("battery", number="۱۲")
        assert supply.percent == pytest.approx(12.0, abs=0.5)
        for wrong in ("101", "x", "", "-1", "9" * 30):
            order("battery", expect=409, number=wrong)


def test_a_pulled_modem_is_gone_from_the_machine(order, home):
    order("levers/modem:gsm-1", pulled="1")
    assert not home.wire("gsm-1").is_symlink()
    order("lines/gsm-1/ring", expect=409, number="1")
    order("levers/modem:gsm-1", pulled="0")
    assert home.wire("gsm-1").exists()


def test_a_handset_is_lifted_and_heard(order, client, home):
    order("lines/fxs-1/lift")
    becomes(home, "fxs-1", "talking")
    answer = client.get("/bench/lines/fxs-1/hear")
    samples = iter(answer.iter_encoded())
    heard = b"".join(next(samples) for _ in range(5))
    assert len(heard) >= 320
    order("lines/fxs-1/hang-up")
    for some in samples:  # the sound ends with the call
        heard += some
    assert len(heard) % 2 == 0
    assert list((home.ram / "bench").glob("*hears*")) == []
    assert client.get("/bench/lines/fxs-1/hear").status_code == 409


def test_keys_pressed_in_a_call_are_shown(order, client, home):
    order("lines/fxs-1/lift")
    order("lines/fxs-1/press", digits="۱۲#")
    assert far(home, "fxs-1").digits == "12#"
    assert "12#" in client.get("/bench").text


def test_speech_from_the_browser_reaches_the_far_party(order, client, home, world):
    token = csrf_token(client, "/bench")
    headers = {"X-CSRFToken": token, "X-Requested-With": "fetch"}
    samples = (8000 * np.sin(np.arange(1600) / 4)).astype("<i2").tobytes()

    def talk(query=""):
        return client.post(f"/bench/lines/fxs-1/talk{query}", data=samples, headers=headers)

    assert talk("?begin=1").status_code == 409  # nobody is on the line
    order("lines/fxs-1/lift")
    assert talk("?begin=1").status_code == 204
    party = world._ends["fxs-1"]._party
    until(lambda: party._voice._file.tell() == len(samples), 2.0, "it was said")
    assert talk().status_code == 204
    until(lambda: party._voice._file.tell() == 2 * len(samples), 2.0, "it goes on")


def wav(seconds=1.0, rate_hz=44100, channels=2):
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((channels, 2, rate_hz, 0, "NONE", ""))
        file.writeframes(b"\x10\x10" * round(seconds * rate_hz * channels))
    return out.getvalue()


def test_a_file_is_said_as_a_line_carries_it(order, home):
    order("lines/fxs-1/lift")
    order("lines/fxs-1/say", file=(io.BytesIO(wav()), "x.wav"))
    with wave.open(str(home.ram / "bench" / "fxs-1-says.wav")) as said:
        assert (said.getframerate(), said.getnchannels(), said.getsampwidth()) == (8000, 1, 2)
        assert said.getnframes() == pytest.approx(8000, abs=80)


@pytest.mark.parametrize("content", [b"MZ\x90", b"RIFF" + b"\0" * 60, wav(0.1)])
def test_files_that_lie_about_their_type_are_refused(order, content):
    order("lines/fxs-1/lift")
    answer = order("lines/fxs-1/say", expect=409, file=(io.BytesIO(content), "x.wav"))
    assert "cannot be said" in answer.text


def test_a_file_that_is_too_long_is_refused(tmp_path):
    with pytest.raises(speech.Unsayable, match="too long"):
        speech.of_file(wav(121, 8000, 1), tmp_path / "x.wav")
    assert list(tmp_path.iterdir()) == []


def test_a_text_is_spoken(tmp_path):
    speech.of_text("سلام", "fa", tmp_path / "x.wav")
    with wave.open(str(tmp_path / "x.wav")) as said:
        assert said.getframerate() == 8000
        assert said.getnframes() > 1600
    for words in ("", " ", "x" * 501):
        with pytest.raises(speech.Unsayable):
            speech.of_text(words, "en", tmp_path / "y.wav")


def test_states_come_as_events(order, client):
    answer = client.get("/bench/stream")
    events = iter(answer.iter_encoded())
    said = next(events) + next(events)
    assert b"event: outside" in said
    order("lines/fxo-1/ring", number="0912")
    assert b'"state": "ringing"' in next(events)
    answer.close()


def test_what_strangers_send_is_escaped(order, client, home, world):
    world._ends["gsm-1"].number = "<script>"
    world._ends["gsm-1"].report("dialled")
    until(lambda: far(home, "gsm-1").number == "<script>", 2.0, "it is shown")
    assert "<script>alert" not in client.get("/bench").text
    assert "&lt;script&gt;" in client.get("/bench").text


def test_the_page_says_that_the_bench_is_away(app, home):
    home.link("bench").touch()
    answer = signed_in(app).get("/bench")
    assert answer.status_code == 409
    assert "does not answer" in answer.text
