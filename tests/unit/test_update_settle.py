"""Configuration and store, brought forward by a release and carried back by the one before.

A newer release is one with more steps than this one: the tests bring the box's own databases
forward by steps made up here, write as that release would, and let this release start again.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Extension, Site
from firmware.model.update import UpdateEvent, UpdateState
from firmware.store import search
from firmware.store.db import STEPS, open_store
from firmware.store.search import CallText
from firmware.store.sqlite import open_file, steps_of
from firmware.update import journal, settle
from firmware.update.carry import carry_back
from firmware.update.journal import Bundle, Journal
from firmware.update.settle import Start

CONFIG_STEPS = steps_of("firmware.config.migrations")
SITE = Site(
    extension=(Extension(number="101", name="Mina", password=SecretStr("wind-tunnel-77-salt")),)
)
NEWER = (
    "ALTER TABLE calls ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm';",
    "CREATE TABLE moods (name TEXT PRIMARY KEY) STRICT;",
)
OLD, NEW = Start(slot="A", release="1.0.0"), Start(slot="B", release="1.1.0")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "box")
    home.make()
    history.create_first(home, SITE)
    with closing(open_store(home)) as db:
        add_call(db.conn, "before", "02111")
    return home


def add_call(db: sqlite3.Connection, ident: str, caller: str) -> None:
    values = {
        **dict.fromkeys(("line", "place", "queue", "agent", "digits", "hung_up_by"), ""),
        "id": ident,
        "started_at": time.time(),
        "caller": caller,
        "caller_name": "مریم",
        "called": "101",
        "disposition": "answered",
        "cause": 16,
        "config_version": 1,
    }
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    db.execute(f"INSERT INTO calls ({names}) VALUES ({marks})", list(values.values()))


def calls(home: Home) -> list[str]:
    with closing(open_store(home)) as db:
        return [row["id"] for row in db.query("SELECT id FROM calls ORDER BY id")]


def bring_forward(home: Home, *more: str) -> None:
    """As a newer release would at its first start."""
    with closing(open_file(home.store_db, (*STEPS, *more))):
        pass


def under_way(home: Home, state: UpdateState = UpdateState.SWITCHING) -> None:
    """An update to slot B has come so far."""
    bundle = Bundle(version="1.1.0", source="file")
    journal.write(
        home, Journal(state=state, bundle=bundle, slot="B", version="1.1.0", before="1.0.0")
    )


def test_a_new_box_has_nothing_to_settle(tmp_path: Path):
    home = Home(tmp_path / "box")
    home.make()
    assert settle.settle(home, OLD).state is UpdateState.NONE
    assert journal.read(home).settled == "1.0.0"


def test_what_a_newer_release_wrote_is_there_after_the_roll_back(home: Home):
    under_way(home)
    bring_forward(home, *NEWER)
    with closing(sqlite3.connect(home.store_db, isolation_level=None)) as db:
        add_call(db, "meanwhile", "02122")
        db.execute("UPDATE calls SET caller_name = 'Reza', mood = 'cross' WHERE id = 'before'")
        db.execute("INSERT INTO moods VALUES ('cross')")
    settled = settle.settle(home, OLD)
    assert settled.state is UpdateState.ROLLED_BACK
    assert settled.why == "it did not start"
    assert calls(home) == ["before", "meanwhile"]
    with closing(open_store(home)) as db:
        names = [row["caller_name"] for row in db.query("SELECT * FROM calls WHERE id = 'before'")]
        assert names == ["Reza"]
        assert db.execute("PRAGMA user_version").fetchone()[0] == len(STEPS)
        found = db.execute("SELECT count(*) FROM call_parties WHERE call_parties MATCH '212'")
        assert found.fetchone() == (1,)
    [kept] = (journal.folder_of(home) / "newer").glob("markaz-*.sqlite")
    with closing(sqlite3.connect(kept)) as db:
        assert db.execute("SELECT mood FROM calls WHERE id = 'before'").fetchone() == ("cross",)
        assert db.execute("SELECT name FROM moods").fetchall() == [("cross",)]


def test_searching_and_triggers_work_on_what_was_carried_back(home: Home):
    with closing(open_store(home)) as db:
        search.write_text(
            db, CallText(call_id="before", kind="note", by="mina", at=1.0, text="blue parrot")
        )
    bring_forward(home, *NEWER)
    settle.settle(home, OLD)
    with closing(open_store(home)) as db:
        found = db.execute("SELECT count(*) FROM call_words WHERE call_words MATCH 'parrot'")
        assert found.fetchone() == (1,)
        add_call(db.conn, "after", "09121234567")
        found = db.execute("SELECT count(*) FROM call_parties WHERE call_parties MATCH '345'")
        assert found.fetchone() == (1,)


def test_a_table_the_newer_release_took_away_is_as_before_and_said(home: Home):
    with closing(open_store(home)) as db:
        db.execute("INSERT INTO call_tags VALUES ('vip', 'before', 'mina', 1.0)")
    copy_before(home)
    bring_forward(home, "DROP TABLE call_tags;")
    settled = settle.settle(home, OLD)
    assert "call_tags" in settled.why
    with closing(open_store(home)) as db:
        assert list(db.query("SELECT tag FROM call_tags")) == [{"tag": "vip"}]


def test_a_column_taken_away_comes_from_the_copy_before(home: Home):
    copy_before(home)
    bring_forward(home, "ALTER TABLE call_tags DROP COLUMN at;")
    with closing(sqlite3.connect(home.store_db, isolation_level=None)) as db:
        db.execute("INSERT INTO call_tags VALUES ('new', 'before', 'mina')")
    settled = settle.settle(home, OLD)
    assert "1 rows of the newer release are in" in settled.why
    with closing(open_store(home)) as db:
        assert list(db.query("SELECT tag FROM call_tags")) == []


def copy_before(home: Home) -> None:
    """The copy that the newer release made before it brought the store forward."""
    copy = journal.folder_of(home) / "before" / f"markaz-{len(STEPS):04d}.sqlite"
    copy.parent.mkdir(parents=True)
    shutil.copy(home.store_db, copy)


def test_a_newer_release_copies_before_it_brings_forward(home: Home, monkeypatch):
    steps = {"firmware.store.migrations": (*STEPS, *NEWER)}
    monkeypatch.setattr(settle, "steps_of", lambda name: steps.get(name) or steps_of(name))
    under_way(home)
    settled = settle.settle(home, NEW)
    assert (settled.state, settled.starts) == (UpdateState.TRYING, 1)
    folder = journal.folder_of(home) / "before"
    assert [path.name for path in folder.iterdir()] == [f"markaz-{len(STEPS):04d}.sqlite"]
    bring_forward(home, *NEWER)
    assert settle.settle(home, NEW).starts == 2
    assert len(list(folder.iterdir())) == 1  # it has been brought forward: nothing to copy


def test_a_store_that_cannot_be_carried_back_is_as_before(home: Home):
    copy_before(home)
    bring_forward(home, *NEWER)
    with home.store_db.open("rb+") as file:  # pages of the middle are lost
        file.seek(8192)
        file.write(bytes(4096 * 6))
    settled = settle.settle(home, OLD)
    assert "is as it was before the update" in settled.why
    assert calls(home) == ["before"]


def test_rows_that_do_not_fit_are_counted_and_their_children_with_them(tmp_path: Path):
    b = "CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER NOT NULL REFERENCES a(id)) STRICT;"
    ours = "CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER CHECK (n < 10)) STRICT;"
    theirs = "CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER) STRICT;"
    steps = (f"{ours}\n{b}",)
    path = tmp_path / "x.sqlite"
    with closing(open_file(path, (f"{theirs}\n{b}", "CREATE TABLE c (x);"))) as db:
        db.execute("INSERT INTO a VALUES (1, 5), (2, 50)")
        db.execute("INSERT INTO b VALUES (1, 1), (2, 2), (3, 2)")
    done = carry_back(path, None, steps, tmp_path / "y.sqlite")
    assert (done.rows, done.left, done.old_tables) == (2, 3, ())
    with closing(sqlite3.connect(tmp_path / "y.sqlite")) as db:
        assert db.execute("SELECT id FROM a").fetchall() == [(1,)]
        assert db.execute("SELECT id FROM b").fetchall() == [(1,)]


def test_a_configuration_of_the_newer_release_gives_way_to_the_newest_accepted(home: Home):
    text = history.current_text(home)[1]
    history.apply(home, text.replace("Mina", "Sara"), "mina", "a name")
    under_way(home, UpdateState.TRYING)
    with closing(open_file(home.config_db, CONFIG_STEPS)) as db:
        db.execute(
            "INSERT INTO version (number, accepted_at, author, comment, text) "
            "VALUES (3, 0, 'x', '', ?)",
            [text + "\nteleportation: {speed: 9}\n"],
        )
    settled = settle.settle(home, OLD)
    number, site = history.load_current(home)
    assert (number, site.extension[0].name) == (4, "Sara")
    assert history.versions(home)[0].restores == 2
    assert "configuration 4 is in force" in settled.why
    assert "teleportation" in history.text_of(home, 3)
    assert settle.settle(home, OLD).state is UpdateState.ROLLED_BACK
    assert history.load_current(home)[0] == 4


def test_on_the_way_forward_no_old_configuration_is_brought_back(home: Home):
    under_way(home)
    with closing(open_file(home.config_db, CONFIG_STEPS)) as db:
        db.execute(
            "INSERT INTO version (number, accepted_at, author, comment, text) "
            "VALUES (2, 0, 'x', '', 'a: b')"
        )
    settle.settle(home, NEW)
    assert history.current_text(home)[0] == 2


def test_starts_tell_the_journal_what_became_of_the_update(home: Home):
    under_way(home, UpdateState.INSTALLED)
    assert settle.settle(home, OLD).state is UpdateState.INSTALLED
    assert settle.settle(home, NEW).state is UpdateState.TRYING
    assert settle.settle(home, NEW).starts == 2
    settled = settle.settle(home, OLD)
    assert settled.state is UpdateState.ROLLED_BACK
    assert settled.why == "started 2 times, it never made its call"
    assert [one.event for one in settled.happened] == [
        UpdateEvent.STARTED_NEW,
        UpdateEvent.STARTED_NEW,
        UpdateEvent.STARTED_OLD,
    ]


def test_a_box_without_slots_says_nothing_of_them(home: Home):
    under_way(home, UpdateState.DONE)
    assert settle.settle(home, Start(slot="", release="1.0.0")).state is UpdateState.DONE


CUT = """
import os, signal, sys, threading, time
from pathlib import Path
from firmware.config.home import Home
from firmware.update import settle
def cut():
    time.sleep(float(sys.argv[2])); os.kill(os.getpid(), signal.SIGKILL)
threading.Thread(target=cut, daemon=True).start()
settle.settle(Home(Path(sys.argv[1])), settle.Start(slot="A", release="1.0.0"))
print("done")
"""


def test_it_may_be_cut_off_at_any_moment_and_done_again(home: Home):
    under_way(home)
    with closing(open_store(home)) as db, db.conn:
        for number in range(3000):
            add_call(db.conn, f"c{number}", str(number))
    bring_forward(home, *NEWER)
    ended = 0
    for attempt in range(8):
        done = subprocess.run(
            [sys.executable, "-c", CUT, str(home.root), str(0.03 * attempt)],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        assert done.returncode in {0, -signal.SIGKILL}, done.stderr
        ended += done.returncode == 0
    settle.settle(home, OLD)
    assert len(calls(home)) == 3001
    with closing(sqlite3.connect(home.store_db)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
