"""Configurations for the tests of the settings: the samples of other tests, and any at all."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from firmware.config import document
from firmware.config.problem import ConfigRejected
from web.settings.shape import Field, Kind, Shape

ROOT = Path(__file__).parents[2]
_SHORTEST = 200


def sample_texts() -> dict[str, str]:
    """Every text in the unit tests and in the documents that is a whole site configuration."""
    found: dict[str, str] = {}
    for path, text in _candidates():
        try:
            site = document.parse(text)
        except ConfigRejected:
            continue
        if site.model_fields_set and len(text) > _SHORTEST:
            found[f"{path.stem}-{len(found)}"] = text
    return found


def _candidates() -> Iterator[tuple[Path, str]]:
    for path in sorted((ROOT / "tests" / "unit").glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
            if is_text and "\n" in node.value and ": " in node.value:
                yield path, node.value
    for path in sorted((ROOT / "docs").glob("*.md")):
        for text in re.findall(r"```yaml\n(.*?)```", path.read_text(), re.DOTALL):
            yield path, text


_LABELS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\u2028\u2029"),
    min_size=1,
    max_size=12,
)
_HOSTILE = st.sampled_from(
    ("<script>alert(1)</script>", '" onfocus="x', "</textarea>", "&amp;", " two  spaces ", "'")
)
_WORDS = st.text("abc019-_.:/*#+ <>&\"'", min_size=1, max_size=10)

_VALUES = {
    Kind.LABEL: _LABELS | _HOSTILE,
    Kind.LONG: _LABELS | _HOSTILE | st.just("a,b\n1,2\n") | st.just("\n\nx"),
    Kind.TEXT: _WORDS | _HOSTILE,
    Kind.NUMBER: st.text("0123456789*#+", min_size=1, max_size=8),
    Kind.WHOLE: st.integers(-5, 70000).map(str),
    Kind.DECIMAL: st.sampled_from(("0", "5", "5.0", "30.00", "2.5", "-1.25")),
    Kind.SWITCH: st.sampled_from(("true", "false")),
    Kind.SECRET: _WORDS,
    Kind.DESTINATION: st.sampled_from(
        ("extension:101", "queue:support", "number:0912", "ivr:none", "voicemail:101")
    ),
    Kind.TARGET: st.sampled_from(("node-1", "queue:support")),
    Kind.HOURS: st.sampled_from(("08:00-17:00", "22:00-24:00")),
}


def contents(shape: Shape) -> st.SearchStrategy[dict[str, Any]]:
    """Anything a section may say as far as its shape goes, optional fields left out at times."""
    required = {one.name: _values(one) for one in shape.fields if one.is_required}
    optional = {one.name: _values(one) for one in shape.fields if not one.is_required}
    return st.fixed_dictionaries(required, optional=optional)


def _values(one: Field) -> st.SearchStrategy[Any]:
    if one.shape is not None:
        inner = contents(one.shape)
    elif one.kind is Kind.CHOICE:
        inner = st.sampled_from(one.choices)
    else:
        inner = _VALUES[one.kind]
    if not one.is_list:
        return inner
    is_set = one.kind is Kind.CHOICE
    return st.lists(inner, max_size=3, unique=is_set)
