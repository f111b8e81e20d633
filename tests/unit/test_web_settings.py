"""The pages of the settings: every section is edited, reviewed, applied; what is wrong stands at
its field; what is named elsewhere stays; nobody sees a secret."""

from __future__ import annotations

import re
from contextlib import closing, contextmanager

import pytest

from firmware.config import document, history
from firmware.config.reading import MASK
from firmware.link.api import DaemonApi
from firmware.store import audit, users
from firmware.store.db import open_store
from tests.browser.stage import PASSWORD, USER
from tests.unit.form_reader import form_of
from tests.unit.served import serving
from tests.unit.test_config_rollout import Daemon
from tests.unit.web_fixtures import console, csrf_token, signed_in
from web.settings.edit import Desk
from web.settings.sections import by_section

OFFICE = """\
# The office of Tehran
office:
  name: Tehran  # the head office

extension:
  # The front desk
  - {number: 101, name: Front, password: pass-of-101}
  # The accounts
  - number: 102
    name: Accounts
    password: pass-of-102
    pin: '28471605'
line:
  - {name: fxo-1, kind: trunk, route: "queue:support"}
trunk:
  - {name: provider, host: sip.example, user: us, password: pass-of-trunk, route: "ivr:main"}
ivr:
  - name: main
    choice:
      - {digit: 1, to: "queue:support"}
queue:
  - {name: support, title: Support, members: [101, 102]}
agent:
  - {number: 101, skill: [{skill: sales}]}
pause_reason:
  - {name: lunch, digit: 1, title: Lunch}
calendar:
  - name: days
    hours:
      - {days: [monday, tuesday], open: ["08:00-17:00"]}
line_group:
  - {name: lines, lines: [fxo-1]}
inbound:
  - {name: first, ways: [provider], to: "extension:101"}
  - {name: second, to: "queue:support"}
outbound:
  - {name: all, patterns: [0X.], ways: [lines]}
group:
  - {name: sales, title: Sales, members: [{number: 101}]}
conference:
  - {name: room, number: 800, title: Room, pin: '40718293'}
page:
  - {name: hall, number: 801, title: Hall, members: [101]}
flow:
  - name: front
    languages: [en]
    node:
      - name: hello
        say: {saying: {en: Hello}}
table:
  - {name: prices, key: code, csv: "code,price\\n1,2"}
service:
  - {name: crm, url: "https://crm.lan/", token: token-of-crm}
report:
  - {name: morning, mail: [boss@example.com]}
queue_alert:
  - {name: slow, figure: longest_wait, limit: 60, quiet: ["23:00-06:00"]}
mail: {server: mail.lan, sender: box@example.com, user: us, password: pass-of-mail}
"""

SECRETS = ("pass-of-", "28471605", "40718293", "token-of-crm")

EDITS = {
    "office": ("name", "Isfahan", "x" * 81),
    "network": ("rtp_last", "22999", "70000"),
    "switch": ("max_calls", "99", "many"),
    "recording": ("policy", "never", "seldom"),
    "provisioning": ("window_minutes", "20", "0"),
    "features": ("redial", "*55", "hello"),
    "presence": ("show_caller", "true", "perhaps"),
    "internet": ("look_every_s", "5", "0"),
    "voicemail": ("max_messages", "50", "-1"),
    "mail": ("port", "25", "0"),
    "backup": ("keep", "7", "0"),
    "update": ("quiet_minutes", "20", "0"),
    "crm": ("page", "https://crm.lan/?n={number}", "crm.lan"),
    "report": ("at", "08:00", "25:00"),
    "queue_alert": ("limit", "90", "-1"),
    "power": ("low_percent", "50", "101"),
    "diagnosis": ("syslog_port", "1514", "0"),
    "dialling": ("max_calls", "4", "0"),
    "emergency": ("caller_id", "0211234", "mother"),
    "park": ("slots", "5", "99"),
    "extension": ("name", "Sara", ""),
    "line": ("route", "extension:101", "queue:none"),
    "trunk": ("expires_s", "600", "1"),
    "ivr": ("attempts", "2", "0"),
    "queue": ("max_length", "20", "0"),
    "agent": ("capacity", "2", "0"),
    "pause_reason": ("title", "Prayer", ""),
    "calendar": ("title", "Shop", "x" * 81),
    "line_group": ("order", "rotate", "wild"),
    "inbound": ("to", "ivr:main", "extension:999"),
    "outbound": ("strip", "1", "99"),
    "group": ("turn_s", "9", "0"),
    "conference": ("most", "20", "1"),
    "page": ("title", "Yard", ""),
    "flow": ("limit_s", "60", "1"),
    "table": ("key", "price", ""),
    "service": ("timeout_s", "2", "99"),
}
"""A field of each section, a value it takes and one it does not."""


@pytest.fixture
def app(tmp_path):
    with office(tmp_path) as app:
        yield app


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One console for the tests that go through every section."""
    with office(tmp_path_factory.mktemp("shared")) as app:
        yield app


@contextmanager
def office(root):
    with console(root) as app:
        home = app.extensions["markaz-home"]
        with closing(open_store(home)) as db:
            users.create(db, USER, PASSWORD)
        history.apply(home, OFFICE, "test", "the office")
        yield app


@pytest.fixture
def home(app):
    return app.extensions["markaz-home"]


@pytest.fixture
def client(app):
    return signed_in(app)


def path_of(section):
    """The form of a section, or of its first item."""
    page = by_section()[section]
    if not page.is_list:
        return f"/settings/{section}"
    item = getattr(document.parse(OFFICE), section)[0]
    return f"/settings/{section}/item?name={getattr(item, page.key)}"


def edit(client, path, **fields):
    return client.post(path, data=form_of(client.get(path).text).sent(**fields))


def post(client, path, **fields):
    return client.post(path, data={"csrf_token": csrf_token(client, "/settings/text"), **fields})


def apply(client):
    return post(client, "/settings/apply", reason="because")


def test_every_section_is_in_the_table_of_edits():
    assert set(EDITS) == set(by_section())


@pytest.mark.parametrize("section", EDITS)
def test_a_value_is_edited_reviewed_applied_and_the_daemons_are_told(shared, section):
    home, client = shared.extensions["markaz-home"], signed_in(shared)
    before = history.current_text(home)
    field, value, _wrong = EDITS[section]
    assert edit(client, path_of(section), **{field: value}).status_code == 302
    assert history.current_text(home) == before  # nothing is in force yet
    assert value in client.get(path_of(section)).text
    assert "1 change is not applied yet." in client.get("/settings").text
    assert value in client.get("/settings/review").text
    with serving(home, "switchd", DaemonApi, daemon := Daemon("switchd", before[0] + 1)):
        assert apply(client).status_code == 302
    assert daemon.running == before[0] + 1
    number, text = history.current_text(home)
    assert number == before[0] + 1
    site = getattr(document.parse(text), section)
    one = site[0] if by_section()[section].is_list else site
    assert str(getattr(one, field)).lower().removesuffix(".0") == value.lower()
    assert "# The office of Tehran" in text
    assert "# The accounts" in text
    newest = history.versions(home)[0]
    assert (newest.author, newest.comment) == (USER, "because")
    with closing(open_store(home)) as db:
        [(_place, entry)] = audit.trail(db, audit.Asked(deed="settings"), 1)
        [(_place, last)] = audit.trail(db, audit.Asked(), 1)
    assert entry.subject.startswith(section)
    assert entry.after is not None
    assert last == entry  # and nothing more is told of the request


@pytest.mark.parametrize("section", EDITS)
def test_a_wrong_value_is_told_at_its_field_and_nothing_is_kept(shared, section):
    home, client = shared.extensions["markaz-home"], signed_in(shared)
    field, _value, wrong = EDITS[section]
    answer = edit(client, path_of(section), **{field: wrong})
    assert answer.status_code == 422
    element = answer.text.split(f'id="{field}"')[1].split(">")[0]
    assert 'aria-invalid="true"' in element
    assert f'aria-describedby="{field}-said"' in element
    said = answer.text.split(f'<span id="{field}-said">')[1]
    assert said.startswith('<span class="wrong">')
    assert Desk(home, USER).changes() == ()


@pytest.mark.parametrize("code", ["fa", "ar"])
def test_a_form_and_what_is_wrong_in_it_read_in_the_language_of_the_reader(client, code):
    client.set_cookie("markaz_language", code)
    path = path_of("queue")
    answer = edit(client, path, max_length="0", title="x" * 81)
    words = re.sub(r"<[^>]*>", " ", answer.text.split("novalidate>")[1])
    words = re.sub(r"support|Support|Front|Accounts|101|102|a-z|[az]\b|x{81}", "", words)
    assert not re.findall(r"[A-Za-z]{2,}", words)


def test_a_list_is_searched_sorted_and_ordered(client, home):
    page = client.get("/settings/extension?q=accou").text
    assert "Accounts" in page
    assert "Front" not in page
    page = client.get("/settings/extension?sort=name&backwards=1").text
    assert page.index("Front") < page.index("Accounts")
    post(client, "/settings/inbound/move", name="second", to="up")
    assert [one.name for one in Desk(home, USER).site().inbound] == ["second", "first"]


def test_an_item_is_added_copied_and_removed(client, home):
    edit(client, "/settings/extension/new", number="۱۰۳", name="علی", password="pass-of-103")
    assert edit(client, "/settings/queue/new?copy=support", name="billing").status_code == 302
    site = Desk(home, USER).site()
    assert [one.number for one in site.extension] == ["101", "102", "103"]
    assert [(one.name, one.members) for one in site.queue][1] == ("billing", ("101", "102"))
    assert post(client, "/settings/queue/remove", name="billing").status_code == 302
    assert post(client, "/settings/extension/remove", name="103").status_code == 302
    assert Desk(home, USER).changes() == ()
    assert Desk(home, USER).text()[1] == OFFICE


def test_what_is_named_elsewhere_is_not_removed_and_says_where(client, home):
    answer = post(client, "/settings/queue/remove", name="support")
    assert answer.status_code == 409
    for place in ("line[0].route", "ivr[0].choice[0].to", "inbound[1].to"):
        assert place in answer.text
    assert post(client, "/settings/queue/remove", name="none").status_code == 404
    assert Desk(home, USER).changes() == ()


def test_a_new_name_is_followed_by_all_who_name_it(client, home):
    assert edit(client, path_of("queue"), name="helpdesk").status_code == 302
    site = Desk(home, USER).site()
    assert site.line[0].route == "queue:helpdesk"
    assert site.ivr[0].choice[0].to == "queue:helpdesk"
    assert edit(client, path_of("extension"), number="109").status_code == 302
    site = Desk(home, USER).site()
    assert site.queue[0].members == ("109", "102")
    assert site.group[0].members[0].number == "109"
    assert site.page[0].members == ("109",)
    assert site.inbound[0].to == "extension:109"
    assert site.agent[0].number == "109"


def test_rows_are_added_moved_and_removed_by_buttons_without_a_script(client, home):
    path = path_of("queue")
    form = form_of(client.get(path).text)
    for order in ("up:members.1", "add:vip", "with:callback"):
        form = form_of(client.post(path, data=form.sent(do=order)).text)
    assert Desk(home, USER).changes() == ()  # nothing is kept until it is said
    assert client.post(path, data=form.sent({"vip.0.number": "0912"})).status_code == 302
    queue = Desk(home, USER).site().queue[0]
    assert queue.members == ("102", "101")
    assert queue.vip[0].number == "0912"
    assert queue.callback is not None
    form = form_of(client.get(path).text)
    form = form_of(client.post(path, data=form.sent(do="drop:members.0")).text)
    form = form_of(client.post(path, data=form.sent(do="without:callback")).text)
    client.post(path, data=form.sent())
    queue = Desk(home, USER).site().queue[0]
    assert (queue.members, queue.callback) == (("101",), None)


def test_no_page_has_a_secret_and_an_empty_field_keeps_it(client, home):
    edit(client, "/settings/extension/item?name=102", password="new-secret-7", name="Money")
    paths = [*map(path_of, EDITS), *(f"/settings/{one}" for one in EDITS)]
    paths += ["/settings/review", "/settings/text", "/settings/text/site.yaml"]
    paths += ["/settings/history/2", "/settings/extension/new?copy=102"]
    for path in paths:
        page = client.get(path)
        assert page.status_code == 200, path
        for secret in (*SECRETS, "new-secret-7"):
            assert secret not in page.text, (path, secret)
    assert f'<pre dir="auto">{MASK}' in client.get("/settings/review").text
    wrong = edit(client, "/settings/extension/item?name=101", password="typed-now-1", name="")
    assert wrong.status_code == 422
    assert "typed-now-1" not in wrong.text
    site = Desk(home, USER).site()
    assert site.extension[1].password.get_secret_value() == "new-secret-7"
    assert site.extension[1].pin.get_secret_value() == "28471605"


def test_a_secret_is_taken_away_only_when_that_is_ticked(client, home):
    path = path_of("conference")
    client.post(path, data=form_of(client.get(path).text).sent({"pin.__clear": "1"}))
    assert Desk(home, USER).site().conference[0].pin is None


def test_two_forms_of_one_item_at_once(client, home):
    path = path_of("queue")
    first, second = (form_of(client.get(path).text) for _ in range(2))
    assert client.post(path, data=first.sent(title="First")).status_code == 302
    answer = client.post(path, data=second.sent(title="Second"))
    assert answer.status_code == 409
    assert "changed elsewhere" in answer.text
    assert Desk(home, USER).site().queue[0].title == "First"
    assert client.post(path, data=form_of(answer.text).sent()).status_code == 302
    assert Desk(home, USER).site().queue[0].title == "Second"


def test_the_second_of_two_technicians_sees_both_differences(client, home):
    edit(client, path_of("queue"), title="Mine")
    other = Desk(home, "other")
    other.put(("queue", 0, "title"), "Theirs")
    assert "other" in client.get("/settings/review").text
    other.apply("faster")
    answer = apply(client)
    assert answer.status_code == 409
    for text in ("Mine", "Theirs", "Version 3 was applied meanwhile", "Changed by both"):
        assert text in answer.text
    assert history.current_text(home)[0] == 3
    assert post(client, "/settings/carry-over").status_code == 409
    assert post(client, "/settings/carry-over", mine="1").status_code == 302
    assert apply(client).status_code == 302
    assert document.parse(history.current_text(home)[1]).queue[0].title == "Mine"


def test_a_version_is_undone_by_its_reverse(client, home):
    edit(client, path_of("queue"), title="New")
    apply(client)
    edit(client, path_of("office"), name="Shiraz")
    apply(client)
    assert "New" in client.get("/settings/history/3").text
    assert post(client, "/settings/history/3/undo").status_code == 302
    apply(client)
    site = document.parse(history.current_text(home)[1])
    assert (site.queue[0].title, site.office.name) == ("Support", "Shiraz")
    edit(client, path_of("queue"), title="Third")
    answer = post(client, "/settings/history/3/undo")
    assert answer.status_code == 409
    assert "changed again since" in answer.text
    assert client.get("/settings/history/99").status_code == 404


def test_a_draft_is_discarded_and_an_apply_wants_a_reason(client, home):
    edit(client, path_of("queue"), title="New")
    assert post(client, "/settings/apply", reason=" ").status_code == 422
    post(client, "/settings/discard")
    assert Desk(home, USER).changes() == ()
    assert history.current_text(home) == (2, OFFICE)


def test_the_text_goes_out_masked_and_comes_back_with_its_secrets(client, home):
    text = client.get("/settings/text/site.yaml").text
    assert MASK in text
    assert "# the head office" in text
    assert post(client, "/settings/text", text=text.replace("\n", "\r\n")).status_code == 302
    assert Desk(home, USER).changes() == ()
    changed = text.replace("title: Support", "title: Help").replace("# The front", "# A front")
    assert post(client, "/settings/text", text=changed).status_code == 302
    _version, kept = Desk(home, USER).text()
    assert "# A front desk" in kept
    assert "pass-of-101" in kept
    assert MASK not in kept


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("office: [", "This is not YAML"),
        ("offic: {}", "did you mean <bdi>office</bdi>?"),
        ("queue: [{name: a, title: a, members: [999]}]", "queue[0].members[0]"),
        ("a" * (1 << 20) + "aa", "longer than"),
        ("extension: [{number: 1, name: a, password: '********'}]", "mask"),
        ("<script>alert(1)</script>", "must consist of sections"),
    ],
)
def test_a_bad_text_is_refused_with_its_problems_and_shown_again(client, home, text, said):
    answer = post(client, "/settings/text", text=text)
    assert answer.status_code == 422
    assert said in answer.text
    assert "<script>alert" not in answer.text
    assert Desk(home, USER).changes() == ()


def test_hostile_and_huge_forms_break_nothing(client, home):
    path = path_of("queue")
    form = form_of(client.get(path).text)
    rows = {"members.__row": ["9" * 40, "-1", "x", "0", "0"], "members.0": "101"}
    assert client.post(path, data={**form.sent().to_dict(), **rows}).status_code in {302, 422}
    for order in ("drop:members.77", "up:", "x", "with:members.0.a.b", "add:vip.0.0", "up:name"):
        assert client.post(path, data=form.sent(do=order)).status_code == 200
    assert edit(client, path, title="<script>alert(1)</script>").status_code == 302
    for shown in (path, "/settings/queue", "/settings/review"):
        assert "<script>alert" not in client.get(shown).text
    assert edit(client, path, title="x" * 3_000_000).status_code == 413
    for unknown in ("/settings/nothing", "/settings/queue/item?name=none", "/settings/office/new"):
        assert client.get(unknown).status_code == 404
    assert client.get("/settings/queue/new?copy=none").status_code == 404


@pytest.mark.parametrize("role", users.Role)
def test_who_may_see_and_who_may_change(app, home, role):
    with closing(open_store(home)) as db:
        db.execute("UPDATE users SET role = ?", [role])
    client = signed_in(app)
    sees = role in {users.Role.OWNER, users.Role.TECHNICIAN, users.Role.READER}
    changes = sees and role is not users.Role.READER
    assert client.get("/settings/queue").status_code == (200 if sees else 403)
    assert client.get(path_of("queue")).status_code == (200 if sees else 403)
    for path in ("/settings/text", "/settings/queue/new"):
        assert client.get(path).status_code == (200 if changes else 403)
    token = csrf_token(client, "/settings/text" if changes else "/")
    answer = client.post("/settings/discard", data={"csrf_token": token})
    assert answer.status_code == (302 if changes else 403)
