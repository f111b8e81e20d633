"""Whether a talk is recorded: what the site's rules say of these two parties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from firmware.model.recording import Direction, RecordingChoice, RecordingRule, Talked, choose
from firmware.switchd.call import Call
from firmware.switchd.leg import Leg


def choice_for(call: Call, other: Leg, rules: Sequence[RecordingRule]) -> RecordingChoice:
    """What is done with the talk of the call's lead and ``other``."""
    legs = (call.lead, other)
    choice = choose(
        rules,
        Talked(
            direction=_direction(call, other),
            extensions=frozenset(leg.party for leg in legs),
            lines=frozenset(leg.way for leg in legs if leg.way),
            queue=call.queue,
        ),
        call.draw,
    )
    is_for_help = call.trip is not None and call.trip.is_emergency
    return replace(choice, is_announced=choice.is_announced and not is_for_help)


def _direction(call: Call, other: Leg) -> Direction:
    if call.origin.line:
        return Direction.INBOUND
    return Direction.OUTBOUND if other.way or call.lead.way else Direction.INTERNAL
