"""The types that the sections of the site configuration are made of.

Every scalar arrives as text and gets its type here: a dialled number is a string and keeps its
zeros without quotes, a port is a whole number, a switch is "true" or "false" and nothing else.

A *destination* is a string ``kind:name``: "extension:101", "queue:support", "ivr:main".
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

PATTERN_WORDS: dict[str, str] = {}
"""What a pattern of this schema asks for, in words, for whoever wrote something else."""


def text(pattern: str, words: str) -> StringConstraints:
    if PATTERN_WORDS.setdefault(pattern, words) != words:
        raise ValueError(f"{pattern} is {PATTERN_WORDS[pattern]} already: it is one type")
    return StringConstraints(pattern=pattern)


Number = Annotated[str, text(r"^[0-9*#+]{1,32}$", "1 to 32 of the digits 0-9, *, # and +")]
"""Digits that are dialled: a string, so that zeros stay."""

Server = Annotated[str, text(r"^[A-Za-z0-9][A-Za-z0-9.:-]{0,189}$", "a server's name or address")]
"""A host that others' commands are given: it never looks like one of their options."""

Name = Annotated[
    str,
    text(
        r"^[a-z0-9][a-z0-9_-]{0,31}$",
        "1 to 32 of the characters a-z, 0-9, - and _, the first a letter or digit",
    ),
]
"""The handle of a line, a queue, a flow: lower case, for references."""

Label = Annotated[
    str, text(r"^[^\x00-\x1f\x7f]{1,80}$", "1 to 80 characters, none of them a control character")
]
"""What people read, in any language. A line break in it would end a SIP header early."""

Sentence = Annotated[
    str,
    text(r"^[^\x00-\x1f\x7f]{1,400}$", "1 to 400 characters, none of them a control character"),
]
"""One thing that somebody reads, or reads out."""

Destination = Annotated[
    str,
    text(
        r"^(extension|queue|ivr|voicemail|group|calendar|number|park|conference|page):[A-Za-z0-9_*#+-]+$",
        'a destination: "extension:NUMBER", "queue:NAME", "ivr:NAME", "group:NAME" or '
        '"voicemail:NUMBER"',
    ),
]

Digit = Annotated[str, text(r"^[0-9*#]$", "one of the keys 0-9, * and #")]


def whole(value: object) -> object:
    """A text as the whole number it says. pydantic's own reading takes "1_000" and "5060.0"; a
    zero in front is refused, because it is octal to some and nothing to others."""
    if not isinstance(value, str):
        return value
    if not re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", value):
        raise PydanticCustomError("whole_number", "must be a whole number in the digits 0-9")
    return int(value)


def _decimal(value: object) -> object:
    """A text as the number it says. pydantic's own reading takes "nan", "1e3" and "1_000"."""
    if not isinstance(value, str):
        return value
    if not re.fullmatch(r"-?(0|[1-9][0-9]{0,17})([.][0-9]+)?", value):
        raise PydanticCustomError("decimal", "must be a number, as in 5 or 2.5")
    return float(value)


def _truth(value: object) -> object:
    """A text as true or false. pydantic's own reading takes "yes", "on", "1" and "t"."""
    if not isinstance(value, str):
        return value
    if value not in {"true", "false"}:
        raise PydanticCustomError("truth", "must be true or false")
    return value == "true"


WholeNumber = Annotated[int, Field(strict=True), BeforeValidator(whole)]

Decimal = Annotated[float, Field(strict=True), BeforeValidator(_decimal)]

Truth = Annotated[bool, Field(strict=True), BeforeValidator(_truth)]

TcpPort = Annotated[WholeNumber, Field(ge=1, le=65535)]

Seconds = Annotated[Decimal, Field(gt=0, le=3600)]

FilePath = Annotated[str, text(r"^[!-~]{0,255}$", "a path without spaces")]


class Language(StrEnum):
    PERSIAN = "fa"
    ARABIC = "ar"
    ENGLISH = "en"


class Section(BaseModel):
    """A part of the document: its keys are known, all of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)
