"""Problems: what the API answers when it does not do something (RFC 9457)."""

from __future__ import annotations

import json

from flask import Response
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

MEDIA_TYPE = "application/problem+json"


class Refusal(RuntimeError):
    """The operation is not done; ``status`` and text say why."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


def answer(status: int, detail: str) -> Response:
    """The answer to a program."""
    body = {"status": status, "title": HTTP_STATUS_CODES.get(status, "Refused"), "detail": detail}
    response = Response(json.dumps(body), status=status, mimetype=MEDIA_TYPE)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def of_http(error: HTTPException) -> Response:
    """The same for what the server refuses by itself."""
    response = answer(error.code or 500, error.description or "")
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response
