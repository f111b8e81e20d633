"""Everything that a configuration may be told is wrong with it, collected from the source code.

A reason or a suggestion is followed from where a problem is made to the words themselves: through
names, parameters (every call is looked at), functions that return it, loops over constants. What
is only known when the box runs, a number or a name, stands as ``SAMPLE``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

SAMPLE = "5"
ROOT = Path(__file__).parents[2]
SOURCES = (
    *sorted((ROOT / "firmware/config").rglob("*.py")),
    *sorted((ROOT / "firmware/model/flow").glob("*.py")),
    ROOT / "firmware/model/pattern.py",
)
_MAKERS = {"Problem", "Fault"}
_RAISED = {"BadPattern", "BadExpression", "BadText"}
"""Errors whose text becomes a reason as it is."""

_ELSEWHERE = {"str(error)", "fault.reason", "fault.suggestion", "_reason(error)"}
"""What is collected where it is raised or made; ``_reason`` is pydantic's, which is asked."""

_Function = ast.FunctionDef | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One text, and where it is said."""

    text: str
    place: str


class Texts:
    """Reads the sources once."""

    def __init__(self, root: Path = ROOT, sources: tuple[Path, ...] = SOURCES) -> None:
        self._root = root
        self._modules = [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in sources]
        self._at: list[ast.AST] = []  # what is being followed: a circle ends there

    def said(self, key: str) -> Iterator[Told]:
        """Every text of ``key``: "reason" or "suggestion".

        Raises:
            LookupError: one cannot be followed to its words: write it so that it can.
        """
        for path, tree in self._modules:
            for function, node in _within(tree):
                if isinstance(node, ast.Call) and (words := _words(node, key)) is not None:
                    place = f"{path.relative_to(self._root)}:{node.lineno}"
                    found = self._texts(words, function, tree)
                    if not found and ast.unparse(words) not in _ELSEWHERE:
                        raise LookupError(f"{place}: {ast.unparse(words)}")
                    yield from (Told(text=text, place=place) for text in found if text)

    def _texts(
        self, node: ast.AST, function: _Function, tree: ast.Module, at: int = -1
    ) -> list[str]:
        """What an expression may say; ``at`` is which item of it, when it is a tuple."""
        if ast.unparse(node) in _ELSEWHERE or any(node is one for one in self._at):
            return []
        self._at.append(node)
        try:
            return list(dict.fromkeys(self._followed(node, function, tree, at)))
        finally:
            self._at.pop()

    def _followed(
        self, node: ast.AST, function: _Function, tree: ast.Module, at: int
    ) -> Iterator[str]:
        match node:
            case ast.Tuple(elts=elts) if at >= 0:
                yield from self._texts(elts[at], function, tree)
            case ast.Constant(value=str(text)):
                yield text
            case ast.JoinedStr(values=values):
                parts = [self._part(one, function, tree) for one in values]
                yield from ("".join(one) for one in product(*parts))
            case ast.IfExp(body=body, orelse=orelse):
                yield from self._texts(body, function, tree, at)
                yield from self._texts(orelse, function, tree, at)
            case ast.BoolOp(values=values):
                for one in values:
                    yield from self._texts(one, function, tree, at)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                both = self._texts(left, function, tree), self._texts(right, function, tree)
                yield from ("".join(one) for one in product(*both))
            case ast.Name(id=name):
                yield from self._named(name, function, tree, at)
            case ast.Call(func=ast.Name(id="next"), args=[ast.GeneratorExp(elt=elt), other]):
                yield from self._texts(elt, function, tree)
                yield from self._texts(other, function, tree)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(value=ast.Name(), attr=name)):
                yield from self._returned(name, tree, at)

    def _part(self, node: ast.AST, function: _Function, tree: ast.Module) -> list[str]:
        """A part of an f-string."""
        if isinstance(node, ast.FormattedValue):
            either = node.value.values if isinstance(node.value, ast.BoolOp) else [node.value]
            return [t for one in either for t in self._texts(one, function, tree) or [SAMPLE]]
        return self._texts(node, function, tree)

    def _returned(self, name: str, tree: ast.Module, at: int) -> Iterator[str]:
        for home in self._homes(name, tree):
            for function, node in _within(home):
                if isinstance(node, ast.Return) and node.value and _name(function) == name:
                    yield from self._texts(node.value, function, home, at)

    def _homes(self, name: str, tree: ast.Module) -> list[ast.Module]:
        """Where a function of this name is defined: here, or else wherever it is."""
        homes = [one for _path, one in self._modules if name in _functions(one)]
        return [tree] if tree in homes else homes

    def _named(self, name: str, function: _Function, tree: ast.Module, at: int) -> Iterator[str]:
        parameters = _parameters(function)
        texts: list[str] = []
        for _function, node in _within(tree):
            if _function is not function and _function is not None:
                continue
            match node:
                case (
                    ast.Assign(targets=[target], value=value)
                    | ast.NamedExpr(target=target, value=value)
                ):
                    if (item := _item_of(target, name)) is not None:
                        texts += self._texts(value, function, tree, at if item < 0 else item)
                case ast.AugAssign(target=ast.Name(id=same), value=value) if same == name:
                    ends = self._texts(value, function, tree)
                    texts += [text + end for text in texts for end in ends]
                case (
                    ast.For(target=target, iter=over) | ast.comprehension(target=target, iter=over)
                ):
                    if (item := _item_of(target, name)) is not None:
                        for one in _members(over, tree):
                            texts += self._texts(one, function, tree, item)
        yield from texts
        if function is not None and name in parameters:
            yield from self._given(name, function, parameters.index(name), tree)

    def _given(
        self, name: str, function: ast.FunctionDef, index: int, tree: ast.Module
    ) -> Iterator[str]:
        """What a parameter may be: its default, and what each call gives."""
        defaults = dict(
            zip(reversed(_parameters(function)), reversed(function.args.defaults), strict=False)
        )
        if name in defaults:
            yield from self._texts(defaults[name], None, tree)
        own = function.name.startswith("_")
        for home in [tree] if own else [one for _path, one in self._modules]:
            for caller, node in _within(home):
                if isinstance(node, ast.Call) and _called(node) == function.name:
                    given = {k.arg: k.value for k in node.keywords}
                    value = node.args[index] if index < len(node.args) else given.get(name)
                    if value is not None:
                        yield from self._texts(value, caller, home)


def _words(node: ast.Call, key: str) -> ast.AST | None:
    """The expression in a call that becomes a text of ``key``."""
    name = _called(node)
    if name in _MAKERS:
        return next((k.value for k in node.keywords if k.arg == key), None)
    if key == "reason" and name in _RAISED and node.args:
        return node.args[0]
    if key == "reason" and name == "PydanticCustomError":
        return node.args[1]
    return None


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


_WITHIN: dict[ast.Module, list[tuple[_Function, ast.AST]]] = {}


def _within(tree: ast.Module) -> list[tuple[_Function, ast.AST]]:
    """Every node, in the order of the source, and the function it is in."""

    def walk(node: ast.AST, function: _Function) -> Iterator[tuple[_Function, ast.AST]]:
        for inner in ast.iter_child_nodes(node):
            here = inner if isinstance(inner, ast.FunctionDef) else function
            yield here, inner
            yield from walk(inner, here)

    if tree not in _WITHIN:
        _WITHIN[tree] = list(walk(tree, None))
    return _WITHIN[tree]


def _functions(tree: ast.Module) -> set[str]:
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def _name(function: _Function) -> str:
    return function.name if function is not None else ""


def _parameters(function: _Function) -> list[str]:
    if function is None:
        return []
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    return [name for name in names if name != "self"]


def _item_of(target: ast.AST, name: str) -> int | None:
    """Which item of what is assigned ``name`` gets: -1 for all of it, None for nothing."""
    match target:
        case ast.Name(id=same) if same == name:
            return -1
        case ast.Tuple(elts=elts):
            for index, one in enumerate(elts):
                if isinstance(one, ast.Name) and one.id == name:
                    return index
    return None


def _members(over: ast.AST, tree: ast.Module) -> list[ast.expr]:
    """What a loop goes over, when that is written out."""
    if isinstance(over, ast.Name):
        constants = [
            node.value
            for node in tree.body
            if isinstance(node, ast.Assign) and _item_of(node.targets[0], over.id) == -1
        ]
        over = constants[0] if constants else over
    return list(over.elts) if isinstance(over, ast.Tuple | ast.List) else []
