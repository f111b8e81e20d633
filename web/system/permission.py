"""What each page needs: named at its function, asked for by the guard before every request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask

from firmware.model.permissions import Permission

__all__ = ["Permission", "needed", "needs"]

_View = TypeVar("_View", bound=Callable[..., Any])

_MARK = "_markaz_needs"


def needs(permission: Permission) -> Callable[[_View], _View]:
    """Say what a view needs, below its route::

    @pages.get("/calls")
    @needs(Permission.SEE_CALLS)
    def records() -> str:
    """

    def mark(view: _View) -> _View:
        setattr(view, _MARK, permission)
        return view

    return mark


def needed(app: Flask, endpoint: str) -> Permission | None:
    """What an endpoint needs; None when it names nothing, and then nobody may ask for it."""
    if endpoint == "static":  # Flask's own; stylesheets and scripts hold nothing of the office
        return Permission.OPEN
    found: Permission | None = getattr(app.view_functions[endpoint], _MARK, None)
    return found
