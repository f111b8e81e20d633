"""``docs/reports.md`` says what the console says of each figure, and names an address's words.
``python -m tests.unit.test_docs_reports`` prints its table anew."""

from __future__ import annotations

from pathlib import Path

from firmware.reports.question import FIGURES, PICKED, TOLD_APART
from web.reports.definitions import DEFINITIONS
from web.reports.wording import COMPARED, PERIODS, SUBJECTS

PAGE = Path(__file__).parents[2] / "docs" / "reports.md"


def table():
    """The figures of each subject, as rows of Markdown."""
    for subject, figures in FIGURES.items():
        for figure in figures:
            known = DEFINITIONS[figure.name]
            words = (subject, figure.name, known.title._args[0], known.meaning._args[0])
            yield f"| {' | '.join(words)} |"


def test_the_page_defines_every_figure_as_the_console_does():
    text = PAGE.read_text()
    for row in table():
        assert row in text


def test_the_page_names_every_word_of_an_address():
    text = PAGE.read_text()
    groups = {str(by) for known in (*TOLD_APART.values(), *PICKED.values()) for by in known}
    for word in {*map(str, SUBJECTS), *PERIODS, *COMPARED, *groups}:
        assert f"`{word}`" in text, word


if __name__ == "__main__":
    print("\n".join(table()))
