"""The phonebook as telephones read it: CardDAV, with a token, and never written."""

from __future__ import annotations

import logging
import time
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
import vobject
from werkzeug.datastructures import Authorization

from firmware.model.contact import Contact, ContactNumber, NumberKind
from firmware.model.permissions import Permission, Role
from firmware.store import contacts, tokens, users
from tests.browser.stage import store
from tests.unit.web_fixtures import console, signed_in
from web.app import create_app, shut

BOOK = "/dav/office/phonebook/"
NAMES = "xmlns:D='DAV:' xmlns:C='urn:ietf:params:xml:ns:carddav'"
D, C = "{DAV:}", "{urn:ietf:params:xml:ns:carddav}"
SARA = Contact(
    name="سارا محمدی",
    organisation="شرکت آبِ زلال",
    numbers=(
        ContactNumber(number="02188776655", kind=NumberKind.WORK),
        ContactNumber(number="09121234567", kind=NumberKind.MOBILE),
    ),
    is_vip=True,
    note="قرارداد، «ویژه»",
)
ABD = Contact(name="عبد الله؛ الكندي", numbers=(ContactNumber(number="+96522334455"),))


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        signed_in(app)  # the owner
        yield app


@pytest.fixture
def kept(app):
    """Two contacts, as the store has them."""
    with store(home_of(app)) as db:
        return [contacts.add(db, one) for one in (SARA, ABD)]


def home_of(app):
    return app.extensions["markaz-home"]


def token(app, scopes=(Permission.SEE_PHONEBOOK,), user="owner", **more):
    with store(home_of(app)) as db:
        return tokens.create(db, user, "a telephone", scopes, now=time.time(), **more)


def basic(user, secret):
    return Authorization("basic", {"username": user, "password": secret})


class Telephone:
    """A client that has come in by a token."""

    def __init__(self, app):
        self._client = app.test_client()
        _, self.secret = token(app)

    def ask(self, method, path=BOOK, body="", **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        auth = basic("owner", self.secret)
        return self._client.open(
            path, method=method, data=body, headers=headers, auth=auth, content_type="text/xml"
        )

    def report(self, kind, inner, path=BOOK, depth="1"):
        """The multistatus of a report: properties by address."""
        ns = "D" if kind == "sync-collection" else "C"
        answer = self.ask(
            "REPORT", path, f"<{ns}:{kind} {NAMES}>{inner}</{ns}:{kind}>", Depth=depth
        )
        assert answer.status_code == 207, answer.text
        return answer

    def etags(self):
        body = f"<D:propfind {NAMES}><D:prop><D:getetag/></D:prop></D:propfind>"
        found = listed(self.ask("PROPFIND", body=body, Depth="1"))
        return {href: one.findtext(f".//{D}getetag") for href, one in found.items() if href != BOOK}

    def book_tags(self):
        names = "<D:sync-token/><D:getetag/><S:getctag xmlns:S='http://calendarserver.org/ns/'/>"
        body = f"<D:propfind {NAMES}><D:prop>{names}</D:prop></D:propfind>"
        [one] = listed(self.ask("PROPFIND", body=body, Depth="0")).values()
        return [
            one.findtext(f".//{name}")
            for name in (f"{D}sync-token", f"{D}getetag", "{http://calendarserver.org/ns/}getctag")
        ]

    def changes(self, since):
        answer = self.report(
            "sync-collection",
            f"<D:sync-token>{since}</D:sync-token><D:sync-level>1</D:sync-level>"
            "<D:prop><D:getetag/></D:prop>",
        )
        return {
            href: one.findtext(f"{D}status") or "" for href, one in listed(answer).items()
        }, ET.fromstring(answer.data).findtext(f"{D}sync-token")


@pytest.fixture
def telephone(app):
    return Telephone(app)


def listed(answer):
    assert answer.status_code == 207, answer.text
    return {
        one.findtext(f"{D}href"): one for one in ET.fromstring(answer.data).iter(f"{D}response")
    }


def place(contact):
    return f"{BOOK}contact-{contact.id}.vcf"


def test_a_telephone_finds_the_book_from_the_name_of_the_box(app, telephone):
    """RFC 6764: the well-known place, the principal, its home, the books in it."""
    known = app.test_client().open("/.well-known/carddav", method="PROPFIND")
    assert (known.status_code, known.headers["Location"]) == (301, "/dav/")
    body = f"<D:propfind {NAMES}><D:prop><D:current-user-principal/></D:prop></D:propfind>"
    [root] = listed(telephone.ask("PROPFIND", "/dav/", body, Depth="0")).values()
    principal = root.findtext(f".//{D}current-user-principal/{D}href")
    body = f"<D:propfind {NAMES}><D:prop><C:addressbook-home-set/></D:prop></D:propfind>"
    [found] = listed(telephone.ask("PROPFIND", principal, body, Depth="0")).values()
    home = found.findtext(f".//{C}addressbook-home-set/{D}href")
    body = (
        f"<D:propfind {NAMES}><D:prop><D:resourcetype/><D:displayname/>"
        "<D:current-user-privilege-set/></D:prop></D:propfind>"
    )
    books = [
        (href, one)
        for href, one in listed(telephone.ask("PROPFIND", home, body, Depth="1")).items()
        if one.find(f".//{D}resourcetype/{C}addressbook") is not None
    ]
    [(href, book)] = books
    assert href == BOOK
    assert book.findtext(f".//{D}displayname") == app.extensions["markaz-office"].read().name
    allowed = {one.tag for one in book.findall(f".//{D}privilege/*")}
    assert f"{D}read" in allowed
    assert not allowed & {f"{D}{one}" for one in ("write", "write-content", "bind", "all")}


def test_without_a_slash_and_with_another_prefix_it_is_the_same_book(telephone, kept):
    answer = telephone.ask("PROPFIND", "/dav", Depth="0", X_Script_Name="/elsewhere")
    assert "/elsewhere" not in answer.text
    assert list(listed(answer)) == ["/dav/"]


def test_a_card_has_the_names_as_they_were_written(telephone, kept):
    answer = telephone.ask("GET", place(kept[0]))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/vcard; charset=utf-8"
    assert answer.headers["ETag"] == telephone.etags()[place(kept[0])]
    assert answer.headers["Cache-Control"] == "no-store"
    card = vobject.readOne(answer.data.decode())
    assert card.version.value == "3.0"
    assert card.uid.value == f"contact-{kept[0].id}"
    assert card.fn.value == SARA.name
    assert card.org.value == [SARA.organisation]
    assert card.note.value == SARA.note
    assert [(tel.value, tel.type_param) for tel in card.tel_list] == [
        ("02188776655", "work"),
        ("09121234567", "cell"),
    ]
    assert vobject.readOne(telephone.ask("GET", place(kept[1])).text).fn.value == ABD.name
    assert telephone.ask("GET", f"{BOOK}contact-99.vcf").status_code == 404


def test_a_query_finds_by_name_and_by_number(telephone, kept):
    def found(prop, text):
        answer = telephone.report(
            "addressbook-query",
            "<D:prop><D:getetag/><C:address-data/></D:prop><C:filter>"
            f"<C:prop-filter name='{prop}'><C:text-match match-type='contains'>{text}"
            "</C:text-match></C:prop-filter></C:filter>",
        )
        return list(listed(answer))

    assert found("FN", "محمدی") == [place(kept[0])]
    assert found("FN", "الكندي") == [place(kept[1])]
    assert found("TEL", "0912") == [place(kept[0])]
    assert found("FN", "nobody") == []


def test_many_are_fetched_at_once_by_their_names(telephone, kept):
    hrefs = [*map(place, kept), f"{BOOK}contact-99.vcf"]
    inner = "".join(f"<D:href>{href}</D:href>" for href in hrefs)
    answer = telephone.report(
        "addressbook-multiget", f"<D:prop><D:getetag/><C:address-data/></D:prop>{inner}"
    )
    found = listed(answer)
    assert set(found) == set(hrefs)
    texts = [found[place(one)].findtext(f".//{C}address-data") for one in kept]
    assert [vobject.readOne(text).fn.value for text in texts] == [SARA.name, ABD.name]
    assert "404" in found[hrefs[2]].findtext(f"{D}status")


def test_an_etag_changes_with_its_contact_and_only_then(app, telephone, kept, tmp_path):
    before, tags = telephone.etags(), telephone.book_tags()
    assert None not in tags
    with store(home_of(app)) as db:
        contacts.change(db, kept[0])  # kept once more, as it was
    assert (telephone.etags(), telephone.book_tags()) == (before, tags)
    with store(home_of(app)) as db:
        contacts.change(db, replace(kept[0], note="something else"))
    after = telephone.etags()
    assert after[place(kept[0])] != before[place(kept[0])]
    assert after[place(kept[1])] == before[place(kept[1])]
    assert not set(tags) & set(telephone.book_tags())


def test_names_and_etags_outlive_a_restart(app, telephone, kept):
    before = telephone.etags(), telephone.book_tags()
    again = create_app(home_of(app))
    try:
        other = Telephone(again)
        assert (other.etags(), other.book_tags()) == before
        assert other.changes(before[1][0]) == ({}, before[1][0])
    finally:
        shut(again)
    assert set(before[0]) == {place(one) for one in kept}


def test_a_telephone_is_told_only_what_changed(app, telephone, kept):
    first, known = telephone.changes("")
    assert set(first) == {place(one) for one in kept}
    assert telephone.changes(known) == ({}, known)
    with store(home_of(app)) as db:
        contacts.remove(db, kept[0].id)
        new = contacts.add(db, Contact(name="نو", numbers=SARA.numbers))
        contacts.change(db, replace(kept[1], note="x"))
    changes, after = telephone.changes(known)
    assert after != known
    gone = {href for href, status in changes.items() if "404" in status}
    assert gone == {place(kept[0])} - {place(new)}
    assert set(changes) == {place(one) for one in (*kept, new)}


def test_a_state_nobody_remembers_is_said_to_be_over(telephone, kept):
    body = (
        f"<D:sync-collection {NAMES}><D:sync-token>urn:markaz:phonebook:old</D:sync-token>"
        "<D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>"
    )
    answer = telephone.ask("REPORT", body=body)
    assert answer.status_code in (403, 409)
    assert "valid-sync-token" in answer.text


def test_only_a_user_with_a_token_of_theirs_comes_in(app, kept, caplog):
    with store(home_of(app)) as db:
        users.create(db, "reader", "correct horse battery", Role.READER)
        users.create(db, "gone", "correct horse battery")
    _, good = token(app)
    revoked, no_more = token(app)
    _, over = token(app, expires_at=time.time() - 1)
    _, of_calls = token(app, {Permission.SEE_CALLS})
    _, of_gone = token(app, user="gone")
    with store(home_of(app)) as db:
        db.execute("UPDATE users SET disabled_at = 1 WHERE name = 'gone'")
    client, caplog_at = app.test_client(), caplog.at_level(logging.DEBUG)
    with caplog_at:
        assert client.get(place(kept[0]), auth=basic("owner", no_more)).status_code == 200
        with store(home_of(app)) as db:
            tokens.revoke(db, "owner", revoked.id, time.time())
        for auth in (
            None,
            basic("owner", ""),
            basic("owner", "correct horse battery"),
            basic("owner", "markaz_guess"),
            basic("reader", good),
            basic("", good),
            basic("owner", no_more),
            basic("owner", over),
            basic("owner", of_calls),
            basic("gone", of_gone),
            Authorization("bearer", token=good),
        ):
            for method in ("GET", "PROPFIND", "REPORT", "OPTIONS", "PUT", "DELETE"):
                answer = client.open(place(kept[0]), method=method, auth=auth)
                assert answer.status_code == 401, (method, auth)
                assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
                assert "محمدی" not in answer.text
        for broken in ("Basic", "Basic ***", "Basic eA==", "Basic //8=", "Digest x"):
            answer = client.get(BOOK, headers={"Authorization": broken})
            assert answer.status_code == 401
    for secret in (good, no_more, over, of_calls, of_gone, "correct horse battery"):
        assert secret not in caplog.text


def test_a_session_of_the_console_opens_nothing(app, kept):
    browser = signed_in(app)
    assert browser.get(BOOK).status_code == 401
    _, secret = token(app)
    assert browser.get("/contacts", auth=basic("owner", secret)).status_code == 200
    stranger = app.test_client().get("/contacts", auth=basic("owner", secret))
    assert stranger.location.startswith("/login")


def test_nobody_writes(app, telephone, kept):
    with store(home_of(app)) as db:
        before = contacts.everyone(db)
    card = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:x\r\nFN:x\r\nN:x;;;;\r\nEND:VCARD\r\n"
    patch = f"<D:propertyupdate {NAMES}><D:set><D:prop><D:displayname>x</D:displayname>"
    patch += "</D:prop></D:set></D:propertyupdate>"
    there = f"http://localhost{BOOK}moved.vcf"
    for method, path, body, headers in (
        ("PUT", place(kept[0]), card, {}),
        ("PUT", f"{BOOK}new.vcf", card, {}),
        ("PUT", BOOK, card, {}),
        ("PUT", "/dav/office/", card, {}),
        ("DELETE", place(kept[0]), "", {}),
        ("DELETE", BOOK, "", {}),
        ("DELETE", "/dav/office/", "", {}),
        ("MKCOL", "/dav/office/another/", "", {}),
        ("MKCALENDAR", "/dav/office/calendar/", "", {}),
        ("PROPPATCH", BOOK, patch, {}),
        ("PROPPATCH", "/dav/office/", patch, {}),
        ("MOVE", place(kept[0]), "", {"Destination": there}),
        ("MOVE", BOOK, "", {"Destination": "http://localhost/dav/office/another/"}),
    ):
        answer = telephone.ask(method, path, body, **headers)
        assert answer.status_code == 403, (method, path, answer.text)
    for method in ("POST", "LOCK", "COPY", "PATCH"):
        assert telephone.ask(method, place(kept[0]), card).status_code in (403, 405), method
    with store(home_of(app)) as db:
        assert contacts.everyone(db) == before


BOMB = (
    "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;'>]>"
    f"<D:propfind {NAMES}><D:prop><D:getetag/>&b;</D:prop></D:propfind>"
)
OUTSIDE = (
    "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
    f"<D:propfind {NAMES}><D:prop>&a;</D:prop></D:propfind>"
)


NO_XML = ["<", "not XML", "<a></b>", BOMB, OUTSIDE, b"\xff\xfe\x00", "<?xml encoding='x'?><a/>"]


def test_what_is_no_sound_xml_is_refused_without_a_word_in_the_log(telephone, caplog):
    for method in ("PROPFIND", "REPORT"):
        for body in NO_XML:
            answer = telephone.ask(method, body=body, Depth="0")
            assert answer.status_code == 400, (method, body)
            assert "Traceback" not in answer.text
    assert caplog.records == []


def test_a_query_that_makes_no_sense_costs_nothing_but_its_answer(telephone, kept, caplog):
    for inner in (
        "<C:filter><C:prop-filter name='FN'><C:nonsense/></C:prop-filter></C:filter>",
        "<C:filter><C:comp-filter name='VEVENT'/></C:filter>",
        "<C:filter test='nonsense'><C:prop-filter/></C:filter>",
        "<D:href>http://[</D:href><D:href>/elsewhere</D:href><D:href/>",
        "",
    ):
        for kind in ("addressbook-query", "addressbook-multiget", "nonsense"):
            body = f"<C:{kind} {NAMES}><D:prop><D:getetag/></D:prop>{inner}</C:{kind}>"
            answer = telephone.ask("REPORT", body=body, Depth="1")
            assert answer.status_code < 500, (kind, inner)
    assert "Traceback" not in caplog.text


def test_more_than_a_telephone_ever_asks_is_not_read(telephone):
    assert telephone.ask("REPORT", body="x" * (3 << 20)).status_code == 413


def test_addresses_outside_the_book_show_nothing(telephone, kept):
    for path in (
        "/dav/other/",
        "/dav/office/other/",
        f"{BOOK}contact-1.vcf/x",
        "/dav/.web/",
        "/dav/x",
    ):
        assert telephone.ask("GET", path).status_code in (403, 404), path
    for path in ("/dav/../etc/passwd", f"{BOOK}../../../x", "/dav/office//phonebook/..;/"):
        answer = telephone.ask("GET", path)
        assert answer.status_code in (400, 403, 404), path


def test_a_store_that_cannot_be_read_is_said(app, telephone, kept):
    home_of(app).store_db.rename(home_of(app).store_db.with_suffix(".away"))
    home_of(app).store_db.mkdir()
    answer = telephone.ask("PROPFIND", Depth="0")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


def test_thousands_of_contacts_are_listed_and_fetched(app, telephone):
    many = [
        Contact(name=f"مشترک {n}", numbers=(ContactNumber(number=f"0912{n:07}"),))
        for n in range(3000)
    ]
    with store(home_of(app)) as db:
        contacts.put_all(db, many)
    etags = telephone.etags()
    assert len(set(etags.values())) == 3000
    inner = "".join(f"<D:href>{href}</D:href>" for href in etags)
    found = listed(
        telephone.report("addressbook-multiget", f"<D:prop><C:address-data/></D:prop>{inner}")
    )
    names = {
        vobject.readOne(one.findtext(f".//{C}address-data")).fn.value for one in found.values()
    }
    assert names == {one.name for one in many}
