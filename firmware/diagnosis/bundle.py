"""The support bundle: what somebody far away needs to see, and no secret, message or voice.

A tar with text files only: the configuration with its secrets masked, the logs, what the doctor
found, what the daemons say, counts of the store. Everything goes through one redactor.
"""

from __future__ import annotations

import io
import json
import platform
import re
import sqlite3
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from firmware.config import document, history
from firmware.config.home import Home
from firmware.config.problem import ConfigRejected
from firmware.diagnosis.checks import as_row, diagnose
from firmware.diagnosis.gather import gather
from firmware.diagnosis.redact import Redactor, named_secrets, secrets_of
from firmware.store.db import open_store
from firmware.version import VERSION

LONGEST_LOG_BYTES = 2_000_000
"""Of each log, its end."""

_SECRET_COLUMN = re.compile(
    r"password|secret|token|hash|factor|cookie|(^|_)ha1b?$|(^|_)pin$|(private|api)_key",
    re.IGNORECASE,
)
_KEY_FILES = ("config/*.key", "store/*.key", "store/*secret*", "provision/**/*.key", "edge/*.key")


def write(home: Home, target: Path) -> list[str]:
    """Write the bundle; the names of what is in it.

    Raises:
        NoConfiguration: there is no box here.
        OSError: it cannot be written.
    """
    redact = Redactor(secrets(home))
    written = []
    with tarfile.open(target, "w:gz") as tar:
        for name, text in _parts(home):
            content = redact(text).encode("utf-8", "replace")
            entry = tarfile.TarInfo(f"markaz-support/{name}")
            entry.size, entry.mtime, entry.mode = len(content), int(time.time()), 0o600
            tar.addfile(entry, io.BytesIO(content))
            written.append(name)
    target.chmod(0o600)
    return written


def secrets(home: Home) -> set[str]:
    """Every secret that the box knows: of every version of its configuration, of the store and
    of the telephones' register, and its key files."""
    found: set[str] = set()
    for version in history.versions(home):
        text = history.text_of(home, version.number)
        try:
            found.update(secrets_of(document.parse(text)))
        except ConfigRejected:  # another release's: what is named like a secret is one
            found.update(named_secrets(text))
    databases = (home.store_db, home.store_db.parent / "console.sqlite")
    for path in (*databases, *home.provision.rglob("*.sqlite"), *home.ram_edge.glob("*.sqlite")):
        found.update(_of_database(path))
    for pattern in _KEY_FILES:
        for path in home.root.glob(pattern):
            content = path.read_bytes()
            found |= {content.decode("utf-8", "replace").strip(), content.hex()}
    return found


def _of_database(path: Path) -> Iterator[str]:
    """What is in columns that are named like secrets."""
    if not path.is_file():
        return
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        for table in tables:
            for _number, column, *_ in db.execute(f'PRAGMA table_info("{table}")').fetchall():
                if not _SECRET_COLUMN.search(column):
                    continue
                for (value,) in db.execute(f'SELECT "{column}" FROM "{table}"'):  # noqa: S608
                    if isinstance(value, bytes):
                        yield from (value.decode("utf-8", "replace"), value.hex())
                    elif isinstance(value, str):
                        yield value


def _parts(home: Home) -> Iterator[tuple[str, str]]:
    """Names and texts. A part that cannot be had says why, and the rest is there."""
    facts = gather(home)
    machine = {
        "version": VERSION,
        "machine": platform.platform(),
        "python": platform.python_version(),
    }
    yield "box.json", json.dumps({**machine, "at": facts.at, "disk_free": facts.disk_free_share})
    yield "findings.json", json.dumps([as_row(one) for one in diagnose(facts)], indent=1)
    daemons = {name: asdict(one) if one else None for name, one in facts.daemons.items()}
    yield "daemons.json", json.dumps(daemons, indent=1)
    shown = ("line", "trunk", "internet", "extension", "alarm")
    rows = {kind: [asdict(row) for row in facts.rows.get(kind, ())] for kind in shown}
    yield "rows.json", json.dumps(rows, indent=1, default=str)
    yield "configuration.yaml", history.current_text(home)[1]
    yield "store.json", _counts(home)
    for path in sorted(home.log.glob("*.log*")):
        yield f"log/{path.name}", _end_of(path)


def _counts(home: Home) -> str:
    """How many rows each table has: no name, number or time of anybody."""
    try:
        with closing(open_store(home)) as db:
            return json.dumps({table.name: table.count for table in db.tables}, indent=1)
    except (sqlite3.Error, OSError) as error:
        return f"the store does not answer: {error}"


def _end_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LONGEST_LOG_BYTES))
            content = file.read()
    except OSError as error:
        return f"cannot be read: {error}"
    # From the first whole line: half of a secret would not be known again.
    whole = content if len(content) < LONGEST_LOG_BYTES else content.partition(b"\n")[2]
    return whole.decode("utf-8", "replace")
