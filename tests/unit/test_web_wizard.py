"""The set-up wizard, step by step: what each writes, what it refuses, leaving and going on."""

from __future__ import annotations

import wave

import pytest

from firmware.config import history
from firmware.model.permissions import Role
from firmware.store import audit, users
from tests.browser.stage import USER, Daemons, add_user, line, store
from tests.rig.until import until
from tests.unit.bench_outside import give_lines, outside
from tests.unit.web_fixtures import console, csrf_token, sign_in, signed_in
from web.wizard import changes, places, progress
from web.wizard.progress import ORDER, Progress, Step

PASSPHRASE = "violet tractor beneath nine"


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        home = app.extensions["markaz-home"]
        add_user(home)
        (home.config_db.parent / "set-up.json").unlink()
        yield app


@pytest.fixture
def home(app):
    return app.extensions["markaz-home"]


@pytest.fixture
def client(app):
    return signed_in(app)


@pytest.fixture
def answer(client):
    def give(path, *, expect=302, **form):
        token = csrf_token(client, "/setup/name")
        got = client.post(f"/setup/{path}", data={"csrf_token": token, **form})
        assert got.status_code == expect, got.text[-600:]
        return got

    return give


def site(home):
    return history.load_current(home)[1]


# -- being led there --------------------------------------------------------------------------


def test_who_signs_in_to_a_new_box_is_led_to_its_set_up_until_it_is_over(app, home):
    assert sign_in(app.test_client()).location == "/setup"
    progress.keep(home, Progress(done=frozenset({Step.LANGUAGE})))
    assert sign_in(app.test_client()).location == "/setup"
    progress.keep(home, Progress(done=frozenset({Step.DONE})))
    assert sign_in(app.test_client()).location == "/"


def test_who_wants_a_page_gets_it_before_any_set_up(app):
    assert sign_in(app.test_client(), next="/calls").location == "/calls"


def test_those_who_cannot_set_a_box_up_are_not_led_there(app, home):
    with store(home) as db:
        users.create(db, "ali", PASSPHRASE, Role.AGENT)
    assert sign_in(app.test_client(), "ali", PASSPHRASE).location == "/"


def test_a_box_that_was_set_up_by_its_text_is_left_alone(app, home):
    text = history.current_text(home)[1] + "\n# by hand\n"
    history.apply(home, text, "sara", "by hand")
    assert sign_in(app.test_client()).location == "/"


# -- going through ----------------------------------------------------------------------------


def test_it_begins_with_the_language_and_goes_on_where_it_was_left(app, client, answer):
    assert client.get("/setup").location == "/setup/language"
    assert answer("language", language="fa").location == "/setup/country"
    assert answer("country", country="ir").location == "/setup/name"
    assert signed_in(app).get("/setup").location == "/setup/name"  # another browser goes on


def test_every_step_has_a_page_in_every_language(client):
    for code in ("en", "fa", "ar"):
        client.set_cookie("markaz_language", code)
        for step in ORDER:
            page = client.get(f"/setup/{step}")
            assert page.status_code == 200, step
            assert 'aria-current="step"' in page.text


def test_a_step_that_does_not_exist(client, answer):
    assert client.get("/setup/explode").status_code == 404
    assert client.get("/setup/name/part").status_code == 404
    answer("explode", expect=404)


def test_every_step_can_be_passed_over_and_done_later(client, answer, home):
    for step in ORDER[:-1]:
        answer(step, skip="1")
    assert client.get("/setup").location == "/setup/done"
    assert "Passed over:" in client.get("/setup/done").text
    answer("name", name="دفتر ما")
    assert progress.load(home).done == {Step.NAME}
    assert Step.NAME not in progress.load(home).skipped
    answer("name", skip="1")  # done stays done
    assert Step.NAME in progress.load(home).done
    assert answer("done").location == "/"
    assert progress.load(home).is_over


def test_going_back_shows_what_was_answered(client, answer):
    answer("name", name="Haus <b>am</b> See")
    page = client.get("/setup/name").text
    assert 'value="Haus &lt;b&gt;am&lt;/b&gt; See"' in page
    assert "<b>am</b>" not in page


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"done": ["x"], "skipped": []}', '{"done": 1}'])
def test_a_broken_memory_begins_anew(home, kept):
    (home.config_db.parent / "set-up.json").write_text(kept)
    assert progress.load(home) == Progress()


def test_the_set_up_is_for_those_who_may_change_the_box(app):
    for role, status in [(Role.TECHNICIAN, 200), (Role.AGENT, 403), (Role.READER, 403)]:
        assert signed_in(app, f"a-{role}", role).get("/setup/name").status_code == status
    assert app.test_client().get("/setup").location.startswith("/login")


# -- the office -------------------------------------------------------------------------------


def test_the_language_is_the_offices_and_the_readers(client, answer, home):
    answer("language", language="ar")
    assert site(home).office.language == "ar"
    assert 'lang="ar"' in client.get("/setup/country").text
    answer("language", language="xx", expect=409)
    answer("language", expect=409)


def test_the_country_brings_its_time_zone(answer, home):
    answer("country", country="iq")
    assert (site(home).office.country, site(home).office.time_zone) == ("iq", "Asia/Baghdad")
    assert "several time zones" in answer("country", country="us", expect=409).text
    answer("country", country="us", time_zone="America/Chicago")
    assert site(home).office.time_zone == "America/Chicago"


@pytest.mark.parametrize("form", [{}, {"country": "xx"}, {"country": "ir", "time_zone": "../x"}])
def test_countries_that_are_none(answer, home, form):
    answer("country", expect=409, **form)
    assert site(home).office.country == "ir"


def test_countries_are_in_the_readers_language():
    assert dict(places.countries("fa"))["ir"] == "ایران"
    assert dict(places.countries("ar"))["eg"] == "مصر"


def test_answers_are_in_the_audit_trail_with_before_and_after(answer, home):
    answer("name", name="Branch")
    with store(home) as db:
        [(_place, told)] = audit.trail(db, audit.Asked(deed=audit.Change.SETTINGS), 2)
    assert (told.who, told.subject) == (USER, "office.name")
    assert (told.before, told.after) == ("دفتر مرکزی", "Branch")


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\nb", "a\x00b"])
def test_names_that_are_none(answer, home, name):
    assert "1 to 80 characters" in answer("name", name=name, expect=409).text
    assert site(home).office.name == "دفتر مرکزی"


def test_only_addresses_of_this_machine_can_be_chosen(answer, home):
    answer("network", address="127.0.0.1")
    answer("network", address="8.8.8.8", expect=409)
    answer("network", address="127.0.0.1; rm", expect=409)
    assert str(site(home).network.sip_address) == "127.0.0.1"


def test_an_address_is_where_everything_is_found():
    content = changes.network({"network": {"sip_port": "5060"}}, "10.0.0.5")
    assert content["network"] == {
        "sip_port": "5060",
        "sip_address": "10.0.0.5",
        "media_address": "10.0.0.5",
        "console_address": "10.0.0.5",
    }
    assert content["provisioning"]["address"] == "10.0.0.5"


# -- the account ------------------------------------------------------------------------------


def test_ones_own_password_takes_the_place_of_the_printed_one(app, client, answer):
    other = signed_in(app)
    answer("account", password=PASSPHRASE, again=PASSPHRASE)
    assert client.get("/setup/lines").status_code == 200  # this browser goes on
    assert other.get("/setup/lines").status_code == 302  # others are signed out
    assert sign_in(app.test_client(), USER, PASSPHRASE).status_code == 302


@pytest.mark.parametrize(
    ("password", "again", "why"),
    [
        (PASSPHRASE, PASSPHRASE + "x", "not the same"),
        ("qzx1", "qzx1", "too short"),
        ("password1234", "password1234", "too easy"),
        ("x" * 300, "x" * 300, "Choose one"),
    ],
)
def test_passwords_that_are_refused(answer, password, again, why):
    text = answer("account", password=password, again=again, expect=409).text
    assert why in text
    assert f">{password}<" not in text
    assert f'"{password}"' not in text


# -- lines and telephones ---------------------------------------------------------------------


def test_lines_that_were_found_are_shown(client, home):
    assert "does not answer" in client.get("/setup/lines/part").text
    with Daemons(home) as daemons:
        daemons.post("line.there", line("fxo-1"))

        def shown():
            return "fxo-1" in client.get("/setup/lines/part").text

        until(shown, 5.0, "the line is shown")
        assert "Learn this line" in client.get("/setup/lines").text


def test_learning_is_refused_in_words(answer, home):
    assert "does not answer" in answer("lines/fxo-1/learn", expect=409).text
    assert "Choose one" in answer("lines/fxo-1/learn", expect=409, own="<x>").text
    assert "nothing to accept" in answer("lines/fxo-1/accept", expect=409).text
    answer("lines/fxo-1/explode", expect=404)
    answer("lines/..%2fx/learn", expect=404)


def test_telephones_when_their_service_is_away(client, answer):
    assert "does not answer" in client.get("/setup/phones").text
    answer("phones/window", expect=409)
    answer("phones/xyz/adopt", expect=404)


def test_a_number_for_a_telephone_makes_its_extension(answer, home):
    answer("phones/001565aabbcc/adopt", expect=409, number="۱۰۵", name="Reza")  # nobody to tell
    assert {one.number: one.name for one in site(home).extension}["105"] == "Reza"
    answer("phones/001565aabbcc/adopt", expect=409, number="1", name="Reza")


# -- extensions -------------------------------------------------------------------------------


def test_extensions_are_named_and_made(answer, home):
    before = {one.number: one.password for one in site(home).extension}
    answer("extensions", number=["101", "102", "۱۰۳", ""], name=["سارا", "Ali", "Neu", ""])
    now = {one.number: one for one in site(home).extension}
    assert {number: one.name for number, one in now.items()} == {
        "101": "سارا",
        "102": "Ali",
        "103": "Neu",
    }
    assert now["101"].password == before["101"]
    assert len(now["103"].password.get_secret_value()) == 16


@pytest.mark.parametrize(
    ("numbers", "names"),
    [
        (["105", "105"], ["a", "b"]),
        (["1"], ["a"]),
        (["abc"], ["a"]),
        (["1234567"], ["a"]),
        (["105"], [""]),
        ([""], ["a"]),
        (["105"], ["a\x07"]),
    ],
)
def test_extensions_that_cannot_be(answer, home, numbers, names):
    answer("extensions", expect=409, number=numbers, name=names)
    assert len(site(home).extension) == 2


def test_what_the_configuration_refuses_is_said_and_nothing_is_lost(answer, home):
    answer("greeting", to="queue:support")  # 600 is the menu now
    got = answer("extensions", expect=409, number=["600"], name=["<i>x</i>"]).text
    assert "600" in got
    assert "<i>x</i>" not in got
    assert "&lt;i&gt;x" in got


# -- greeting and test ------------------------------------------------------------------------


def test_a_greeting_is_spoken_and_a_box_without_a_menu_gets_one(client, answer, home):
    give_lines(home)
    answer("language", language="fa")
    answer("greeting", text="به دفتر ما خوش آمدید", to="extension:101")
    with wave.open(str(home.prompts / "fa" / "welcome.wav")) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (16000, 1)
        assert sound.getnframes() > 8000
    [menu] = site(home).ivr
    assert (menu.name, menu.number, menu.otherwise) == ("main", "600", "extension:101")
    assert "به دفتر ما خوش آمدید" in client.get("/setup/greeting").text
    heard = client.get("/setup/greeting.wav")
    assert heard.mimetype == "audio/wav"
    assert heard.data[:4] == b"RIFF"
    heard.close()


def test_lines_that_lead_nowhere_lead_to_the_menu():
    lines = [{"name": "a", "kind": "trunk"}, {"name": "b", "kind": "mobile", "route": "queue:x"}]
    content = changes.greeting({"line": [*lines, {"name": "c", "kind": "station"}]}, "600", "x:y")
    assert [one.get("route") for one in content["line"]] == ["ivr:main", "queue:x", None]


@pytest.mark.parametrize(
    "form",
    [{}, {"to": "extension:999"}, {"to": "queue:support", "text": "x" * 501}],
)
def test_greetings_that_cannot_be(answer, home, form):
    answer("greeting", expect=409, **form)
    assert not site(home).ivr


def test_a_test_call_comes_in_on_the_bench(client, answer, home):
    give_lines(home)
    answer("greeting", to="extension:101")
    assert "Ring the box" not in client.get("/setup/test").text
    with outside(home) as world:
        assert "Ring the box" in client.get("/setup/test").text
        answer("test/bench", line="fxo-1")
        assert world._ends["fxo-1"].state == "ringing"
        answer("test/bench", line="fxo-1", expect=409)  # it is in use
        answer("test/bench", line="fxo-9", expect=409)
        answer("test/bench", line="../x", expect=409)


def test_a_telephone_is_rung_by_the_exchange_only(answer, home):
    assert "in use, or leads nowhere" in answer("test/phone", extension="101", expect=409).text
    answer("greeting", to="extension:101")
    assert "does not answer" in answer("test/phone", extension="101", expect=409).text
    answer("test/explode", expect=404)


def test_two_who_set_up_at_once(app, home):
    one, other = signed_in(app), signed_in(app, "reza", Role.TECHNICIAN)
    for client, name in [(one, "A"), (other, "B")]:
        token = csrf_token(client, "/setup/name")
        client.post("/setup/name", data={"csrf_token": token, "name": name})
    assert site(home).office.name == "B"
    authors = [version.author for version in history.versions(home)]
    assert authors[:2] == ["reza", USER]


def test_nothing_happens_without_the_forms_token(client, home):
    assert client.post("/setup/name", data={"name": "x"}).status_code == 400
    assert site(home).office.name == "دفتر مرکزی"
