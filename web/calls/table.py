"""Call records as a CSV table: all that are wanted, newest first, a line at a time."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import closing

from flask_babel import gettext

from firmware.config.home import Home
from firmware.model.record import CallRecord
from firmware.store import search
from firmware.store.db import open_store
from firmware.store.search import Scope, Wanted
from web import writing
from web.calls.wording import disposition_look

MOST_ROWS = 200_000
"""A table of more is no table that anybody opens."""

_PIECE = 1000
_BYTE_ORDER_MARK = "\ufeff"
"""By it spreadsheets know that the file is UTF-8."""

_NUMBER = re.compile(r"\+?[0-9]*", flags=re.ASCII)


def lines(home: Home, wanted: Wanted, scope: Scope | None) -> Iterator[str]:
    """The table's lines, its head first. On a connection of its own: the request's is closed when
    its headers are out."""
    yield _BYTE_ORDER_MARK + _line(_head())
    before, before_id, left = None, "", MOST_ROWS
    with closing(open_store(home)) as db:
        rows = search.few(db, wanted)
        while left > 0:
            piece = search.through(
                db, wanted, rows, before, min(_PIECE, left), before_id=before_id, scope=scope
            )
            yield "".join(_line(_cells(call)) for call in piece)
            if len(piece) < _PIECE:
                return
            before, before_id, left = piece[-1].started_at, piece[-1].id, left - len(piece)


def _head() -> list[str]:
    return [
        gettext("Call"),
        gettext("Start"),
        gettext("Answer"),
        gettext("End"),
        gettext("From"),
        gettext("Name"),
        gettext("To"),
        gettext("Line"),
        gettext("Last place"),
        gettext("Queue"),
        gettext("Agent"),
        gettext("Disposition"),
        gettext("Talk time in seconds"),
        gettext("Cause"),
    ]


def _cells(call: CallRecord) -> list[str]:
    talk = ""
    if call.answered_at is not None and call.ended_at is not None:
        talk = f"{call.ended_at - call.answered_at:.0f}"
    times = (call.started_at, call.answered_at, call.ended_at)
    moments = ["" if at is None else writing.local(at).isoformat(" ", "seconds") for at in times]
    return [
        call.id,
        *moments,
        call.caller,
        call.caller_name,
        call.called,
        call.line,
        call.place,
        call.queue,
        call.agent,
        str(disposition_look(call).word),
        talk,
        str(call.cause),
    ]


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([_harmless(cell) for cell in cells])
    return out.getvalue()


def _harmless(cell: str) -> str:
    """A stranger's name that begins like a formula would be reckoned by a spreadsheet (OWASP, CSV
    injection): a quote before it makes it text. A number with its plus sign is left as it is."""
    is_formula = cell[:1] in {"=", "+", "-", "@", "\t", "\r"}
    return f"'{cell}" if is_formula and not _NUMBER.fullmatch(cell) else cell
