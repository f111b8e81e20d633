"""How problems of the site configuration read: their reasons and suggestions in the reader's words.

The configuration says them in English, with the values in question among the words. Here each form
of it has its text: those of values in ``wording_shapes``, of what does not go together in
``wording_rules``, of flows in ``wording_flow_rules``, of suggestions in ``wording_advice``. A test
finds what has no form.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask_babel import LazyString
from markupsafe import Markup, escape

from firmware.config.problem import Problem
from web.settings.wording_advice import ADVICE
from web.settings.wording_flow_rules import FLOWS
from web.settings.wording_rules import RULES
from web.settings.wording_shapes import SHAPES

Forms = Sequence[tuple[re.Pattern[str], LazyString]]
"""What was said, its changing parts named, and how it reads. The first that fits counts."""

_QUOTATION = Markup('<bdi dir="ltr" lang="en">{}</bdi>')
_VALUE = Markup("<bdi>{}</bdi>")


def _forms(*pairs: tuple[str, LazyString]) -> Forms:
    return [(re.compile(pattern, re.DOTALL), text) for pattern, text in pairs]


REASONS = _forms(*FLOWS, *SHAPES, *RULES)
SUGGESTIONS = _forms(*ADVICE)


def reason(problem: Problem) -> str:
    """Why it is a problem: HTML, the values in it isolated."""
    return _said(REASONS, problem.reason)


def suggestion(problem: Problem) -> str:
    """What to do about it, as HTML; often nothing."""
    return _said(SUGGESTIONS, problem.suggestion)


def whole(problem: Problem) -> str:
    """Both, as HTML."""
    hint = suggestion(problem) if problem.suggestion else ""
    return Markup("{} ({})").format(reason(problem), hint) if hint else reason(problem)


def placed(problem: Problem) -> str:
    """Both behind where it is, as HTML."""
    where = f"{problem.path} = {problem.value}" if problem.value else problem.path
    place = Markup('<bdi dir="ltr">{}</bdi> ').format(where) if where else Markup()
    return place + whole(problem)


def _said(forms: Forms, text: str) -> str:
    for pattern, said in forms:
        if found := pattern.fullmatch(text):
            parts = {k: _part(forms, k, v) for k, v in found.groupdict().items() if v is not None}
            return Markup(escape(str(said))) % parts  # noqa: S704 - escaped
    return text


def _part(forms: Forms, name: str, text: str) -> str:
    """A part of a text by the name it has in its form: a ``hint`` is said itself, a library's own
    words stay a quotation (``quoted``), of several ``choices`` their values count."""
    if name == "hint":
        return _said(forms, text)
    if name == "quoted":
        return _QUOTATION.format(text)
    if name == "choices":
        text = text.replace("'", "").replace(" or ", ", ")
    return _VALUE.format(text)
