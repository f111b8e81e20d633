"""The language of expressions: what it computes, and that nothing else can be done with it."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.ivr import expression
from firmware.ivr.expression import CannotCompute, compute
from firmware.model.flow.expression import FUNCTIONS, LONGEST, BadExpression, names_of

VALUES = {"caller": "0912", "balance": "250", "n": 3, "yes": True, "half": 0.5}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("n + 1", 4),
        ("number(balance) * 2 - n", 497),
        ("'a' + caller", "a0912"),
        ("n > 2 and not (n == 4)", True),
        ("n in n", CannotCompute),
        ("'91' in caller", True),
        ("first(caller, 2) + last(caller, 1)", "092"),
        ("starts(caller, '09') and ends(caller, 12)", True),
        ("matches(caller, '09XX')", True),
        ("length(caller) // 3", 1),
        ("least(n, 2) + most(n, 9)", 11),
        ("rounded(2.6) % 2", 1),
        ("text(2 * half)", "1"),
        ("whole('7') if yes else 0", 7),
        ("true and not false", True),
        ("number('۱۲')", 12),
        ("caller + 1", CannotCompute),
        ("caller * 5", CannotCompute),
        ("'%99999d' % n", CannotCompute),
        ("1 / 0", CannotCompute),
        ("unknown + 1", CannotCompute),
        ("number(caller + 'x')", CannotCompute),
        ("number('nan')", CannotCompute),
        ("number('1e400')", CannotCompute),
        ("999999999999999 * 999999999999999", CannotCompute),
        ("caller < n", CannotCompute),
        ("first(caller, 0 - 1)", CannotCompute),
        ("matches(caller, '[')", CannotCompute),
    ],
)
def test_what_is_computed(text, value):
    if value is CannotCompute:
        with pytest.raises(CannotCompute):
            compute(text, VALUES)
    else:
        assert compute(text, VALUES) == value
        assert type(compute(text, VALUES)) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "caller.__class__",
        "caller.format('x')",
        "(lambda: 1)()",
        "[n for n in caller]",
        "{1: 2}",
        "[1, 2]",
        "caller[0]",
        "f'{caller}'",
        "2 ** 99",
        "1 << 99",
        "n := 5",
        "open('/etc/passwd')",
        "eval('1')",
        "first(caller)",
        "first(*caller)",
        "first(caller, count=1)",
        "b'x'",
        "...",
        "1j",
        "n; n",
        "",
        "   ",
        "n +",
        "(" * 200 + ")" * 200,
        "-" * 40 + "1",
        "n" * (LONGEST + 1),
        "\x00",
    ],
)
def test_what_is_no_expression(text):
    with pytest.raises(BadExpression):
        names_of(text)
    with pytest.raises(CannotCompute):
        compute(text, VALUES)


def test_which_variables_are_needed():
    assert names_of("number(balance) > n and true") == {"balance", "n"}


def test_every_function_that_may_be_called_is_there():
    assert set(expression._FUNCTIONS) == set(FUNCTIONS)


@given(st.text(max_size=400))
def test_any_text_is_a_value_or_a_clear_no(text):
    with contextlib.suppress(CannotCompute):
        assert isinstance(compute(text, VALUES), str | int | float | bool)


_ATOMS = st.sampled_from(["n", "caller", "balance", "half", "'xyz'", "9999999", "true"])
_FORMS = st.sampled_from(
    ["({} + {})", "({} * {})", "({} // {})", "({} % {})", "({} == {})", "({} < {})",
     "({} and {})", "({} or {})", "first({}, {})", "last({}, {})", "least({}, {})",
     "matches({}, {})"]
)  # fmt: skip


@given(
    st.recursive(
        _ATOMS,
        lambda parts: st.builds(lambda form, a, b: form.format(a, b), _FORMS, parts, parts),
        max_leaves=20,
    )
)
def test_no_expression_takes_long(text):
    began = time.process_time()
    with contextlib.suppress(CannotCompute):
        compute(text, {**VALUES, "caller": "x" * expression.LONGEST_TEXT})
    assert time.process_time() - began < 0.5
