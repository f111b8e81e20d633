"""Testing a line from its page: its levels now, and the loop-back test."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from firmware.config.home import Home
from firmware.link.api import LinedApi
from firmware.link.client import Link, LinkDown, Refused
from firmware.link.lines import LineLevels
from web.live import details
from web.system.permission import Permission, needs

pages = Blueprint("testing", __name__, template_folder="templates")

_TIMEOUT_S = 3.0


@pages.get("/live/lines/<name>/levels")
@needs(Permission.SEE_LINES)
def levels(name: str) -> str:
    """How loud it is on the line, alone; an open page asks a few times a second, and lined
    measures while it does."""
    return render_template("live/levels.html", levels=_levels(name))


@pages.post("/live/lines/<name>/loop-back")
@needs(Permission.TEST_LINES)
def loop_back(name: str) -> AnyResponse | tuple[str, int]:
    """Take the line off the hook and test both ways of its audio."""
    try:
        with _link() as link:
            link.call(LinedApi.loop_back, name)
    except LinkDown:
        return details.line_page(name, "untested"), 503
    except Refused as error:
        problem = "gone" if error.kind == "KeyError" else "in_use"
        return details.line_page(name, problem), 409
    return redirect(url_for("details.line", name=name))


def _levels(name: str) -> LineLevels | None:
    """None while lined is away."""
    try:
        with _link() as link:
            return link.call(LinedApi.levels, name)
    except LinkDown:
        return None
    except Refused:
        abort(404)


def _link() -> Link:
    home: Home = current_app.extensions["markaz-home"]
    return Link(home.link("lined"), "web", timeout_s=_TIMEOUT_S)
