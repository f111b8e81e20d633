"""Validation: what was written against the schema and against itself, every problem at once.

Shapes (types, limits, keys nobody knows) are the schema's, found by pydantic and put into our
words here; what one part says of another is in ``references``. References are checked in what
is left when the values of a wrong shape are blanked, so that one report holds both kinds.
"""

from __future__ import annotations

import copy
import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from firmware.config import references
from firmware.config.paths import Loc, is_secret, path_of, section_at
from firmware.config.problem import ConfigRejected, Problem
from firmware.config.reading import MASK, Written
from firmware.config.scalar import shown
from firmware.config.schema import Site
from firmware.config.types import PATTERN_WORDS


def validate(written: Written) -> Site:
    """The site that was written.

    Raises:
        ConfigRejected: with every problem found, those of the reading too.
    """
    site, errors = _shape(written.document)
    problems = [_problem_of(error) for error in errors if not _is_known(error, written)]
    sound = _blanked(written.document, [error["loc"] for error in errors])
    problems += references.check(sound, written.document)
    if site is None or problems or written.problems:
        raise ConfigRejected([*written.problems, *(_placed(p, written) for p in problems)])
    return site


def _is_known(error: ErrorDetails, written: Written) -> bool:
    """Whether the reading has refused what stands there already."""
    return error["loc"] in written.refused and error["type"] != "extra_forbidden"


def _placed(problem: Problem, written: Written) -> Problem:
    place = written.place_of(problem.path)
    return problem if place is None else replace(problem, line=place.line, column=place.column)


def _shape(document: Mapping[str, Any]) -> tuple[Site | None, list[ErrorDetails]]:
    try:
        return Site.model_validate(document), []
    except ValidationError as error:
        return None, [e for e in error.errors(include_url=False) if not _is_echo(e)]


def _is_echo(error: ErrorDetails) -> bool:
    """A list is "too short" for pydantic when its items are there but have faults."""
    return error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]


def _problem_of(error: ErrorDetails) -> Problem:
    loc, kind = error["loc"], error["type"]
    if kind == "extra_forbidden":
        return _unknown_key(loc, error["input"])
    if kind == "missing":
        return Problem(path=path_of(loc), reason="is missing")
    return Problem(
        path=path_of(loc),
        value=_shown(error["input"], secret=is_secret(loc)),
        reason=_reason(error),
        suggestion=_suggestion(error),
    )


def _unknown_key(loc: Loc, value: Any) -> Problem:
    section = section_at(loc[:-1])
    known = list(section.model_fields)
    close = difflib.get_close_matches(str(loc[-1]), known, n=1)
    return Problem(
        path=path_of(loc),
        value="" if value is None else _shown(value, secret=is_secret(loc)),
        reason="nobody knows this key",
        suggestion=f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}",
    )


def _reason(error: ErrorDetails) -> str:
    """pydantic's message, without its accent."""
    context = error.get("ctx", {})
    if error["type"] == "string_pattern_mismatch":
        return f"must be {PATTERN_WORDS[context['pattern']]}"
    if error["type"] in {"model_type", "model_attributes_type"}:
        return "must be a section"
    if error["type"] in {"string_type", "string_sub_type"}:
        return "must be a text"
    if error["type"] == "tuple_type":
        return "must be a list"
    return (
        error["msg"]
        .replace("Input should be", "must be")
        .replace("Input is not", "is not")
        .replace("String should have", "must have")
        .replace("Tuple should have", "must have")
    )


def _suggestion(error: ErrorDetails) -> str:
    value, loc = error["input"], error["loc"]
    if error["type"] == "enum" and isinstance(value, str):
        words = error.get("ctx", {}).get("expected", "").replace(" or ", ", ").split(", ")
        return did_you_mean(value, [word.strip("'") for word in words])
    if error["type"] in {"model_type", "model_attributes_type"}:
        return "write its keys below it, two spaces further in"
    if error["type"] == "tuple_type":
        return 'begin each of its items with "- "'
    if isinstance(value, str) and not is_secret(loc):
        return _in_our_digits(value)
    return ""


def _in_our_digits(text: str) -> str:
    """What to write instead of ۱۰۱ or ١٠١."""
    ours = "".join(str(unicodedata.decimal(c, c)) for c in text)
    return f"write {shown(ours)}" if ours != text and ours.isascii() else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion, or "" when nothing known resembles ``word``."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f'did you mean "{close[0]}"?' if close else ""


def _shown(value: Any, *, secret: bool) -> str:
    """``value`` on one line; sections and lists are not spelled out, because a secret may lie in
    them."""
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list):
        return "[…]"
    return MASK if secret else shown(str(value))


def _blanked(document: Mapping[str, Any], locs: Iterable[Loc]) -> dict[str, Any]:
    """A copy of the document with None at ``locs``, which says "reported already"."""
    blanked = copy.deepcopy(dict(document))
    for loc in locs:
        place: Any = blanked
        for part in loc[:-1]:
            place = _at(place, part)
        if isinstance(place, dict):
            place[str(loc[-1])] = None
        elif isinstance(place, list) and isinstance(loc[-1], int) and loc[-1] < len(place):
            place[loc[-1]] = None
    return blanked


def _at(place: Any, part: int | str) -> Any:
    if isinstance(place, dict):
        return place.get(str(part))
    if isinstance(place, list) and isinstance(part, int):
        return place[part]
    return None
