"""The store comes up to date from every earlier version, once, and refuses a newer one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Timer

import pytest
from sqlite_utils import Database

from firmware.config.home import Home
from firmware.store.db import STEPS, open_store
from firmware.store.sqlite import NewerDatabase, open_file, writing


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def schema_of(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


def test_a_new_store_is_at_the_last_version(home: Home) -> None:
    open_store(home).close()

    assert version_of(home.store_db) == len(STEPS) > 3
    assert {"calls", "legs", "call_events", "recordings", "users"} <= {
        name for name, _sql in schema_of(home.store_db)
    }


def test_a_commit_is_on_the_disk_when_it_returns(home: Home) -> None:
    with closing(open_store(home)) as db:
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert db.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL


def test_the_file_is_for_the_box_alone(home: Home) -> None:
    with closing(open_store(home)):
        modes = {path.stat().st_mode & 0o777 for path in home.store_db.parent.iterdir()}

    assert modes == {0o600}


@pytest.mark.parametrize("version", range(len(STEPS)))
def test_every_earlier_version_comes_up_to_date_and_keeps_its_rows(
    home: Home, tmp_path: Path, version: int
) -> None:
    open_file(home.store_db, STEPS[:version]).close()
    assert version_of(home.store_db) == version
    if version >= 1:
        with closing(sqlite3.connect(home.store_db)) as db:
            db.execute("INSERT INTO call_events VALUES ('1', 2.0, 'call.began', '')")
            db.commit()

    open_store(home).close()

    fresh = Home(tmp_path / "fresh")
    open_store(fresh).close()
    assert schema_of(home.store_db) == schema_of(fresh.store_db)
    with closing(sqlite3.connect(home.store_db)) as db:
        assert db.execute("SELECT count(*) FROM call_events").fetchone() == (min(version, 1),)


def test_opening_again_changes_nothing(home: Home) -> None:
    open_store(home).close()
    before = schema_of(home.store_db)

    open_store(home).close()

    assert schema_of(home.store_db) == before


def test_a_newer_database_is_refused_and_stays_as_it_is(home: Home) -> None:
    open_store(home).close()
    with closing(sqlite3.connect(home.store_db)) as db:
        db.execute("PRAGMA user_version=99")

    with pytest.raises(
        NewerDatabase, match=f"version 99, and this release knows only {len(STEPS)}"
    ):
        open_store(home)
    assert version_of(home.store_db) == 99


def test_a_step_that_fails_leaves_the_version_before_it(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    steps = ("CREATE TABLE a (x);", "CREATE TABLE b (x);\nCREATE TABLE a (x);")

    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        open_file(path, steps)

    assert version_of(path) == 1
    assert [name for name, _sql in schema_of(path)] == ["a"]


def test_a_step_that_ends_within_a_statement_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ends within a statement"):
        open_file(tmp_path / "x.sqlite", ("CREATE TABLE a (x);\nCREATE TABLE b (x",))


def test_many_who_open_at_once_take_each_step_once(home: Home) -> None:
    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(lambda _: _opened_version(home), range(24)))

    assert versions == [len(STEPS)] * 24


def test_a_new_file_is_waited_for_while_another_writes_to_it(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    with _about_to_write(path) as other:
        letting_go = Timer(0.3, other.rollback)
        letting_go.start()
        with closing(open_file(path, ("CREATE TABLE b (x);",))) as db:
            assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        letting_go.join()


def test_a_new_file_that_another_keeps_is_an_error_in_the_end(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    with _about_to_write(path), pytest.raises(sqlite3.OperationalError, match="locked"):
        open_file(path, (), busy_timeout_s=0.1)


@contextmanager
def _about_to_write(path: Path) -> Iterator[sqlite3.Connection]:
    """Another connection, with the right to write, to a file that has no write-ahead log yet."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("CREATE TABLE a (x)")
        other.execute("BEGIN IMMEDIATE")
        yield other


def _opened_version(home: Home) -> int:
    with closing(open_store(home)) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


def test_a_transaction_is_undone_as_a_whole(home: Home) -> None:
    def fail_within(db: Database) -> None:
        with writing(db):
            db.execute("INSERT INTO call_events VALUES ('1', 2.0, 'call.began', '')")
            raise ZeroDivisionError

    with closing(open_store(home)) as db:
        with pytest.raises(ZeroDivisionError):
            fail_within(db)

        assert db.execute("SELECT count(*) FROM call_events").fetchone() == (0,)
