"""The prompts that source code names: every string that can reach what says a prompt, found in
the syntax tree.

A name may be written in the call, chosen by a condition, kept in a local variable or in a table
of the module, returned by a function that returns a ``Part``, or handed through a parameter;
what reaches a prompt in any other way must be in ``ELSEWHERE``, with all it can be, so that no
prompt is named where nobody looks.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from firmware.model.features import Feature
from firmware.model.personal import ForwardKind


@dataclass(frozen=True, slots=True)
class Sayer:
    """A function that takes a prompt: by which parameter, at which place (without ``self``), and
    its other parameters. Any other keyword fills a gap of the prompt, if ``has_slots``."""

    parameter: str
    place: int
    others: frozenset[str] = frozenset()
    has_slots: bool = False


SAYERS = {
    "say": Sayer("said", 0, has_slots=True),
    "tell": Sayer("said", 1, frozenset({"leg"}), has_slots=True),
    "play": Sayer("said", 1, frozenset({"leg", "language"})),
    "Phrase": Sayer("name", 0),
    "built_in": Sayer("name", 0, frozenset({"language"}), has_slots=True),
    "or_built_in": Sayer("name", 1, frozenset({"saying"})),
}

ELSEWHERE = {
    "self._floor.queue_place(attempt.visit.queue).whisper": {"agent_whisper"},  # may be
    "queues.queue_place(name).greeting": {"queue_wait"},  # by default; the configuration names it
    "_CAUSES[saying.cause]": {"queue_overtaken", "queue_fewer_agents", "queue_longer_calls"},
    "saying.message": set(),  # the configuration names it
    "self.parts": set(),  # what an utterance was made of, which is looked at there
    "self.parts[0]": set(),
    "said.said": {"welcome"},  # of a flow: the configuration names it, "welcome" by default
    "f'feature_{feature}'": {f"feature_{feature}" for feature in Feature},
    "f'forward_{kind}_set'": {f"forward_{kind}_set" for kind in ForwardKind},
    # What _ask_pin and an outcome's take return.
    "wrong": {"wrong_pin", "agent_not_in_wrap_up", "agent_outcome_unknown"},
    "*said": set(),  # phrases, which are looked at there
}
"""What is no literal, by its source text."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Use:
    """One prompt named in one place, and the gaps filled there; None where they are not said."""

    place: str
    name: str
    gaps: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Scope:
    """One function, and the tables of its module."""

    path: Path
    function: Function
    tables: dict[str, ast.Dict]

    @property
    def parameters(self) -> list[ast.arg]:
        given = self.function.args
        return [*given.posonlyargs, *given.args, *given.kwonlyargs]

    def own(self) -> Iterator[ast.AST]:
        """The nodes of the function, without those of functions within it."""
        todo = list(ast.iter_child_nodes(self.function))
        while todo:
            node = todo.pop()
            yield node
            if not isinstance(node, Function):
                todo += ast.iter_child_nodes(node)

    def kept(self, name: str) -> list[ast.expr]:
        """Everything the local variable ``name`` is given."""
        values: list[ast.expr] = []
        for node in self.own():
            match node:
                case ast.Assign(targets=targets, value=value):
                    values += [value for t in targets if getattr(t, "id", "") == name]
                case ast.AnnAssign(target=ast.Name(id=target), value=value) if value is not None:
                    values += [value] if target == name else []
        return values


def named_in(*places: Path) -> list[Use]:
    """Every prompt named in some files, and in the files of some folders.

    Raises:
        AssertionError: something reaches a prompt that is followed nowhere, nor in ELSEWHERE.
    """
    scopes = list(_scopes(places))
    sayers: dict[tuple[Path | None, str], Sayer] = {(None, n): s for n, s in SAYERS.items()}
    while added := dict(_forwarders(scopes, sayers)):
        sayers |= added
    return [use for scope in scopes for use in _uses(scope, sayers)]


def _scopes(places: Iterable[Path]) -> Iterator[Scope]:
    files = (f for place in places for f in (place.rglob("*.py") if place.is_dir() else [place]))
    for path in sorted(files):
        module = ast.parse(path.read_text("utf-8"))
        tables = {
            target.id: node.value
            for node in module.body
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(module):
            if isinstance(node, Function):
                yield Scope(path, node, tables)


def _said(scope, sayers):
    """Each call that says a prompt: the call, how it takes it, and the expression."""
    for node in scope.own():
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        sayer = sayers.get((scope.path, name)) or sayers.get((None, name))
        if sayer is None:
            continue
        said = next((k.value for k in node.keywords if k.arg == sayer.parameter), None)
        if said is None and len(node.args) > sayer.place:
            said = node.args[sayer.place]
        if said is not None:
            yield node, sayer, said


def _forwarders(scopes, sayers):
    """Functions that hand a parameter on to one that takes a prompt. A private one counts in its
    own file only: others have the same name."""
    for scope in scopes:
        name = scope.function.name
        key = (scope.path if name.startswith("_") else None, name)
        if key in sayers:
            continue
        parameters = [p.arg for p in scope.parameters]
        for _call, _sayer, said in _said(scope, sayers):
            for handed in _names(said):
                if handed in parameters:
                    place = parameters.index(handed) - (parameters[0] in {"self", "cls"})
                    has_slots = scope.function.args.kwarg is not None
                    yield key, Sayer(handed, place, frozenset(parameters), has_slots)


def _names(said: ast.expr) -> Iterator[str]:
    match said:
        case ast.Name(id=name):
            yield name
        case ast.IfExp(body=one, orelse=other):
            yield from (*_names(one), *_names(other))
        case ast.BoolOp(values=parts) | ast.Tuple(elts=parts):
            yield from (name for part in parts for name in _names(part))


def _uses(scope, sayers):
    if scope.function.name in SAYERS:
        return
    for call, sayer, said in _said(scope, sayers):
        place = f"{scope.path.name}:{call.lineno}"
        whole = isinstance(said, ast.Tuple) or not isinstance(said, ast.expr)
        gaps = frozenset() if whole else _gaps(call, sayer)
        for name in _values(said, scope, place):
            yield Use(place, name, gaps)
        for filled in call.keywords if sayer.has_slots else ():
            if filled.arg not in (None, sayer.parameter, *sayer.others):
                for name in _strings(filled.value, scope, place):
                    yield Use(place, name, frozenset())
    returns = scope.function.returns
    if returns is not None and {"Part", "Sentence"} & {
        n.id for n in ast.walk(returns) if isinstance(n, ast.Name)
    }:
        for node in scope.own():
            if isinstance(node, ast.Return) and node.value is not None:
                place = f"{scope.path.name}:{node.lineno}"
                for name in _strings(node.value, scope, place):
                    yield Use(place, name, frozenset())


def _gaps(call: ast.Call, sayer: Sayer) -> frozenset[str] | None:
    if getattr(call.func, "id", "") == "Phrase":
        slots = call.args[1] if len(call.args) > 1 else None
        if isinstance(slots, ast.Dict):
            return frozenset(ast.literal_eval(key) for key in slots.keys if key is not None)
        return None
    if any(keyword.arg is None for keyword in call.keywords):
        return None  # **slots: said where they come from
    given = {keyword.arg for keyword in call.keywords if keyword.arg}
    return frozenset(given - {sayer.parameter} - sayer.others) if sayer.has_slots else frozenset()


def _strings(said: ast.expr, scope: Scope, place: str) -> set[str]:
    """The prompts among what may as well be a number or a time."""
    match said:
        case ast.Constant(value=str()) | ast.IfExp() | ast.BoolOp() | ast.Tuple():
            return _values(said, scope, place)
        case ast.JoinedStr() if ast.unparse(said) in ELSEWHERE:
            return set(ELSEWHERE[ast.unparse(said)])
        case ast.Name(id=name):
            return {n for v in scope.kept(name) for n in _strings(v, scope, place)}
    return set()


def _values(said: ast.expr, scope: Scope, place: str) -> set[str]:
    """Every prompt an expression can name."""
    match said:
        case ast.Constant(value=str(text)):
            return {text} if text else set()
        case ast.Constant(value=None):
            return set()
        case ast.IfExp(body=one, orelse=other):
            return _values(one, scope, place) | _values(other, scope, place)
        case ast.BoolOp(values=parts) | ast.Tuple(elts=parts):
            return {name for part in parts for name in _values(part, scope, place)}
        case ast.Subscript(value=ast.Name(id=table)) if table in scope.tables:
            return _all_of(scope.tables[table])
        case ast.Call(func=ast.Attribute(value=ast.Name(id=table), attr="get"), args=[_, *rest]):
            if table in scope.tables:
                default = {n for v in rest for n in _values(v, scope, place)}
                return _all_of(scope.tables[table]) | default
        case ast.Call():
            return set()  # a number, or what a function returns, whose own strings are looked at
        case ast.Name(id=name):
            if name in {p.arg for p in scope.parameters}:
                return set()  # looked at where the function is called
            if kept := scope.kept(name):
                return {n for value in kept for n in _values(value, scope, place)}
    text = ast.unparse(said)
    assert text in ELSEWHERE, f"{place}: what may {text} be? Write it in {__name__}.ELSEWHERE"
    return set(ELSEWHERE[text])


def _all_of(table: ast.Dict) -> set[str]:
    return {ast.literal_eval(value) for value in table.values}
