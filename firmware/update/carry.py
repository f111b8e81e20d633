"""A database of a newer release, carried back into the tables of this one.

A release brings the store forward when it first starts, and no release reads what a newer one
wrote. So that a roll-back loses nothing that was written meanwhile, this release builds its own
tables anew and copies every row of every table that both have, column by column. What only the
newer release knows (a table, a column) stays in the newer file, which is kept beside; what the
newer release has taken away comes from the copy made before it first started. Rows that these
tables do not take are counted, and are in the file that is kept.
"""
# ruff: noqa: S608 - no statement takes a table's name as a parameter; ours are quoted

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from firmware.store.sqlite import open_file

_OWN = "sqlite_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What became of it: rows copied, rows left in the newer file, tables of which nothing could be
    copied and that are as they were before the update."""

    rows: int
    left: int
    old_tables: tuple[str, ...]


def carry_back(newer: Path, before: Path | None, steps: Sequence[str], target: Path) -> Carried:
    """Build ``target``, which must not be there, by ``steps`` of this release out of ``newer``.
    Nobody may have ``newer`` or ``before`` open.

    Raises:
        sqlite3.Error, OSError: nothing usable came of it.
    """
    with closing(open_file(target, steps)):
        pass  # our tables, empty, in a write-ahead log that is gone when this is closed
    # not by open_file's connection: it minds foreign keys, whose tables come in any order
    with closing(sqlite3.connect(target, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=DELETE")
        db.execute("PRAGMA foreign_keys=OFF")
        db.execute("ATTACH ? AS newer", [_uri_path(newer)])
        if before is not None:
            db.execute("ATTACH ? AS before", [_uri_path(before)])
        db.execute("BEGIN IMMEDIATE")
        triggers = _take_triggers(db)
        found = [_copy(db, table, before is not None) for table in _tables(db, "main")]
        orphans = _drop_orphans(db)
        for trigger in triggers:
            db.execute(trigger)
        db.execute("COMMIT")
        [fault] = db.execute("PRAGMA integrity_check(1)").fetchone()
        if fault != "ok":
            raise sqlite3.DatabaseError(f"what was carried back is damaged: {fault}")
    return Carried(
        rows=sum(one.copied for one in found) - orphans,
        left=sum(one.left for one in found) + orphans,
        old_tables=tuple(one.table.name for one in found if one.is_old),
    )


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    has_hidden_rowid: bool
    is_shadow: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copied:
    table: _Table
    copied: int = 0
    left: int = 0
    is_old: bool = False


def _tables(db: sqlite3.Connection, schema: str) -> list[_Table]:
    """Every table that holds rows of its own, those under a full-text index too."""
    rows = db.execute(f"PRAGMA {schema}.table_list").fetchall()
    return [
        _table(db, schema, name, without_rowid=bool(without_rowid), is_shadow=kind == "shadow")
        for where, name, kind, _count, without_rowid, _strict in rows
        if where == schema and kind in {"table", "shadow"} and not name.startswith(_OWN)
    ]


def _table(
    db: sqlite3.Connection, schema: str, name: str, *, without_rowid: bool, is_shadow: bool
) -> _Table:
    columns = db.execute(f"PRAGMA {schema}.table_info({_quoted(name)})").fetchall()
    keys = sorted((place, column) for _n, column, _type, _null, _def, place in columns if place)
    key = tuple(column for _place, column in keys)
    types = {column: kind.upper() for _n, column, kind, *_rest in columns}
    is_alias = len(key) == 1 and types[key[0]] == "INTEGER"
    return _Table(
        name=name,
        columns=tuple(row[1] for row in columns),
        key=key,
        has_hidden_rowid=not without_rowid and not is_alias,
        is_shadow=is_shadow,
    )


def _copy(db: sqlite3.Connection, table: _Table, has_before: bool) -> _Copied:
    """Fill one table; a savepoint keeps one that does not fit from spoiling the others."""
    newer = {one.name: one for one in _tables(db, "newer")}.get(table.name)
    db.execute("SAVEPOINT one")
    try:
        db.execute(f"DELETE FROM main.{_quoted(table.name)}")  # rows that the steps put in
        if newer is not None and _fits(db, table, newer):
            done: _Copied | None = _copy_rows(db, table, newer, has_before)
        else:
            done = None
    except sqlite3.DatabaseError:  # a value of a type that our column does not take
        db.execute("ROLLBACK TO one")
        done = None
    if done is None:
        done = _Copied(table=table, copied=_as_before(db, table, has_before), is_old=True)
    db.execute("RELEASE one")
    return done


def _fits(db: sqlite3.Connection, table: _Table, newer: _Table) -> bool:
    """Rows under a full-text index mean something only under the same index."""
    if not table.is_shadow:
        return True
    return newer.is_shadow and _index_over(db, "main", table) == _index_over(db, "newer", table)


def _index_over(db: sqlite3.Connection, schema: str, table: _Table) -> str:
    rows = db.execute(
        f"SELECT name, sql FROM {schema}.sqlite_schema WHERE type = 'table' "
        "AND sql LIKE 'CREATE VIRTUAL TABLE%'"
    )
    over = {name: sql for name, sql in rows if table.name.startswith(f"{name}_")}
    return str(over[max(over, key=len)]) if over else ""


def _copy_rows(db: sqlite3.Connection, table: _Table, newer: _Table, has_before: bool) -> _Copied:
    columns = [name for name in table.columns if name in newer.columns]
    wanted = [f"n.{_quoted(name)}" for name in columns]
    lost = [name for name in table.columns if name not in newer.columns]
    if lost and has_before and table.key and set(table.key) <= set(newer.columns):
        columns += lost
        wanted += [_from_before(table, name) for name in lost]
    if table.has_hidden_rowid:
        columns, wanted = ["rowid", *columns], ["n.rowid", *wanted]
    into = ", ".join(map(_quoted, columns))
    done = db.execute(
        f"INSERT OR IGNORE INTO main.{_quoted(table.name)} ({into}) "
        f"SELECT {', '.join(wanted)} FROM newer.{_quoted(table.name)} AS n"
    )
    [[whole]] = db.execute(f"SELECT count(*) FROM newer.{_quoted(table.name)}").fetchall()
    return _Copied(table=table, copied=done.rowcount, left=whole - done.rowcount)


def _from_before(table: _Table, column: str) -> str:
    """A column that the newer release has taken away, as the row had it before."""
    same = " AND ".join(f"b.{_quoted(name)} IS n.{_quoted(name)}" for name in table.key)
    return f"(SELECT b.{_quoted(column)} FROM before.{_quoted(table.name)} AS b WHERE {same})"


def _as_before(db: sqlite3.Connection, table: _Table, has_before: bool) -> int:
    """The table as it was before the newer release first started; as a new box has it when
    nobody knows."""
    if not has_before:
        return 0
    columns = ["rowid", *table.columns] if table.has_hidden_rowid else [*table.columns]
    names = ", ".join(map(_quoted, columns))
    db.execute(f"DELETE FROM main.{_quoted(table.name)}")
    done = db.execute(
        f"INSERT INTO main.{_quoted(table.name)} ({names}) "
        f"SELECT {names} FROM before.{_quoted(table.name)}"
    )
    return done.rowcount


def _take_triggers(db: sqlite3.Connection) -> list[str]:
    """Take the triggers out while rows come in whose consequences come in as well."""
    rows = db.execute("SELECT name, sql FROM main.sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _sql in rows:
        db.execute(f"DROP TRIGGER main.{_quoted(name)}")
    return [sql for _name, sql in rows]


def _drop_orphans(db: sqlite3.Connection) -> int:
    """Take out rows whose parent was not taken; how many."""
    dropped = 0
    while orphans := list(_orphans(db)):
        for name, rowid in orphans:
            db.execute(f"DELETE FROM main.{_quoted(name)} WHERE rowid = ?", [rowid])
        dropped += len(orphans)
    return dropped


def _orphans(db: sqlite3.Connection) -> Iterator[tuple[str, int]]:
    """Without those of tables that have no rowid: SQLite does not say which rows they are."""
    rows = db.execute("PRAGMA main.foreign_key_check").fetchall()
    yield from {(name, rowid) for name, rowid, *_rest in rows if rowid is not None}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _uri_path(path: Path) -> str:
    return str(path.absolute())
