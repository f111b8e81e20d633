"""The table of what the suite of lines has shown is that of the suite as it is."""

from __future__ import annotations

import re
from pathlib import Path

from tests.hil.covered import BEGIN, END

ROOT = Path(__file__).parents[2]
MARK = re.compile(r'^@pytest\.mark\.covers\("([^"]+)"\)', re.MULTILINE)


def test_every_feature_of_the_suite_is_in_the_table():
    """`make hil WRITE=1` writes it."""
    marked = {
        feature
        for file in (ROOT / "tests" / "hil").glob("test_*.py")
        for feature in MARK.findall(file.read_text(encoding="utf-8"))
    }
    document = (ROOT / "docs" / "lines.md").read_text(encoding="utf-8")
    rows = document.partition(BEGIN)[2].partition(END)[0].splitlines()
    written = {row.split("|")[1].strip() for row in rows if row.startswith("| ")} - {"feature"}
    assert marked
    assert marked == written
