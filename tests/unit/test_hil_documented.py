"""The tables of what the suites of lines and board have shown are those of the suites."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from firmware.config import document
from firmware.config.schema import Site
from tests.hil.covered import BEGIN, END, is_of_the_board
from tests.hil.led import EXPECTED
from tests.hil.lives import LIVES, POWER

ROOT = Path(__file__).parents[2]
MARK = re.compile(r'^@pytest\.mark\.covers\("([^"]+)"\)', re.MULTILINE)


@pytest.mark.parametrize(("document", "of_the_board"), [("lines.md", False), ("panel.md", True)])
def test_every_feature_of_the_suite_is_in_its_table(document, of_the_board):
    """`make hil WRITE=1` writes them."""
    marked = {
        feature
        for file in (ROOT / "tests" / "hil").glob("test_*.py")
        for feature in MARK.findall(file.read_text(encoding="utf-8"))
    } | {expected.feature for expected in EXPECTED.values()}
    marked = {feature for feature in marked if is_of_the_board(feature) is of_the_board}
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    rows = text.partition(BEGIN)[2].partition(END)[0].splitlines()
    written = {row.split("|")[1].strip() for row in rows if row.startswith("| ")} - {"feature"}
    assert marked
    assert marked == written


@pytest.mark.parametrize("name", EXPECTED)
def test_every_life_has_a_site_that_is_accepted(name):
    site = Site.model_validate({"power": POWER[name]})
    assert document.parse(document.dump(site, secrets=True)).power.board == POWER[name]["board"]
    assert name in LIVES
