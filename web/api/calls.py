"""Operations on calls: looked for, looked at, noted, begun and ended."""

from __future__ import annotations

import re
import time
from dataclasses import asdict

from flask import current_app

from firmware.config.home import Home
from firmware.link.api import SwitchApi
from firmware.link.client import Link, LinkDown, Refused
from firmware.model.record import CallRecord
from firmware.store import calls as records
from firmware.store import recordings, search
from firmware.store.search import CallText, TextKind, Wanted
from web.api import shapes
from web.api.operation import operation
from web.api.problem import Refusal
from web.calls import store
from web.calls.filters import scope
from web.system import access, trail
from web.system.permission import Permission

LINK_TIMEOUT_S = 5.0
LOOKED_AT = 20_000
"""So many calls one request looks at: then its page ends, however few it has found."""

_LOOKED_THROUGH = {"number", "queue", "agent", "line", "disposition"}
_PLACE = re.compile(r"^([0-9]{1,12}(?:\.[0-9]{1,9})?)~([ -~]{1,64})$")


def order(call: str, method: object, *values: object, **named: object) -> object:
    """Ask switchd for something.

    Raises:
        Refusal: 409 when it says no, 503 when it is not there.
    """
    home: Home = current_app.extensions["markaz-home"]
    try:
        with Link(home.link("switchd"), "api", timeout_s=LINK_TIMEOUT_S) as link:
            return link.call(method, *values, **named)  # type: ignore[arg-type]
    except Refused as error:
        raise Refusal(409, f"{call}: {error}") from error
    except LinkDown as error:
        raise Refusal(503, f"the exchange does not answer: {error}") from error


@operation(
    "GET", "/calls", needed=Permission.SEE_CALLS, answer=shapes.Calls, query=shapes.CallQuery
)
def list_calls(query: shapes.CallQuery) -> shapes.Calls:
    """Calls, newest first."""
    wanted = Wanted(
        number=query.number,
        queue=query.queue,
        agent=query.agent,
        line=query.line,
        disposition=query.disposition or "",
        since=query.since,
        until=query.until,
    )
    before, before_id = _place(query.before)
    db, floor = store.database(), None
    rows = search.few(db, wanted)
    if query.model_fields_set & _LOOKED_THROUGH and rows is None:
        floor = search.place_before(db, before, before_id, LOOKED_AT)
    found = search.through(
        db,
        wanted,
        rows,
        before,
        query.limit + 1,
        before_id=before_id,
        scope=scope(Permission.SEE_CALLS),
        down_to=floor,
    )
    shown = found[: query.limit]
    last = (shown[-1].started_at, shown[-1].id) if len(found) > query.limit else floor
    following = f"{last[0]!r}~{last[1]}" if last else ""
    return shapes.Calls(calls=[_call(call) for call in shown], next=following)


@operation("GET", "/calls/{ident}", needed=Permission.SEE_CALLS, answer=shapes.OneCall)
def show_call(ident: str) -> shapes.OneCall:
    """All that is known of a call."""
    db, call = store.database(), _found(ident, Permission.SEE_CALLS)
    return shapes.OneCall(
        call=_call(call),
        legs=[
            shapes.Leg(**{k: v for k, v in asdict(leg).items() if k != "call_id"})
            for leg in records.legs_of(db, ident)
        ],
        notes=[
            shapes.Note(by=one.by, at=one.at, text=one.text)
            for one in search.texts_of(db, ident)
            if one.kind == TextKind.NOTE
        ],
        tags=search.tags_of(db, ident),
        recordings=_recordings(call),
    )


@operation(
    "POST",
    "/calls/{ident}/notes",
    needed=Permission.NOTE_CALLS,
    body=shapes.NewNote,
    answer=shapes.Note,
    status=201,
)
def add_note(ident: str, body: shapes.NewNote) -> shapes.Note:
    """Write a note about a call."""
    call = _found(ident, Permission.NOTE_CALLS)
    note = CallText(
        call_id=call.id,
        kind=TextKind.NOTE,
        by=access.person().name,
        at=time.time(),
        text=body.text.strip(),
    )
    trail.write(trail.Change.CALL_NOTED, subject=call.id, after={"note": note.text})
    search.write_text(store.database(), note)
    return shapes.Note(by=note.by, at=note.at, text=note.text)


@operation(
    "POST",
    "/calls",
    needed=Permission.ORDER_CALLS,
    body=shapes.Dial,
    answer=shapes.Dialled,
    status=201,
)
def dial(body: shapes.Dial) -> shapes.Dialled:
    """Ring an extension, and call a number when it answers."""
    if not access.may(Permission.ORDER_CALLS, extension=body.extension):
        raise Refusal(403, f"extension {body.extension} is not the token's user's")
    call = order("dial", SwitchApi.dial, body.extension, body.number)
    return shapes.Dialled(call=str(call))


@operation("POST", "/calls/{ident}/hang-up", needed=Permission.ORDER_CALLS, status=204)
def hang_up(ident: str) -> None:
    """End a call that goes on."""
    _found(ident, Permission.ORDER_CALLS)
    order("hang up", SwitchApi.hang_up, ident)


def _found(ident: str, permission: Permission) -> CallRecord:
    call = records.find(store.database(), ident)
    if call is None:
        raise Refusal(404, "there is no such call")
    mine = {call.agent, call.caller, call.called}
    if not access.may(permission, queue=call.queue, extension=mine):
        raise Refusal(403, "the token's user does not reach this call")
    return call


def _call(call: CallRecord) -> shapes.Call:
    left_out = ("digits", "config_version")
    return shapes.Call(**{k: v for k, v in asdict(call).items() if k not in left_out})


def _recordings(call: CallRecord) -> list[shapes.Recording]:
    mine = {call.agent, call.caller, call.called}
    if not access.may(Permission.HEAR_RECORDINGS, queue=call.queue, extension=mine):
        return []
    found = recordings.of_calls(store.database(), [call.id])[call.id]
    return [shapes.Recording.model_validate(_sound(asdict(one))) for one in found]


def _sound(row: dict[str, object]) -> dict[str, object]:
    return {name: row[name] for name in shapes.Recording.model_fields}


def _place(before: str) -> tuple[float | None, str]:
    if not before:
        return None, ""
    match = _PLACE.match(before)
    if match is None:
        raise Refusal(404, "there is no such page")
    return float(match[1]), match[2]
