"""Patterns of dialled numbers: what a route takes.

A pattern is digits and letters: X is any digit, Z is 1-9, N is 2-9, ``[1-4,7]`` is one of those,
``.`` at the end is one digit or more, ``!`` at the end is any number of them, none too;
``8000-8099`` is a range of numbers of one length. ``+``, ``*`` and ``#`` stand for themselves.
"""

from __future__ import annotations

import re

_CLASSES = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]"}
_TAILS = {".": "[0-9*#]+", "!": "[0-9*#]*"}
_RANGE = re.compile(r"([0-9]{1,15})-([0-9]{1,15})")
_SET = re.compile(r"\[((?:[0-9]-[0-9]|[0-9])(?:,?(?:[0-9]-[0-9]|[0-9]))*)\]")
_LONGEST = 64


class BadPattern(ValueError):
    """A pattern that means nothing; the text says which part."""


class Pattern:
    """A pattern, ready to match.

    Raises:
        BadPattern: ``text`` is no pattern.
    """

    __slots__ = ("_expression", "_range", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._range: tuple[int, int, int] | None = None
        self._expression: re.Pattern[str] | None = None
        if not text or len(text) > _LONGEST:
            raise BadPattern(f"must have 1 to {_LONGEST} characters")
        span = _RANGE.fullmatch(text)
        if span is None:
            self._expression = re.compile(_expression(text))
        else:
            self._range = _numbers(*span.groups())

    def matches(self, number: str) -> bool:
        """Whether it takes the whole of ``number``."""
        if self._expression is not None:
            return self._expression.fullmatch(number) is not None
        assert self._range is not None
        first, last, length = self._range
        whole = number.isascii() and number.isdigit() and len(number) == length
        return whole and first <= int(number) <= last

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"


def _numbers(first: str, last: str) -> tuple[int, int, int]:
    if len(first) != len(last):
        raise BadPattern(f"{first} and {last} are not of one length")
    if int(first) > int(last):
        raise BadPattern(f"{first} is above {last}")
    return int(first), int(last), len(first)


def _expression(text: str) -> str:
    made, at = "", 0
    while at < len(text):
        letter = text[at]
        if letter == "[":
            found = _SET.match(text, at)
            if found is None:
                raise BadPattern(f'"{text[at:]}" begins no set like [1-4,7]')
            made += f"[{_members(found.group(1))}]"
            at = found.end()
            continue
        made += _letter(text, at)
        at += 1
    return made


def _letter(text: str, at: int) -> str:
    letter = text[at]
    if letter in _TAILS:
        if at != len(text) - 1:
            raise BadPattern(f'"{letter}" may stand at the end only')
        return _TAILS[letter]
    if letter in _CLASSES:
        return _CLASSES[letter]
    if letter in "0123456789*#+":
        return re.escape(letter)
    raise BadPattern(f'"{letter}" means nothing in a pattern')


def _members(text: str) -> str:
    for pair in re.findall(r"([0-9])-([0-9])", text):
        if pair[0] > pair[1]:
            raise BadPattern(f"{pair[0]}-{pair[1]} is empty")
    return text.replace(",", "")
