"""The page of updates. Its orders go to the program ``update`` and are in the audit trail."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from firmware.config.home import Home
from firmware.link.api import UpdatesApi
from firmware.link.client import Link, LinkDown, Refused
from firmware.link.update import UpdateRow
from web.system.permission import Permission, needs
from web.update import wording

pages = Blueprint("update", __name__, template_folder="templates")

TIMEOUT_S = 5.0
_MOVING = frozenset({"fetching", "installing", "switching", "failing", "returning"})


@pages.get("/update")
@needs(Permission.SEE_BOX)
def page() -> str:
    """What runs and what is known."""
    return _page()


@pages.post("/update/check")
@needs(Permission.CHANGE_BOX)
def check() -> AnyResponse | tuple[str, int]:
    """Ask the address, look at sticks."""
    return _ordered(lambda link: link.call(UpdatesApi.check))


@pages.post("/update/install")
@needs(Permission.CHANGE_BOX)
def install() -> AnyResponse | tuple[str, int]:
    """Fetch and write what is offered."""
    return _ordered(lambda link: link.call(UpdatesApi.install))


@pages.post("/update/switch")
@needs(Permission.CHANGE_BOX)
def switch() -> AnyResponse | tuple[str, int]:
    """Restart into what is installed."""
    may_cut = "cut_calls" in request.form
    return _ordered(lambda link: link.call(UpdatesApi.switch, cut_calls=may_cut))


@pages.post("/update/confirm")
@needs(Permission.CHANGE_BOX)
def confirm() -> AnyResponse | tuple[str, int]:
    """Keep what is on trial."""
    return _ordered(lambda link: link.call(UpdatesApi.confirm))


@pages.post("/update/roll-back")
@needs(Permission.CHANGE_BOX)
def roll_back() -> AnyResponse | tuple[str, int]:
    """Restart into the release before."""
    may_cut = "cut_calls" in request.form
    return _ordered(lambda link: link.call(UpdatesApi.roll_back, cut_calls=may_cut))


@pages.post("/update/forget")
@needs(Permission.CHANGE_BOX)
def forget() -> AnyResponse | tuple[str, int]:
    """Want no more of it."""
    return _ordered(lambda link: link.call(UpdatesApi.forget))


def _page(problem: str = "") -> str:
    row = _row()
    return render_template(
        "update/page.html",
        row=row,
        look=wording.look_of(row.state) if row else None,
        hindrance=wording.HINDRANCES.get(row.hindrance, "") if row else "",
        source=wording.SOURCES.get(row.source, "") if row else "",
        is_moving=row is not None and (row.is_working or row.state in _MOVING),
        problem=wording.REFUSALS[problem] if problem else "",
    )


def _row() -> UpdateRow | None:
    """None on a box that is no image with two slots, or while the program is away."""
    try:
        with _link() as link:
            rows = link.snapshot().get("update", ())
    except (LinkDown, Refused):
        return None
    return next((row for row in rows if isinstance(row, UpdateRow) and row.slot), None)


def _ordered(order: Callable[[Link], None]) -> AnyResponse | tuple[str, int]:
    """Carry out an order; back to the page, or the page with what went wrong."""
    try:
        with _link() as link:
            order(link)
    except LinkDown:
        return _page("away"), 503
    except Refused as error:
        return _page(_reason(str(error))), 409
    return redirect(url_for("update.page"))


def _reason(text: str) -> str:
    """Which of our words stand for a refusal of the program's."""
    return "emergency" if "help" in text else "calls" if "calls" in text else "refused"


def _link() -> Link:
    home: Home = current_app.extensions["markaz-home"]
    return Link(home.link("update"), "web", timeout_s=TIMEOUT_S)
