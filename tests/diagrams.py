"""The state diagrams of ARCHITECTURE.md, generated from the tables.

``python -m tests.diagrams`` writes them between their markers; ``--check`` only compares.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from firmware.model.agent import AGENT_TABLE
from firmware.model.leg import LEG_TABLE
from firmware.model.line import MOBILE_TABLE, STATION_TABLE, TRUNK_TABLE

DOCUMENT = Path(__file__).parents[1] / "ARCHITECTURE.md"
TABLES = {
    table.noun: table
    for table in (LEG_TABLE, AGENT_TABLE, TRUNK_TABLE, STATION_TABLE, MOBILE_TABLE)
}
_PLACE = re.compile(r"<!-- diagram: (?P<noun>[a-z ]+) -->\n.*?<!-- end -->", re.DOTALL)


def with_diagrams(text: str) -> str:
    """``text`` with every marked place holding its table's diagram."""

    def diagram(place: re.Match[str]) -> str:
        noun = place["noun"]
        return f"<!-- diagram: {noun} -->\n```mermaid\n{TABLES[noun].diagram()}\n```\n<!-- end -->"

    missing = set(TABLES) - {place["noun"] for place in _PLACE.finditer(text)}
    if missing:
        sys.exit(f"ARCHITECTURE.md has no place for the diagram of: {', '.join(sorted(missing))}")
    return _PLACE.sub(diagram, text)


def main() -> int:
    text = DOCUMENT.read_text(encoding="utf-8")
    fresh = with_diagrams(text)
    if "--check" in sys.argv:
        if text != fresh:
            sys.stderr.write("ARCHITECTURE.md is behind the tables: run python -m tests.diagrams\n")
        return int(text != fresh)
    DOCUMENT.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
