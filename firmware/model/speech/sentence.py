"""From a sentence to the prompts that say it, in the words and order of one language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from firmware.model.speech.arabic import Arabic
from firmware.model.speech.english import English
from firmware.model.speech.parts import (
    Cardinal,
    Count,
    Date,
    Digits,
    Duration,
    Grammar,
    Money,
    Ordinal,
    Part,
    Phrase,
    Sentence,
    TimeOfDay,
    counts_of,
    groups_of,
)
from firmware.model.speech.persian import Persian

GRAMMARS: Mapping[str, Grammar] = {"en": English(), "fa": Persian(), "ar": Arabic()}

REST = "rest"
"""A quarter of a second of silence: between groups of digits."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A gap in a phrase, named as in the catalogue."""

    name: str


Phrases = Mapping[str, Sequence[str | Slot]]
"""The phrases of one language: the prompts and gaps of each, in its order."""


def prompts_of(said: str | Part | Sentence, language: str, phrases: Phrases) -> tuple[str, ...]:
    """The names of the prompts that say it.

    Raises:
        KeyError: no such language, no such phrase, or one of its gaps was not filled.
    """
    parts = said if isinstance(said, tuple) else (said,)
    return tuple(name for part in parts for name in _prompts(part, language, phrases))


def _prompts(part: Part, language: str, phrases: Phrases) -> Sequence[str]:
    grammar = GRAMMARS[language]
    match part:
        case str():
            return [part]
        case Phrase(name, slots):
            return _filled(phrases[name], slots, language, phrases)
        case Digits():
            return _digits(part)
        case Cardinal() | Ordinal() | Count():
            return _number(grammar, part)
        case _:
            return _measure(grammar, part)


def _number(grammar: Grammar, part: Cardinal | Ordinal | Count) -> list[str]:
    match part:
        case Cardinal(value):
            return grammar.cardinal(value)
        case Ordinal(value):
            return grammar.ordinal(value)
        case Count(value, noun):
            return grammar.count(value, noun)


def _measure(grammar: Grammar, part: Money | Date | TimeOfDay | Duration) -> list[str]:
    match part:
        case Money():
            return grammar.money(part)
        case Date():
            return grammar.date(part)
        case TimeOfDay():
            return grammar.time(part)
        case Duration():
            return grammar.duration(counts_of(part))


def _digits(digits: Digits) -> list[str]:
    said: list[str] = []
    for group in groups_of(digits):
        said += [REST] if said else []
        said += [_KEY_NAMES.get(key, f"digit/{key}") for key in group]
    return said


_KEY_NAMES = {"*": "digit/star", "#": "digit/hash", "+": "digit/plus"}


def _filled(
    shape: Sequence[str | Slot], slots: Mapping[str, Part], language: str, phrases: Phrases
) -> list[str]:
    said: list[str] = []
    for piece in shape:
        said += (
            _prompts(slots[piece.name], language, phrases) if isinstance(piece, Slot) else [piece]
        )
    return said
