"""The console's one style sheet: a base from elsewhere and the sheets of the components, joined.

Each component has its own file in ``static/design``; a browser asks for one, with a version
in its address, and keeps it.
"""

from __future__ import annotations

import hashlib
import logging
import re
from functools import cache
from pathlib import Path

from flask import Blueprint, Response

from web.system.permission import Permission, needs

log = logging.getLogger(__name__)

pages = Blueprint("design", __name__)

STATIC = Path(__file__).parent / "static"
NAME = "console.css"

BASE = "vendor/modern-normalize/modern-normalize.css"
COMPONENTS = (
    "tokens",
    "base",
    "icons",
    "badges",
    "buttons",
    "forms",
    "tables",
    "panels",
    "notices",
    "empty",
    "dialogs",
    "tabs",
    "pager",
    "rail",
    "live",
    "records",
    "alone",
)
"""In the order of the cascade: what comes later may overrule."""

_ADDRESS = re.compile(r'url\("([^"]+)"\)')
_A_YEAR = "public, max-age=31536000, immutable"


@pages.get(f"/static/{NAME}")
@needs(Permission.OPEN)
def console_css() -> Response:
    """The sheet."""
    response = Response(sheet(), mimetype="text/css")
    response.headers["Cache-Control"] = _A_YEAR
    return response


@cache
def sheet() -> bytes:
    """All of it, UTF-8. Without what the set-up fetches from npm it is plainer, and says so."""
    pieces = [(STATIC / "design" / f"{name}.css").read_text() for name in COMPONENTS]
    if (STATIC / BASE).exists():
        pieces.insert(0, (STATIC / BASE).read_text())
    else:
        log.warning("the console's assets are not there: make setup fetches them")
    return _ADDRESS.sub(lambda found: f'url("{_versioned(found[1])}")', "\n".join(pieces)).encode()


@cache
def version(name: str) -> str:
    """Twelve hexadecimal digits that change with a static file; empty when there is no such."""
    if name == NAME:
        return _digest(sheet())
    file = STATIC / name
    return _digest(file.read_bytes()) if file.exists() else ""


def _versioned(name: str) -> str:
    return f"{name}?v={version(name)}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
