"""Wake-up calls: kept until they have come to an end, tried three times, whatever the clock does.

The wall clock may jump (a board without a clock of its own learns the time from the network
minutes after its start), so it is looked at anew every few seconds while somebody waits.

While no new call may begin nobody is called; who was due meanwhile is called afterwards, however
late: that the box had no power to spare is no fault of the sleeper's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime, tzinfo

from firmware.model.wakeup import (
    GRACE_S,
    RETRY_S,
    TRIES,
    Verdict,
    WakeUp,
    WakeUpState,
    judge,
    next_at,
)
from firmware.switchd.people import Store

log = logging.getLogger(__name__)

LOOK_S = 5.0
MOST_OF_ONE = 10

Ring = Callable[[WakeUp], Awaitable[bool]]
"""Calls a person and says whether they answered."""


class WakeUps:
    """All that wait. ``show`` is told whose have changed; ``zone`` gives the office's zone;
    ``held`` says whether no new call may begin."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Callable[[], float],
        zone: Callable[[], tzinfo],
        ring: Ring,
        show: Callable[[str], None],
        held: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store = store
        self._clock = clock
        self._zone = zone
        self._ring = ring
        self._show = show
        self._held = held
        self._held_since: float | None = None
        self._waiting: dict[str, WakeUp] = {}
        self._calling: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()

    def restore(self, waiting: Iterable[WakeUp]) -> None:
        """Begin with what the store has."""
        self._waiting = {wake_up.id: wake_up for wake_up in waiting}
        for wake_up in self._waiting.values():
            self._show(wake_up.number)
        self._changed.set()

    def now(self) -> datetime:
        """What the office's clock shows."""
        return datetime.fromtimestamp(self._clock(), self._zone())

    def of(self, number: str) -> tuple[float, ...]:
        """When a person is to be called, the next first."""
        return tuple(sorted(w.at for w in self._waiting.values() if w.number == number))

    def set(self, number: str, hours_minutes: str) -> float:
        """Call a person when the clock on the wall next shows "0630"; when that is.

        Raises:
            ValueError: it is no time of day, or ten wait already.
        """
        now = self.now()
        at = next_at(hours_minutes, now).timestamp()
        if len(self.of(number)) >= MOST_OF_ONE:
            raise ValueError(f"extension {number} has {MOST_OF_ONE} wake-up calls already")
        self._keep(WakeUp(id=f"{number}@{at:.0f}", number=number, at=at, due_at=at))
        log.info(
            "extension %s is to be woken at %s", number, datetime.fromtimestamp(at, now.tzinfo)
        )
        return at

    def cancel(self, number: str) -> int:
        """Call a person no longer; how many calls that were."""
        theirs = [w for w in self._waiting.values() if w.number == number]
        for wake_up in theirs:
            self._keep(replace(wake_up, state=WakeUpState.CANCELLED))
        return len(theirs)

    async def run(self) -> None:
        """Call whoever is due, for ever."""
        try:
            while True:
                self._changed.clear()
                self._look()
                await self._pause()
        finally:
            for task in self._calling.values():
                task.cancel()

    def _look(self) -> None:
        now = self._clock()
        if self._held():
            self._held_since = now if self._held_since is None else self._held_since
            return
        self._let_go(now)
        for wake_up in list(self._waiting.values()):
            if wake_up.id in self._calling:
                continue
            match judge(wake_up, now):
                case Verdict.CALL:
                    task = asyncio.get_running_loop().create_task(self._try(wake_up))
                    self._calling[wake_up.id] = task
                case Verdict.TOO_LATE:
                    log.warning("wake-up call %s is missed", wake_up.id)
                    self._keep(replace(wake_up, state=WakeUpState.MISSED))
                case Verdict.WAIT:
                    pass

    def _let_go(self, now: float) -> None:
        """What was held back is due now, and not too late."""
        since, self._held_since = self._held_since, None
        if since is None:
            return
        for wake_up in list(self._waiting.values()):
            if since - GRACE_S <= wake_up.due_at < now:
                log.info("wake-up call %s was held back", wake_up.id)
                self._keep(replace(wake_up, due_at=now))

    async def _pause(self) -> None:
        """Until the next is due or something changes, but look at the clock now and then."""
        due = [w.due_at for w in self._waiting.values() if w.id not in self._calling]
        timeout_s = min(LOOK_S, max(0.01, min(due) - self._clock())) if due else None
        if due and self._held():
            timeout_s = LOOK_S
        try:
            await asyncio.wait_for(self._changed.wait(), timeout_s)
        except TimeoutError:
            return

    async def _try(self, wake_up: WakeUp) -> None:
        try:
            answered = await self._ring(wake_up)
        finally:
            del self._calling[wake_up.id]
        if wake_up.id in self._waiting:  # else cancelled meanwhile
            self._keep(self._after(wake_up, answered))

    def _after(self, wake_up: WakeUp, answered: bool) -> WakeUp:
        tried = replace(wake_up, tries=wake_up.tries + 1)
        if answered:
            return replace(tried, state=WakeUpState.ANSWERED)
        if tried.tries >= TRIES:
            log.warning("wake-up call %s was not answered", wake_up.id)
            return replace(tried, state=WakeUpState.UNANSWERED)
        return replace(tried, due_at=self._clock() + RETRY_S)

    def _keep(self, wake_up: WakeUp) -> None:
        if wake_up.state is WakeUpState.WAITING:
            self._waiting[wake_up.id] = wake_up
        else:
            self._waiting.pop(wake_up.id, None)
        self._store.put(wake_up)
        self._show(wake_up.number)
        self._changed.set()
