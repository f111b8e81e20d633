"""A call as it is shown on the board and kept in the store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from firmware.link.rows import CallRow, LegRow
from firmware.model.quality import LegQuality, Stream, of_leg
from firmware.model.record import CallRecord, LegRecord
from firmware.switchd.leg import Leg

if TYPE_CHECKING:
    from firmware.switchd.call import Call


def call_row(call: Call) -> CallRow:
    """The call as the board shows it."""
    return CallRow(
        id=call.id,
        started_at=call.started_at,
        answered_at=call.talked_at,
        caller=call.origin.caller,
        caller_name=call.origin.caller_name,
        called=call.origin.called,
        place=call.place,
        recording=call.is_recorded,
        disposition=call.disposition or "",
    )


def call_record(call: Call, *, ended_at: float | None, config_version: int) -> CallRecord:
    """The call as the store keeps it; ``ended_at`` is None while it lives."""
    over = ended_at is not None
    return CallRecord(
        id=call.id,
        started_at=call.started_at,
        answered_at=call.talked_at,
        ended_at=ended_at,
        caller=call.origin.caller,
        caller_name=call.origin.caller_name,
        called=call.origin.called,
        line=call.origin.line or (call.trip.way if call.trip else ""),
        place=call.place,
        queue=call.queue,
        agent=call.agent,
        digits=call.digits,
        disposition=call.disposition or "",
        cause=int(call.lead.cause) if over else 0,
        hung_up_by=_hung_up_by(call) if over else "",
        config_version=config_version,
    )


def leg_row(leg: Leg, call_id: str) -> LegRow:
    """A leg as the board shows it."""
    return LegRow(
        id=leg.id,
        call=call_id,
        state=leg.state,
        direction=leg.direction,
        party=leg.party,
        cause=int(leg.cause) if leg.is_gone else 0,
        way=leg.way or leg.line,
    )


def leg_record(leg: Leg, call_id: str, *, ended_at: float | None) -> LegRecord:
    """A leg as the store keeps it, from when its party took it to when they left it."""
    return LegRecord(
        id=leg.id,
        call_id=call_id,
        direction=leg.direction,
        party=leg.party,
        started_at=leg.started_at,
        answered_at=leg.answered_at,
        ended_at=ended_at,
        cause=int(leg.cause),
    )


def leg_quality(leg: Leg, call_id: str, streams: Iterable[Stream]) -> LegQuality | None:
    """What a leg's audio was like, filed under the line or trunk it went by, else its number;
    None when it had none."""
    peer = leg.way or leg.line or leg.party
    return of_leg(leg.id, call_id, streams, peer=peer, ended_at=leg.ended_at or 0.0)


def _hung_up_by(call: Call) -> str:
    """The party that ended it: the first leg that left of its own will, else the box."""
    leavers = [leg for leg in call.legs if leg.ended_by_them and leg.answered_at]
    leavers += [leg for leg in call.legs if leg.ended_by_them and leg is call.legs[0]]
    first = min(leavers, key=lambda leg: leg.ended_at or 0.0, default=None)
    if first is None:
        return "box"
    return "caller" if first is call.legs[0] else "callee"
