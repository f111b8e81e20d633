"""The site configuration as one document: YAML in, YAML out."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pydantic import SecretStr

from firmware.config.paths import section_at
from firmware.config.reading import MASK, read
from firmware.config.scalar import quoted, scalar
from firmware.config.schema import Site
from firmware.config.validate import validate

_WIDTH = 98


def parse(text: str) -> Site:
    """The site a text describes.

    Raises:
        ConfigRejected: with every problem found.
    """
    return validate(read(text))


def dump(site: Site, *, secrets: bool) -> str:
    """The whole site as YAML in the order of the schema, defaults included, a comment above each
    section. Without ``secrets`` every password is masked, and the text cannot be applied."""
    lines = list(_comment("The site configuration."))
    if not secrets:
        lines += _comment(
            "Passwords are masked: only the text of `markaz config show --secrets` can be applied."
        )
    for key, value in site.model_dump(exclude_none=True).items():
        says, _, _more = (section_at((key,)).__doc__ or key).partition("\n\n")
        lines += ["", *_comment(says)]
        lines += _entry(key, _plain(value, secrets=secrets), "")
    return "\n".join(lines) + "\n"


def _comment(text: str) -> Iterator[str]:
    for line in textwrap.wrap(text, _WIDTH - 2):
        yield f"# {line}"


def _plain(value: Any, *, secrets: bool) -> Any:
    """``value`` as dictionaries and lists of scalars that are written already."""
    match value:
        case dict():
            return {key: _plain(item, secrets=secrets) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item, secrets=secrets) for item in value]
        case SecretStr():
            return scalar(value.get_secret_value()) if secrets else quoted(MASK)
        case bool():
            return str(value).lower()
        case float():
            return _decimal(value)
        case _:
            return scalar(str(value))


def _decimal(value: float) -> str:
    """All the digits that make it this number, and no exponent."""
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _entry(key: str, value: Any, indent: str) -> Iterator[str]:
    match value:
        case dict():
            yield f"{indent}{key}:"
            for inner, item in value.items():
                yield from _entry(inner, item, indent + "  ")
        case list() if all(isinstance(item, str) for item in value) and (
            len(line := f"{indent}{key}: [{', '.join(value)}]") <= _WIDTH
        ):
            yield line
        case list():
            yield f"{indent}{key}:"
            for item in value:
                yield from _item(item, indent + "  ")
        case _:
            yield f"{indent}{key}: {value}"


def _item(value: Any, indent: str) -> Iterator[str]:
    """One item of a list; the first line of a section carries its dash."""
    if isinstance(value, str):
        yield f"{indent}- {value}"
        return
    entries = [_entry(key, item, indent + "  ") for key, item in value.items()]
    first, *others = [line for entry in entries for line in entry]
    yield f"{indent}- {first.strip()}"
    yield from others
