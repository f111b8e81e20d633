"""Expressions: the small language in which a flow decides and reckons, and its limits.

    number(balance) > 0 and caller != ""
    starts(account, "77") or count >= 3

Values are texts, numbers and true or false. There are no loops, no attributes, no subscripts, no
powers; an expression is short, so how long it can take is known. This module reads expressions
and says what is wrong with them; ``firmware.ivr.expression`` computes them.
"""

from __future__ import annotations

import ast
from typing import Final

LONGEST = 300
DEEPEST = 20
FUNCTIONS: Final = {
    "number": 1,
    "text": 1,
    "whole": 1,
    "length": 1,
    "first": 2,
    "last": 2,
    "starts": 2,
    "ends": 2,
    "has": 2,
    "matches": 2,
    "least": 2,
    "most": 2,
    "rounded": 1,
}
"""Every function and how many values it takes."""

CONSTANTS: Final = ("true", "false")

_NODES = (
    ast.Expression,
    ast.BoolOp,
    ast.And,
    ast.Or,
    ast.UnaryOp,
    ast.Not,
    ast.USub,
    ast.BinOp,
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.FloorDiv,
    ast.Mod,
    ast.Compare,
    ast.Eq,
    ast.NotEq,
    ast.Lt,
    ast.LtE,
    ast.Gt,
    ast.GtE,
    ast.In,
    ast.NotIn,
    ast.IfExp,
    ast.Call,
    ast.Constant,
    ast.Name,
    ast.Load,
)
"""All that an expression may be made of."""


class BadExpression(ValueError):
    """An expression that means nothing here; the text says why."""


def names_of(expression: str) -> frozenset[str]:
    """The variables an expression needs.

    Raises:
        BadExpression: it is none.
    """
    tree = _tree(expression)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return frozenset(
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and id(node) not in called and node.id not in CONSTANTS
    )


def _tree(expression: str) -> ast.Expression:
    if not expression.strip() or len(expression) > LONGEST:
        raise BadExpression(f"must have 1 to {LONGEST} characters")
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        raise BadExpression(f"is no expression: {reason}") from None
    if _depth(tree) > DEEPEST:
        raise BadExpression(f"is nested deeper than {DEEPEST}")
    for node in ast.walk(tree):
        _check(node)
    return tree


def _depth(tree: ast.AST) -> int:
    level: list[ast.AST] = [tree]
    depth = 0
    while level:
        depth += 1
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return depth


def _check(node: ast.AST) -> None:
    if not isinstance(node, _NODES):
        raise BadExpression(f"has something that is not used here: {type(node).__name__.lower()}")
    if isinstance(node, ast.Constant) and not isinstance(node.value, str | int | float):
        raise BadExpression(f"has {node.value!r}, which is no text and no number")
    if isinstance(node, ast.Call):
        _check_call(node)


def _check_call(node: ast.Call) -> None:
    if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
        called = node.func.id if isinstance(node.func, ast.Name) else "that"
        raise BadExpression(f"calls {called}; there are {', '.join(FUNCTIONS)}")
    if node.keywords or len(node.args) != FUNCTIONS[node.func.id]:
        raise BadExpression(f"{node.func.id}() takes {FUNCTIONS[node.func.id]}")
