"""Every problem of a site configuration has words in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, get_args

import pytest
from flask import Flask
from flask_babel import Babel
from markupsafe import Markup
from pydantic import TypeAdapter, ValidationError

from firmware.config import validate
from firmware.config.problem import ConfigRejected, Problem
from firmware.config.reading import read
from firmware.config.schema import Site
from firmware.config.types import PATTERN_WORDS, Section
from tests.unit.problem_texts import Texts, Told
from web.settings import wording_problems
from web.settings.wording_problems import REASONS, SUGGESTIONS

WRONG = ("", "\x00", "-99999999", "99999999", "x", [], {}, ["\x00"], [[]], [{}])
"""Values that between them break every rule of a shape."""


def fields(model: type[Section], seen: set[type]) -> Iterator[tuple[str, Any]]:
    if model in seen:
        return
    seen.add(model)
    for name, field in model.model_fields.items():
        yield f"{model.__name__}.{name}", field
        parts = [field.annotation]
        while parts:
            part = parts.pop()
            if isinstance(part, type) and issubclass(part, Section):
                yield from fields(part, seen)
            parts += get_args(part)


def told_of_shapes() -> Iterator[Told]:
    """What is said of values of a wrong shape: the patterns' words, and what pydantic says."""
    for words in PATTERN_WORDS.values():
        yield Told(text=f"must be {words}", place="PATTERN_WORDS")
    for place, field in fields(Site, set()):
        shape = TypeAdapter(
            Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
        )
        for value in WRONG:
            try:
                shape.validate_python(value)
            except ValidationError as error:
                for one in error.errors(include_url=False):
                    if one["type"] not in {"missing", "extra_forbidden"}:
                        yield Told(text=validate._reason(one), place=place)


def with_hints(forms, said):
    """The texts, and the hints within them, which are texts themselves."""
    for one in said:
        yield one
        found = next((match for p, _text in forms if (match := p.fullmatch(one.text))), None)
        if found is not None and (hint := found.groupdict().get("hint")):
            yield from with_hints(forms, [Told(text=hint, place=one.place)])


TEXTS = Texts()
REASONS_SAID = [*TEXTS.said("reason"), *told_of_shapes()]
SUGGESTIONS_SAID = list(with_hints(SUGGESTIONS, TEXTS.said("suggestion")))


def unsaid(forms, said):
    """Every text that no form has, with its place."""
    return sorted(
        {
            f"{one.place}: {one.text}"
            for one in said
            if not any(pattern.fullmatch(one.text) for pattern, _text in forms)
        }
    )


def idle(forms, said):
    """Every form that is the first to fit nothing."""
    used = {next((p.pattern for p, _text in forms if p.fullmatch(one.text)), "") for one in said}
    return [pattern.pattern for pattern, _text in forms if pattern.pattern not in used]


def test_every_reason_has_words():
    assert len(REASONS_SAID) > 300
    assert unsaid(REASONS, REASONS_SAID) == []


def test_every_suggestion_has_words():
    assert len(SUGGESTIONS_SAID) > 80
    assert unsaid(SUGGESTIONS, SUGGESTIONS_SAID) == []


def test_no_words_are_left_over():
    assert idle(REASONS, REASONS_SAID) == []
    assert idle(SUGGESTIONS, SUGGESTIONS_SAID) == []


@pytest.mark.parametrize(
    "form", [r"is missing: registering needs one", r"holds a control character"]
)
def test_a_form_that_is_taken_out_is_missed(form):
    rest = [one for one in REASONS if one[0].pattern != form]
    assert len(rest) == len(REASONS) - 1
    assert unsaid(rest, REASONS_SAID) == [
        f"{one.place}: {one.text}" for one in REASONS_SAID if one.text == form
    ]


def test_a_form_that_nothing_says_is_found():
    spare = [*SUGGESTIONS, (re.compile("ask the oracle"), SUGGESTIONS[0][1])]
    assert idle(spare, SUGGESTIONS_SAID) == ["ask the oracle"]


# -- the collector ----------------------------------------------------------------------------


SOURCE = """
_WAYS = (("a", "leads nowhere"), ("b", "leads back"))

def check(item, near):
    for key, reason in _WAYS:
        yield _made(key, reason, f"{item}: " + ("one" if item else "two"))
    fault = _fault(item)
    if fault:
        yield Problem(path="x", reason=fault)

def _fault(item):
    if item:
        return "is odd"
    return f"is {item or 'nothing'}"

def _made(path, reason, suggestion=""):
    return Problem(path=path, reason=reason, suggestion=suggestion)
"""


def test_words_are_followed_to_where_they_are_written(tmp_path):
    (tmp_path / "rule.py").write_text(SOURCE)
    texts = Texts(tmp_path, (tmp_path / "rule.py",))
    assert {one.text for one in texts.said("reason")} == {
        "leads nowhere",
        "leads back",
        "is odd",
        "is 5",
        "is nothing",
    }
    assert {one.text for one in texts.said("suggestion")} == {"5: one", "5: two"}
    assert {one.place for one in texts.said("suggestion")} == {"rule.py:17"}


def test_words_that_cannot_be_followed_are_an_error(tmp_path):
    (tmp_path / "rule.py").write_text("Problem(reason=oracle.words[0])")
    texts = Texts(tmp_path, (tmp_path / "rule.py",))
    with pytest.raises(LookupError, match=r"rule\.py:1: oracle\.words\[0\]"):
        list(texts.said("reason"))


# -- what is read -----------------------------------------------------------------------------


@pytest.fixture
def page():
    app = Flask("web")
    Babel(app, default_locale="en")
    with app.test_request_context():
        yield


def read_as(text):
    """The reason and the suggestion of a text's first problem."""
    with pytest.raises(ConfigRejected) as caught:
        validate.validate(read(text))
    problem = caught.value.problems[0]
    return wording_problems.reason(problem), wording_problems.suggestion(problem)


@pytest.mark.usefixtures("page")
def test_a_librarys_words_stay_a_quotation():
    reason, suggestion = read_as('office:\n  name: "x\n')
    assert reason.startswith('This is not YAML: <bdi dir="ltr" lang="en">found unexpected end')
    assert suggestion == (
        "is a quotation mark not closed, or a \\ not doubled?; nothing after this place was read"
    )


@pytest.mark.usefixtures("page")
def test_the_choices_of_a_value_are_listed():
    reason, _suggestion = read_as("mail:\n  security: ssl\n")
    assert reason == "Put in one of: <bdi>starttls, tls, none</bdi>."


@pytest.mark.usefixtures("page")
def test_what_a_stranger_wrote_is_no_html():
    problem = Problem(path="", reason="nothing sets x", suggestion="did you mean <b>?")
    assert wording_problems.suggestion(problem) == "did you mean <bdi>&lt;b&gt;</bdi>?"
    unknown = Problem(path="", reason="<script>", suggestion="")
    assert not isinstance(wording_problems.reason(unknown), Markup)  # the template escapes it


@pytest.mark.usefixtures("page")
def test_a_line_of_a_report_has_its_place_in_front():
    problem = Problem(path="mail.sender", value="<x>", reason="is empty", suggestion="leave it out")
    assert wording_problems.placed(problem) == (
        '<bdi dir="ltr">mail.sender = &lt;x&gt;</bdi> The file is empty. (leave it out)'
    )
