"""What somebody should do something about, computed from the board: pure.

An alarm is a kind and facts; ``web.live.advice`` has the words, the advice and the way to the
cause. The kinds are told apart here, by what the daemons show, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from firmware.link.board import HealthRow, PowerRow
from firmware.link.internet import InternetRow
from firmware.link.rows import AlarmRow, EmergencyRow, LineRow, TrunkRow
from firmware.model.internet import InternetCause, InternetState
from firmware.model.line import LineState
from firmware.model.power.state import PowerState
from firmware.model.trunk import USABLE, TrunkState
from web.live.board import Picture, rows_of

WEAK_SIGNAL_DBM = -103
"""Below this a SIM drops calls (3GPP TS 27.007 §8.5: CSQ 5)."""

DISK_LOW_SHARE, DISK_FULL_SHARE = 0.10, 0.03

_SPOKEN_BY_ROWS = frozenset({"lined", "recorder", "outbox", "update"})
"""Daemons whose warnings are shown by their rows, with more facts."""


class Severity(StrEnum):
    CRITICAL = "critical"  # somebody cannot call, or something is being lost
    WARNING = "warning"  # it still works, and will not for ever
    NOTICE = "notice"  # good to know


_ORDER = {Severity.CRITICAL: 0, Severity.WARNING: 1, Severity.NOTICE: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """``kind`` is one of ``web.live.advice.ADVICE``; ``subject`` is what it is about (a line, a
    trunk, a daemon); ``words`` are the log's; ``since`` is in Unix seconds, None: not known."""

    kind: str
    subject: str
    severity: Severity
    facts: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    since: float | None = None

    @property
    def order(self) -> str:
        """The worst first."""
        return f"{_ORDER[self.severity]} {self.kind} {self.subject}"


def alarms_of(picture: Picture) -> list[Alarm]:
    """All of them, the worst first."""
    found = [
        *_emergencies(picture),
        *_power(picture),
        *_internet(picture),
        *_health(picture),
        *_lines(picture),
        *_trunks(picture),
        *_hindrances(picture),
        *_daemons(picture),
        *_disk(picture),
        *_backups(picture),
    ]
    return sorted(found, key=lambda alarm: alarm.order)


def _emergencies(picture: Picture) -> Iterator[Alarm]:
    for row in rows_of(picture, EmergencyRow, "emergency").values():
        yield Alarm(
            kind="emergency",
            subject=row.id,
            severity=Severity.CRITICAL,
            facts={"caller": row.caller, "name": row.caller_name, "number": row.number},
            since=row.at,
        )


_POWER_KINDS = {
    PowerState.ON_BATTERY: ("power_on_battery", Severity.WARNING),
    PowerState.LOW: ("power_low", Severity.CRITICAL),
    PowerState.CRITICAL: ("power_critical", Severity.CRITICAL),
    PowerState.FINALISING: ("power_critical", Severity.CRITICAL),
    PowerState.HALTED: ("power_critical", Severity.CRITICAL),
}


def _power(picture: Picture) -> Iterator[Alarm]:
    for row in rows_of(picture, PowerRow, "power").values():
        if row.state in set(_POWER_KINDS):
            kind, severity = _POWER_KINDS[PowerState(row.state)]
            yield Alarm(kind=kind, subject=row.id, severity=severity, since=row.since)
        if row.fault:
            yield Alarm(
                kind="power_fault", subject=row.id, severity=Severity.WARNING, words=row.fault
            )


_NO_INTERNET = {InternetState.DOWN: Severity.CRITICAL, InternetState.LIMITED: Severity.WARNING}


def _internet(picture: Picture) -> Iterator[Alarm]:
    for row in rows_of(picture, InternetRow, "internet").values():
        if row.state in set(_NO_INTERNET) and row.cause in set(InternetCause):
            yield Alarm(
                kind=f"internet_{row.cause or InternetCause.BEYOND}",
                subject=row.id,
                severity=_NO_INTERNET[InternetState(row.state)],
                words=row.detail,
                since=row.since,
            )


_ILL = {"warning": Severity.WARNING, "bad": Severity.CRITICAL}


def _health(picture: Picture) -> Iterator[Alarm]:
    for row in rows_of(picture, HealthRow, "health").values():
        if row.state in _ILL:
            yield Alarm(kind="health", subject=row.id, severity=_ILL[row.state], words=row.text)


_LINE_KINDS = {
    ("trunk", LineState.CUT): ("line_cut", Severity.CRITICAL),
    ("mobile", LineState.CUT): ("sim_without_network", Severity.CRITICAL),
    ("trunk", LineState.FAULT): ("port_silent", Severity.CRITICAL),
    ("station", LineState.FAULT): ("port_silent", Severity.CRITICAL),
    ("mobile", LineState.FAULT): ("modem_gone", Severity.CRITICAL),
    ("trunk", LineState.UNHEARD): ("line_unheard", Severity.WARNING),
    ("mobile", LineState.UNHEARD): ("line_unheard", Severity.WARNING),
}


def _lines(picture: Picture) -> Iterator[Alarm]:
    for row in rows_of(picture, LineRow, "line").values():
        facts = {"line": row.id}
        known = _LINE_KINDS.get((row.kind, LineState(row.state))) if _is_state(row) else None
        if known is not None:
            kind, severity = known
            yield Alarm(kind=kind, subject=row.id, severity=severity, facts=facts, words=row.fault)
        elif row.id in picture.toneless:
            yield Alarm(
                kind="line_no_dial_tone",
                subject=row.id,
                severity=Severity.CRITICAL,
                facts=facts,
                since=picture.toneless[row.id],
            )
        elif row.signal_dbm is not None and row.signal_dbm < WEAK_SIGNAL_DBM:
            facts |= {"signal": str(row.signal_dbm)}
            yield Alarm(kind="sim_weak", subject=row.id, severity=Severity.WARNING, facts=facts)


def _is_state(row: LineRow) -> bool:
    return row.state in set(LineState)  # a newer lined may know more


_TRUNK_KINDS = {
    TrunkState.UNRESOLVED: "trunk_unresolved",
    TrunkState.UNREACHABLE: "trunk_unreachable",
    TrunkState.UNTRUSTED: "trunk_untrusted",
    TrunkState.UNREGISTERED: "trunk_unregistered",
    TrunkState.REFUSED: "trunk_refused",
}


def _trunks(picture: Picture) -> Iterator[Alarm]:
    for row in rows_of(picture, TrunkRow, "trunk").values():
        if row.state in USABLE or row.state not in set(_TRUNK_KINDS):
            continue
        yield Alarm(
            kind=_TRUNK_KINDS[TrunkState(row.state)],
            subject=row.id,
            severity=Severity.CRITICAL,
            facts={"trunk": row.title or row.id},
            words=row.reason,
            since=row.since,
        )


_HINDRANCES = {
    ("recorder", "keeping"): ("recordings_in_memory", Severity.CRITICAL),
    ("recorder", "finishing"): ("recordings_wait", Severity.WARNING),
    ("recorder", "room"): ("recordings_room", Severity.WARNING),
    ("update", "update"): ("update_failed", Severity.WARNING),
}


def _hindrances(picture: Picture) -> Iterator[Alarm]:
    """What hinders a daemon in its work."""
    for row in rows_of(picture, AlarmRow, "alarm").values():
        known = _HINDRANCES.get((row.daemon, row.id))
        kind, severity = known or ("daemon_warns", Severity.WARNING)
        yield Alarm(
            kind=kind,
            subject=row.id,
            severity=severity,
            facts={"daemon": row.daemon},
            words=row.text,
            since=row.since,
        )


def _daemons(picture: Picture) -> Iterator[Alarm]:
    """What daemons warn of in words alone."""
    for name, health in sorted(picture.box.daemons.items()):
        if name in picture.away:
            continue
        for index, text in enumerate(_unshown(name, health.warnings)):
            yield Alarm(
                kind="daemon_warns" if name != "edge" else "edge_warns",
                subject=f"{name}-{index}",
                severity=Severity.CRITICAL if name == "edge" else Severity.WARNING,
                facts={"daemon": name},
                words=text,
            )


def _unshown(name: str, warnings: Iterable[str]) -> list[str]:
    if name == "lined":  # its lines' faults are in their rows
        return [text for text in warnings if not text.startswith("line ")]
    return [] if name in _SPOKEN_BY_ROWS else list(warnings)


def _disk(picture: Picture) -> Iterator[Alarm]:
    disk = picture.box.disk
    if disk is None or disk.total_bytes <= 0:
        return
    share = disk.free_bytes / disk.total_bytes
    if share < DISK_LOW_SHARE:
        severity = Severity.CRITICAL if share < DISK_FULL_SHARE else Severity.WARNING
        facts = {"free": f"{disk.free_bytes / 1e9:.1f}"}
        yield Alarm(kind="disk_low", subject="disk", severity=severity, facts=facts)


def _backups(picture: Picture) -> Iterator[Alarm]:
    backups = picture.box.backups
    if backups is not None and backups.is_wanted and backups.made_at is None:
        yield Alarm(kind="backup_never", subject="backup", severity=Severity.NOTICE)
