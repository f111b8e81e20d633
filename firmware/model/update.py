"""An update of the box, as a table: from the bundle that was found to the release that has proved
itself, or was taken back.

The box has two slots, each with one whole release. A *bundle* is written into the slot that does
not run; the *switch* is a restart into it; the *trial* is the time in which it must make a call.
What is decided here needs no disk, no clock and no network: ``firmware.update`` has those.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from firmware.model.table import Table


class UpdateState(StrEnum):
    NONE = "none"  # nothing is known that is newer
    OFFERED = "offered"  # a bundle is at the address, or on a stick
    FETCHING = "fetching"
    READY = "ready"  # the bundle is on the disk, whole, and its signature is right
    INSTALLING = "installing"  # it is being written into the other slot
    INSTALLED = "installed"  # it is there: a quiet moment is waited for
    SWITCHING = "switching"  # the restart is ordered
    TRYING = "trying"  # the new release runs and has not proved itself
    FAILING = "failing"  # it did not make its call in time: the restart back is ordered
    DONE = "done"  # it has proved itself
    ROLLED_BACK = "rolled_back"  # the release before runs again
    RETURNING = "returning"  # somebody ordered the release before: the restart is ordered
    FAILED = "failed"  # the bundle could not be installed


class UpdateEvent(StrEnum):
    OFFERED = "offered"
    FETCH_BEGAN = "fetch_began"
    FETCH_FAILED = "fetch_failed"
    BROUGHT = "brought"  # a bundle is on the disk and its signature is right
    INSTALL_BEGAN = "install_began"
    INSTALLED = "installed"
    INSTALL_FAILED = "install_failed"
    SWITCHED = "switched"  # the restart into the other slot is ordered
    RETURNED = "returned"  # the restart into the release before is ordered
    STARTED_NEW = "started_new"  # the slot that was meant started
    STARTED_OLD = "started_old"  # the other one did
    PROVED = "proved"  # a call was made
    NOT_PROVED = "not_proved"  # none was made in time
    WITHDRAWN = "withdrawn"  # what was offered is not there any more, or not wanted


_S, _E = UpdateState, UpdateEvent

AT_REST = frozenset({_S.NONE, _S.DONE, _S.ROLLED_BACK, _S.FAILED})
"""States in which nothing is under way: whatever comes next begins anew."""

_TO_TRY = frozenset({_S.SWITCHING, _S.INSTALLED, _S.TRYING, _S.FAILING})

UPDATE_TABLE: Table[UpdateState, UpdateEvent] = Table(
    noun="update",
    initial=_S.NONE,
    final=frozenset(),
    rules={
        **{(state, _E.OFFERED): _S.OFFERED for state in AT_REST},
        **{(state, _E.BROUGHT): _S.READY for state in AT_REST},
        (_S.OFFERED, _E.FETCH_BEGAN): _S.FETCHING,
        (_S.OFFERED, _E.BROUGHT): _S.READY,
        (_S.OFFERED, _E.WITHDRAWN): _S.NONE,
        (_S.FETCHING, _E.FETCH_FAILED): _S.OFFERED,
        (_S.FETCHING, _E.BROUGHT): _S.READY,
        (_S.READY, _E.INSTALL_BEGAN): _S.INSTALLING,
        (_S.READY, _E.BROUGHT): _S.READY,
        (_S.READY, _E.WITHDRAWN): _S.NONE,
        (_S.INSTALLING, _E.INSTALLED): _S.INSTALLED,
        (_S.INSTALLING, _E.INSTALL_FAILED): _S.FAILED,
        (_S.INSTALLED, _E.BROUGHT): _S.READY,  # a newer one still: the slot is written again
        **{(state, _E.WITHDRAWN): _S.NONE for state in (_S.INSTALLED, _S.ROLLED_BACK, _S.FAILED)},
        (_S.INSTALLED, _E.SWITCHED): _S.SWITCHING,
        **{(state, _E.STARTED_NEW): _S.TRYING for state in _TO_TRY},
        (_S.TRYING, _E.PROVED): _S.DONE,
        (_S.TRYING, _E.NOT_PROVED): _S.FAILING,
        **{(state, _E.RETURNED): _S.RETURNING for state in (_S.NONE, _S.DONE)},
        (_S.RETURNING, _E.STARTED_NEW): _S.ROLLED_BACK,
        (_S.ROLLED_BACK, _E.NOT_PROVED): _S.FAILING,
        # A power cut, or a slot that does not start.
        (_S.FETCHING, _E.STARTED_OLD): _S.OFFERED,
        (_S.INSTALLING, _E.STARTED_OLD): _S.READY,
        (_S.SWITCHING, _E.STARTED_OLD): _S.ROLLED_BACK,
        (_S.TRYING, _E.STARTED_OLD): _S.ROLLED_BACK,
        (_S.FAILING, _E.STARTED_OLD): _S.ROLLED_BACK,
        (_S.DONE, _E.STARTED_OLD): _S.ROLLED_BACK,  # its slot went bad later
        (_S.RETURNING, _E.STARTED_OLD): _S.DONE,  # the release before does not start
    },
    late={
        *((state, _E.STARTED_NEW) for state in (_S.DONE, _S.ROLLED_BACK)),
        *(
            (state, _E.STARTED_OLD)
            for state in (_S.NONE, _S.OFFERED, _S.READY, _S.INSTALLED, _S.ROLLED_BACK, _S.FAILED)
        ),
        # The address is asked, and sticks are plugged in, whatever goes on.
        *((state, _E.OFFERED) for state in _S if state not in AT_REST),
        *((state, _E.WITHDRAWN) for state in (_S.NONE, _S.DONE)),
        *((state, _E.PROVED) for state in _S if state is not _S.TRYING),
    },
)

LOOK = {
    _S.FETCHING: "installing",
    _S.INSTALLING: "installing",
    _S.OFFERED: "ready",
    _S.READY: "ready",
    _S.INSTALLED: "ready",
    _S.FAILED: "failed",
    _S.ROLLED_BACK: "failed",
}
"""What the LED "update" shows; in all others "none"."""

_NUMBERS = re.compile(r"[0-9]+")


def is_newer(version: str, than: str) -> bool:
    """Whether a release comes after another, by the numbers in its name: "1.10.0" after "1.9.2".
    Of equal ones neither does."""
    return _key(version) > _key(than)


def _key(version: str) -> list[int]:
    numbers = [int(number) for number in _NUMBERS.findall(version.partition("+")[0])]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return numbers


class SwitchWhen(StrEnum):
    QUIET = "quiet"  # as soon as nobody has called for a while, or at the hour
    HOUR = "hour"  # at the hour only
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchPlan:
    """When a site lets its box restart. ``hour`` is in minutes since midnight, and lasts
    ``WINDOW_MIN``; ``cut_calls``: at its end calls are ended that are none for help."""

    when: SwitchWhen
    quiet_min: int
    hour_min: int
    cut_calls: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What goes on at the box. Times in seconds; ``quiet_s`` is how long no call was there (0 while
    one is), None when nobody knows; ``minute`` is the office's minutes since midnight."""

    live_calls: int | None
    quiet_s: float
    emergency_s: float | None  # since the last call for help was there; 0: now; None: never
    minute: int
    on_battery: bool = False


WINDOW_MIN = 60
AFTER_EMERGENCY_S = 1800.0
"""Whoever called for help is called back."""

_LAST_MIN = 10
_DAY_MIN = 1440


def hindrance(plan: SwitchPlan, around: Around) -> str:
    """Why the box must not restart into the new release now, as a word; "" when it may."""
    if why := _forbidden(around):
        return why
    if plan.when is SwitchWhen.BY_HAND:
        return "by_hand"
    into_hour = (around.minute - plan.hour_min) % _DAY_MIN
    if into_hour < WINDOW_MIN:
        may_cut = plan.cut_calls and into_hour >= WINDOW_MIN - _LAST_MIN
        return "calls" if around.live_calls and not may_cut else ""
    if plan.when is SwitchWhen.HOUR:
        return "not_the_hour"
    return _unquiet(plan, around)


def hindrance_by_hand(around: Around, *, cut_calls: bool) -> str:
    """The same when a person orders it now: other calls than those for help may be cut, once the
    person says so, and an office on battery may wait for nothing."""
    why = _forbidden(around)
    if why == "emergency" or (why == "calls_unknown" and not cut_calls):
        return why
    return "calls" if around.live_calls and not cut_calls else ""


def _forbidden(around: Around) -> str:
    if around.emergency_s is not None and around.emergency_s < AFTER_EMERGENCY_S:
        return "emergency"
    if around.live_calls is None:
        return "calls_unknown"
    return "on_battery" if around.on_battery else ""


def _unquiet(plan: SwitchPlan, around: Around) -> str:
    if around.live_calls:
        return "calls"
    return "" if around.quiet_s >= 60.0 * plan.quiet_min else "not_quiet"
