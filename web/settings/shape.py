"""The shape of a section as a form sees it, read off the schema: fields, kinds, limits, units."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cache
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Literal

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from firmware.config.sections.calendars import DayText, HolidayText, SpanText
from firmware.config.sections.flows import CsvText, MaybeWords, Target, Words
from firmware.config.types import Destination, Digit, Label, Number


class Kind(StrEnum):
    """How a value is put in."""

    TEXT = "text"
    LABEL = "label"  # what people read: of either direction
    LONG = "long"  # a sentence or more
    NUMBER = "number"  # digits that are dialled
    WHOLE = "whole"
    DECIMAL = "decimal"
    CHOICE = "choice"
    SWITCH = "switch"
    SECRET = "secret"  # noqa: S105 - a word for a kind of field
    DESTINATION = "destination"
    TARGET = "target"  # a flow's: a node or a destination
    HOURS = "hours"  # "08:00-17:00"
    SECTION = "section"


_UNITS: Mapping[str, str] = {
    "_s": "s",
    "_ms": "ms",
    "_db": "dB",
    "_h": "h",
    "_hz": "Hz",
    "_gb": "GB",
    "_minutes": "min",
    "_percent": "%",
    "_days": "d",
}
_UNITS_OF: Mapping[str, str] = {"percent": "%", "days": "d"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field. ``default`` is what stands when nothing is written, as texts; None for a field
    that must be written or that has no value then."""

    name: str
    kind: Kind
    unit: str = ""
    is_list: bool = False
    is_required: bool = False
    is_optional: bool = False  # "no value" is a value
    default: Any = None
    choices: tuple[str, ...] = ()
    shape: Shape | None = None  # of a section
    is_ltr: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A section: its model's name, and its fields in the order of the schema."""

    model: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field:
        """The field of that name."""
        return next(one for one in self.fields if one.name == name)


@cache
def shape_of(model: type[BaseModel]) -> Shape:
    """The shape of a section of the schema."""
    return Shape(
        model=model.__name__,
        fields=tuple(_field(name, one) for name, one in model.model_fields.items()),
    )


def text_of(value: Any) -> Any:
    """A default of the schema as it would be written."""
    match value:
        case BaseModel():
            return {key: text_of(item) for key, item in value if item is not None}
        case tuple() | list():
            return [text_of(item) for item in value]
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}" if abs(value) < 1e6 else str(int(value))
        case Enum():
            return str(value.value)
        case _:
            return None if value is None else str(value)


def _field(name: str, one: FieldInfo) -> Field:
    annotation: Any = one.annotation
    metadata = list(one.metadata)
    is_optional, annotation = _without_none(annotation)
    is_list, annotation, metadata = _without_list(annotation, metadata)
    base, inner = _unwrapped(annotation)
    metadata += inner
    kind = _kind(base, metadata)
    default = None if one.default is PydanticUndefined else text_of(one.default)
    return Field(
        name=name,
        kind=kind,
        unit=_unit(name) if kind in {Kind.WHOLE, Kind.DECIMAL} else "",
        is_list=is_list,
        is_required=one.is_required(),
        is_optional=is_optional,
        default=default,
        choices=_choices(base),
        shape=shape_of(base) if kind is Kind.SECTION else None,
        is_ltr=kind not in {Kind.LABEL, Kind.LONG},
    )


def _without_none(annotation: Any) -> tuple[bool, Any]:
    if typing.get_origin(annotation) in {typing.Union, types.UnionType}:
        kinds = [one for one in typing.get_args(annotation) if one is not type(None)]
        return True, kinds[0]
    return False, annotation


def _without_list(annotation: Any, metadata: list[Any]) -> tuple[bool, Any, list[Any]]:
    if typing.get_origin(annotation) is tuple:
        return True, typing.get_args(annotation)[0], []
    return False, annotation, metadata


def _unwrapped(annotation: Any) -> tuple[Any, list[Any]]:
    if typing.get_origin(annotation) is typing.Annotated:
        base, *metadata = typing.get_args(annotation)
        return base, metadata
    return annotation, []


def _pattern(metadata: list[Any]) -> str | None:
    for one in metadata:
        if (pattern := getattr(one, "pattern", None)) is not None:
            return str(pattern)
    return None


def _pattern_of(annotated: Any) -> str:
    return str(_pattern(list(typing.get_args(annotated)[1:])))


_BY_PATTERN: Mapping[str, Kind] = {
    _pattern_of(Number): Kind.NUMBER,
    _pattern_of(Digit): Kind.NUMBER,
    _pattern_of(Label): Kind.LABEL,
    _pattern_of(Words): Kind.LONG,
    _pattern_of(MaybeWords): Kind.LABEL,
    _pattern_of(CsvText): Kind.LONG,
    _pattern_of(Destination): Kind.DESTINATION,
    _pattern_of(Target): Kind.TARGET,
    _pattern_of(SpanText): Kind.HOURS,
    _pattern_of(DayText): Kind.TEXT,
    _pattern_of(HolidayText): Kind.TEXT,
}


def _kind(base: Any, metadata: list[Any]) -> Kind:
    if typing.get_origin(base) is Literal:
        return Kind.CHOICE
    if issubclass(base, BaseModel):
        return Kind.SECTION
    if issubclass(base, Enum):
        return Kind.CHOICE
    for of, kind in _BY_TYPE:
        if issubclass(base, of):
            return kind
    return _BY_PATTERN.get(_pattern(metadata) or "", Kind.TEXT)


_BY_TYPE: tuple[tuple[type, Kind], ...] = (
    (SecretStr, Kind.SECRET),
    (bool, Kind.SWITCH),
    (int, Kind.WHOLE),
    (float, Kind.DECIMAL),
    (IPv4Address, Kind.TEXT),
    (IPv4Network, Kind.TEXT),
)


def _choices(base: Any) -> tuple[str, ...]:
    if typing.get_origin(base) is Literal:
        return tuple(str(one) for one in typing.get_args(base))
    if isinstance(base, type) and issubclass(base, Enum):
        return tuple(str(one.value) for one in base)
    return ()


def _unit(name: str) -> str:
    if name in _UNITS_OF:
        return _UNITS_OF[name]
    return next((unit for end, unit in _UNITS.items() if name.endswith(end)), "")
