"""The tables of causes in docs/gateway.md are those of firmware.model.cause.

``python -m tests.unit.test_docs_gateway`` writes them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.model.cause import Cause, cause_of, status_of

DOC = Path(__file__).parents[2] / "docs" / "gateway.md"
_OTHERS = 477  # a status that no RFC names


def _words(cause: Cause) -> str:
    return f"{cause.value} {cause.name.lower().replace('_', ' ')}"


def statuses() -> str:
    """What each cause is before the answer."""
    rows = [f"| {_words(cause)} | {status_of(cause)} |" for cause in Cause]
    return "\n".join(["| cause | status |", "|---|---|", *rows])


def causes() -> str:
    """What each status is without a Reason header."""
    others = cause_of(_OTHERS)
    listed = [status for status in range(300, 700) if cause_of(status) is not others]
    rows = [f"| {status} | {_words(cause_of(status))} |" for status in listed]
    return "\n".join(
        ["| status | cause |", "|---|---|", *rows, f"| any other | {_words(others)} |"]
    )


TABLES = {"status of cause": statuses, "cause of status": causes}


def _placed(text: str, name: str, table: str) -> str:
    found = re.compile(rf"(<!-- table: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    assert found.search(text), f"docs/gateway.md has no place for the table {name!r}"
    return found.sub(lambda match: f"{match[1]}{table}\n{match[2]}", text)


@pytest.mark.parametrize("name", TABLES)
def test_the_table_is_that_of_the_code(name: str) -> None:
    make: Callable[[], str] = TABLES[name]
    text = DOC.read_text(encoding="utf-8")
    assert _placed(text, name, make()) == text, "python -m tests.unit.test_docs_gateway"


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_a_status_that_refuses(cause: Cause) -> None:
    assert 400 <= status_of(cause) < 700


def test_what_the_network_says_before_the_answer_comes_back_the_same() -> None:
    """Those a caller can be told of: by their status alone they mean the same again."""
    told = {
        Cause.UNALLOCATED_NUMBER,
        Cause.USER_BUSY,
        Cause.NO_USER_RESPONDING,
        Cause.CALL_REJECTED,
        Cause.INVALID_NUMBER,
        Cause.NETWORK_OUT_OF_ORDER,
        Cause.BEARER_NOT_AVAILABLE,
    }
    assert {cause for cause in told if cause_of(status_of(cause)) is cause} == told


if __name__ == "__main__":
    document = DOC.read_text(encoding="utf-8")
    for title, table in TABLES.items():
        document = _placed(document, title, table())
    DOC.write_text(document, encoding="utf-8")
