"""Computes the expressions of flows, with simpleeval; everything it may use is named here."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from simpleeval import InvalidExpression, SimpleEval

from firmware.model.flow.expression import BadExpression, names_of
from firmware.model.pattern import BadPattern, Pattern

Value = str | int | float | bool

LONGEST_TEXT = 1000
LARGEST = 1e15


class CannotCompute(ValueError):
    """An expression has no value here; the text says why."""


_FAILURES = (
    BadExpression,
    BadPattern,
    InvalidExpression,
    ValueError,
    TypeError,
    ArithmeticError,
    LookupError,
    RecursionError,
)


def compute(expression: str, values: Mapping[str, Value]) -> Value:
    """The value of an expression.

    Raises:
        CannotCompute: it is none, a variable has no value, types do not go together, a number or
            a text becomes too large.
    """
    try:
        names_of(expression)  # nothing but what is checked is ever computed
        evaluator = SimpleEval(
            operators=_OPERATORS,
            functions=_FUNCTIONS,
            names={**values, "true": True, "false": False},
        )
        return bounded(evaluator.eval(expression.strip()))
    except CannotCompute:
        raise
    except _FAILURES as error:
        raise CannotCompute(f"{expression}: {error}") from None


def bounded(value: object) -> Value:
    """A value as a variable can have it.

    Raises:
        CannotCompute: it is too large, or no text, number or truth.
    """
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise CannotCompute(f"a text is longer than {LONGEST_TEXT} characters")
        if not _is_whole(value):
            raise CannotCompute("a text has half a character in it")
        return value
    if isinstance(value, bool | int | float):
        # The size first: a whole number may be too large to become a float.
        if abs(value) > LARGEST or not math.isfinite(value):
            raise CannotCompute(f"a number is above {LARGEST:g}")
        return value
    raise CannotCompute(f"a {type(value).__name__} is no text, number or truth")


def _is_whole(text: str) -> bool:
    """Whether every character can be written: JSON may hold the half of one (RFC 8259, 8.2),
    at which a file, a database or an address fails."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def text_of(value: Value) -> str:
    """A value as a text: 3.0 is "3", true is "true"."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def number_of(value: Value) -> int | float:
    """A value as a number.

    Raises:
        CannotCompute: it is none.
    """
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    try:
        return int(value) if value.strip().lstrip("-").isdecimal() else _finite(float(value))
    except ValueError:
        raise CannotCompute(f'"{value[:40]}" is no number') from None


def _finite(value: float) -> float:
    bounded(value)
    return value


def _sum(a: Any, b: Any) -> Value:
    if isinstance(a, str) != isinstance(b, str):
        raise CannotCompute("a text and a number are not added: use text() or number()")
    return bounded(a + b)


def _numeric(operator: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Value]:
    def compute_it(a: Any, b: Any) -> Value:
        if isinstance(a, str) or isinstance(b, str):
            raise CannotCompute("a text is no number: use number()")
        return bounded(operator(a, b))

    return compute_it


def _count(value: Value) -> int:
    number = number_of(value)
    if number != int(number) or not 0 <= number <= LONGEST_TEXT:
        raise CannotCompute(f"{number} is no count of characters")
    return int(number)


def _last(value: Value, count: Value) -> str:
    text, many = text_of(value), _count(count)
    return text[-many:] if many else ""


_OPERATORS: Final[dict[type[ast.AST], Callable[..., Any]]] = {
    ast.Add: _sum,
    ast.Sub: _numeric(lambda a, b: a - b),
    ast.Mult: _numeric(lambda a, b: a * b),
    ast.Div: _numeric(lambda a, b: a / b),
    ast.FloorDiv: _numeric(lambda a, b: a // b),
    ast.Mod: _numeric(lambda a, b: a % b),
    ast.USub: lambda a: -number_of(a),
    ast.Not: lambda a: not a,
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}

_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "number": number_of,
    "text": text_of,
    "whole": lambda a: int(number_of(a)),
    "length": lambda a: len(text_of(a)),
    "first": lambda a, count: text_of(a)[: _count(count)],
    "last": _last,
    "starts": lambda a, b: text_of(a).startswith(text_of(b)),
    "ends": lambda a, b: text_of(a).endswith(text_of(b)),
    "has": lambda a, b: text_of(b) in text_of(a),
    "matches": lambda a, pattern: Pattern(text_of(pattern)).matches(text_of(a)),
    "least": lambda a, b: min(number_of(a), number_of(b)),
    "most": lambda a, b: max(number_of(a), number_of(b)),
    "rounded": lambda a: round(number_of(a)),
}
"""Those of ``firmware.model.flow.expression.FUNCTIONS``."""
