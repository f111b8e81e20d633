"""The tables in docs/panel.md are those of the board files and of firmware.model.panel.

``python -m tests.unit.test_docs_panel`` writes them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from firmware.deviced.main import USUAL_ADDRESSES
from firmware.model.panel import HOLDING_LOOKS, LOOKS
from hw import board as boards
from hw.board import Board, Contact

DOC = Path(__file__).parents[2] / "docs" / "panel.md"


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _contact(contact: Contact | None) -> str:
    return "—" if contact is None else f"GPIO{contact.pin} {contact.active}"


def _gauge(board: Board) -> str:
    pins = board.power
    if not pins.gauge:
        return "—"
    address = USUAL_ADDRESSES[pins.gauge] if pins.address is None else pins.address
    return f"{pins.gauge}, bus {pins.bus}, 0x{address:02x}"


def what_is_on_boards() -> str:
    """A row a board."""
    rows = []
    for name in boards.names():
        board = boards.load(name)
        relay = board.panel.lifeline
        pulsed = ", pulsed" if board.panel.lifeline_by_pulses else ""
        dog = f"{board.watchdog}, {board.watchdog_timeout_s} s" if board.watchdog else "—"
        rows.append(
            [
                f"`{name}`",
                board.title,
                _gauge(board),
                _contact(board.power.mains_lost),
                _contact(board.panel.button),
                "—" if relay is None else f"GPIO{relay}{pulsed}",
                "simulated" if board.simulated else dog,
            ]
        )
    head = ("board", "what it is", "gauge", "no mains", "button pressed", "lifeline", "watchdog")
    return _rows(head, rows)


def leds() -> str:
    """A row a board with LEDs, a column an LED."""
    names = [name for name in boards.names() if boards.load(name).panel.leds]
    rows = [
        [f"`{name}`", *(f"GPIO{boards.load(name).panel.leds[led]}" for led in LOOKS)]
        for name in names
    ]
    return _rows(("board", *LOOKS), rows)


def meanings() -> str:
    """A row a meaning."""
    rows = [[led, word, look] for led, looks in LOOKS.items() for word, look in looks.items()]
    return _rows(("LED", "what is so", "it shows"), rows)


def holding() -> str:
    """What all LEDs show while the button is held."""
    return _rows(
        ("letting go now means", "all LEDs show"),
        [[held, look] for held, look in HOLDING_LOOKS.items()],
    )


TABLES = {
    "boards": what_is_on_boards,
    "pins of LEDs": leds,
    "meanings": meanings,
    "holding": holding,
}


def _placed(text: str, name: str, table: str) -> str:
    found = re.compile(rf"(<!-- table: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    assert found.search(text), f"docs/panel.md has no place for the table {name!r}"
    return found.sub(lambda match: f"{match[1]}{table}\n{match[2]}", text)


@pytest.mark.parametrize("name", TABLES)
def test_the_table_is_that_of_the_code(name: str) -> None:
    make: Callable[[], str] = TABLES[name]
    text = DOC.read_text(encoding="utf-8")
    assert _placed(text, name, make()) == text, "python -m tests.unit.test_docs_panel"


if __name__ == "__main__":
    written = DOC.read_text(encoding="utf-8")
    for title, maker in TABLES.items():
        written = _placed(written, title, maker())
    DOC.write_text(written, encoding="utf-8")
