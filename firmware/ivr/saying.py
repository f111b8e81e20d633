"""From what a flow says to what is heard: prompts, spoken words, numbers in a language's grammar.

Words that the catalogue has not are a prompt, too: ``text/<mark>``, spoken by the box's own voice
before they are heard first (``firmware.prompts.speaker``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from persiantools.jdatetime import JalaliDate

from firmware.ivr.expression import LARGEST, CannotCompute, Value, number_of, text_of
from firmware.model.flow.node import Saying
from firmware.model.flow.text import BadText, Form, Gap, pieces, spoken_name
from firmware.model.speech.parts import (
    Cardinal,
    Count,
    Currency,
    Date,
    Digits,
    Duration,
    Money,
    Noun,
    Ordinal,
    Part,
    Phrase,
    Sentence,
    TimeOfDay,
)

_LONGEST_SPOKEN = 200


class Unsayable(ValueError):
    """A value cannot be said as the text asks for; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """What is said once. ``words`` has the words of its prompts that the catalogue has not."""

    parts: Sentence
    language: str
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def said(self) -> str | Part | Sentence:
        """As the studio takes it: one prompt alone, or a sentence."""
        return self.parts[0] if len(self.parts) == 1 else self.parts


def built_in(name: str, language: str, **slots: Part) -> Utterance:
    """One of the catalogue's prompts or phrases."""
    part: Part = Phrase(name, slots) if slots else name
    return Utterance(parts=(part,), language=language)


def utter(saying: Saying, values: Mapping[str, Value], language: str) -> Utterance:
    """What a flow says, with the values of now.

    Raises:
        Unsayable: a value is not what its gap asks for, or there is no text in this language.
    """
    if saying.prompt:
        return Utterance(parts=(saying.prompt,), language=language)
    try:
        found = pieces(saying.texts[language])
    except (KeyError, BadText) as error:
        raise Unsayable(f"nothing to say in {language}: {error}") from None
    parts: list[Part] = []
    words: dict[str, str] = {}
    for piece in found:
        if isinstance(piece, Gap) and piece.form is not Form.TEXT:
            parts.append(part_of(piece, values, language))
            continue
        spoken = _plain(piece, values) if isinstance(piece, Gap) else piece.strip()
        if any(character.isalnum() for character in spoken):
            name = spoken_name(spoken, whole=len(found) == 1)
            words[name] = spoken
            parts.append(name)
    if not parts:
        raise Unsayable("there is nothing to say")
    return Utterance(parts=tuple(parts), language=language, words=words)


def words_of(saying: Saying, language: str) -> Mapping[str, str]:
    """The words of a saying that are known before anybody calls, by their prompts' names."""
    if saying.prompt or language not in saying.texts:
        return {}
    found = pieces(saying.texts[language])
    texts = [piece.strip() for piece in found if isinstance(piece, str)]
    return {
        spoken_name(text, whole=len(found) == 1): text
        for text in texts
        if any(character.isalnum() for character in text)
    }


def part_of(gap: Gap, values: Mapping[str, Value], language: str) -> Part:
    """How a value is said.

    Raises:
        Unsayable: it is no such value.
    """
    value = values.get(gap.variable)
    if value is None:
        raise Unsayable(f"{gap.variable} has no value")
    try:
        return _part(gap, value, language)
    except (ValueError, ArithmeticError) as error:
        raise Unsayable(f"{gap.variable} is not said as {gap.form}: {error}") from None


def _part(gap: Gap, value: Value, language: str) -> Part:
    match gap.form:
        case Form.COUNT:
            return Count(_whole(value), Noun(gap.argument))
        case Form.MONEY:
            return _money(value, Currency(gap.argument))
        case Form.DATE:
            return _date(dt.date.fromisoformat(text_of(value)[:10]), language)
        case _:
            return _SIMPLE[gap.form](value)


def _digits(text: str) -> Digits:
    if not any(character in "0123456789*#+" for character in text):
        raise Unsayable("there are no digits in it")
    return Digits(text[:64])


def _whole(value: Value) -> int:
    try:
        number = number_of(value)
    except CannotCompute as error:
        raise Unsayable(str(error)) from None
    if number != int(number):
        raise Unsayable(f"{number} is no whole number")
    return int(number)


def _time(value: Value) -> TimeOfDay:
    time = dt.time.fromisoformat(text_of(value)[-5:])
    return TimeOfDay(time.hour, time.minute)


_SIMPLE: Mapping[Form, Callable[[Value], Part]] = {
    Form.DIGITS: lambda value: _digits(text_of(value)),
    Form.NUMBER: lambda value: Cardinal(_whole(value)),
    Form.ORDINAL: lambda value: Ordinal(_whole(value)),
    Form.TIME: _time,
    Form.DURATION: lambda value: Duration(_whole(value)),
}


def _money(value: Value, currency: Currency) -> Money:
    try:
        amount = Decimal(text_of(value))
    except InvalidOperation:
        raise Unsayable("it is no amount") from None
    if not amount.is_finite() or abs(amount) > LARGEST:  # int() of 1E999999999 takes minutes
        raise Unsayable("it is no amount")
    whole = int(amount)
    return Money(whole, currency, int((amount - whole) * 100))


def _date(day: dt.date, language: str) -> Date:
    if language == "fa":
        jalali = JalaliDate.to_jalali(day.year, day.month, day.day)  # type: ignore[no-untyped-call]
        return Date(month=jalali.month, day=jalali.day, weekday=day.weekday())
    return Date(month=day.month, day=day.day, weekday=day.weekday())


def _plain(gap: Gap, values: Mapping[str, Value]) -> str:
    """A value as the voice speaks it: one line, no longer than anybody listens to."""
    value = values.get(gap.variable)
    if value is None:
        raise Unsayable(f"{gap.variable} has no value")
    return " ".join(text_of(value).split())[:_LONGEST_SPOKEN]


def filled(template: str, values: Mapping[str, Value]) -> str:
    """A text that is not said, its gaps filled with the values as they are.

    Raises:
        Unsayable: a variable has no value, or the text is broken.
    """
    try:
        found = pieces(template)
    except BadText as error:
        raise Unsayable(str(error)) from None
    made = ""
    for piece in found:
        if isinstance(piece, Gap):
            if piece.variable not in values:
                raise Unsayable(f"{piece.variable} has no value")
            made += text_of(values[piece.variable])
        else:
            made += piece
    return made
