"""Calls are found by everything one knows of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from firmware.config.home import Home
from firmware.model.record import CallRecord
from firmware.store import calls, search
from firmware.store.db import open_store
from firmware.store.search import CallText, TextKind, Wanted


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    home = Home(tmp_path)
    home.make()
    with closing(open_store(home)) as store:
        for index in range(8):
            talk_s = 10.0 * index
            calls.save(
                store,
                CallRecord(
                    id=f"c{index}",
                    started_at=1000.0 + index,
                    answered_at=2000.0 if index else None,
                    ended_at=2000.0 + talk_s,
                    caller=f"0912555{index}{index}{index}{index}",
                    caller_name=("مریم احمدی", "Omar Said")[index % 2],
                    called=("101", "02188776655")[index % 2],
                    line=("fxo-1", "sim-1")[index % 2],
                    queue=("support", "sales")[index // 4],
                    agent=("101", "102")[index % 2],
                    disposition=("answered", "abandoned")[index == 0],
                ),
            )
        yield store


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), "7 6 5 4 3 2 1 0"),
        (Wanted(number="5553333"), "3"),
        (Wanted(number="8877"), "7 5 3 1"),
        (Wanted(number="0912555"), "7 6 5 4 3 2 1 0"),
        (Wanted(number="%"), ""),
        (Wanted(name="omar"), "7 5 3 1"),
        (Wanted(name="o_ar"), ""),
        (Wanted(name="%"), ""),
        (Wanted(name="احمدی"), "6 4 2 0"),
        (Wanted(agent="102", queue="sales"), "7 5"),
        (Wanted(line="fxo-1", disposition="answered"), "6 4 2"),
        (Wanted(since=1002.0, until=1005.0), "4 3 2"),
        (Wanted(shortest_s=50.0), "7 6 5"),
        (Wanted(shortest_s=20.0, longest_s=30.0), "3 2"),
        (Wanted(queue="nobody's"), ""),
    ],
)
def test_found_by(db: Database, wanted: Wanted, found: str) -> None:
    assert [call.id for call in search.search(db, wanted)] == [f"c{n}" for n in found.split()]


def test_page_by_page_nothing_twice_and_nothing_left_out(db: Database) -> None:
    seen: list[str] = []
    before, before_id = None, ""
    while page := search.search(db, Wanted(name="omar"), before, 3, before_id=before_id):
        seen += [call.id for call in page]
        before, before_id = page[-1].started_at, page[-1].id
    assert seen == ["c7", "c5", "c3", "c1"]


_LETTERS = "09\"*%_~'aAاي "


@pytest.mark.parametrize("few", [1, 7, 5000])
def test_whichever_way_it_looks_it_finds_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(search, "_FEW", few)
    dice = random.Random(few)

    def text(longest: int) -> str:
        return "".join(dice.choices(_LETTERS, k=dice.randrange(longest)))

    home = Home(tmp_path)
    home.make()
    with closing(open_store(home)) as db:
        kept: dict[str, CallRecord] = {}
        for _save in range(120):  # some are saved again, with other parties
            at = float(dice.randrange(1000))
            call = CallRecord(
                id=f"c{dice.randrange(80)}",
                started_at=at,
                answered_at=at if dice.random() < 0.7 else None,
                ended_at=at + dice.randrange(9),
                caller=text(9),
                caller_name=text(9),
                called=text(6),
            )
            calls.save(db, call)
            kept[call.id] = call
        db.execute("DELETE FROM calls WHERE id = 'c7'")
        kept.pop("c7", None)
        for _look in range(200):
            wanted = Wanted(
                number=text(5) + dice.choice(("", "", "\0")),
                name=dice.choice(("", text(5))),
                shortest_s=dice.choice((None, 3.0)),
            )
            found = [call.id for call in search.search(db, wanted, limit=1000)]
            newest = sorted(kept.values(), key=lambda call: (call.started_at, call.id))[::-1]
            assert found == [call.id for call in newest if _is_wanted(call, wanted)], wanted


def _is_wanted(call: CallRecord, wanted: Wanted) -> bool:
    talk_s = None if call.answered_at is None else (call.ended_at or 0.0) - call.answered_at
    return (
        (wanted.number in call.caller or wanted.number in call.called)
        and _lower(wanted.name) in _lower(call.caller_name)
        and (wanted.shortest_s is None or (talk_s is not None and talk_s >= wanted.shortest_s))
    )


def _lower(text: str) -> str:
    """As LIKE compares: only ASCII's letters."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def note(db: Database, call: str, text: str, kind: TextKind = TextKind.NOTE) -> None:
    search.write_text(db, CallText(call_id=call, kind=kind, by="101", at=5.0, text=text))


def test_by_the_words_of_notes_and_transcripts_in_any_spelling(db: Database) -> None:
    note(db, "c1", "Invoice 4711 is wrong, call back")
    note(db, "c2", "پيگيري كتاب‌ها")  # written with an Arabic keyboard
    note(db, "c3", "مُراجَعَةُ الفاتورة", TextKind.TRANSCRIPT)

    def words(text: str) -> list[str]:
        return [call.id for call in search.search(db, Wanted(text=text))]

    assert words("invoice wrong") == ["c1"]
    assert words("471") == ["c1"]  # the beginning of a word
    assert words("invoice right") == []
    assert words("پیگیری کتاب ها") == ["c2"]
    assert words("الفاتوره") == ["c3"]
    assert words('"; DROP TABLE calls --') == []
    assert words('a" OR "b NEAR(') == []
    assert [text.text for text in search.texts_of(db, "c1")] == ["Invoice 4711 is wrong, call back"]
    assert [call.id for call in search.search(db, Wanted(text="invoice", agent="101"))] == []


@pytest.mark.parametrize(
    "text", ['"', "*", "()", "-", "   ", "a OR", "^b", "col:x", "\0", "é\0é", "'"]
)
def test_no_text_is_too_strange_to_look_for(db: Database, text: str) -> None:
    note(db, "c1", "nothing of the kind")
    found = [call.id for call in search.search(db, Wanted(text=text))]
    assert found in ([], [f"c{n}" for n in range(7, -1, -1)])  # without a word: whatever there is


def test_by_tag(db: Database) -> None:
    for call in ("c2", "c5"):
        search.tag(db, call, "Complaint", by="101", at=5.0)
    search.tag(db, "c2", "complaint ", by="102", at=6.0)
    assert [call.id for call in search.search(db, Wanted(tag="COMPLAINT"))] == ["c5", "c2"]
    assert search.tags_of(db, "c2") == ["complaint"]
    search.untag(db, "c2", "Complaint")
    assert [call.id for call in search.search(db, Wanted(tag="complaint"))] == ["c5"]
