"""The ways out as they stand: lines, SIMs, groups of them and SIP trunks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from firmware.config.schema import Site
from firmware.link.client import Event, Snapshot
from firmware.link.rows import LineRow
from firmware.model.line import LineState
from firmware.model.routing import GroupOrder, Standing, in_turn
from firmware.sip.message import Invitation
from firmware.switchd.target import Target

_DOWN = frozenset({LineState.FAULT, LineState.CUT})


@dataclass(frozen=True, slots=True, kw_only=True)
class LineGroup:
    """Lines that are as good as one another."""

    lines: tuple[str, ...]
    order: GroupOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class WayPlan:
    """What ways there are. ``lines`` are the trunk lines and SIMs, ``trunks`` the SIP trunks with
    how many calls each takes."""

    lines: tuple[str, ...]
    groups: Mapping[str, LineGroup]
    trunks: Mapping[str, int]


class SipTrunks(Protocol):
    """What ways need of the SIP trunks (``firmware.switchd.trunks.Trunks``)."""

    def retune(self, site: Site) -> None: ...
    def did(self, invite: Invitation) -> str: ...
    def is_up(self, name: str) -> bool: ...
    def why_not(self, name: str) -> str: ...
    def target(self, name: str, number: str, caller_id: str | None) -> Target: ...
    def left_unanswered(self, name: str) -> None: ...


@dataclass(slots=True)
class Ways:
    """``line_target`` says how a number is called by a line, showing a caller ID (None: the
    caller's own), ``calls_on`` how many calls a way carries. Without ``trunks`` no SIP trunk is
    up."""

    plan: WayPlan
    line_target: Callable[[str, str, str | None], Target]
    calls_on: Callable[[str], int] = lambda _way: 0
    trunks: SipTrunks | None = None
    reserved: set[str] = field(default_factory=set)
    """Cleared for an emergency call: nobody else may take them."""
    _lines: dict[str, LineRow] = field(default_factory=dict)
    _last: dict[str, str] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    # -- what others report ---------------------------------------------------------------

    def told(self, change: Snapshot | Event) -> None:
        """lined has told of lines (``firmware.link.mirror``)."""
        if isinstance(change, Snapshot):
            rows = change.rows.get("line", ())
            self._lines = {row.id: row for row in rows if isinstance(row, LineRow)}
        elif isinstance(change.row, LineRow):
            self._lines[change.row.id] = change.row
            if change.name == "line.removed":
                del self._lines[change.row.id]
        self.changed()

    def lines_lost(self) -> None:
        """lined is gone."""
        self._lines.clear()
        self.changed()

    def changed(self, _name: str = "") -> None:
        """Something about a way has changed."""
        self._changed.set()

    # -- what calls need ------------------------------------------------------------------

    def single(self, names: Iterable[str]) -> tuple[str, ...]:
        """The single lines and trunks that ``names`` stand for, in the order to try them."""
        found: dict[str, None] = {}
        for name in names:
            group = self.plan.groups.get(name)
            if group is None:
                found[name] = None
            else:
                turn = in_turn(group.lines, group.order, self._last.get(name, ""))
                found |= dict.fromkeys(turn)
        return tuple(found)

    def taken(self, way: str) -> None:
        """A call goes out by ``way``: the groups it is in go on after it."""
        for name, group in self.plan.groups.items():
            if way in group.lines:
                self._last[name] = way

    def standing(self, way: str) -> Standing:
        """How a line or trunk stands now."""
        if way in self.plan.trunks:
            if self.trunks is None or not self.trunks.is_up(way):
                return Standing.DOWN
            full = self.calls_on(way) >= self.plan.trunks[way]
            return Standing.BUSY if full else Standing.READY
        row = self._lines.get(way)
        if row is None or row.state in _DOWN:
            return Standing.DOWN
        return Standing.READY if row.state == LineState.IDLE else Standing.BUSY

    def is_learned(self, way: str) -> bool:
        """Whether the wizard has a line, who gives it up for a call for help."""
        row = self._lines.get(way)
        return row is not None and row.state == LineState.LEARNING

    def why_not(self, way: str) -> str:
        """Why a way is down, in the words of whoever looks after it."""
        if way in self.plan.trunks:
            return self.trunks.why_not(way) if self.trunks is not None else "no trunks run"
        row = self._lines.get(way)
        return row.fault if row is not None else "nobody reports on it"

    def target(self, way: str, number: str, caller_id: str | None) -> Target:
        """How ``number`` is called by ``way``.

        Raises:
            KeyError: no such trunk.
        """
        if way in self.plan.trunks and self.trunks is not None:
            return self.trunks.target(way, number, caller_id)
        return self.line_target(way, number, caller_id)

    def left_unanswered(self, way: str) -> None:
        """A way said nothing at all to a call."""
        if way in self.plan.trunks and self.trunks is not None:
            self.trunks.left_unanswered(way)

    async def until_ready(self, way: str, timeout_s: float) -> bool:
        """Wait until ``way`` can be used; whether it can."""
        try:
            async with asyncio.timeout(timeout_s):
                while self.standing(way) is not Standing.READY:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True
