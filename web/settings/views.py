"""The pages of the settings: every section's list and form, adding, copying, removing."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from firmware.config.problem import ConfigRejected, Problem
from web.leaf import leaf, leaf_of
from web.settings import edit, form, listing, references, state, wording, wording_problems
from web.settings.edit import Desk
from web.settings.sections import GROUPS, Page, by_section
from web.system import access
from web.system.permission import Permission, needs

pages = Blueprint("settings", __name__, template_folder="templates")

LARGEST_FORM_BYTES = 2 << 20
"""A flow of a hundred nodes, a queue of a thousand members."""

Content = dict[str, Any]


@pages.url_value_preprocessor
def _allow_large_forms(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """From the signed-in only: this is asked before the body is read."""
    if access.current() is not None:
        request.max_content_length = LARGEST_FORM_BYTES
        request.max_form_memory_size = LARGEST_FORM_BYTES


@pages.get("/settings")
@needs(Permission.SEE_SETTINGS)
def overview() -> str:
    """Every section, with how many items it has."""
    _version, content = desk().read()
    counts = {
        name: len(content.get(name) or ()) for name, page in by_section().items() if page.is_list
    }
    return render("overview.html", groups=GROUPS, counts=counts)


@pages.get("/settings/<section>")
@needs(Permission.SEE_SETTINGS)
def section(section: str) -> str | AnyResponse:
    """A section's list, or its form."""
    page = _page(section)
    _version, content = desk().read()
    if not page.is_list:
        return _form(page, _Opened(content=content, was=content.get(section), loc=(section,)))
    wanted, sort = request.args.get("q", "")[:100], request.args.get("sort", "")
    backwards = "backwards" in request.args
    found = listing.lines(page, content, wanted=wanted, sort=sort, backwards=backwards)
    return render(
        "list.html",
        page=page,
        fields=[page.shape.field(column) for column in page.columns],
        leaf=leaf(found, request.args.get("page", 1, type=int)),
        count=len(content.get(section) or ()),
        wanted=wanted,
        sort=sort,
        backwards=backwards,
    )


@pages.post("/settings/<section>")
@needs(Permission.CHANGE_SETTINGS)
def save_section(section: str) -> str | AnyResponse:
    """Take a section's form."""
    page = _page(section)
    if page.is_list:
        abort(405)
    _version, content = desk().read()
    return _take(page, _Opened(content=content, was=content.get(section), loc=(section,)))


@pages.get("/settings/<section>/item")
@needs(Permission.SEE_SETTINGS)
def item(section: str) -> str | AnyResponse:
    """The form of one item."""
    return _form(_list_page(section), _opened(section, request.args.get("name", "")))


@pages.post("/settings/<section>/item")
@needs(Permission.CHANGE_SETTINGS)
def save_item(section: str) -> str | AnyResponse:
    """Take the form of one item."""
    return _take(_list_page(section), _opened(section, request.args.get("name", "")))


@pages.get("/settings/<section>/new")
@needs(Permission.CHANGE_SETTINGS)
def new(section: str) -> str | AnyResponse:
    """An empty form, or a copy of an item, without what must not be there twice."""
    return _form(_list_page(section), _new(section))


@pages.post("/settings/<section>/new")
@needs(Permission.CHANGE_SETTINGS)
def save_new(section: str) -> str | AnyResponse:
    """Take the form of a new item."""
    return _take(_list_page(section), _new(section))


@pages.post("/settings/<section>/remove")
@needs(Permission.CHANGE_SETTINGS)
def remove(section: str) -> str | tuple[str, int] | AnyResponse:
    """Take an item away, unless something names it."""
    page, name = _list_page(section), request.form.get("name", "")
    try:
        desk().remove(section, name)
    except LookupError:
        abort(404)
    except edit.StillNamed as error:
        said = render("named.html", page=page, name=name, mentions=error.mentions)
        return said, 409
    except ConfigRejected as error:
        said = render("named.html", page=page, name=name, problems=error.problems, mentions=())
        return said, 409
    return redirect(url_for("settings.section", section=section))


@pages.post("/settings/<section>/move")
@needs(Permission.CHANGE_SETTINGS)
def move(section: str) -> AnyResponse:
    """Move an item up or down: in routes the first that fits decides."""
    _list_page(section)
    _version, content = desk().read()
    try:
        at = edit.index_of(content, section, request.form.get("name", ""))
    except LookupError:
        abort(404)
    items = list(content[section])
    to = at - 1 if request.form.get("to") == "up" else at + 1
    if 0 <= to < len(items):
        items.insert(to, items.pop(at))
        desk().save({**content, section: items})
        at = to
    return _back_to(section, at)


# -- what the pages are made of ---------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class _Opened:
    """What a form is about: where it stands and what is there. ``was`` None is a new item."""

    content: Content
    was: Any
    loc: tuple[str | int, ...]
    name: str = ""
    start: Mapping[str, Any] | None = None  # of a new item: what it is a copy of
    problems: Sequence[Problem] = ()
    by_name: dict[str, list[Problem]] = field(default_factory=dict)


def desk() -> Desk:
    """The desk of whoever asks."""
    signed_in = access.current()
    assert signed_in is not None
    return Desk(current_app.extensions["markaz-home"], signed_in.user)


def _page(section: str) -> Page:
    page = by_section().get(section)
    if page is None:
        abort(404)
    return page


def _list_page(section: str) -> Page:
    page = _page(section)
    if not page.is_list:
        abort(404)
    return page


def _opened(section: str, name: str) -> _Opened:
    _list_page(section)
    _version, content = desk().read()
    try:
        index = edit.index_of(content, section, name)
    except LookupError:
        abort(404)
    return _Opened(content=content, was=content[section][index], loc=(section, index), name=name)


_NOT_COPIED = ("number", "name", "password", "pin", "device", "digit", "extension", "learned")


def _new(section: str) -> _Opened:
    _version, content = desk().read()
    start: Mapping[str, Any] | None = None
    if name := request.args.get("copy", ""):
        items = content.get(section) or ()
        key = references.key_of(section)
        source = next((item for item in items if item.get(key) == name), None)
        if source is None:
            abort(404)
        start = {k: v for k, v in source.items() if k not in _NOT_COPIED}
    index = len(content.get(section) or ())
    return _Opened(content=content, was=None, loc=(section, index), start=start)


def _form(
    page: Page, opened: _Opened, shown: Mapping[str, Any] | None = None, said: str = ""
) -> str:
    now = shown if shown is not None else _state(page, opened)
    around = form.Around(content=opened.content, problems=opened.by_name)
    return render(
        "form.html",
        page=page,
        opened=opened,
        views=form.views(page.shape, now, opened.was, around),
        seen=_fingerprint(opened.was),
        offers=lambda wanted: form.offers(opened.content, wanted),
        said=said,
    )


def _state(page: Page, opened: _Opened) -> dict[str, Any]:
    return state.of_document(page.shape, opened.start if opened.was is None else opened.was)


def _take(page: Page, opened: _Opened) -> AnyResponse:
    now = state.of_form(page.shape, request.form, "", _state(page, opened))
    if order := request.form.get("do", ""):
        now = form.ordered(page.shape, now, order, opened.was or opened.start)
        return make_response(_form(page, opened, now))
    if not hmac.compare_digest(request.form.get("seen", ""), _fingerprint(opened.was)):
        return make_response(_form(page, opened, now, "moved"), 409)
    written = state.to_document(page.shape, now, opened.was)
    try:
        _save(page, opened, written.content)
    except ConfigRejected as error:
        _place(opened, error.problems, written.names)
        return make_response(_form(page, opened, now, "problems"), 422)
    if page.is_list:
        return _back_to(page.section, int(opened.loc[1]))
    return redirect(url_for("settings.section", section=page.section, kept=1))


def _back_to(section: str, index: int) -> AnyResponse:
    """To the list, to where an item is in it."""
    number = leaf_of(index)
    return redirect(
        url_for("settings.section", section=section, page=number if number > 1 else None)
    )


def _save(page: Page, opened: _Opened, content: Content) -> None:
    """Put the item into the draft; whoever names it follows its new name."""
    whole, new = opened.content, content.get(page.key, opened.name)
    is_renamed = page.is_list and opened.was is not None and new != opened.name
    if is_renamed and new not in references.names(whole, page.section):
        whole = references.renamed(whole, page.section, opened.name, new)
        content = _renamed_within(opened.content, whole, opened.loc, content)
    if not content and not page.is_list:
        desk().save({key: value for key, value in whole.items() if key != page.section})
    else:
        desk().save(edit.with_value(whole, opened.loc, content))


def _renamed_within(before: Content, after: Content, loc: Any, content: Content) -> Content:
    """An item that names itself follows itself: what the rename changed within it counts, unless
    the person changed it as well."""
    old, new = before, after
    for part in loc:
        old, new = old[part], new[part]
    return {
        key: new[key] if key in new and value == old.get(key) else value
        for key, value in content.items()
    }


def _place(opened: _Opened, problems: Sequence[Problem], names: Mapping[str, str]) -> None:
    """Each problem beside its field; those of other places above the form."""
    start = edit.path(opened.loc)
    others = []
    for problem in problems:
        inner = problem.path.removeprefix(start).lstrip(".")
        name = names.get(inner) if problem.path.startswith(start) else None
        if name is None:
            others.append(problem)
        else:
            opened.by_name.setdefault(name, []).append(problem)
    opened.problems = others


def _fingerprint(was: Any) -> str:
    """What the page was made of, so that a change in between is seen. Keyed: it covers secrets."""
    key: bytes = current_app.secret_key  # type: ignore[assignment]
    text = json.dumps(was, sort_keys=True, ensure_ascii=False)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:24]


def render(template: str, **values: Any) -> str:
    at = desk()
    return render_template(
        f"settings/{template}",
        changed=at.count(),
        label=wording.label,
        reason_of=wording_problems.reason,
        suggestion_of=wording_problems.suggestion,
        may_change=access.may(Permission.CHANGE_SETTINGS),
        **values,
    )
