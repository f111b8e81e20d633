"""Rules of what was learned of a line: each setting once, with a value it can have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from firmware.config.problem import Problem
from firmware.config.rules.parts import Item
from firmware.config.scalar import shown
from firmware.model.learning import IdKind, IdMoment, Setting
from firmware.model.tones import PATTERN

_NUMBER = r"^-?\d{1,4}(\.\d+)?$"
_CADENCE = r"^\d{2,5}(/\d{2,5}){1,9}$"

_VALUES: Mapping[str, tuple[str, str]] = {
    Setting.DIAL: (PATTERN, "a tone, as in 350+440 or 425@500/500"),
    Setting.BUSY: (PATTERN, "a tone, as in 425@500/500"),
    Setting.CONGESTION: (PATTERN, "a tone, as in 425@250/250"),
    Setting.RINGBACK: (PATTERN, "a tone, as in 425@1000/4000"),
    Setting.HANG_UP: (
        r"^(none|(battery|polarity|tones|dial_tone)(\+(battery|polarity|tones|dial_tone)){0,3})$",
        "battery, polarity, tones, dial_tone, joined by +, or none",
    ),
    Setting.SILENCE_S: (r"^[1-9]\d{0,3}$", "whole seconds"),
    Setting.ANSWER: (r"^(polarity|speech|delay)$", "polarity, speech or delay"),
    Setting.CALLER_ID: (f"^({'|'.join(IdKind)})$", " or ".join(IdKind)),
    Setting.CALLER_ID_MOMENT: (f"^({'|'.join(IdMoment)})$", " or ".join(IdMoment)),
    Setting.RING: (_CADENCE, "milliseconds on and off, as in 1000/4000"),
    Setting.RECEIVE_LEVEL: (_NUMBER, "a number of dBm0"),
    Setting.RECEIVE_GAIN: (_NUMBER, "a number of dB"),
    Setting.ECHO: (_NUMBER, "a number of dB"),
    Setting.ROUND_TRIP: (_NUMBER, "a number of dB"),
}


def check(path: str, line: Item) -> Iterator[Problem]:
    """Every problem of one line's ``learned``."""
    entries = line.get("learned")
    seen: set[str] = set()
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        if not isinstance(entry, dict):
            continue
        setting, value = entry.get("setting"), entry.get("value")
        place = f"{path}.learned[{number}]"
        if setting in seen:
            yield Problem(
                path=f"{place}.setting",
                value=shown(setting),
                reason="is there already",
                suggestion="keep the newer of both",
            )
        if not isinstance(setting, str) or setting not in _VALUES:
            continue
        seen.add(setting)
        pattern, words = _VALUES[setting]
        if isinstance(value, str) and not re.match(pattern, value):
            yield Problem(
                path=f"{place}.value", value=shown(value), reason=f"must be {words} for {setting}"
            )
