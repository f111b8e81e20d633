"""Reviewing a draft and applying it, the history and undoing, and the text for technicians."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, abort, current_app, flash, make_response, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from firmware.config.difference import At, Change, Clash
from firmware.config.history import MovedOn, NoConfiguration, NothingToDo
from firmware.config.problem import ConfigRejected, Problem
from firmware.config.reading import MAX_CHARACTERS
from firmware.config.rollout import Uptake
from firmware.config.yamltext import rewritten
from web.settings import audited, edit, wording
from web.settings.masks import masked
from web.settings.sections import by_section
from web.settings.views import desk, pages, render
from web.system.permission import Permission, needs

__all__ = ["pages"]
"""The blueprint of the settings, with these pages in it too."""

_LONGEST_REASON = 300
_MOST_VERSIONS = 200


@pages.get("/settings/review")
@needs(Permission.SEE_SETTINGS)
def review() -> str:
    """What the draft changes, and what is in its way."""
    return _review()


@pages.post("/settings/apply")
@needs(Permission.CHANGE_SETTINGS)
def apply() -> AnyResponse:
    """Make the draft the configuration."""
    reason = " ".join(request.form.get("reason", "").split())[:_LONGEST_REASON]
    if not reason:
        return make_response(_review(missing=True), 422)
    at = desk()
    try:
        applied = at.apply(reason)
    except (edit.Conflict, MovedOn):
        return make_response(_review(), 409)
    except NothingToDo:
        return redirect(url_for("settings.review"))
    except ConfigRejected as error:
        return make_response(_review(problems=error.problems), 422)
    audited.tell(current_app.extensions["markaz-home"], applied.version)
    behind = [one for one in applied.told if one.uptake in {Uptake.REFUSED, Uptake.BEHIND}]
    if behind:
        shown = render("applied.html", applied=applied, behind=behind)
        return make_response(shown)
    flash(gettext("Version %(number)s is in force.", number=applied.version))
    return redirect(url_for("settings.history"))


@pages.post("/settings/discard")
@needs(Permission.CHANGE_SETTINGS)
def discard() -> AnyResponse:
    """Forget the draft."""
    desk().discard()
    return redirect(url_for("settings.overview"))


@pages.post("/settings/carry-over")
@needs(Permission.CHANGE_SETTINGS)
def carry_over() -> AnyResponse:
    """Make the draft one of the current version."""
    try:
        desk().carry_over(mine_wins="mine" in request.form)
    except Clash:
        return make_response(_review(), 409)
    except ConfigRejected as error:
        return make_response(_review(problems=error.problems), 422)
    return redirect(url_for("settings.review"))


@pages.get("/settings/history")
@needs(Permission.SEE_SETTINGS)
def history() -> str:
    """Every version, newest first."""
    return render("history.html", versions=desk().versions()[:_MOST_VERSIONS])


@pages.get("/settings/history/<int:number>")
@needs(Permission.SEE_SETTINGS)
def version(number: int) -> str:
    """What one version changed."""
    return _version(number)


@pages.post("/settings/history/<int:number>/undo")
@needs(Permission.CHANGE_SETTINGS)
def undo(number: int) -> AnyResponse:
    """Put the reverse of a version into the draft."""
    try:
        desk().undo(number)
    except NoConfiguration:
        abort(404)
    except Clash as clash:
        return make_response(_version(number, clashes=clash.changes), 409)
    except ConfigRejected as error:
        return make_response(_version(number, problems=error.problems), 422)
    return redirect(url_for("settings.review"))


@pages.get("/settings/text")
@needs(Permission.CHANGE_SETTINGS)
def text() -> str:
    """The whole as text, its secrets masked."""
    return _text(_masked_text())


@pages.get("/settings/text/site.yaml")
@needs(Permission.CHANGE_SETTINGS)
def download() -> Response:
    """The same as a file."""
    response = Response(_masked_text(), mimetype="application/yaml")
    response.headers["Content-Disposition"] = "attachment; filename=site.yaml"
    return response


@pages.post("/settings/text")
@needs(Permission.CHANGE_SETTINGS)
def save_text() -> AnyResponse:
    """Take a text, typed or from a file. The mask stands for the secret that was there."""
    try:
        written = _sent_text()
    except UnicodeDecodeError:
        problem = Problem(path="", reason=gettext("This file is no text in UTF-8."))
        return make_response(_text(_masked_text(), (problem,)), 422)
    try:
        desk().save_text(written)
    except ConfigRejected as error:
        return make_response(_text(written, error.problems), 422)
    return redirect(url_for("settings.review"))


# -- what the pages are made of ---------------------------------------------------------------


def _review(*, problems: Sequence[Problem] = (), missing: bool = False) -> str:
    at = desk()
    return render(
        "review.html",
        changes=at.changes(),
        difference=at.text_difference(),
        conflict=at.conflict(),
        others=at.others(),
        problems=problems,
        missing=missing,
        words=words,
        shown=shown,
    )


def _version(number: int, **values: Any) -> str:
    at = desk()
    found = next((one for one in at.versions() if one.number == number), None)
    if found is None:
        abort(404)
    values = {"problems": (), "clashes": (), **values}
    return render(
        "version.html",
        version=found,
        changes=at.changes_of(number),
        words=words,
        shown=shown,
        **values,
    )


def _text(written: str, problems: Sequence[Problem] = ()) -> str:
    return render("text.html", text=written, problems=problems)


def _masked_text() -> str:
    _version, written = desk().text()
    return rewritten(written, masked(edit.content_of(written)))


def _sent_text() -> str:
    sent = request.files.get("file")
    if sent is not None and sent.filename:
        return sent.stream.read(4 * MAX_CHARACTERS).decode("utf-8")
    return request.form.get("text", "").replace("\r\n", "\n")


def words(change: Change) -> list[Any]:
    """The way to a change, in the reader's words: "Extensions", "101", "Name"."""
    page = by_section().get(str(change.steps[0]))
    if page is None:
        return [change.path]
    out: list[Any] = [page.title]
    shape: Any = page.shape
    for step in change.steps[1:]:
        if isinstance(step, At):
            out.append(step.value)
            continue
        one = next((f for f in shape.fields if f.name == step), None) if shape else None
        if one is not None:
            out.append(wording.label(shape.model, one.name))
            shape = one.shape
    return out


def shown(value: Any) -> str:
    """A value of a change on few lines."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return rewritten("", value if isinstance(value, dict) else {"…": value}).rstrip()
