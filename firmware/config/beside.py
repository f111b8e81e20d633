"""What a site configuration needs that lies beside it: the office's recordings, files of tables."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from firmware.config.flows import flow_of
from firmware.config.home import Home
from firmware.config.problem import Problem
from firmware.config.rules.parts import near
from firmware.config.scalar import shown
from firmware.config.schema import Site
from firmware.config.sections.flows import Table
from firmware.prompts import catalogue


def check(site: Site, home: Home) -> Iterator[Problem]:
    """Every problem with what lies beside it."""
    for index in range(len(site.flow)):
        yield from _prompts(index, site, home)
    for index, table in enumerate(site.table):
        if table.file is not None and (fault := _fault_of(home.tables / table.file, table)):
            yield Problem(
                path=f"table[{index}].file",
                value=shown(table.file),
                reason=fault,
                suggestion=f"the file belongs into {home.tables}",
            )
    for index, service in enumerate(site.service):
        if service.ca and not Path(service.ca).is_file():
            yield Problem(
                path=f"service[{index}].ca", value=shown(service.ca), reason="there is no such file"
            )


def _prompts(index: int, site: Site, home: Home) -> Iterator[Problem]:
    flow = flow_of(site.flow[index])
    numbers = {node.name: number for number, node in enumerate(site.flow[index].node)}
    for name, node in flow.nodes.items():
        for key, saying in node.sayings():
            for language in flow.languages if saying.prompt else ():
                if fault := _missing(saying.prompt, language, home):
                    yield Problem(
                        path=f"flow[{index}].node[{numbers[name]}].{key}.prompt",
                        value=shown(saying.prompt),
                        reason=fault,
                        suggestion=near(saying.prompt, catalogue.of(language).whole)
                        or f"record it: markaz prompts record {language} {saying.prompt} FILE",
                    )


def _missing(prompt: str, language: str, home: Home) -> str:
    words = catalogue.of(language)
    if prompt in words.phrases:
        return "has gaps, which a flow cannot fill; write the text itself"
    if prompt in words.texts or (home.prompts / language / f"{prompt}.wav").exists():
        return ""
    return f"nobody has spoken this prompt in {language}"


def _fault_of(path: Path, table: Table) -> str:
    if not path.is_file():
        return "there is no such file"
    try:
        columns = _columns(path, table.name)
    except (OSError, sqlite3.Error, csv.Error, UnicodeDecodeError) as error:
        return f"cannot be read: {error}"
    if not columns:
        return f"has no table {table.name}" if path.suffix == ".sqlite" else "is empty"
    return "" if table.key in columns else f"has no column {table.key}"


def _columns(path: Path, name: str) -> tuple[str, ...]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return tuple(next(csv.reader(file), ()))
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        rows = db.execute("SELECT name FROM pragma_table_info(?)", [name]).fetchall()
    return tuple(str(row[0]) for row in rows)
