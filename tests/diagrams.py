"""The state diagrams of the documents, generated from the tables.

``python -m tests.diagrams`` writes them between their markers; ``--check`` only compares.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from firmware.model.agent import AGENT_TABLE
from firmware.model.leg import LEG_TABLE
from firmware.model.line import MOBILE_TABLE, STATION_TABLE, TRUNK_TABLE
from firmware.model.power.state import POWER_TABLE
from firmware.model.table import Table

_ROOT = Path(__file__).parents[1]
DOCUMENTS: Mapping[Path, Sequence[Table[Any, Any]]] = {
    _ROOT / "ARCHITECTURE.md": (LEG_TABLE, AGENT_TABLE, TRUNK_TABLE, STATION_TABLE, MOBILE_TABLE),
    _ROOT / "docs" / "power.md": (POWER_TABLE,),
}
_PLACE = re.compile(r"<!-- diagram: (?P<noun>[a-z ]+) -->\n.*?<!-- end -->", re.DOTALL)


def with_diagrams(document: Path, tables: Sequence[Table[Any, Any]]) -> str:
    """A document's text with every marked place holding its table's diagram."""
    text, known = document.read_text(encoding="utf-8"), {table.noun: table for table in tables}

    def diagram(place: re.Match[str]) -> str:
        noun = place["noun"]
        return f"<!-- diagram: {noun} -->\n```mermaid\n{known[noun].diagram()}\n```\n<!-- end -->"

    missing = set(known) - {place["noun"] for place in _PLACE.finditer(text)}
    if missing:
        sys.exit(f"{document.name} has no place for the diagram of: {', '.join(sorted(missing))}")
    return _PLACE.sub(diagram, text)


def main() -> int:
    behind = False
    for document, tables in DOCUMENTS.items():
        fresh = with_diagrams(document, tables)
        if fresh == document.read_text(encoding="utf-8"):
            continue
        if "--check" in sys.argv:
            sys.stderr.write(
                f"{document.name} is behind its tables: run python -m tests.diagrams\n"
            )
            behind = True
        else:
            document.write_text(fresh, encoding="utf-8")
    return int(behind)


if __name__ == "__main__":
    sys.exit(main())
