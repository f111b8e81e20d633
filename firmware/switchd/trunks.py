"""The SIP trunks: registers them, knows whether each can be used, shows it.

Registering again after a failure waits longer each time, and long after a refusal; a trunk whose
address has changed or answers again registers at once. Nothing here is on a call's path.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from firmware.config.schema import Site
from firmware.config.sections.trunks import Trunk
from firmware.link.client import Event, Snapshot
from firmware.link.rows import TrunkRow, WayRow
from firmware.link.server import Board
from firmware.model.trunk import (
    REFUSALS,
    USABLE,
    Attempt,
    Registration,
    TrunkState,
    Way,
    retry_after_s,
    standing,
)
from firmware.sip.message import Invitation
from firmware.sip.stack import TRUNK, AccountPlan
from firmware.switchd import trunk_plans
from firmware.switchd.target import Target

log = logging.getLogger(__name__)

DOUBT_S = 20.0
"""For how long a trunk that left an INVITE without any answer is not tried again, unless the edge
reports something new: its OPTIONS will tell by then."""


class Accounts(Protocol):
    """What trunks need of the SIP stack (``firmware.sip.stack.Stack``)."""

    def set_account(self, plan: AccountPlan) -> None: ...
    def add_codecs(self, priorities: Mapping[str, int]) -> None: ...
    def register(self, account: str, *, there: bool = True) -> bool: ...


@dataclass(slots=True)
class _State:
    """What is known of one trunk."""

    trunk: Trunk
    contact: str
    attempt: Attempt
    way: Way | None = None
    failures: int = 0
    doubted: bool = False
    retry: asyncio.TimerHandle | None = None
    doubt: asyncio.TimerHandle | None = None
    row: TrunkRow | None = field(default=None)


class Trunks:
    """All SIP trunks. ``accounts`` is given by ``open`` once the stack runs; ``contact_of`` says by
    which user part a provider knows us, by the trunk's name; ``changed`` is told the name of every
    trunk whose state has changed."""

    def __init__(
        self, *, contact_of: Callable[[str], str], board: Board, clock: Callable[[], float]
    ) -> None:
        self._contact_of = contact_of
        self._board = board
        self._clock = clock
        self._site = Site()
        self._states: dict[str, _State] = {}
        self._ways: dict[str, Way] = {}
        self.changed: Callable[[str], None] = lambda name: None

    def open(self, accounts: Accounts, site: Site) -> None:
        """Start work."""
        self._accounts = accounts
        self.retune(site)

    def retune(self, site: Site) -> None:
        """Take up a site configuration; calls that run go on."""
        self._site = site
        self._accounts.add_codecs(trunk_plans.rare_codecs(site.trunk))
        before, self._states = self._states, {}
        for trunk in site.trunk:
            state = before.pop(trunk.name, None)
            if state is None or state.trunk != trunk:
                self._stop(state)
                kind = Registration.TRYING if trunk.registers else Registration.NONE
                state = _State(
                    trunk=trunk,
                    contact=self._contact_of(trunk.name),
                    attempt=Attempt(state=kind),
                    row=state.row if state is not None else None,
                )
            self._states[trunk.name] = state
            state.way = self._ways.get(trunk.name)
            self._set_account(state)
            if state.attempt.state is Registration.TRYING:
                self._register(state)
            self._show(state)
        for state in before.values():
            self._remove(state)

    def close(self) -> None:
        """Stop trying."""
        for state in self._states.values():
            self._stop(state)

    # -- what calls need ----------------------------------------------------------------------

    def is_up(self, name: str) -> bool:
        """Whether a call can go out by a trunk now."""
        state = self._states.get(name)
        return state is not None and self._standing(state)[0] in USABLE

    def why_not(self, name: str) -> str:
        """Why it cannot, for people; "" when it can."""
        state = self._states.get(name)
        if state is None:
            return "there is no such trunk"
        what, reason = self._standing(state)
        return "" if what in USABLE else (reason or str(what))

    def target(
        self, name: str, number: str, caller_id: str | None, caller_name: str = ""
    ) -> Target:
        """How a number is called by a trunk.

        Raises:
            KeyError: no such trunk.
        """
        return trunk_plans.target(self._states[name].trunk, number, caller_id, caller_name)

    def did(self, invite: Invitation) -> str:
        """The number of ours that a provider's call is for."""
        state = self._states.get(invite.trunk)
        return trunk_plans.did(state.trunk, state.contact, invite) if state else invite.called

    def left_unanswered(self, name: str) -> None:
        """A trunk said nothing at all to an INVITE: the next calls had better go elsewhere."""
        state = self._states.get(name)
        if state is None or state.doubted:
            return
        state.doubted = True
        state.doubt = asyncio.get_running_loop().call_later(DOUBT_S, self._believe, state)
        self._show(state)

    # -- what others report -------------------------------------------------------------------

    def told(self, change: Snapshot | Event) -> None:
        """The edge has told of ways (``firmware.link.follow``)."""
        if isinstance(change, Snapshot):
            rows = {row.id: row for row in change.rows.get("way", ()) if isinstance(row, WayRow)}
            for name in set(self._ways) - set(rows):
                self._way(name, None)
            for row in rows.values():
                self._way(row.id, row)
        elif isinstance(change.row, WayRow):
            self._way(change.row.id, None if change.name == "way.removed" else change.row)

    def registered(self, account: str, status: int, reason: str) -> None:
        """A provider has answered REGISTER (``firmware.sip.stack.Registered``)."""
        state = self._states.get(account.removeprefix(TRUNK))
        if state is None or not state.trunk.registers:
            return
        if status // 100 == 2:
            state.failures = 0
            self._cancel_retry(state)
            state.attempt = Attempt(state=Registration.DONE)
        else:
            kind = Registration.REFUSED if status in REFUSALS else Registration.FAILED
            text = f"{status} {reason}" if status else "the registration has ended"
            state.failures += 1
            state.attempt = Attempt(state=kind, reason=text)
            self._retry_in(state, retry_after_s(kind, state.failures))
        self._show(state)

    # -- inside -------------------------------------------------------------------------------

    def _way(self, name: str, row: WayRow | None) -> None:
        before = self._ways.get(name)
        way = _way_of(row) if row is not None else None
        if way is None:
            self._ways.pop(name, None)
        else:
            self._ways[name] = way
        state = self._states.get(name)
        if state is None:
            return
        state.way = way
        moved = before is None or way is None or before.address != way.address
        was_well = before is not None and before.fault is None
        mended = way is not None and way.fault is None and (moved or not was_well)
        if mended or moved:
            self._end_doubt(state)
        if moved:
            self._set_account(state)
        if mended and state.trunk.registers and state.attempt.state is not Registration.REFUSED:
            self._register(state)
        self._show(state)

    def _set_account(self, state: _State) -> None:
        transport = state.way.address.partition(":")[0] if state.way is not None else ""
        self._accounts.set_account(
            trunk_plans.account(self._site, state.trunk, state.contact, transport)
        )

    def _register(self, state: _State) -> None:
        self._cancel_retry(state)
        if state.way is None or state.way.fault is not None:
            return  # it is tried when the way is there
        if not self._accounts.register(TRUNK + state.trunk.name):
            self._retry_in(state, retry_after_s(Registration.FAILED, 1))

    def _retry_in(self, state: _State, delay_s: float) -> None:
        self._cancel_retry(state)
        state.retry = asyncio.get_running_loop().call_later(delay_s, self._register, state)

    def _cancel_retry(self, state: _State) -> None:
        if state.retry is not None:
            state.retry.cancel()
            state.retry = None

    def _believe(self, state: _State) -> None:
        self._end_doubt(state)
        self._show(state)

    def _end_doubt(self, state: _State) -> None:
        state.doubted = False
        if state.doubt is not None:
            state.doubt.cancel()
            state.doubt = None

    def _stop(self, state: _State | None) -> None:
        if state is not None:
            self._cancel_retry(state)
            self._end_doubt(state)

    def _remove(self, state: _State) -> None:
        self._stop(state)
        if state.trunk.registers:
            self._accounts.register(TRUNK + state.trunk.name, there=False)
        if state.row is not None:
            self._board.post("trunk.removed", state.row)
        log.info("trunk %s is removed", state.trunk.name)
        self.changed(state.trunk.name)

    def _standing(self, state: _State) -> tuple[TrunkState, str]:
        what, reason = standing(state.way, state.attempt)
        if what in USABLE and state.doubted:
            return TrunkState.UNREACHABLE, "it said nothing to the last call"
        return what, reason

    def _show(self, state: _State) -> None:
        what, reason = self._standing(state)
        before = state.row
        same = before is not None and before.state == what
        row = TrunkRow(
            id=state.trunk.name,
            title=state.trunk.title or state.trunk.name,
            state=what,
            reason=reason,
            address=state.way.address if state.way is not None else "",
            rtt_ms=state.way.rtt_ms if state.way is not None else None,
            since=before.since if before is not None and same else self._clock(),
        )
        if row == before:
            return
        state.row = row
        self._board.post("trunk.changed", row)
        if not same:
            was = before.state if before is not None else "new"
            log.info("trunk %s %s -> %s %s", row.id, was, row.state, reason)
            self.changed(row.id)


def _way_of(row: WayRow) -> Way:
    return Way(
        address=row.address,
        fault=TrunkState(row.fault) if row.fault else None,
        reason=row.reason,
        rtt_ms=row.rtt_ms,
        since=row.since,
    )
