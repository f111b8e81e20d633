"""Telephones list the office's contacts, and learn of every change."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.model.contact import Contact, ContactNumber
from firmware.store import contacts
from firmware.store.db import open_store
from provisioning.device import Contact as Entry
from provisioning.device import FileKind
from provisioning.devices import Composer
from provisioning.phonebook import MOST, Outside
from provisioning.phones import families
from tests.unit.phone_samples import sample

MARYAM = Contact(
    name="مریم\u200cبانو\u202e",
    numbers=(ContactNumber(number="+98 912 111 1111"), ContactNumber(number="+44 20 7123 4567")),
)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


class Clock:
    at = 0.0

    def __call__(self):
        return self.at


def test_a_contact_is_a_line_a_number_as_it_is_dialled(home):
    with closing(open_store(home)) as db:
        contacts.add(db, MARYAM)
    outside = Outside(home, Clock())

    assert outside.entries("ir") == (
        Entry(name="مریم\u200cبانو", number="09121111111"),
        Entry(name="مریم\u200cبانو", number="+442071234567"),
    )
    outside.close()


def test_every_kind_of_change_is_seen_in_a_moment(home):
    clock = Clock()
    outside = Outside(home, clock)

    def listed():
        clock.at += 10
        return [entry.number for entry in outside.entries("ir")]

    with closing(open_store(home)) as db:
        assert listed() == []
        kept = contacts.add(db, MARYAM)
        assert listed() == ["09121111111", "+442071234567"]
        contacts.change(db, replace(kept, numbers=(ContactNumber(number="101"),)))
        assert listed() == ["101"]
        contacts.remove(db, kept.id)
        assert listed() == []
    outside.close()


def test_the_book_ends_where_telephones_are_full(home, caplog):
    with closing(open_store(home)) as db:
        contacts.put_all(
            db, [Contact(name=f"{n:04}", numbers=(ContactNumber(number="1"),)) for n in range(1200)]
        )
    outside = Outside(home, Clock())
    assert len(outside.entries("ir")) == MOST
    assert "the first 1000 of 1200" in caplog.text
    outside.close()


def test_a_store_that_cannot_be_read_leaves_the_last_book(home, caplog):
    clock = Clock()
    with closing(open_store(home)) as db:
        contacts.add(db, MARYAM)
    outside = Outside(home, clock)
    before = outside.entries("ir")
    outside.close()
    for file in home.store_db.parent.iterdir():
        file.write_bytes(b"no database at all, but long enough to be looked at" * 100)
    clock.at += 10

    assert outside.entries("ir") == before
    assert "telephones get the last one" in caplog.text


def test_extensions_come_first_and_the_site_may_want_no_book():
    site = Site.model_validate({"extension": [{"number": "101", "name": "Sara"}]})
    composer = Composer(site, register=None, key=b"")
    composer.outside = lambda country: (Entry(name="Ali", number=country),)
    assert [entry.name for entry in composer.contacts()] == ["Sara", "Ali"]
    composer.site = site.model_copy(
        update={"provisioning": site.provisioning.model_copy(update={"phonebook": False})}
    )
    assert composer.contacts() == ()


HOSTILE = "A\"B;C=D,<E>&\u202eF\U0001f600\uffff\tG\\H'I"


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
def test_no_name_costs_a_telephone_its_book(home, family):
    plain = sample(family, family.models[0], "plain")
    book = [file for file in family.files(plain) if file.kind is FileKind.PHONEBOOK]
    if not book:
        pytest.skip("its telephones have no telephone book")
    with closing(open_store(home)) as db:
        contacts.add(db, replace(MARYAM, name=HOSTILE.replace("\t", " ")))
        contacts.add(db, replace(MARYAM, name="", organisation="شرکت «نمونه»"))
    outside = Outside(home, Clock())
    device = replace(plain, contacts=outside.entries("ir"))
    outside.close()

    rendered = family.render(device, book[0].path)

    assert rendered is not None
    text = rendered.content.decode("utf-8-sig")
    assert "09121111111" in text
    assert "نمونه" in text or "&#" in text
    if text.lstrip().startswith("<"):
        ET.fromstring(rendered.content)
