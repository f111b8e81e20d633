"""Accepting what was learned of a line: a new version of the site configuration, validated as any.

Each accepted setting is kept in the line's ``learned`` with its source, date and confidence;
those that the line acts upon are written to its ``signals`` as well. The rest of the site's text
stays as it was written, comments too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from firmware.config import document, history
from firmware.config.difference import applied, changes
from firmware.config.home import Home
from firmware.config.reading import read
from firmware.config.schema import Line, LineKind, Site
from firmware.config.sections.learned import Learned, LearnedFrom
from firmware.config.sections.lines import (
    AnswerSign,
    CallerIdSent,
    HangUpSign,
    TrunkSignals,
)
from firmware.config.yamltext import rewritten
from firmware.model.learning import IdKind, Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One proposal that a person accepts. ``source`` is "learned" or "calls"."""

    setting: str
    value: str
    source: str
    confidence: float


def accept(home: Home, line: str, accepted: Sequence[Accepted], *, author: str, date: str) -> int:
    """Write ``accepted`` into the configuration of ``line``; the number of the new version.

    ``date`` is that of today, "2026-11-22".

    Raises:
        KeyError: no such trunk line.
        ValueError: nothing is to be accepted, or a setting nobody knows.
        ConfigRejected: with every problem of the outcome.
        NothingToDo: all of it is in the configuration already.
        MovedOn: another version was accepted at the same moment.
    """
    if not accepted:
        raise ValueError(f"nothing to accept for line {line}")
    version, text = history.current_text(home)
    site = document.parse(text)
    learned = changes(_content(site), _content(with_learned(site, line, accepted, date=date)))
    text = rewritten(text, applied(read(text).document, learned))
    what = ", ".join(one.setting for one in accepted)
    return history.apply(home, text, author, f"learned of line {line}: {what}", based_on=version)


def _content(site: Site) -> Mapping[str, Any]:
    return read(document.dump(site, secrets=True)).document


def with_learned(site: Site, name: str, accepted: Sequence[Accepted], *, date: str) -> Site:
    """``site`` with that in it."""
    if not any(one.name == name and one.kind is LineKind.TRUNK for one in site.line):
        known = ", ".join(one.name for one in site.line if one.kind is LineKind.TRUNK) or "none"
        raise KeyError(f"no trunk line is called {name!r}; there are {known}")
    entries = {one.setting: one for one in _entries(accepted, date)}
    lines = [_learned(one, entries) if one.name == name else one for one in site.line]
    return site.model_copy(update={"line": tuple(lines)})


def _entries(accepted: Sequence[Accepted], date: str) -> Sequence[Learned]:
    return [
        Learned(
            setting=Setting(one.setting),
            value=one.value,
            source=LearnedFrom(one.source),
            date=date,
            confidence=one.confidence,
        )
        for one in accepted
    ]


def _learned(line: Line, entries: Mapping[Setting, Learned]) -> Line:
    kept = {**{one.setting: one for one in line.learned or ()}, **entries}
    signals = line.signals or TrunkSignals()
    changes: dict[str, Any] = {}
    for setting, write in _SIGNALS.items():
        if setting in entries:
            changes |= write(entries[setting].value)
    order = list(Setting)
    return line.model_copy(
        update={
            "learned": tuple(sorted(kept.values(), key=lambda one: order.index(one.setting))),
            "signals": signals.model_copy(update=changes) if changes else line.signals,
        }
    )


def _hang_up(value: str) -> dict[str, Any]:
    """Tones are listened for wherever they were not heard, too: nothing else is taken for them."""
    signs = [HangUpSign(one) for one in value.split("+") if one != "none"]
    if HangUpSign.TONES not in signs:
        signs.append(HangUpSign.TONES)
    return {"hang_up": tuple(signs)}


_CALLER_ID = {
    IdKind.BELL: CallerIdSent.FSK,
    IdKind.V23: CallerIdSent.FSK,
    IdKind.DTMF: CallerIdSent.DTMF,
    IdKind.DTMF_BARE: CallerIdSent.DTMF_BARE,
    IdKind.NONE: CallerIdSent.NONE,
}

_SIGNALS: Mapping[Setting, Callable[[str], dict[str, Any]]] = {
    Setting.HANG_UP: _hang_up,
    Setting.ANSWER: lambda value: {"answer": AnswerSign(value)},
    Setting.CALLER_ID: lambda value: {"caller_id": _CALLER_ID[IdKind(value)]},
    Setting.RECEIVE_GAIN: lambda value: {"receive_gain_db": float(value)},
}
"""What of a line's ``signals`` a setting changes."""
