"""The OpenAPI 3.1 document, made of the declared operations."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from flask import Response, jsonify
from pydantic.json_schema import models_json_schema

from firmware.version import VERSION
from web.api.operation import OPERATIONS, ROOT, Operation, Shape, pages
from web.api.problem import MEDIA_TYPE
from web.system.permission import Permission, needs

_PLACE = "#/components/schemas/{model}"

_PROBLEMS = {
    400: "What was sent is not what this operation takes",
    401: "No token, or one that does not open",
    403: "The token's scopes or its user do not reach that far",
    404: "There is nothing like that",
    409: "It cannot be done now, or not like that",
    415: "The body is not JSON",
    503: "A part of the box does not answer",
}


@pages.get(f"{ROOT}/openapi.json")
@needs(Permission.OPEN)
def document() -> Response:
    """The document itself; for everybody, as it says nothing of the office."""
    return jsonify(made())


@cache
def made() -> dict[str, Any]:
    """The document."""
    shapes = {shape for op in OPERATIONS for shape in (op.answer, op.body) if shape}
    modes = [(shape, "validation") for shape in shapes]
    _, defined = models_json_schema(modes, ref_template=_PLACE)  # type: ignore[arg-type]
    paths: dict[str, Any] = {}
    for op in OPERATIONS:
        paths.setdefault(op.path, {})[op.method.lower()] = _operation(op)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Markaz",
            "version": VERSION,
            "summary": "The telephone exchange's calls, queues, reports and contacts",
        },
        "servers": [{"url": ROOT}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": {**defined.get("$defs", {}), "Problem": _PROBLEM},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


_PROBLEM = {
    "type": "object",
    "description": "RFC 9457",
    "properties": {
        "status": {"type": "integer"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
    },
    "required": ["status", "title", "detail"],
}


def _operation(op: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": op.name,
        "summary": op.summary,
        "description": f"Needs the scope `{op.needs}`.",
        "parameters": [*_of_path(op.path), *_of_query(op.query)],
        "responses": {str(op.status): _answer(op), **_refusals(op)},
    }
    if op.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _ref(op.body)}},
        }
    return described


def _of_path(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"\{(\w+)\}", path)
    ]


def _of_query(query: type[Shape] | None) -> list[dict[str, Any]]:
    if query is None:
        return []
    schema = query.model_json_schema()
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "description": one.pop("description", ""),
            "schema": _inlined(_without_null(one), schema.get("$defs", {})),
        }
        for name, one in schema["properties"].items()
    ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A query has no null: a value that may be left out is left out."""
    choices = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    return choices[0] if len(choices) == 1 else schema


def _inlined(schema: dict[str, Any], defined: dict[str, Any]) -> dict[str, Any]:
    ref = schema.get("$ref", "")
    return defined[ref.rpartition("/")[2]] if ref else schema


def _answer(op: Operation) -> dict[str, Any]:
    if op.streams:
        kind = {"text/event-stream": {"schema": {"type": "string"}}}
        return {"description": "Entries as they happen", "content": kind}
    if op.answer is None:
        return {"description": "Done"}
    return {
        "description": (op.answer.__doc__ or "").strip(),
        "content": {"application/json": {"schema": _ref(op.answer)}},
    }


def _refusals(op: Operation) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": _PLACE.format(model="Problem")}}}
    return {
        str(status): {"description": text, "content": content}
        for status, text in _PROBLEMS.items()
        if op.body is not None or status != 415
    }


def _ref(shape: type[Shape]) -> dict[str, str]:
    return {"$ref": _PLACE.format(model=shape.__name__)}
