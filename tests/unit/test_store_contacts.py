"""The phonebook is kept, changed whole, and brought in all or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database

from firmware.config.home import Home
from firmware.model.contact import (
    Block,
    BlockAnswer,
    BlockKind,
    Contact,
    ContactNumber,
    NumberKind,
)
from firmware.model.pattern import BadPattern
from firmware.phonebook.check import BadContact
from firmware.phonebook.number import BadNumber
from firmware.store import contacts
from firmware.store.db import open_store

MARYAM = Contact(
    name="مریم احمدی",
    organisation="Behsaz",
    numbers=(
        ContactNumber(number="0912 111 1111", kind=NumberKind.MOBILE),
        ContactNumber(number="021-88776655", kind=NumberKind.WORK),
    ),
    language="fa",
    is_vip=True,
    note="prefers mornings",
)
ALI = Contact(name="Ali", numbers=(ContactNumber(number="0913"),))


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with closing(open_store(Home(tmp_path))) as opened:
        yield opened


def test_a_contact_is_found_as_it_was_kept(db: Database) -> None:
    kept = contacts.add(db, MARYAM)

    assert kept == replace(MARYAM, id=kept.id)
    assert contacts.everyone(db) == [kept]
    assert contacts.find(db, kept.id) == kept
    assert contacts.find(db, 99) is None


def test_contacts_come_by_name_and_are_searched(db: Database) -> None:
    maryam, ali = contacts.add(db, MARYAM), contacts.add(db, ALI)

    assert contacts.everyone(db) == [ali, maryam]
    assert contacts.everyone(db, "behsaz") == [maryam]
    assert contacts.everyone(db, "8877") == [maryam]
    assert contacts.everyone(db, "nobody") == []


def test_a_change_takes_the_whole_contact(db: Database) -> None:
    kept = contacts.add(db, MARYAM)
    changed = replace(ALI, id=kept.id)

    contacts.change(db, changed)

    assert contacts.everyone(db) == [changed]
    with pytest.raises(KeyError, match="no contact 99"):
        contacts.change(db, replace(ALI, id=99))


def test_a_removed_contact_takes_its_numbers_along(db: Database) -> None:
    kept = contacts.add(db, MARYAM)

    contacts.remove(db, kept.id)

    assert contacts.everyone(db) == []
    assert db.execute("SELECT count(*) FROM contact_numbers").fetchone() == (0,)
    with pytest.raises(KeyError):
        contacts.remove(db, kept.id)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": " ", "organisation": ""}, "has neither a name nor an organisation"),
        ({"numbers": ()}, "has no number"),
        ({"numbers": (ContactNumber(number="x"),)}, "'x' has 'x' in it"),
        ({"numbers": ALI.numbers * 21}, "more than 20 numbers"),
        ({"language": "de"}, "language 'de' is none of"),
        ({"name": "A\x1b[2J"}, r"control character U\+001B"),
        ({"name": "A\udce9"}, r"control character U\+DCE9"),
        ({"note": "x" * 201}, "longer than 200"),
    ],
)
def test_what_cannot_be_kept_is_refused(db: Database, change: dict, reason: str) -> None:
    with pytest.raises(BadContact, match=reason):
        contacts.add(db, replace(MARYAM, **change))
    assert contacts.everyone(db) == []


def test_many_come_at_once_and_take_the_place_of_their_namesakes(db: Database) -> None:
    first = contacts.add(db, MARYAM)
    newer = replace(MARYAM, name="مریم احمدی", note="", numbers=(ContactNumber(number="0999"),))

    assert contacts.put_all(db, [ALI, newer]) == (1, 1)

    kept = contacts.everyone(db)
    assert [c.name for c in kept] == ["Ali", "مریم احمدی"]
    assert kept[1] == replace(newer, id=first.id)


def test_an_import_done_twice_changes_nothing(db: Database) -> None:
    two_of_a_name = [ALI, replace(ALI, numbers=(ContactNumber(number="0914"),)), MARYAM]
    assert contacts.put_all(db, two_of_a_name) == (3, 0)
    before = contacts.everyone(db)

    assert contacts.put_all(db, two_of_a_name) == (0, 3)

    assert contacts.everyone(db) == before


def test_an_import_instead_of_all_leaves_nothing_else(db: Database) -> None:
    contacts.add(db, MARYAM)

    assert contacts.put_all(db, [ALI], instead=True) == (1, 0)

    assert [c.name for c in contacts.everyone(db)] == ["Ali"]


def test_one_bad_contact_keeps_all_out(db: Database) -> None:
    contacts.add(db, MARYAM)

    with pytest.raises(BadContact):
        contacts.put_all(db, [ALI, replace(ALI, numbers=())], instead=True)

    assert [c.name for c in contacts.everyone(db)] == ["مریم احمدی"]


def test_who_is_blocked_is_kept(db: Database) -> None:
    contacts.block(db, Block(kind=BlockKind.NUMBER, value=" 0912 222 2222", note="sells"))
    contacts.block(db, Block(kind=BlockKind.PATTERN, value="0900XXXXXXX"))
    contacts.block(db, Block(kind=BlockKind.WITHHELD, value="whatever"))
    contacts.block(
        db, Block(kind=BlockKind.NUMBER, value="0912 222 2222", answer=BlockAnswer.UNUSED)
    )

    assert [(b.kind, b.value, b.answer) for b in contacts.blocks(db)] == [
        ("number", "0912 222 2222", "unused"),
        ("pattern", "0900XXXXXXX", "refuse"),
        ("withheld", "", "refuse"),
    ]
    contacts.unblock(db, BlockKind.NUMBER, "0912 222 2222")
    contacts.unblock(db, BlockKind.WITHHELD)
    assert [b.kind for b in contacts.blocks(db)] == ["pattern"]
    with pytest.raises(KeyError, match="the withheld is not blocked"):
        contacts.unblock(db, BlockKind.WITHHELD)


def test_what_blocks_nobody_is_refused(db: Database) -> None:
    with pytest.raises(BadNumber):
        contacts.block(db, Block(kind=BlockKind.NUMBER, value="Ali"))
    with pytest.raises(BadPattern):
        contacts.block(db, Block(kind=BlockKind.PATTERN, value="0900Q"))
    assert contacts.blocks(db) == []
