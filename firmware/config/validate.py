"""Validation: a TOML document against the schema and against itself, every problem at once.

Shapes (types, limits, keys nobody knows) are the schema's, found by pydantic and put into our
words here; what one part says of another is in ``references``. References are checked in what
is left when the values of a wrong shape are blanked, so that one report holds both kinds.
"""

from __future__ import annotations

import copy
import difflib
import json
import re
import typing
from collections.abc import Iterable, Mapping
from typing import Any

import tomli_w
from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from firmware.config import references
from firmware.config.problem import ConfigRejected, Problem
from firmware.config.references import MASK
from firmware.config.schema import PATTERN_WORDS, Site

_SHOWN_CHARACTERS = 60
_BARE_KEY = re.compile(r"^[A-Za-z0-9_-]{1,60}$")

Loc = tuple[int | str, ...]


def validate(document: Mapping[str, Any]) -> Site:
    """The site a document describes.

    Raises:
        ConfigRejected: with every problem found.
    """
    site, errors = _shape(document)
    problems = [_problem_of(error) for error in errors]
    sound = _blanked(document, [error["loc"] for error in errors])
    problems += references.check(sound, document)
    if site is None or problems:
        raise ConfigRejected(problems)
    return site


def path_of(loc: Loc) -> str:
    """("queue", 1, "members", 0) as "queue[1].members[0]"."""
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        key = part if _BARE_KEY.match(part) else json.dumps(part)
        text += f".{key}" if text else key
    return text


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
        value=_shown(error["input"], secret=_is_secret(loc)),
        reason=_reason(error),
        suggestion=_suggestion(error),
    )


def _unknown_key(loc: Loc, value: Any) -> Problem:
    section = _section_at(loc[:-1])
    known = list(section.model_fields)
    close = difflib.get_close_matches(str(loc[-1]), known, n=1)
    # The value of a mistyped "password" is a password, however badly it was typed.
    secret = _sounds_secret(str(loc[-1])) or any(_is_secret((*loc[:-1], key)) for key in known)
    return Problem(
        path=path_of(loc),
        value=_shown(value, secret=secret),
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
    value = error["input"]
    if error["type"] == "string_type" and isinstance(value, int) and not isinstance(value, bool):
        return "" if _is_secret(error["loc"]) else f'put it in quotes: "{value}"'
    if error["type"] == "enum" and isinstance(value, str):
        words = error.get("ctx", {}).get("expected", "").replace(" or ", ", ").split(", ")
        return did_you_mean(value, [word.strip("'") for word in words])
    if error["type"] in {"model_type", "model_attributes_type"} and len(error["loc"]) == 1:
        return f"begin it with [{error['loc'][0]}]"
    if error["type"] == "tuple_type" and isinstance(value, dict):
        return f"begin each one with [[{error['loc'][0]}]]"
    return ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion, or "" when nothing known resembles ``word``."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f'did you mean "{close[0]}"?' if close else ""


def _section_at(loc: Loc) -> type[BaseModel]:
    """The section of the schema that ``loc`` leads to."""
    section: type[BaseModel] = Site
    for part in loc:
        if isinstance(part, str):
            section = _models_in(section.model_fields[part].annotation)[0]
    return section


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in typing.get_args(annotation) for model in _models_in(part)]


def _is_secret(loc: Loc) -> bool:
    key = loc[-1] if loc else ""
    if not isinstance(key, str):
        return False
    field = _section_at(loc[:-1]).model_fields.get(key)
    if field is None:
        return _sounds_secret(key)
    return field.annotation is SecretStr or SecretStr in typing.get_args(field.annotation)


def _sounds_secret(key: str) -> bool:
    return any(word in key.lower() for word in ("pass", "secret", "token", "pin"))


def _shown(value: Any, *, secret: bool) -> str:
    """``value`` as TOML on one line; sections and lists are not spelled out, because a secret
    may lie in them."""
    if secret:
        return MASK
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list):
        return "[…]"
    try:
        text = tomli_w.dumps({"v": value}).removeprefix("v = ").rstrip("\n")
    except ValueError:  # a number of thousands of digits
        return "…"
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def _blanked(document: Mapping[str, Any], locs: Iterable[Loc]) -> dict[str, Any]:
    """A copy of the document with None at ``locs``, which says "reported already"; TOML itself
    has no None."""
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
