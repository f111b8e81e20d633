"""What the command line prints: tables for people, JSON for programs.

Names come from strangers' caller ID. They are shown as plain text, with control characters
replaced, so that a caller cannot write escape sequences to the technician's terminal.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

import click
import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

_JOINERS = "\u200c\u200d"
"""Zero-width, and part of how Persian words are written."""

_WIDE_COLUMNS = 4096


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under a heading, aligned by how wide the characters are on a terminal. Into a
    pipe, no line is broken."""
    shown = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for title in head:
        shown.add_column(Text(title), overflow="fold")
    for row in rows:
        shown.add_row(*(Text(plain(cell)) for cell in row))
    width = None if sys.stdout.isatty() else _WIDE_COLUMNS
    Console(width=width, highlight=False, soft_wrap=width is not None).print(shown)


def as_json(value: Any) -> None:
    """Print rows or records as JSON."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2)
    click.echo(text.decode())


def plain(value: object) -> str:
    """A cell's text: "-" for nothing, control and direction characters replaced."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "".join(c if c.isprintable() or c in _JOINERS else "\ufffd" for c in str(value))


def moment(at: float | None) -> str:
    """Unix seconds as local date and time."""
    return "" if at is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


def length(seconds: float | None) -> str:
    """A length of time: "42 s", "3:07 min", "5:00:12 h"."""
    if seconds is None:
        return ""
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return f"{hours}:{minutes:02d}:{rest:02d} h"
    return f"{minutes}:{rest:02d} min" if minutes else f"{rest} s"
