"""Operations of the API: each a function with what it takes and gives, declared once.

Routes, checks of what is sent, and the OpenAPI document (``document``) are all made of the
declaration, so none can say other than the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, Response, request
from pydantic import BaseModel, ConfigDict, ValidationError

from firmware.model.permissions import Permission
from web.api.problem import Refusal
from web.system.permission import needs

ROOT = "/api/v1"

pages = Blueprint("api", __name__)

_View = TypeVar("_View", bound=Callable[..., Any])


class Shape(BaseModel):
    """What is sent or answered. Unknown fields are an error, as a typing mistake would else be
    taken for no wish at all."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, from_attributes=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation. ``path`` has its parameters in braces, as the document does."""

    name: str
    method: str
    path: str
    summary: str
    needs: Permission
    answer: type[Shape] | None
    query: type[Shape] | None
    body: type[Shape] | None
    status: int
    streams: bool


OPERATIONS: list[Operation] = []


def operation(
    method: str,
    path: str,
    *,
    needed: Permission,
    answer: type[Shape] | None = None,
    query: type[Shape] | None = None,
    body: type[Shape] | None = None,
    status: int = 200,
    streams: bool = False,
) -> Callable[[_View], _View]:
    """Make a function an operation. It is given its path's parameters, ``query`` and ``body`` by
    name, already checked, and returns its answer."""

    def declare(function: _View) -> _View:
        OPERATIONS.append(
            Operation(
                name=function.__name__,
                method=method,
                path=path,
                summary=(function.__doc__ or "")
                .split("\n\n", maxsplit=1)[0]
                .replace("\n    ", " "),
                needs=needed,
                answer=answer,
                query=query,
                body=body,
                status=status,
                streams=streams,
            )
        )

        @wraps(function)
        def view(**given: Any) -> Response:
            if query is not None:
                given["query"] = _checked_query(query)
            if body is not None:
                given["body"] = _checked_body(body)
            return _answered(function(**given), status)

        rule = ROOT + path.replace("{", "<").replace("}", ">")
        pages.add_url_rule(rule, function.__name__, needs(needed)(view), methods=[method])
        return function

    return declare


def _answered(result: Any, status: int) -> Response:
    if isinstance(result, Response):
        return result
    if result is None:
        return Response(status=status)
    return Response(result.model_dump_json(), status=status, mimetype="application/json")


def _checked_query(shape: type[Shape]) -> Shape:
    given = request.args.to_dict(flat=False)
    doubled = [name for name, values in given.items() if len(values) > 1]
    if doubled:
        raise Refusal(400, f"{doubled[0]} is given twice")
    return _checked(lambda: shape.model_validate_strings({n: v[0] for n, v in given.items()}))


def _checked_body(shape: type[Shape]) -> Shape:
    if request.mimetype != "application/json":
        raise Refusal(415, "the body must be application/json")
    return _checked(lambda: shape.model_validate_json(request.get_data()))


def _checked(check: Callable[[], Shape]) -> Shape:
    try:
        return check()
    except ValidationError as error:
        said = [
            f"{'.'.join(map(str, one['loc'])) or 'it'}: {one['msg']}"
            for one in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise Refusal(400, "; ".join(said)) from error
