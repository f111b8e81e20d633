"""The set-up's pages: one a step, each to be done, passed over, gone back to and done again."""

from __future__ import annotations

import re

from flask import (
    Blueprint,
    Response,
    abort,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from firmware.config.home import Home
from firmware.link.api import BenchApi, ProvisionApi, SwitchApi
from web.bench.outside import home
from web.system import access, language
from web.system.permission import Permission, needs
from web.wizard import answers, learning, progress, shown, wording
from web.wizard.asking import Problem, asked
from web.wizard.progress import Step
from web.writing import TONGUES

pages = Blueprint("wizard", __name__, template_folder="templates", url_prefix="/setup")

Answer = AnyResponse | tuple[str, int]

_LINE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_PHONE = re.compile(r"[0-9a-f]{12}|soft-[0-9]{1,6}")
_PARTS = frozenset({Step.LINES, Step.PHONES, Step.TEST})
"""Steps that show what happens meanwhile."""

_WINDOW_MINUTES = 30.0
_CALLER = "02188776655"


@pages.get("")
@needs(Permission.CHANGE_BOX)
def begin() -> AnyResponse:
    """The first step that is left."""
    return redirect(url_for("wizard.step", name=progress.load(home()).next))


@pages.get("/<name>")
@needs(Permission.CHANGE_BOX)
def step(name: str) -> str:
    """One step, as the box is now."""
    return _page(_step(name))


@pages.post("/<name>")
@needs(Permission.CHANGE_BOX)
def answer(name: str) -> Answer:
    """Do a step, or pass it over; then the next one."""
    here, box = _step(name), home()
    if "skip" in request.form:
        progress.keep(box, progress.load(box).with_skipped(here))
        return redirect(url_for("wizard.step", name=progress.after(here)))
    try:
        if here in answers.ANSWERS:
            answers.ANSWERS[here](box, request.form)
    except Problem as problem:
        return _page(here, problem), 409
    progress.keep(box, progress.load(box).with_done(here))
    if here is Step.DONE:
        return redirect(url_for("live.now"))
    onward = redirect(url_for("wizard.step", name=progress.after(here)))
    if here is Step.LANGUAGE:
        _speak(onward, request.form["language"])
    return onward


@pages.get("/<name>/part")
@needs(Permission.CHANGE_BOX)
def part(name: str) -> str:
    """What of a step changes by itself, for the page that is open."""
    here = _step(name)
    if here not in _PARTS:
        abort(404)
    return render_template(f"wizard/{here}_part.html", **shown.of(here, home()))


@pages.post("/lines/<line>/<order>")
@needs(Permission.CHANGE_BOX)
def learn(line: str, order: str) -> Answer:
    """Learn a line, stop learning it, or take up what was learned."""
    if order not in ("learn", "cancel", "accept") or not _LINE.fullmatch(line):
        abort(404)
    try:
        if order == "learn":
            learning.begin(home(), line, _numbers())
        elif order == "cancel":
            learning.cancel(home(), line)
        else:
            learning.accept(home(), line, author=access.person().name)
    except Problem as problem:
        return _page(Step.LINES, problem), 409
    return redirect(url_for("wizard.step", name=Step.LINES))


@pages.post("/phones/window")
@needs(Permission.CHANGE_BOX)
def window() -> Answer:
    """Let new telephones in for half an hour."""
    try:
        with asked(home(), "provision", "phone") as link:
            link.call(ProvisionApi.open_window, _WINDOW_MINUTES)
    except Problem as problem:
        return _page(Step.PHONES, problem), 409
    return redirect(url_for("wizard.step", name=Step.PHONES))


@pages.post("/phones/<ident>/adopt")
@needs(Permission.CHANGE_BOX)
def adopt(ident: str) -> Answer:
    """Give a telephone its extension, made now if it is a new one."""
    if not _PHONE.fullmatch(ident):
        abort(404)
    form = request.form
    try:
        number = answers.add_extension(home(), form.get("number", ""), form.get("name", ""))
        with asked(home(), "provision", "phone") as link:
            link.call(ProvisionApi.assign, ident, (number,))
    except Problem as problem:
        return _page(Step.PHONES, problem), 409
    return redirect(url_for("wizard.step", name=Step.PHONES))


@pages.get("/greeting.wav")
@needs(Permission.CHANGE_BOX)
def greeting() -> Response:
    """The greeting, as callers hear it."""
    path = answers.greeting_file(home(), language.office().language)
    if not path.is_file():
        abort(404)
    return send_file(path, mimetype="audio/wav", conditional=True, max_age=0)


@pages.post("/test/<how>")
@needs(Permission.CHANGE_BOX)
def test(how: str) -> Answer:
    """Ring a telephone and let it hear the greeting, or call in on a simulated line."""
    if how not in ("phone", "bench"):
        abort(404)
    try:
        if how == "phone":
            _ring_a_phone(home(), request.form.get("extension", ""))
        else:
            _call_in(home(), request.form.get("line", ""))
    except Problem as problem:
        return _page(Step.TEST, problem), 409
    return redirect(url_for("wizard.step", name=Step.TEST))


def _ring_a_phone(box: Home, extension: str) -> None:
    number = shown.menu_number(answers.site(box))
    if not number:
        raise Problem("busy")
    with asked(box, "switchd", "busy") as link:
        link.call(SwitchApi.dial, answers.number_of(extension), number)


def _call_in(box: Home, line: str) -> None:
    if not _LINE.fullmatch(line):
        raise Problem("choice")
    with asked(box, "bench", "busy") as link:
        link.call(BenchApi.ring, line=line, number=_CALLER, name="", digits="", say="", listen="")


def _numbers() -> dict[str, str]:
    """The numbers that the learning may dial, those that were given."""
    given = {name: request.form.get(name, "").strip() for name in ("own", "wrong", "helper")}
    numbers = {name: text.translate(answers.LATIN) for name, text in given.items() if text}
    if any(not re.fullmatch(r"[0-9*#+]{1,32}", text) for text in numbers.values()):
        raise Problem("choice")
    return numbers


def _speak(response: AnyResponse, code: str) -> None:
    """Who sets the box up reads on in the language they chose for it."""
    if code in TONGUES:
        response.set_cookie(
            language.COOKIE,
            code,
            max_age=language.COOKIE_AGE_S,
            httponly=True,
            samesite="Strict",
            secure=request.is_secure,
        )


def _step(name: str) -> Step:
    try:
        return Step(name)
    except ValueError:
        abort(404)


def _page(here: Step, problem: Problem | None = None) -> str:
    return render_template(
        f"wizard/{here}.html",
        here=here,
        steps=wording.STEPS,
        progress=progress.load(home()),
        before=progress.before(here),
        live=here in _PARTS,
        problem=wording.PROBLEMS[problem.word] if problem else "",
        report=problem.report if problem else (),
        form=request.form,
        **shown.of(here, home()),
    )
