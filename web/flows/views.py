"""The pages of flows: each drawn and edited node by node, tried out, heard by telephone."""

from __future__ import annotations

from dataclasses import replace
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
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from firmware.config import document, history
from firmware.config.home import Home
from firmware.config.problem import ConfigRejected, Problem
from firmware.config.sections.flows import DEEDS
from firmware.link.api import SwitchApi
from firmware.link.client import Link, LinkDown, Refused
from web.flows import forms, graph, trial, wording
from web.flows.drawing import Drawing, Sketches, placed
from web.flows.forms import NAME, Sheet
from web.settings import form, wording_problems
from web.settings import wording as settings_wording
from web.settings.edit import Desk
from web.system import access, language
from web.system.permission import Permission, needs

pages = Blueprint("flows", __name__, template_folder="templates")

LARGEST_FORM_BYTES = 1 << 20
MOST_NODES = 500
TIMEOUT_S = 5.0

Answer = str | AnyResponse


@pages.url_value_preprocessor
def _allow_large_forms(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A branch of many cases; from the signed-in only: this is asked before the body is read."""
    if access.current() is not None:
        request.max_content_length = LARGEST_FORM_BYTES
        request.max_form_memory_size = LARGEST_FORM_BYTES


@pages.get("/flows")
@needs(Permission.SEE_SETTINGS)
def everyone() -> str:
    """All flows, and an empty one to begin with."""
    return _everyone("")


@pages.post("/flows")
@needs(Permission.CHANGE_SETTINGS)
def begin() -> Answer:
    """A new flow: it says goodbye, and everything else is to be drawn."""
    name, desk = request.form.get("name", "").strip(), _desk()
    if not NAME.fullmatch(name):
        return make_response(_everyone("name"), 422)
    first = {"name": "goodbye", "hang_up": {}}
    spoken = [str(language.office().language)]
    try:
        desk.add("flow", {"name": name, "languages": spoken, "node": [first]})
    except ConfigRejected as error:
        return make_response(_everyone("taken", error.problems), 422)
    return redirect(url_for("flows.one", flow=name))


@pages.get("/flows/<flow>")
@needs(Permission.SEE_SETTINGS)
def one(flow: str) -> str:
    """A flow, drawn: its nodes, where they lead, and what is wrong with each."""
    return _one(_drawing(flow))


@pages.post("/flows/<flow>/nodes")
@needs(Permission.CHANGE_SETTINGS)
def add_node(flow: str) -> Answer:
    """Add a node, and lead to it from the way that was chosen, if any."""
    drawing = _drawing(flow)
    name, deed = request.form.get("name", "").strip(), request.form.get("deed", "")
    if deed not in DEEDS:
        abort(400)
    if said := _fault_of_name(drawing, name):
        return make_response(_one(drawing, said), 422)
    drawing.put(graph.added(drawing.flow, name, deed))
    return redirect(url_for("flows.node", flow=flow, node=name))


@pages.get("/flows/<flow>/nodes/<node>")
@needs(Permission.SEE_SETTINGS)
def node(flow: str, node: str) -> Answer:
    """The form of a node."""
    drawing = _drawing(flow)
    sheet = _sheet(drawing, node)
    sheet.place(_problems(drawing))
    return _form(drawing, sheet, node)


@pages.post("/flows/<flow>/nodes/<node>")
@needs(Permission.CHANGE_SETTINGS)
def save_node(flow: str, node: str) -> Answer:
    """Take the form of a node."""
    drawing = _drawing(flow)
    sheet = _sheet(drawing, node)
    sheet.take(request.form)
    if request.form.get("do"):
        return _form(drawing, sheet, node)
    if request.form.get("seen", "") != sheet.seen:
        return make_response(_form(drawing, sheet, node, moved=True), 409)
    raw = sheet.content()
    name = str(raw.get("name", ""))
    if name != node and (said := _fault_of_name(drawing, name)):
        sheet.by_name["name"] = [Problem(path="name", value=name, reason=said)]
        return make_response(_form(drawing, sheet, node), 422)
    drawing.put(graph.replaced(drawing.flow, node, raw))
    return redirect(url_for("flows.one", flow=flow, _anchor=f"node-{name}"))


@pages.post("/flows/<flow>/nodes/<node>/connect")
@needs(Permission.CHANGE_SETTINGS)
def connect(flow: str, node: str) -> Answer:
    """Let a way of a node lead elsewhere."""
    drawing = _drawing(flow)
    to = request.form.get("to", "")
    if to and to not in _targets(drawing):
        abort(400)
    try:
        new = graph.connected(drawing.flow, node, request.form.get("way", ""), to)
    except LookupError:
        abort(404)
    drawing.put(new)
    return redirect(url_for("flows.one", flow=flow, _anchor=f"node-{node}"))


@pages.post("/flows/<flow>/nodes/<node>/remove")
@needs(Permission.CHANGE_SETTINGS)
def remove_node(flow: str, node: str) -> Answer:
    """Take a node out."""
    drawing = _drawing(flow)
    if len(drawing.flow["node"]) == 1:
        return make_response(_one(drawing, wording.LAST_NODE), 422)
    try:
        drawing.put(graph.removed(drawing.flow, node))
    except LookupError:
        abort(404)
    return redirect(url_for("flows.one", flow=flow))


@pages.get("/flows/<flow>/whole")
@needs(Permission.SEE_SETTINGS)
def whole(flow: str) -> Answer:
    """The form of what holds for the whole flow."""
    drawing = _drawing(flow)
    sheet = forms.of_flow(drawing)
    sheet.place([p for p in _problems(drawing) if ".node[" not in p.path])
    return _form(drawing, sheet, "")


@pages.post("/flows/<flow>/whole")
@needs(Permission.CHANGE_SETTINGS)
def save_whole(flow: str) -> Answer:
    """Take it."""
    drawing = _drawing(flow)
    sheet = forms.of_flow(drawing)
    sheet.take(request.form)
    if request.form.get("do"):
        return _form(drawing, sheet, "")
    if request.form.get("seen", "") != sheet.seen:
        return make_response(_form(drawing, sheet, "", moved=True), 409)
    drawing.put(sheet.content())
    return redirect(url_for("flows.one", flow=flow))


@pages.post("/flows/<flow>/discard")
@needs(Permission.CHANGE_SETTINGS)
def discard(flow: str) -> Answer:
    """Forget what is unfinished."""
    _drawing(flow).discard()
    return redirect(url_for("flows.one", flow=flow))


@pages.get("/flows/<flow>/trial")
@needs(Permission.SEE_SETTINGS)
def try_out(flow: str) -> Answer:
    """Go through the flow on paper, with the keys pressed so far."""
    drawing = _drawing(flow)
    asked = trial.asked(request.args)
    try:
        site = document.parse(drawing.text)
        went = trial.go(_home(), site, flow, asked)
    except ConfigRejected:
        went = None
    return _render(drawing, "trial.html", asked=asked, went=went, keys=trial.KEYPAD)


@pages.post("/flows/<flow>/ring")
@needs(Permission.CHANGE_SETTINGS)
def ring(flow: str) -> Answer:
    """Ring a telephone; who answers is in the flow, as it is in force."""
    drawing, extension = _drawing(flow), request.form.get("extension", "")
    number = _number_in_force(flow)
    if not number:
        return make_response(_one(drawing, wording.NO_NUMBER), 409)
    try:
        with Link(_home().link("switchd"), "web", timeout_s=TIMEOUT_S) as link:
            link.call(SwitchApi.dial, extension, number)
    except LinkDown:
        return make_response(_one(drawing, wording.AWAY), 409)
    except Refused:
        return make_response(_one(drawing, wording.NOT_RUNG), 409)
    return redirect(url_for("flows.one", flow=flow, rings=extension))


# -- what the pages are made of ---------------------------------------------------------------


def _home() -> Home:
    home: Home = current_app.extensions["markaz-home"]
    return home


def _user() -> str:
    session = access.current()
    assert session is not None
    return session.user


def _desk() -> Desk:
    return Desk(_home(), _user())


def _drawing(flow: str) -> Drawing:
    try:
        return Drawing(_home(), _user(), flow)
    except LookupError:
        abort(404)


def _sheet(drawing: Drawing, node: str) -> Sheet:
    try:
        return forms.of_node(drawing, node)
    except LookupError:
        abort(404)


def _fault_of_name(drawing: Drawing, name: str) -> str:
    """Why a node cannot have a name; "" when it can."""
    names = {node.name for node in graph.nodes(drawing.flow)}
    if not NAME.fullmatch(name):
        return str(wording.BAD_NAME)
    if len(names) >= MOST_NODES:
        return str(wording.TOO_MANY)
    return str(wording.NAME_TAKEN) if name in names else ""


def _problems(drawing: Drawing) -> list[Problem]:
    """What is wrong with it, in the reader's words."""
    return [
        replace(one, reason=wording_problems.whole(one), suggestion="") for one in drawing.problems
    ]


def _targets(drawing: Drawing) -> dict[str, str]:
    """Everywhere a way may lead: nodes, and places outside by their words."""
    own = {node.name: node.name for node in graph.nodes(drawing.flow)}
    return own | {one.value: str(one.label) for one in form.destinations(drawing.content)}


def _number_in_force(flow: str) -> str:
    site = history.load_current(_home())[1]
    return next((one.number or "" for one in site.flow if one.name == flow), "")


def _everyone(said: str, problems: tuple[Problem, ...] = ()) -> str:
    _version, content = _desk().read()
    return render_template(
        "flows/everyone.html",
        flows=content.get("flow") or (),
        sketches=Sketches(_home()).names(_user()),
        wrong=wording.BAD_NAME if said == "name" else "",
        problems=problems,
        **_common(),
    )


def _one(drawing: Drawing, said: Any = "") -> str:
    at = placed(drawing, _problems(drawing))
    site = history.load_current(_home())[1]
    return _render(
        drawing,
        "one.html",
        nodes=graph.nodes(drawing.flow, language.tongue().code),
        start=graph.start_of(drawing.flow),
        outside=graph.outside(drawing.flow),
        targets=_targets(drawing),
        at=at,
        said=said,
        deeds=sorted(((deed, wording.deed(deed)) for deed in DEEDS), key=lambda one: str(one[1])),
        people=[(one.number, f"{one.number} {one.name}") for one in site.extension],
        number=_number_in_force(drawing.name),
        rings=request.args.get("rings", "")[:32],
    )


def _form(drawing: Drawing, sheet: Sheet, node: str, *, moved: bool = False) -> str:
    return _render(
        drawing,
        "form.html",
        node=node,
        deed=graph.deed_of(sheet.was) if node else "",
        views=sheet.views(drawing.content),
        problems=sheet.problems,
        seen=sheet.seen,
        moved=moved,
        offers=lambda wanted: forms.offered(drawing, wanted),
        ways_on=graph.node_of(sheet.was).ways if node else (),
        targets=_targets(drawing),
    )


def _render(drawing: Drawing, template: str, **values: Any) -> str:
    return render_template(f"flows/{template}", drawing=drawing, **_common(), **values)


def _common() -> dict[str, Any]:
    return {
        "changed": _desk().count(),
        "may_change": access.may(Permission.CHANGE_SETTINGS),
        "deed_word": wording.deed,
        "way_word": wording.way,
        "sight": wording.sight,
        "label": settings_wording.label,
        "reason_of": wording_problems.reason,
        "suggestion_of": wording_problems.suggestion,
        "none_yet": gettext("not set"),
    }
