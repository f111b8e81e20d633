"""Power over time: readings and the clock go in, states and orders come out. Pure.

What it guards against:

* *Flapping mains*: both ways have to last (``lost_for_s``, ``back_for_s``) before they count.
* *A sensor that lies once*: a level has to be read for ``confirm_s`` without a break.
* *A sensor that says "mains" while the battery empties*: after ``_LIE_PERCENT`` of fall the
  battery is believed. It is believed until it rises.
* *A sensor that falls silent*: with mains nothing happens but a fault (a plug was drawn); on
  battery the minutes it had left are counted down and end as any others do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from firmware.model.power.ending import Ending, Order, last_orders
from firmware.model.power.reading import Reading, plausible
from firmware.model.power.state import (
    POWER_TABLE,
    Measure,
    Policies,
    PowerEvent,
    PowerState,
    measures_in,
)

_LIE_PERCENT = 5.0
_RISE_PERCENT = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When one state becomes the next. The lesser of percent and minutes decides."""

    lost_for_s: float = 2.0
    back_for_s: float = 15.0
    confirm_s: float = 5.0
    settle_s: float = 300.0
    silent_s: float = 10.0
    low_percent: float = 40.0
    low_minutes: float = 15.0
    critical_percent: float = 15.0
    critical_minutes: float = 5.0
    drain_s: float = 90.0  # how long calls may go on once nothing new begins
    finalise_s: float = 30.0  # how long writing everything down may take


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What became of one look: ``orders`` in the order they are to be done."""

    before: PowerState
    after: PowerState
    orders: tuple[Order, ...] = ()


@dataclass(slots=True)
class _Lasting:
    """Since when a condition holds without a break."""

    since: float | None = None

    def for_s(self, holds: bool | None, now: float) -> float:
        """How long it has held, -1 when it does not; None: nothing new is known."""
        if holds is False:
            self.since = None
        elif holds and self.since is None:
            self.since = now
        return -1.0 if self.since is None else now - self.since


@dataclass(slots=True, kw_only=True)
class PowerKeeper:
    """One supply. ``now`` is any steady clock in seconds; ``live_calls`` counts what drains."""

    limits: Limits
    policies: Policies
    ending: Ending
    state: PowerState = PowerState.MAINS
    since: float = 0.0
    minutes_left: float | None = None
    fault: str = ""
    reading: Reading = field(default_factory=Reading)
    _heard_at: float | None = None
    _minutes_at: float = 0.0
    _best_percent: float | None = None
    _is_doubted: bool = False
    _least_percent: float = 100.0
    _lost: _Lasting = field(default_factory=_Lasting)
    _back: _Lasting = field(default_factory=_Lasting)
    _low: _Lasting = field(default_factory=_Lasting)
    _critical: _Lasting = field(default_factory=_Lasting)

    @property
    def measures(self) -> frozenset[Measure]:
        """What holds now."""
        return measures_in(self.state, self.policies)

    @property
    def mains(self) -> bool | None:
        """Whether power comes from outside, as far as it is believed. None: nobody knows."""
        if self.reading.mains and self._is_doubted:
            return False
        return self.reading.mains

    def hear(self, reading: Reading, minutes_left: float | None, now: float) -> None:
        """The supply was read. ``minutes_left`` is what the battery's history says of it."""
        self.reading = plausible(reading)
        self.fault = self.reading.fault
        self._heard_at, self._minutes_at = now, now
        self.minutes_left = minutes_left
        self._doubt()

    def silent(self, why: str, now: float) -> None:
        """The supply was asked and did not answer."""
        if self._heard_at is None:
            self._heard_at = now
        if now - self._heard_at >= self.limits.silent_s:
            self.fault = why

    def cannot_cut(self) -> None:
        """The supply did not take the order to cut: nothing must be halted, the box rests."""
        self.ending = Ending.REST

    def look(self, now: float, *, live_calls: int = 0, is_finalised: bool = False) -> Step:
        """What follows from all that is known at ``now``. To be called every second or so."""
        before, orders = self.state, list[Order]()
        for event in self._events(now, live_calls, is_finalised):
            orders += self._take(event, now)
        if self.state is PowerState.HALTED and self.ending is Ending.REST and self.mains:
            self._go(POWER_TABLE.step(self.state, PowerEvent.RESTARTED), now)
            orders.append(Order.RESTART)
        return Step(before=before, after=self.state, orders=tuple(orders))

    # -- what happened --------------------------------------------------------------------

    def _events(self, now: float, live_calls: int, is_finalised: bool) -> list[PowerEvent]:
        """In the order of their weight: mains that are back stop a halt that is due too."""
        limits, events, is_silent = self.limits, list[PowerEvent](), self._is_silent(now)
        is_back = self.mains is True and not is_silent  # what was said before is no longer true
        if self._back.for_s(is_back, now) >= limits.back_for_s:
            events.append(PowerEvent.BACK)
        is_lost = None if is_silent else self.mains is False  # but this may well be
        if self._lost.for_s(is_lost, now) >= limits.lost_for_s:
            events.append(PowerEvent.LOST)
        if self.state is PowerState.RESTORED and now - self.since >= limits.settle_s:
            events.append(PowerEvent.SETTLED)
        is_low, is_critical = self._levels(now)
        if self._low.for_s(is_low, now) >= limits.confirm_s:
            events.append(PowerEvent.LOW)
        if self._critical.for_s(is_critical, now) >= limits.confirm_s:
            events.append(PowerEvent.CRITICAL)
        if self.state is PowerState.CRITICAL and (
            live_calls == 0 or now - self.since >= limits.drain_s
        ):
            events.append(PowerEvent.DRAINED)
        if self.state is PowerState.FINALISING and (
            is_finalised or now - self.since >= limits.finalise_s
        ):
            events.append(PowerEvent.FINALISED)
        return events

    def _is_silent(self, now: float) -> bool:
        return self._heard_at is None or now - self._heard_at >= self.limits.silent_s

    def _levels(self, now: float) -> tuple[bool | None, bool | None]:
        """Whether the battery is low, and critical: from percent, minutes, and its own word."""
        if self.mains is not False:
            return False, False
        minutes, percent = self._minutes(now), self.reading.charge_percent
        if self._is_silent(now):  # nothing is known any more but the time
            if minutes is None:
                return True, None
            return minutes <= self.limits.low_minutes, minutes <= self.limits.critical_minutes
        is_said = self.reading.is_low
        return (
            is_said or _under(percent, self.limits.low_percent, minutes, self.limits.low_minutes),
            is_said
            or _under(percent, self.limits.critical_percent, minutes, self.limits.critical_minutes),
        )

    def _minutes(self, now: float) -> float | None:
        """The minutes left, counted down since they were last told."""
        if self.minutes_left is None:
            return None
        return max(0.0, self.minutes_left - (now - self._minutes_at) / 60.0)

    def _doubt(self) -> None:
        """Mains that let the battery empty are none."""
        percent = self.reading.charge_percent
        if self.reading.mains is not True or percent is None:
            self._best_percent, self._is_doubted = None, False
            return
        best = self._best_percent if self._best_percent is not None else percent
        if self._is_doubted:
            self._least_percent = min(self._least_percent, percent)
            if percent >= self._least_percent + _RISE_PERCENT:
                best, self._is_doubted = percent, False
        elif percent <= best - _LIE_PERCENT:
            self._is_doubted, self._least_percent = True, percent
        self._best_percent = max(best, percent)
        if self._is_doubted:
            self.fault = "the supply reports mains, and its battery empties"

    # -- what is done ---------------------------------------------------------------------

    def _take(self, event: PowerEvent, now: float) -> list[Order]:
        if event is PowerEvent.FINALISED:
            return self._end(now)
        before = self.state
        self._go(POWER_TABLE.step(before, event), now)
        return [*_ON_ENTRY.get((before, self.state), ())]

    def _end(self, now: float) -> list[Order]:
        """The last moment at which mains can still change anything: not a second of hysteresis
        is asked for here, because a halt with mains on is worse than another outage."""
        if self.state is not PowerState.FINALISING:
            return []
        orders = [*last_orders(self.ending, mains=self.mains is True)]
        event = PowerEvent.BACK if Order.RESUME in orders else PowerEvent.FINALISED
        self._go(POWER_TABLE.step(self.state, event), now)
        return orders

    def _go(self, state: PowerState, now: float) -> None:
        if state is self.state:
            return
        self.state, self.since = state, now
        if state in {PowerState.RESTORED, PowerState.ON_BATTERY}:
            self._low.since = self._critical.since = None


_ON_ENTRY: Mapping[tuple[PowerState, PowerState], tuple[Order, ...]] = {
    (PowerState.CRITICAL, PowerState.FINALISING): (Order.FINALISE,),
    (PowerState.FINALISING, PowerState.RESTORED): (Order.RESUME,),
}


def _under(
    percent: float | None, least_percent: float, minutes: float | None, least_minutes: float
) -> bool:
    return (percent is not None and percent <= least_percent) or (
        minutes is not None and minutes <= least_minutes
    )
