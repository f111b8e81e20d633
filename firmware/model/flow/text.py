"""Texts with gaps: "You owe {balance|money:irr} by {due|date}."

A gap names a variable and how its value is said. In a text that is not said (the path of a
look-up) the form is left out: the value stands there as it is.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from firmware.model.speech.parts import Currency, Noun

LONGEST = 600


class Form(StrEnum):
    """How a value is said."""

    PLAIN = ""  # as it is: not said at all
    DIGITS = "digits"  # key by key
    NUMBER = "number"
    ORDINAL = "ordinal"
    COUNT = "count"  # of something: count:message
    MONEY = "money"  # of a currency: money:irr
    DATE = "date"  # "2026-11-22", said in the language's own calendar
    TIME = "time"  # "14:30"
    DURATION = "duration"  # seconds
    TEXT = "text"  # spoken by the voice as it is written: a name


_ARGUMENTS: dict[Form, tuple[str, ...]] = {
    Form.COUNT: tuple(Noun),
    Form.MONEY: tuple(Currency),
}

VARIABLE = re.compile(r"[a-z][a-z0-9_]{0,31}")


class BadText(ValueError):
    """A text whose gaps mean nothing; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Where a variable's value stands."""

    variable: str
    form: Form
    argument: str = ""


Pieces = tuple[str | Gap, ...]


def pieces(text: str) -> Pieces:
    """What a text is made of, in order; pieces of nothing are left out.

    Raises:
        BadText: a brace is not closed, or a gap names no variable or no form.
    """
    made: list[str | Gap] = []
    for index, piece in enumerate(re.split(r"{([^{}]*)}", text)):
        if index % 2:
            made.append(_gap(piece))
        elif "{" in piece or "}" in piece:
            raise BadText("has a brace that opens or closes nothing")
        elif piece:
            made.append(piece)
    return tuple(made)


def variables(text: str) -> frozenset[str]:
    """The variables a text needs; none when it is broken (which is reported elsewhere)."""
    try:
        return frozenset(piece.variable for piece in pieces(text) if isinstance(piece, Gap))
    except BadText:
        return frozenset()


def fault_of_spoken(text: str) -> str:
    """Why a text cannot be said; "" when it can."""
    try:
        found = pieces(text)
    except BadText as error:
        return str(error)
    for piece in found:
        if isinstance(piece, Gap) and piece.form is Form.PLAIN:
            forms = ", ".join(form for form in Form if form)
            name = piece.variable
            return f"does not say how {{{name}}} is said: write {{{name}|FORM}}, with {forms}"
    if not any(isinstance(piece, Gap) or any(map(str.isalnum, piece)) for piece in found):
        return "has no word that could be said"
    return ""


def spoken_name(words: str, *, whole: bool) -> str:
    """The name of the prompt that says ``words``, alone or as a part of a sentence."""
    mark = hashlib.sha256(f"{whole}\0{words}".encode()).hexdigest()[:24]
    return f"text/{mark}"


def _gap(written: str) -> Gap:
    variable, _, form_text = written.partition("|")
    word, _, argument = form_text.partition(":")
    if not VARIABLE.fullmatch(variable):
        raise BadText(f"has a gap {{{written}}} that names no variable")
    try:
        form = Form(word)
    except ValueError:
        forms = ", ".join(form for form in Form if form)
        raise BadText(f"says {{{variable}}} as '{word}', which is none of {forms}") from None
    known = _ARGUMENTS.get(form, ("",))
    if argument not in known:
        wanted = " or ".join(f"{form}:{one}" if one else str(form) for one in known)
        raise BadText(f"says {{{variable}}} as '{form_text}'; write {wanted}")
    return Gap(variable, form, argument)
