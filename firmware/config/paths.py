"""Paths: how a place in a site configuration is named, and whether a secret may stand there."""

from __future__ import annotations

import json
import re
import typing
from typing import Any

from pydantic import BaseModel, SecretStr

from firmware.config.schema import Site

Loc = tuple[int | str, ...]
"""Keys and indices from the outside inwards: ("queue", 1, "members", 0)."""

_BARE_KEY = re.compile(r"^[A-Za-z0-9_-]{1,60}$")
_SECRET_WORDS = ("pass", "secret", "token", "pin")


def path_of(loc: Loc) -> str:
    """("queue", 1, "members", 0) as "queue[1].members[0]"."""
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{_shown_key(part)}" if text else _shown_key(part)
    return text


def _shown_key(key: str) -> str:
    """A key as a path shows it. "password:hunter2", which lacks a space, is all key for YAML:
    what follows its first word stays hidden."""
    if _BARE_KEY.match(key):
        return key
    if _sounds_secret(key):
        key = re.split(r"[^A-Za-z0-9_-]", key)[0] + "…"
    return json.dumps(key[:60], ensure_ascii=not key.isprintable())


def section_at(loc: Loc) -> type[BaseModel]:
    """The section of the schema that ``loc``, known to the schema, leads to."""
    section: type[BaseModel] = Site
    for part in loc:
        if isinstance(part, str):
            section = _models_in(section.model_fields[part].annotation)[0]
    return section


def is_secret(loc: Loc) -> bool:
    """Whether what stands at ``loc`` may be or hold a secret, rightly or by mistake."""
    section: type[BaseModel] = Site
    for part in loc:
        if isinstance(part, int):
            continue
        field = section.model_fields.get(part)
        if field is None:  # a mistyped "password" is a password, however badly it was typed
            return _sounds_secret(part) or _holds_secret(section)
        models = _models_in(field.annotation)
        if not models:
            return _is_secret_type(field.annotation)
        section = models[0]
    return _holds_secret(section)


def _holds_secret(section: type[BaseModel]) -> bool:
    annotations = [field.annotation for field in section.model_fields.values()]
    return any(
        _is_secret_type(annotation) or any(map(_holds_secret, _models_in(annotation)))
        for annotation in annotations
    )


def _is_secret_type(annotation: Any) -> bool:
    return annotation is SecretStr or any(map(_is_secret_type, typing.get_args(annotation)))


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in typing.get_args(annotation) for model in _models_in(part)]


def _sounds_secret(key: str) -> bool:
    return any(word in key.lower() for word in _SECRET_WORDS)
