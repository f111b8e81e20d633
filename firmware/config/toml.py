"""The site configuration as text: TOML in, TOML out."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import tomli_w
from pydantic import SecretStr

from firmware.config.problem import ConfigRejected, Problem
from firmware.config.references import MASK
from firmware.config.schema import Site
from firmware.config.validate import validate

_PLACE = re.compile(r"^(?P<reason>.*) \(at (?P<place>line \d+, column \d+|end of document)\)$")


def parse(text: str) -> Site:
    """The site a text describes.

    Raises:
        ConfigRejected: with every problem found.
    """
    try:
        text.encode()
        document = tomllib.loads(text)
    except UnicodeEncodeError as error:
        place = _place_of(text, error.start)
        raise ConfigRejected([Problem(path=place, reason="is no character")]) from error
    except RecursionError as error:
        raise ConfigRejected([Problem(path="the text", reason="is nested too deep")]) from error
    except ValueError as error:  # also a number with thousands of digits, from int() itself
        raise ConfigRejected([_syntax_problem(str(error))]) from error
    return validate(document)


def dump(site: Site, *, secrets: bool) -> str:
    """The whole site as TOML, defaults included. Without ``secrets`` every password is masked,
    and the text cannot be applied again."""
    document = site.model_dump(exclude_none=True)
    return tomli_w.dumps(_plain(document, secrets=secrets), multiline_strings=False)


def _plain(value: Any, *, secrets: bool) -> Any:
    """``value`` in the types TOML has."""
    match value:
        case dict():
            return {key: _plain(item, secrets=secrets) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item, secrets=secrets) for item in value]
        case SecretStr():
            return value.get_secret_value() if secrets else MASK
        case bool() | int() | float():
            return value
        case _:
            return str(value)


def _place_of(text: str, index: int) -> str:
    before = text[:index]
    return f"line {before.count(chr(10)) + 1}, column {index - before.rfind(chr(10))}"


def _syntax_problem(message: str) -> Problem:
    """tomllib says the place only in its message: "Invalid value (at line 3, column 7)"."""
    match = _PLACE.match(message)
    if match is None:
        return Problem(path="the text", reason=message)
    return Problem(
        path=match["place"],
        reason=match["reason"],
        suggestion="this is not TOML; nothing after this place was read",
    )
