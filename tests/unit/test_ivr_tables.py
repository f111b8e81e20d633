"""Tables for look-ups: in the configuration, in CSV files, in SQLite files."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing

import pytest

from firmware.config.sections.flows import Table
from firmware.ivr import tables as tables_module
from firmware.ivr.ports import NoAnswer, NotThere
from firmware.ivr.tables import Tables

CSV = "account,name\n0101,سارا\n102,Omar\n102,Somebody else\n"


def find(made: Tables, name: str, key: str):
    return asyncio.run(made.row(name, key))


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def test_rows_of_the_configuration_keep_their_zeros_and_the_first_of_two_counts(folder):
    made = Tables([Table(name="t", key="account", csv=CSV)], folder)
    assert find(made, "t", "0101")["name"] == "سارا"
    assert find(made, "t", " 102 ")["name"] == "Omar"
    with pytest.raises(NotThere):
        find(made, "t", "101")
    made.retune([])
    with pytest.raises(NoAnswer, match="no table t any more"):
        find(made, "t", "102")
    made.close()


def test_a_csv_file_is_read_again_when_it_changed(folder):
    file = folder / "t.csv"
    made = Tables([Table(name="t", key="account", file="t.csv")], folder)
    with pytest.raises(NoAnswer):
        find(made, "t", "102")
    file.write_text("\ufeff" + CSV, "utf-8")
    assert find(made, "t", "102")["name"] == "Omar"
    file.write_text(CSV.replace("Omar", "Nobody"), "utf-8")
    os.utime(file, (1, 1))
    assert find(made, "t", "102")["name"] == "Nobody"
    file.write_bytes(b"account,name\n\xff\xfe")
    with pytest.raises(NoAnswer):
        find(made, "t", "102")
    made.close()


def test_a_file_that_is_too_large_is_not_read_into_memory(folder, monkeypatch):
    (folder / "t.csv").write_text(CSV, "utf-8")
    monkeypatch.setattr(tables_module, "LARGEST_FILE", 10)
    made = Tables([Table(name="t", key="account", file="t.csv")], folder)
    with pytest.raises(NoAnswer, match=r"make it \.sqlite"):
        find(made, "t", "102")
    made.close()


def test_an_sqlite_file(folder):
    with closing(sqlite3.connect(folder / "t.sqlite")) as db:
        db.execute('CREATE TABLE "t" (account TEXT, "the `name`" TEXT, sum REAL)')
        db.execute("INSERT INTO t VALUES ('102', 'Omar', 2.5), ('103', NULL, 1)")
        db.commit()
    tables = [
        Table(name="t", key="account", file="t.sqlite"),
        Table(name="by-name", key="account", file="t.sqlite"),
    ]
    made = Tables(tables, folder)
    assert find(made, "t", "102") == {"account": "102", "the `name`": "Omar", "sum": "2.5"}
    assert find(made, "t", "103")["the `name`"] == ""
    with pytest.raises(NotThere):
        find(made, "t", "' OR 1=1 --")
    with pytest.raises(NoAnswer, match="no such table"):
        find(made, "by-name", "102")
    made.retune([Table(name="t", key="nothing", file="t.sqlite")])
    with pytest.raises(NoAnswer, match="no such column"):
        find(made, "t", "102")
    made.close()


def test_a_question_that_takes_too_long_is_given_up(folder, monkeypatch):
    with closing(sqlite3.connect(folder / "t.sqlite")) as db:
        db.execute(
            "CREATE VIEW t AS WITH RECURSIVE n(account) AS"
            " (SELECT 1 UNION ALL SELECT account + 1 FROM n) SELECT account FROM n"
        )
        db.commit()
    monkeypatch.setattr(tables_module, "_TIMEOUT_S", 0.3)
    made = Tables([Table(name="t", key="account", file="t.sqlite")], folder)
    with pytest.raises(NoAnswer):
        find(made, "t", "never")
    made.close()
