"""The owner's pages of the users: who there is, what they may, their second factor, their end.
Whoever changes how others come in says their own password again (``web.system.proof``)."""

from __future__ import annotations

import secrets
import time
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from firmware.model.permissions import Role
from firmware.store import factors, users
from firmware.store.audit import Change
from firmware.store.passwords import weakness
from firmware.store.users import LONGEST_NAME, LastOwner, User, UserExists
from web.calls import store
from web.system import access, entry, language, proof, trail
from web.system.accounts import LONGEST_FIELD
from web.system.permission import Permission, needs
from web.users import wording

pages = Blueprint("users", __name__, template_folder="templates")

_RANDOM_BYTES = 12

Answer = AnyResponse | tuple[str, int]


class Problem(ValueError):
    """What was asked for was not done; the text is a key of ``wording.PROBLEMS``."""


@pages.get("/users")
@needs(Permission.CHANGE_USERS)
def everyone() -> str:
    """Everybody, and who is held back."""
    return _everyone("")


@pages.post("/users/add")
@needs(Permission.CHANGE_USERS)
@proof.fresh
def add() -> Answer:
    """Add somebody; without a password in the form one is made and shown once."""
    name = request.form.get("name", "").strip()
    given = request.form.get("password", "")
    password = given or secrets.token_urlsafe(_RANDOM_BYTES)
    try:
        role, extension, queues = _place_of_form()
        _checked(name, password)
        trail.write(Change.USER_ADDED, subject=name, after=_told_of(role, extension, queues))
        users.create(store.database(), name, password, role, extension=extension, queues=queues)
    except UserExists:
        return _everyone("exists"), 409
    except Problem as problem:
        return _everyone(str(problem)), 409
    except ValueError:
        return _everyone("name"), 409
    return _once(name, "" if given else password)


@pages.get("/users/one")
@needs(Permission.CHANGE_USERS)
def one() -> str:
    """One user, by the name in ``name``: names are no part of addresses."""
    return _one(_found(request.args.get("name", "")), "")


@pages.post("/users/one")
@needs(Permission.CHANGE_USERS)
@proof.fresh
def change() -> Answer:
    """Give somebody another role, queues, extension. They sign in anew."""
    user = _of_form()
    try:
        role, extension, queues = _place_of_form()
        users.place(store.database(), user.name, role, extension=extension, queues=queues)
    except LastOwner:
        return _one(user, "owner"), 409
    except Problem as problem:
        return _one(user, str(problem)), 409
    trail.write(
        Change.USER_CHANGED,
        subject=user.name,
        before=_told_of(user.role, user.extension, user.queues),
        after=_told_of(role, extension, queues),
    )
    return _back(user)


@pages.post("/users/password")
@needs(Permission.CHANGE_USERS)
@proof.fresh
def new_password() -> Answer:
    """Give somebody a new password, shown once, to change it themselves."""
    user, password = _of_form(), secrets.token_urlsafe(_RANDOM_BYTES)
    trail.write(Change.PASSWORD_CHANGED, subject=user.name)
    users.set_password(store.database(), user.name, password)
    return _once(user.name, password)


@pages.post("/users/factor")
@needs(Permission.CHANGE_USERS)
@proof.fresh
def reset_factor() -> AnyResponse:
    """Take somebody's second factor away: their telephone is lost."""
    user, db = _of_form(), store.database()
    trail.write(Change.FACTOR_RESET, subject=user.name)
    factors.reset(db, user.name)
    users.end_sessions(db, user.name)
    return _back(user)


@pages.post("/users/state")
@needs(Permission.CHANGE_USERS)
@proof.fresh
def state() -> Answer:
    """Disable somebody, let them in again, sign them out, or take them away."""
    user, db, wanted = _of_form(), store.database(), request.form.get("state", "")
    try:
        match wanted:
            case "disabled":
                users.disable(db, user.name, time.time())
            case "enabled":
                users.enable(db, user.name)
            case "signed_out":
                users.end_sessions(db, user.name)
            case "removed":
                users.remove(db, user.name)
            case _:
                abort(400)
    except LastOwner:
        return _one(user, "owner"), 409
    access.sessions().end_all(user.name)
    _tell_state(user, wanted)
    return redirect(url_for("users.everyone")) if wanted == "removed" else _back(user)


@pages.post("/users/rules")
@needs(Permission.CHANGE_USERS)
@proof.fresh
def rules() -> AnyResponse:
    """Say which roles must have a second factor."""
    db, wanted = store.database(), frozenset(r for r in Role if f"factor-{r}" in request.form)
    trail.write(
        Change.FACTOR_RULES,
        subject="",
        before=sorted(factors.wanted_of(db)),
        after=sorted(wanted),
    )
    factors.want_of(db, wanted)
    return redirect(url_for("users.everyone"))


@pages.post("/users/lift")
@needs(Permission.CHANGE_USERS)
def lift() -> AnyResponse:
    """Let an account or an address try again at once."""
    entry.lockout().lift(request.form.get("key", ""))
    return redirect(url_for("users.everyone"))


# -- what the pages are made of ---------------------------------------------------------------


def _everyone(problem: str) -> str:
    db = store.database()
    return render_template(
        "users/everyone.html",
        everyone=users.everyone(db),
        wanted=factors.wanted_of(db),
        held=entry.lockout().held(),
        problem=wording.PROBLEMS[problem] if problem else "",
        **_choices(),
    )


def _one(user: User, problem: str) -> str:
    return render_template(
        "users/one.html",
        user=user,
        factor=factors.find(store.database(), user.name),
        sessions=access.sessions().of_user(user.name),
        problem=wording.PROBLEMS[problem] if problem else "",
        **_choices(),
    )


def _once(name: str, password: str) -> Response:
    """A password, this once; or straight back to everybody."""
    if not password:
        return make_response(redirect(url_for("users.everyone")))
    response = make_response(render_template("users/once.html", name=name, password=password))
    response.headers["Cache-Control"] = "no-store"
    return response


def _choices() -> dict[str, Any]:
    titles = language.office().titles
    return {
        "roles": wording.ROLES,
        "reach": wording.REACH,
        "queues": _named(titles, "queue:"),
        "extensions": [("", "–"), *((n, f"{n} {t}") for n, t in _people(titles))],
    }


def _named(titles: Any, kind: str) -> list[tuple[str, str]]:
    """The places of one kind with their titles, by name."""
    return sorted((p.removeprefix(kind), t) for p, t in titles.items() if p.startswith(kind))


def _people(titles: Any) -> list[tuple[str, str]]:
    """Whose account it may be: extensions, and agents who have none."""
    return sorted([*_named(titles, "extension:"), *_named(titles, "agent:")])


def _place_of_form() -> tuple[Role, str, frozenset[str]]:
    """The role of the form, and what belongs to it: only what the office has."""
    titles, role = language.office().titles, request.form.get("role", "")
    if role not in tuple(Role):
        raise Problem("role")
    extension = request.form.get("extension", "")
    queues = frozenset(request.form.getlist("queue"))
    if extension and extension not in dict(_people(titles)):
        raise Problem("queues")
    if any(f"queue:{queue}" not in titles for queue in queues):
        raise Problem("queues")
    return Role(role), extension, queues


def _checked(name: str, password: str) -> None:
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Problem("name")
    if users.find(store.database(), name) is not None:
        raise Problem("exists")
    if len(password) > LONGEST_FIELD:
        raise Problem("name")
    weak = weakness(password, (name, language.office().name))
    if weak is not None:
        raise Problem(str(weak))


def _told_of(role: Role, extension: str, queues: frozenset[str]) -> dict[str, Any]:
    return {"role": str(role), "extension": extension, "queues": sorted(queues)}


def _tell_state(user: User, wanted: str) -> None:
    if wanted == "removed":
        before = _told_of(user.role, user.extension, user.queues)
        trail.write(Change.USER_REMOVED, subject=user.name, before=before)
    elif wanted == "signed_out":
        trail.write(Change.SESSIONS_ENDED, subject=user.name, after="all")
    else:
        trail.write(Change.USER_CHANGED, subject=user.name, after={"state": wanted})


def _of_form() -> User:
    return _found(request.form.get("name", ""))


def _found(name: str) -> User:
    user = users.find(store.database(), name[: LONGEST_NAME + 1])
    if user is None:
        abort(404)
    return user


def _back(user: User) -> AnyResponse:
    return redirect(url_for("users.one", name=user.name))
