"""The console's languages: complete catalogues, nothing said outside them, the reader's choice."""

from __future__ import annotations

import re
import time
from pathlib import Path
from string import Formatter

import flask_babel
import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

import web
from firmware.config import history
from firmware.link.rows import CallerRow
from firmware.model.agent import AgentState
from firmware.model.line import LineState
from firmware.model.record import Disposition
from tests.browser import judged, stage
from tests.rig.until import until
from tests.unit.web_fixtures import console, csrf_token, sign_in, signed_in
from tests.unit.web_spoken import LETTER, Spoken
from tests.unit.web_walk import pages
from web.calendars import Calendar, month_names
from web.live import payload
from web.live.items import Item, Line, Queue
from web.system.lockout import FREE_PER_ACCOUNT
from web.writing import ENGLISH, PERSIAN, TONGUES

WEB = Path(web.__file__).parent
TRANSLATED = ("fa", "ar")
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None}

PLACEHOLDER = re.compile(r"%\((\w+)\)s")


# -- the catalogues ---------------------------------------------------------------------------


def messages():
    """Everything the console says, in English: singular or (singular, plural), from its sources."""
    with (WEB / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(WEB, methods, options, KEYWORDS)
    return {message for _file, _line, message, _comments, _context in found}


def catalogue(code):
    with (WEB / "translations" / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=code, abort_invalid=True)


def variants(string):
    return [string] if isinstance(string, str) else list(string)


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_catalogue_says_when_it_was_begun(code):
    """Or Babel writes the time of compiling into it, and no two builds of an image are the same."""
    header = dict(catalogue(code).mime_headers)
    assert header["POT-Creation-Date"] == "2026-11-21 00:00+0000"


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_message_is_translated_and_none_is_left_over(code):
    said = messages()
    assert len(said) > 100
    translated = catalogue(code)
    known = {message.id for message in translated if message.id}
    assert said - known == set(), "say it in the catalogue too (see babel.cfg)"
    assert known - said == set(), "nobody says this any more"
    assert not translated.obsolete
    for message in translated:
        if message.id:
            assert not message.fuzzy, message.id
            assert all(variants(message.string)), message.id


@pytest.mark.parametrize("code", TRANSLATED)
def test_translations_keep_their_placeholders_and_are_in_their_script(code):
    for message in catalogue(code):
        if not message.id:
            continue
        wanted = set(PLACEHOLDER.findall(variants(message.id)[0]))
        for string in variants(message.string):
            assert set(PLACEHOLDER.findall(string)) <= wanted, string
            if isinstance(message.id, str):
                assert set(PLACEHOLDER.findall(string)) == wanted, string
            assert string.count("%") == len(PLACEHOLDER.findall(string)), string
            words = PLACEHOLDER.sub("", string)
            assert not LETTER.search(words) or re.search(r"[\u0600-\u06ff]|dBm", words), string
            if code == "fa":  # the Arabic letters kaf and yeh are not the Persian ones
                assert not re.search("[كي]", string), string


@pytest.mark.parametrize("code", TRANSLATED)
def test_plural_forms_are_those_of_the_language(code):
    translated = catalogue(code)
    numbers = {"fa": 1, "ar": 6}[code]
    assert translated.num_plurals == numbers
    for message in translated:
        if isinstance(message.id, tuple):
            assert len(message.string) == numbers


@pytest.mark.parametrize(
    ("callers", "written"),
    [
        (1, "متصل واحد في الانتظار"),
        (2, "متصلان في الانتظار"),
        (3, "٣ متصلين في الانتظار"),
        (11, "١١ متصلًا في الانتظار"),
        (100, "١٠٠ متصل في الانتظار"),
    ],
)
def test_arabic_counts_as_arabic_does(tmp_path, callers, written):
    with console(tmp_path, language="ar") as app, app.test_request_context():
        waiting = tuple(
            CallerRow(call=str(n), caller="", since=time.time()) for n in range(callers)
        )
        view = Queue(row=stage.queue("support", *waiting), agents=())
        assert written in payload.render(Item(list="queues", id="q", order="", view=view))


@pytest.mark.parametrize(
    ("language", "can", "cannot"),
    [
        ("en", "plays announcements", "cannot carry a conversation"),
        ("fa", "اعلان پخش می‌کند", "برای گفت‌وگو به کار نمی‌آید"),
        ("ar", "يشغّل الإعلانات", "لا يصلح للمحادثة"),
    ],
)
def test_a_voice_modem_s_line_says_what_it_can_and_what_not(tmp_path, language, can, cannot):
    shown = {}
    with console(tmp_path, language=language) as app, app.test_request_context():
        for abilities in (("answers", "announces"), ("answers", "announces", "talks")):
            row = stage.line(device="USRobotics 5637", abilities=abilities)
            item = Item(list="lines", id="l", order="", view=Line(row=row))
            shown[len(abilities)] = payload.render(item)
    assert all(can in html and "USRobotics 5637" in html for html in shown.values())
    assert cannot in shown[2]
    assert cannot not in shown[3]


# -- every page, made in a language of marks ----------------------------------------


class Marks:
    """A language in which every message is marked, so that what is not stands out."""

    plural = staticmethod(lambda n: int(n != 1))

    def gettext(self, text):
        return "⟦" + text + "⟧"

    ugettext = gettext

    def ngettext(self, one, many, number):
        return "⟦" + (one if number == 1 else many) + "⟧"

    ungettext = ngettext

    def pgettext(self, _context, text):
        return self.gettext(text)


class Marked(Spoken):
    """The texts of a page that are neither marked nor a place for given names."""

    def __init__(self):
        super().__init__()
        self.open = 0
        self.stray = []

    def handle_data(self, text):
        for piece in re.split(r"(⟦|⟧)", text):
            if piece in ("⟦", "⟧"):
                self.open += 1 if piece == "⟦" else -1
            elif LETTER.search(piece) and not self.open and not self.is_given():
                self.stray.append(piece.strip())

    def handle_starttag(self, tag, attrs):
        super().handle_starttag(tag, attrs)
        for name, value in attrs:
            if name in ("alt", "placeholder", "aria-label", "data-label") and LETTER.search(value):
                assert value.startswith("⟦"), f"{tag} {name}={value}"


@pytest.fixture
def marked(monkeypatch):
    monkeypatch.setattr(flask_babel, "get_translations", Marks)
    monkeypatch.setattr(flask_babel.Domain, "get_translations", lambda _self: Marks())


DAY = re.compile(rf"(?:\d+ )?(?:{'|'.join(month_names(Calendar.GREGORIAN, 'en'))})(?: \d{{4}})?")


def stray_words(page):
    parser = Marked()
    parser.feed(page)
    assert parser.open == 0
    assert "⟦" in page
    # The clock of a moment and the day are digits and the calendar's month names.
    return [text for text in parser.stray if not DAY.fullmatch(text)]


def everything(home, daemons):
    now = time.time()
    for n, state in enumerate([*LineState, "of a newer box"]):
        row = stage.line(f"line-{n}", state=state, kind=("trunk", "station", "mobile")[n % 3])
        daemons.post("line.changed", row)
    for n, state in enumerate([*AgentState, "of a newer box"]):
        daemons.post("agent.changed", stage.agent(str(200 + n), now, state))
    waiting = CallerRow(call="1", caller="", since=now)
    daemons.post("queue.changed", stage.queue("support", waiting))
    daemons.post("queue.changed", stage.queue("empty"))
    for n, place in enumerate(["ivr:main", "queue:support", "extension:102", "line:x", ""]):
        daemons.post("call.began", stage.call(str(n), now, place=place, recording=True, caller=""))
    daemons.post("call.began", stage.call("9", now, answered_at=now))
    daemons.post("extension.found", stage.extension("101", registered=False))
    daemons.post("extension.found", stage.extension("102"))
    daemons.post("leg.rang", stage.leg("1.2", "102"))
    places = ["ivr:main", "queue:support", "extension:102", "line:x", ""]
    for n, disposition in enumerate([*Disposition, "of a newer box"]):
        record = stage.call_record(
            f"c{n}", now - n, disposition=disposition, caller="", place=places[n % 5]
        )
        stage.add_calls(home, record)
    stage.add_calls(home, stage.call_record("c99", now, ended_at=None, answered_at=None))
    stage.add_recording(home, "c1", seconds=0.1)
    judged.add_quality(home)


def test_every_page_in_every_state_says_only_what_catalogues_hold(tmp_path, marked):
    with console(tmp_path) as app, stage.Daemons(app.extensions["markaz-home"]) as daemons:
        client = signed_in(app)
        everything(app.extensions["markaz-home"], daemons)
        daemons.stop("edge")
        states = len(LineState) + len(AgentState)

        def whole_page():
            page = client.get("/").text
            return page if "away-edge" in page and page.count('class="badge') > states else None

        page = until(whole_page, 5.0, "every state shows")
        assert stray_words(page) == []
        for path in ("/calls", "/calls?before=1~a", "/calls?before=x", "/nothing"):
            assert stray_words(client.get(path).text) == [], path


def test_every_page_there_is_says_only_what_catalogues_hold(tmp_path, marked):
    with console(tmp_path) as app, stage.Daemons(app.extensions["markaz-home"]) as daemons:
        client = signed_in(app)
        everything(app.extensions["markaz-home"], daemons)
        strays = {}

        def html(path):
            with client.get(path, follow_redirects=True) as answer:
                if answer.status_code != 200 or answer.mimetype != "text/html":
                    return None
                strays[answer.request.full_path.rstrip("?")] = stray_words(answer.text)
                return answer.request.full_path.rstrip("?"), answer.text

        found = pages(app.url_map.bind("localhost"), html)
        assert {"live.now", "calls.records", "reading.choices"} <= set(found)
        assert {path: words for path, words in strays.items() if words} == {}


def test_the_login_page_says_only_what_catalogues_hold(tmp_path, marked):
    with console(tmp_path) as app:
        client = app.test_client()
        assert stray_words(client.get("/login").text) == []
        for _ in range(FREE_PER_ACCOUNT + 1):
            assert stray_words(sign_in(client).text) == []
        assert "⟦Too many attempts" in sign_in(client).text
        assert stray_words(sign_in(client).text) == []
        assert stray_words(client.post("/login").text) == []


def test_the_mark_finds_a_stray_word():
    assert stray_words("<p>⟦Said⟧ <b>stray</b> <bdi>Ali</bdi></p>") == ["stray"]


# -- the reader's choice ----------------------------------------------------------------------


@pytest.fixture
def app(tmp_path):
    with console(tmp_path, language="fa") as app:
        yield app


def language_of(page):
    return re.search(r'<html lang="(\w+)" dir="(\w+)">', page).groups()


def test_without_a_choice_the_office_s_language_counts(app):
    page = app.test_client().get("/login", headers={"Accept-Language": "ar"}).text
    assert language_of(page) == ("fa", "rtl")
    assert "ورود" in page


@pytest.mark.parametrize(("code", "direction"), [("fa", "rtl"), ("ar", "rtl"), ("en", "ltr")])
def test_the_choice_is_offered_on_the_login_page_and_kept(app, code, direction):
    client = app.test_client()
    form = {"csrf_token": csrf_token(client), "next": "/login"}
    answer = client.post(f"/language/{code}", data=form)
    assert answer.location == "/login"
    assert language_of(client.get("/login").text) == (code, direction)
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_a_language_nobody_speaks_here_changes_nothing(app):
    client = app.test_client()
    form = {"csrf_token": csrf_token(client), "next": "//evil.example"}
    answer = client.post("/language/xx", data=form)
    assert answer.location == "/"
    assert "Set-Cookie" not in answer.headers
    client.set_cookie("markaz_language", "xx'\"><script>")
    assert language_of(client.get("/login").text) == ("fa", "rtl")


def test_every_language_is_offered_by_its_own_name(app):
    page = app.test_client().get("/login").text
    for code, tongue in TONGUES.items():
        assert re.search(f'lang="{code}"[^>]*>{tongue.name}</button>', page)


def test_a_new_office_name_shows_without_a_restart(app):
    home = app.extensions["markaz-home"]
    client = app.test_client()
    assert "دفتر مرکزی" in client.get("/login").text
    _number, text = history.current_text(home)
    history.apply(home, text.replace("دفتر مرکزی", "شعبه شمال"), "test", "")
    assert "شعبه شمال" in client.get("/login").text


def test_templates_format_only_with_named_placeholders():
    for message in messages():
        for text in variants(message):
            assert not [field for _, field, _, _ in Formatter().parse(text) if field], text


def test_a_configuration_that_cannot_be_read_leaves_the_pages_as_they_were(app, caplog):
    client = app.test_client()
    before = client.get("/login").text
    app.extensions["markaz-home"].config_db.write_bytes(b"not a database" * 1000)
    after = client.get("/login")
    assert after.status_code == 200
    assert "دفتر مرکزی" in before
    assert "دفتر مرکزی" in after.text
    assert "cannot be read" in caplog.text


def test_a_constant_is_written_for_each_reader_and_not_for_the_first(tmp_path, monkeypatch):
    with console(tmp_path) as app:
        monkeypatch.setattr("web.system.language.tongue", lambda: PERSIAN)
        template = app.jinja_env.from_string("{{ 3 | digits }} {{ '1:30' | digits }}")
        assert template.render() == "۳ ۱:۳۰"
        monkeypatch.setattr("web.system.language.tongue", lambda: ENGLISH)
        assert template.render() == "3 1:30"
