"""The checks: each looks at the facts for one thing that goes wrong, and names it by an id.

Pure. An id stands for an advice text: English in ``firmware.cli.doctor``, in the catalogues on
the console. ``facts`` are what the text fills in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from firmware.diagnosis.facts import Facts
from firmware.model.internet import InternetState
from firmware.model.line import LineState
from firmware.model.power.state import PowerState
from firmware.model.trunk import USABLE, TrunkState

WEAK_SIGNAL_DBM = -103
"""Below this a SIM drops calls (3GPP TS 27.007 §8.5: CSQ 5)."""

DISK_LOW_SHARE, DISK_FULL_SHARE = 0.10, 0.03
CLOCK_SLACK_S = 3600.0


class Weight(StrEnum):
    """How much it matters; the worst first."""

    CRITICAL = "critical"  # somebody cannot call, or something is being lost
    WARNING = "warning"  # it still works, and will not for ever
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong. ``subject`` is what it is about: a line, a trunk, a daemon."""

    id: str
    subject: str
    weight: Weight
    facts: Mapping[str, str] = field(default_factory=dict)


Check = Callable[[Facts], Iterator[Finding]]


def diagnose(facts: Facts) -> list[Finding]:
    """Everything that is wrong, the worst first."""
    found = [finding for check in CHECKS for finding in check(facts)]
    order = list(Weight)
    return sorted(found, key=lambda one: (order.index(one.weight), one.id, one.subject))


def _daemons(facts: Facts) -> Iterator[Finding]:
    for name, status in facts.daemons.items():
        if status is None:
            weight = Weight.CRITICAL if name in _VITAL else Weight.WARNING
            yield Finding(id="daemon_down", subject=name, weight=weight)
            continue
        if status.config_version not in (0, facts.config_version):
            told = {"runs": str(status.config_version), "current": str(facts.config_version)}
            yield Finding(id="config_not_taken_up", subject=name, weight=Weight.WARNING, facts=told)
        for warning in set(status.warnings) - _told_by_rows(facts):
            yield Finding(
                id="daemon_warns", subject=name, weight=Weight.WARNING, facts={"words": warning}
            )


_VITAL = frozenset({"edge", "switchd", "lined"})


def _told_by_rows(facts: Facts) -> set[str]:
    """What daemons warn of, and their rows tell in more detail."""
    alarms = {row.text for row in facts.rows.get("alarm", ()) if row.daemon in _ALARMS}
    ill = {f"{row.id}: {row.text}" for row in facts.rows.get("health", ())}
    return alarms | ill | {f"supply: {row.fault}" for row in facts.rows.get("power", ())}


_FAULTS = {"no dial tone": "line_no_dial_tone"}
"""A line's note, to the finding it is."""


def _lines(facts: Facts) -> Iterator[Finding]:
    for row in facts.rows.get("line", ()):
        told = {"fault": row.fault or row.note}
        is_mobile = row.kind == "mobile"
        if row.state == LineState.FAULT:
            ident = "modem_gone" if is_mobile else "port_silent"
            yield Finding(id=ident, subject=row.id, weight=Weight.CRITICAL, facts=told)
        elif row.state == LineState.CUT:
            ident = "sim_without_network" if is_mobile else "line_cut"
            yield Finding(id=ident, subject=row.id, weight=Weight.CRITICAL, facts=told)
        elif row.note in _FAULTS:
            yield Finding(id=_FAULTS[row.note], subject=row.id, weight=Weight.WARNING, facts=told)
        elif is_mobile and row.signal_dbm is not None and row.signal_dbm < WEAK_SIGNAL_DBM:
            told = {"signal": str(row.signal_dbm)}
            yield Finding(id="sim_weak", subject=row.id, weight=Weight.WARNING, facts=told)


def _trunks(facts: Facts) -> Iterator[Finding]:
    """While there is no internet that is the one thing to say."""
    is_down = any(row.state == InternetState.DOWN for row in facts.rows.get("internet", ()))
    for row in facts.rows.get("trunk", ()):
        quiet = USABLE | {TrunkState.STARTING} | ({TrunkState.UNREACHABLE} if is_down else set())
        if row.state in quiet:
            continue
        told = {"reason": row.reason}
        ident = f"trunk_{row.state}"
        yield Finding(id=ident, subject=row.id, weight=Weight.CRITICAL, facts=told)


def _internet(facts: Facts) -> Iterator[Finding]:
    for row in facts.rows.get("internet", ()):
        if row.state in (InternetState.DOWN, InternetState.LIMITED):
            weight = Weight.CRITICAL if row.state == InternetState.DOWN else Weight.WARNING
            told = {"detail": row.detail}
            yield Finding(id=f"internet_{row.cause}", subject="", weight=weight, facts=told)


def _telephones(facts: Facts) -> Iterator[Finding]:
    rows = facts.rows.get("extension", ())
    gone = [row.id for row in rows if not row.registered]
    if rows and len(gone) == len(rows):
        yield Finding(id="no_telephone_registered", subject="", weight=Weight.CRITICAL)
        return
    for number in gone:
        yield Finding(id="telephone_gone", subject=number, weight=Weight.NOTICE)


_ALARMS = {
    "recorder": ("recorder_alarm", Weight.CRITICAL),
    "update": ("update_failed", Weight.WARNING),
}
"""By daemon. What hinders another is a warning of its status as well."""


def _alarms(facts: Facts) -> Iterator[Finding]:
    for row in facts.rows.get("alarm", ()):
        if row.daemon in _ALARMS:
            ident, weight = _ALARMS[row.daemon]
            yield Finding(id=ident, subject=row.id, weight=weight, facts={"words": row.text})


def _disk(facts: Facts) -> Iterator[Finding]:
    if facts.disk_free_share < DISK_LOW_SHARE:
        is_full = facts.disk_free_share < DISK_FULL_SHARE
        told = {"free": f"{100 * facts.disk_free_share:.0f}"}
        ident, weight = ("disk_full", Weight.CRITICAL) if is_full else ("disk_low", Weight.WARNING)
        yield Finding(id=ident, subject="", weight=weight, facts=told)


_POWER: Mapping[str, tuple[str, Weight]] = {
    PowerState.ON_BATTERY: ("power_on_battery", Weight.WARNING),
    PowerState.LOW: ("power_low", Weight.CRITICAL),
    PowerState.CRITICAL: ("power_critical", Weight.CRITICAL),
    PowerState.FINALISING: ("power_critical", Weight.CRITICAL),
    PowerState.HALTED: ("power_critical", Weight.CRITICAL),
}


def _power(facts: Facts) -> Iterator[Finding]:
    for row in facts.rows.get("power", ()):
        if row.state in _POWER:
            ident, weight = _POWER[row.state]
            yield Finding(id=ident, subject="", weight=weight)
        if row.fault:
            told = {"fault": row.fault}
            yield Finding(id="power_fault", subject="", weight=Weight.WARNING, facts=told)


_MACHINE = {
    "temperature": "machine_hot",
    "throttling": "machine_throttled",
    "wear": "disk_worn",
    "disk": "disk_errors",
}
"""What is not well, by the first word of its row's id, to the finding it is."""

_ILL = {"warning": Weight.WARNING, "bad": Weight.CRITICAL}


def _machine(facts: Facts) -> Iterator[Finding]:
    for row in facts.rows.get("health", ()):
        kind, _, subject = row.id.partition(":")
        if row.state in _ILL and kind in _MACHINE:
            told = {"words": row.text}
            yield Finding(id=_MACHINE[kind], subject=subject, weight=_ILL[row.state], facts=told)


def _clock(facts: Facts) -> Iterator[Finding]:
    if facts.at < facts.last_known_time - CLOCK_SLACK_S:
        yield Finding(id="clock_behind", subject="", weight=Weight.WARNING)


CHECKS: tuple[Check, ...] = (
    _daemons,
    _lines,
    _trunks,
    _internet,
    _telephones,
    _alarms,
    _disk,
    _power,
    _machine,
    _clock,
)

IDS = frozenset(
    {
        "clock_behind",
        "config_not_taken_up",
        "daemon_down",
        "daemon_warns",
        "disk_errors",
        "disk_full",
        "disk_low",
        "disk_worn",
        "internet_beyond",
        "internet_gateway",
        "internet_names",
        "internet_no_route",
        "internet_providers",
        "line_cut",
        "line_no_dial_tone",
        "machine_hot",
        "machine_throttled",
        "modem_gone",
        "no_telephone_registered",
        "port_silent",
        "power_critical",
        "power_fault",
        "power_low",
        "power_on_battery",
        "recorder_alarm",
        "sim_weak",
        "sim_without_network",
        "telephone_gone",
        "trunk_refused",
        "trunk_unreachable",
        "trunk_unregistered",
        "trunk_unresolved",
        "trunk_untrusted",
        "update_failed",
    }
)
"""Every id there is: each has a text in every language."""


def as_row(finding: Finding) -> dict[str, Any]:
    """For JSON."""
    return {
        "id": finding.id,
        "subject": finding.subject,
        "weight": str(finding.weight),
        "facts": dict(finding.facts),
    }
