"""A sheet as PDF, by WeasyPrint in a program of its own: a long report takes neither the
console's memory nor its time, and cannot hold it up."""

from __future__ import annotations

import subprocess
import sys
import threading
from itertools import pairwise
from pathlib import Path

from flask import render_template
from jinja2 import FileSystemLoader

from web.reports.sheet import Sheet
from web.system import language

TIMEOUT_S = 60.0
MOST_LINES = 2000
"""More than that is a table, and no paper."""

MOST_COLUMNS = 10
"""So many figures are beside one another on A4; more stand in further tables below."""

WAIT_S = 10.0
_printer = threading.Lock()
"""One at a time: each takes a core, and more memory than a small board has for several."""

_STATIC = Path(__file__).parent.parent / "static"

LOADER = FileSystemLoader(Path(__file__).parent / "templates")
"""The templates, for who prints without the console."""


class PrintFailed(RuntimeError):
    """There is no PDF; the text says why."""


class Busy(PrintFailed):
    """Others are being printed."""


def parts(columns: int) -> list[slice]:
    """The columns of each table: as few tables as there can be, about as wide as one another."""
    tables = -(-columns // MOST_COLUMNS)
    edges = [columns * place // tables for place in range(tables + 1)]
    return [slice(begin, end) for begin, end in pairwise(edges)]


def as_pdf(sheet: Sheet, made: str) -> bytes:
    """The sheet on A4, across, in the reader's direction. ``made`` says when.

    Raises:
        Busy: others are being printed, and it did not come to this one.
        PrintFailed: it failed, or took too long.
    """
    page = render_template(
        "reports/printed.html",
        sheet=sheet,
        lines=sheet.lines[:MOST_LINES],
        parts=parts(len(sheet.columns)),
        is_cut=len(sheet.lines) > MOST_LINES,
        made=made,
        tongue=language.tongue(),
        office=language.office(),
    )
    command = [
        "nice",
        *(sys.executable, "-P", "-m", "weasyprint"),
        "-q",
        "-e",
        "utf-8",
        "-s",
        str(_STATIC / "printed.css"),
        "-",
        "-",
    ]
    if not _printer.acquire(timeout=WAIT_S):
        raise Busy("others are being printed")
    try:
        done = subprocess.run(
            command, input=page.encode(), capture_output=True, timeout=TIMEOUT_S, check=True
        )
    except subprocess.TimeoutExpired as error:
        raise PrintFailed(f"weasyprint took longer than {TIMEOUT_S:g} s") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip()[-300:]
        raise PrintFailed(f"weasyprint failed: {said}") from error
    finally:
        _printer.release()
    if not done.stdout.startswith(b"%PDF"):
        raise PrintFailed("weasyprint wrote no PDF")
    return done.stdout
