"""A shortage of power, as calls feel it: what deviced's power row says, and what follows.

A call for help is never touched. What deviced said last holds while it is away: its death must
change nothing for a call.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace

from firmware.link.board import PowerRow
from firmware.link.client import Event, Snapshot
from firmware.model.cause import Cause
from firmware.model.power.state import Measure, PowerState
from firmware.model.recording import RecordingChoice, RecordingRule
from firmware.switchd.call import Call
from firmware.switchd.leg import Leg
from firmware.switchd.recorded import choice_for
from firmware.switchd.scripts.refuse import refuse

log = logging.getLogger(__name__)


async def turn_down(call: Call) -> None:
    """Tell the caller that no new calls can be made, and why.

    Raises:
        LegGone: the caller did not wait for the end of it.
    """
    await refuse(call, Cause.SWITCH_CONGESTION, "power_no_new_calls")


class Shortage:
    """``calls`` are those that live. ``narrow`` has new calls use the codecs that cost least, or
    no more; whoever has the stack sets it."""

    def __init__(self, calls: Mapping[str, Call]) -> None:
        self._calls = calls
        self.narrow: Callable[[bool], None] = lambda _on: None
        self.measures: frozenset[Measure] = frozenset()
        self._state = PowerState.MAINS

    @property
    def drains(self) -> bool:
        """Whether no new call may begin but one for help."""
        return Measure.DRAIN in self.measures

    def told(self, change: Snapshot | Event) -> None:
        """deviced has shown something."""
        rows = change.rows.get("power", ()) if isinstance(change, Snapshot) else (change.row,)
        for row in rows:
            if isinstance(row, PowerRow):
                self._take_up(row)

    def check(self) -> None:
        """Make sure that a call may be ordered.

        Raises:
            RuntimeError: no new call may begin.
        """
        if self.drains:
            raise RuntimeError("mains power is out and the battery is nearly empty: no new calls")

    def choice(self, call: Call, other: Leg, rules: Sequence[RecordingRule]) -> RecordingChoice:
        """What is done with the talk of the call's lead and ``other``: as the rules say, but that
        no new recording begins while power is short."""
        chosen = choice_for(call, other, rules)
        if Measure.NO_RECORDING not in self.measures:
            return chosen
        return replace(chosen, is_recorded=False, is_announced=False)

    def _take_up(self, row: PowerRow) -> None:
        before, self.measures = self.measures, frozenset(map(Measure, row.measures))
        was, self._state = self._state, PowerState(row.state)
        if before != self.measures:
            log.info("power %s: %s", row.state, ", ".join(row.measures) or "no measures")
        new = self.measures - before
        if (Measure.LOWER_MEDIA in before) is not (Measure.LOWER_MEDIA in self.measures):
            self.narrow(Measure.LOWER_MEDIA in self.measures)
        self._warn(new)
        if self._state is PowerState.FINALISING and was is not PowerState.FINALISING:
            self._end_calls()

    def _warn(self, new: Set[Measure]) -> None:
        """Say to those who talk, each in their language, that time runs short."""
        for call in self._calls.values():
            if call.talking is None or _is_for_help(call):
                continue
            for leg in call.talking.parties:
                measure = Measure.WARN_CALLERS if leg.way else Measure.WARN_AGENTS
                if measure in new:
                    call.tell(leg, "power_ends_soon")

    def _end_calls(self) -> None:
        """Their time to drain is over. Calls for help go on to the last second."""
        for call in list(self._calls.values()):
            if not _is_for_help(call):
                call.note("ended_by_power")
                for leg in call.legs:
                    leg.hang_up(Cause.TEMPORARY_FAILURE)


def _is_for_help(call: Call) -> bool:
    return call.trip is not None and call.trip.is_emergency
