"""The phonebook's pages: found, added, changed, removed, as files in and out; who may, and that it
is written down and switchd told."""

from __future__ import annotations

import io
import re
from contextlib import closing

import pytest

from firmware.link.api import SwitchApi
from firmware.model.contact import Contact, ContactNumber, NumberKind
from firmware.model.permissions import Role
from firmware.phonebook import csv_file, vcard_file
from firmware.store import audit, contacts
from firmware.store.audit import Asked, Change
from firmware.store.db import open_store
from tests.unit.served import serving
from tests.unit.web_fixtures import console, csrf_token, signed_in
from web.contacts.wording import reason
from web.leaf import PAGE_LENGTH


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


def there(home, search: str = "") -> list[Contact]:
    with closing(open_store(home)) as db:
        return contacts.everyone(db, search)


def put(home, *names: str, number: str = "0912111") -> None:
    with closing(open_store(home)) as db:
        contacts.put_all(
            db,
            [
                Contact(name=name, numbers=(ContactNumber(number=f"{number}{n:04}"),))
                for n, name in enumerate(names)
            ],
        )


def trail_of(home, deed: Change) -> list[audit.Entry]:
    with closing(open_store(home)) as db:
        return [entry for _ident, entry in audit.trail(db, Asked(deed=deed), 20)]


def form(client, path: str, **fields) -> dict[str, object]:
    return {"csrf_token": csrf_token(client, path), **fields}


def filled(client, path: str = "/contacts/new", **fields):
    sent = form(
        client,
        path,
        name="سارا احمدی",
        organisation="شرکت نمونه",
        number=["۰۹۱۲ ۱۲۳ ۴۵۶۷", "", "021 8877"],
        kind=["mobile", "other", "work"],
        language="fa",
        vip="1",
        note="From Isfahan",
    )
    return client.post(path, data={**sent, **fields})


SARA = Contact(
    name="سارا احمدی",
    organisation="شرکت نمونه",
    numbers=(
        ContactNumber(number="0912 123 4567", kind=NumberKind.MOBILE),
        ContactNumber(number="021 8877", kind=NumberKind.WORK),
    ),
    language="fa",
    is_vip=True,
    note="From Isfahan",
    id=1,
)


def test_somebody_is_added_and_the_switch_told(client, home) -> None:
    class Switch:
        asked = 0

        def read_phonebook(self) -> None:
            self.asked += 1

    switch = Switch()
    with serving(home, "switchd", SwitchApi, switch):
        assert filled(client).status_code == 302
    assert there(home) == [SARA]
    assert switch.asked == 1
    page = client.get("/contacts").text
    assert "سارا احمدی" in page
    assert '<bdi dir="ltr"' in page
    assert [
        (one.subject, one.before, one.after["numbers"]) for one in trail_of(home, Change.PHONEBOOK)
    ] == [("سارا احمدی", None, ["mobile: 0912 123 4567", "work: 021 8877"])]


def test_somebody_is_changed_and_removed(client, home) -> None:
    filled(client)
    assert 'value="0912 123 4567"' in client.get("/contacts/1").text
    assert filled(client, "/contacts/1", name="Sara", vip=[]).status_code == 302
    assert [(one.name, one.is_vip) for one in there(home)] == [("Sara", False)]
    change, _addition = trail_of(home, Change.PHONEBOOK)
    assert (change.before["name"], change.after["name"]) == ("سارا احمدی", "Sara")
    assert client.post("/contacts/1/remove", data=form(client, "/contacts/1")).status_code == 302
    assert there(home) == []
    assert client.get("/contacts/1").status_code == 404
    assert trail_of(home, Change.PHONEBOOK)[0].after is None


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "", "organisation": ""}, "A contact needs a name or an organisation."),
        ({"number": "", "kind": "mobile"}, "A contact needs a number."),
        ({"number": "hello", "kind": "mobile"}, "cannot be dialled"),
        ({"name": "x" * 201}, "longer than 200 characters"),
        ({"name": "a\x07b"}, "a character nobody can see"),
        ({"language": "de"}, "The language is en, fa or ar."),
        ({"number": ["1"] * 21, "kind": ["work"] * 21}, "at most 20 numbers"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_kept(client, home, fields, said: str) -> None:
    answer = filled(client, **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert there(home) == []
    assert trail_of(home, Change.PHONEBOOK) == []


def test_it_is_searched_and_shown_page_by_page(client, home) -> None:
    put(home, *(f"Person {n:03}" for n in range(PAGE_LENGTH + 7)))
    first = client.get("/contacts").text
    assert first.count("<tr><td") == PAGE_LENGTH
    address = re.search(r'rel="next" href="([^"]+)"', first)
    assert client.get(address[1]).text.count("<tr><td") == 7
    assert client.get("/contacts?q=person+01").text.count("<tr><td") == 10
    assert client.get("/contacts?q=09121110003").text.count("<tr><td") == 1
    assert "Nobody has what you search for." in client.get("/contacts?q=zzz").text


@pytest.mark.parametrize(
    ("name", "write"),
    [("all.csv", csv_file.write), ("All.VCF", vcard_file.write)],
)
def test_a_file_is_brought_in_and_the_same_taken_away(client, home, name: str, write) -> None:
    put(home, "Old")
    content = write([SARA, Contact(name="Old", numbers=(ContactNumber(number="555"),))])
    sent = form(client, "/contacts", file=(io.BytesIO(content), name))
    assert client.post("/contacts/bring-in", data=sent).status_code == 302
    assert "1 contact is new. 1 took another" in client.get("/contacts").text
    assert [one.numbers[0].number for one in there(home, "Old")] == ["555"]
    [entry] = trail_of(home, Change.PHONEBOOK)
    assert (entry.subject, entry.after) == (name, {"contacts": 2, "instead": False})
    out = client.get(f"/contacts.{name[-3:].lower()}")
    assert "attachment" in out.headers["Content-Disposition"]
    read = (
        csv_file.read(out.data).contacts
        if out.mimetype == "text/csv"
        else vcard_file.read(out.data)
    )
    assert sorted(one.name for one in read) == sorted(one.name for one in there(home))
    assert len(trail_of(home, Change.EXPORTED)) == 1


def test_a_file_may_take_the_place_of_all(client, home) -> None:
    put(home, "Old", "Older")
    sent = form(
        client, "/contacts", instead="1", file=(io.BytesIO(csv_file.write([SARA])), "a.csv")
    )
    client.post("/contacts/bring-in", data=sent)
    assert [one.name for one in there(home)] == ["سارا احمدی"]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "a.csv", "The file is empty."),
        (b"name,mobile\nAli,\nSara,12\nReza,x\n", "a.csv", "Line 4: x cannot be dialled"),
        (b"name,colour\nAli,red\n", "a.csv", "names no column for numbers"),
        (b"\xff\xfe\xfa", "a.csv", "Line 1"),
        (b"name,mobile\nAli\xe3,12\n", "a.csv", "no text in UTF-8"),
        (b"hello", "a.vcf", "This is no vCard."),
        (b"BEGIN:VCARD\nFN:x\n", "a.vcf", "This vCard has no end."),
    ],
)
def test_a_wrong_file_is_refused_whole(client, home, content: bytes, name: str, said: str) -> None:
    put(home, "Old")
    sent = form(client, "/contacts", instead="1", file=(io.BytesIO(content), name))
    answer = client.post("/contacts/bring-in", data=sent)
    assert answer.status_code == 422
    assert said in answer.text
    assert [one.name for one in there(home)] == ["Old"]


def test_without_a_file_nothing_happens(client) -> None:
    answer = client.post("/contacts/bring-in", data=form(client, "/contacts"))
    assert answer.status_code == 422
    assert "Choose a file." in answer.text


def test_who_only_looks_changes_nothing_and_takes_nothing_away(app, home) -> None:
    put(home, "Ali")
    agent = signed_in(app, "agent", Role.AGENT, extension="101")
    page = agent.get("/contacts").text
    assert "Ali" in page
    assert "bring-in" not in page
    assert "/contacts/new" not in page
    assert '<fieldset class="whole" disabled>' in agent.get("/contacts/1").text
    token = csrf_token(agent, "/account")
    for path in ("/contacts/new", "/contacts/1", "/contacts/1/remove", "/contacts/bring-in"):
        assert agent.post(path, data={"csrf_token": token}).status_code == 403
    assert agent.get("/contacts.csv").status_code == 403
    assert [one.name for one in there(home)] == ["Ali"]


def test_what_people_write_is_text(client, home) -> None:
    filled(client, name="<script>alert(1)</script>", note='"><img src=x>')
    for path in ("/contacts", "/contacts/1"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "<img" not in page


@pytest.mark.parametrize("code", ["fa", "ar"])
def test_reasons_are_in_the_reader_s_language(client, code: str) -> None:
    client.post(f"/language/{code}", data=form(client, "/contacts", next="/contacts"))
    answer = filled(client, number="hello", kind="mobile")
    said = re.search(r'role="alert">.*?</div></div>', answer.text, re.DOTALL)[0]
    assert not re.search(r">[^<]*[a-zA-Z]{3}[^<]*<", re.sub(r"hello", "", said))


def test_a_reason_nobody_foresaw_stays_as_it_is() -> None:
    assert reason("something new") == "something new"
