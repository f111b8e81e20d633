"""Tables for look-ups: those in the configuration in memory, files read in a thread.

A CSV file is read once until it changes; of an SQLite file, which is opened for reading only, one
row is asked for at a time, in the table that has the configured table's name.
"""

from __future__ import annotations

import asyncio
import csv
import functools
import io
import sqlite3
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from firmware.config.sections.flows import Table
from firmware.ivr.ports import NoAnswer, NotThere

LARGEST_FILE = 32 * 1024 * 1024
_TIMEOUT_S = 2.0
_INSTRUCTIONS = 10_000  # of SQLite, between two looks at the clock

Rows = Mapping[str, Mapping[str, str]]


class Tables:
    """All tables of the site; ``folder`` is where their files lie."""

    def __init__(self, tables: Iterable[Table], folder: Path) -> None:
        self._folder = folder
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="tables")
        self.retune(tables)

    def retune(self, tables: Iterable[Table]) -> None:
        """Take up a new configuration."""
        self._tables = {table.name: table for table in tables}
        self._written = {
            name: rows_of(io.StringIO(table.csv), table.key)
            for name, table in self._tables.items()
            if table.csv is not None
        }

    async def row(self, name: str, key: str) -> Mapping[str, str]:
        """A row by its key.

        Raises:
            NotThere: no row has it.
            NoAnswer: the table cannot be read.
        """
        if name in self._written:
            return _found(self._written[name], name, key)
        table = self._tables.get(name)
        if table is None or table.file is None:
            raise NoAnswer(f"there is no table {name} any more")
        loop = asyncio.get_running_loop()
        reading = loop.run_in_executor(
            self._pool, row_of_file, self._folder / table.file, table.name, table.key, key
        )
        try:
            async with asyncio.timeout(_TIMEOUT_S + 0.5):
                return await reading
        except TimeoutError:
            raise NoAnswer(f"table {name} was not read within {_TIMEOUT_S:g} s") from None

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def row_of_file(path: Path, name: str, column: str, key: str) -> Mapping[str, str]:
    """A row of a file.

    Raises:
        NotThere: no row has the key.
        NoAnswer: the file cannot be read.
    """
    try:
        state = path.stat()
        if path.suffix == ".sqlite":
            return _asked(path, name, column, key)
        if state.st_size > LARGEST_FILE:
            raise NoAnswer(f"{path.name} is larger than {LARGEST_FILE} bytes: make it .sqlite")
        return _found(_read(path, column, state.st_mtime_ns), name, key)
    except (OSError, sqlite3.Error, csv.Error, UnicodeDecodeError) as error:
        raise NoAnswer(f"table {name}: {error}") from None


def rows_of(lines: io.TextIOBase, key: str) -> Rows:
    """The rows of CSV by one column; of two with the same key the first counts."""
    rows: dict[str, Mapping[str, str]] = {}
    for row in csv.DictReader(lines):
        cells = {column: cell or "" for column, cell in row.items() if column is not None}
        rows.setdefault(cells.get(key, "").strip(), cells)
    return rows


@functools.lru_cache(maxsize=16)
def _read(path: Path, key: str, _changed_ns: int) -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return rows_of(file, key)


def _found(rows: Rows, name: str, key: str) -> Mapping[str, str]:
    if (row := rows.get(key.strip())) is None:
        raise NotThere(f"table {name} has no such row")
    return row


def _asked(path: Path, name: str, column: str, key: str) -> Mapping[str, str]:
    db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=_TIMEOUT_S)
    try:
        end = time.monotonic() + _TIMEOUT_S
        db.set_progress_handler(lambda: time.monotonic() > end, _INSTRUCTIONS)
        db.row_factory = sqlite3.Row
        # Not in double quotes: SQLite takes a column it has not for a text then.
        question = f"SELECT * FROM `{_quoted(name)}` WHERE `{_quoted(column)}` = ? LIMIT 1"  # noqa: S608
        row = db.execute(question, [key]).fetchone()
    finally:
        db.close()
    if row is None:
        raise NotThere(f"table {name} has no such row")
    return {one: "" if row[one] is None else str(row[one]) for one in row.keys()}  # noqa: SIM118


def _quoted(name: str) -> str:
    return name.replace("`", "``")
