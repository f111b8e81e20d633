"""The states of the box's power, as a table, and what each lets the box do.

``finalising`` can still be taken back: everything is being written to the disk, nothing is
stopped for good. ``halted`` cannot: the order to halt is out. Whoever halts has made sure before
that the box comes back by itself (``firmware.model.power.ending``).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from firmware.model.table import Table


class PowerState(StrEnum):
    MAINS = "mains"
    ON_BATTERY = "on_battery"
    LOW = "low"
    CRITICAL = "critical"  # calls drain
    FINALISING = "finalising"  # calls are over, or had their time: all is written down
    HALTED = "halted"  # no way back but through a start
    RESTORED = "restored"  # mains are back and not trusted yet


class PowerEvent(StrEnum):
    LOST = "lost"
    BACK = "back"
    SETTLED = "settled"  # mains have stayed
    LOW = "low"
    CRITICAL = "critical"
    DRAINED = "drained"
    FINALISED = "finalised"
    RESTARTED = "restarted"  # halted, with mains, and the box was told to start anew


_S, _E = PowerState, PowerEvent

POWER_TABLE: Table[PowerState, PowerEvent] = Table(
    noun="power",
    initial=_S.MAINS,
    final=frozenset(),
    rules={
        (_S.MAINS, _E.LOST): _S.ON_BATTERY,
        (_S.ON_BATTERY, _E.BACK): _S.RESTORED,
        (_S.ON_BATTERY, _E.LOW): _S.LOW,
        (_S.ON_BATTERY, _E.CRITICAL): _S.CRITICAL,
        (_S.LOW, _E.BACK): _S.RESTORED,
        (_S.LOW, _E.CRITICAL): _S.CRITICAL,
        (_S.CRITICAL, _E.BACK): _S.RESTORED,
        (_S.CRITICAL, _E.DRAINED): _S.FINALISING,
        (_S.FINALISING, _E.BACK): _S.RESTORED,
        (_S.FINALISING, _E.FINALISED): _S.HALTED,
        (_S.HALTED, _E.RESTARTED): _S.RESTORED,
        (_S.RESTORED, _E.SETTLED): _S.MAINS,
        (_S.RESTORED, _E.LOST): _S.ON_BATTERY,
    },
    late={
        # Reports that a later state has overtaken. A battery does not get better while it is
        # drawn from, so a lesser level is never a way back.
        *((state, _E.LOST) for state in _S if state not in {_S.MAINS, _S.RESTORED}),
        *((state, _E.BACK) for state in (_S.MAINS, _S.RESTORED, _S.HALTED)),
        *((state, _E.LOW) for state in _S if state is not _S.ON_BATTERY),
        *((state, _E.CRITICAL) for state in _S if state not in {_S.ON_BATTERY, _S.LOW}),
        *((state, _E.SETTLED) for state in _S if state is not _S.RESTORED),
        *((state, _E.DRAINED) for state in _S if state is not _S.CRITICAL),
        *((state, _E.FINALISED) for state in _S if state is not _S.FINALISING),
        *((state, _E.RESTARTED) for state in _S if state is not _S.HALTED),
    },
)


class Measure(StrEnum):
    """One thing that is done, or left undone, while power is short."""

    STOP_BACKGROUND = "stop_background"  # conversion, sweeping, backups wait
    LOWER_MEDIA = "lower_media"  # what new calls need of the processor is kept small
    NO_RECORDING = "no_recording"  # no new recording begins
    WARN_AGENTS = "warn_agents"
    WARN_CALLERS = "warn_callers"
    TELL_OWNER = "tell_owner"  # by a short message
    LIFELINE = "lifeline"  # the relay gives the telephone socket to the exchange line
    DRAIN = "drain"  # no new call but one for help


Policies = Mapping[PowerState, frozenset[Measure]]
"""The measures a site wants in ``on_battery``, ``low`` and ``critical``."""

_WORSE_TO_COME = (PowerState.ON_BATTERY, PowerState.LOW, PowerState.CRITICAL)
_AT_THE_END = frozenset({PowerState.FINALISING, PowerState.HALTED})


def measures_in(state: PowerState, policies: Policies) -> frozenset[Measure]:
    """What holds in ``state``: its own measures and those of every lesser one, so that a worse
    state never takes one back. Calls drain at the end whatever the site says."""
    if state is PowerState.MAINS:
        return frozenset()
    if state is PowerState.RESTORED:  # the next outage may come at once: what only costs waits
        return _wanted(PowerState.ON_BATTERY, policies) & {Measure.STOP_BACKGROUND}
    reached = PowerState.CRITICAL if state in _AT_THE_END else state
    own = frozenset[Measure]()
    for lesser in _WORSE_TO_COME[: _WORSE_TO_COME.index(reached) + 1]:
        own |= _wanted(lesser, policies)
    if state in _AT_THE_END:
        own |= {Measure.DRAIN, Measure.NO_RECORDING, Measure.STOP_BACKGROUND, Measure.LIFELINE}
    return own


def _wanted(state: PowerState, policies: Policies) -> frozenset[Measure]:
    return policies.get(state, frozenset())
