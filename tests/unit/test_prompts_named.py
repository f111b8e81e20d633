"""What code says is in the catalogue, with the gaps the code fills; and nothing else is there."""

from __future__ import annotations

from pathlib import Path

from firmware.prompts import catalogue
from tests.unit.named_prompts import named_in

FIRMWARE = Path(__file__).parents[2] / "firmware"


def uses():
    # Two by two: what flows call ``ask`` says something, what queues call so does not.
    exchange = named_in(FIRMWARE / "switchd", FIRMWARE / "voicemail" / "when.py")
    return [*exchange, *named_in(FIRMWARE / "ivr")]


def there():
    """Every prompt of the catalogue with its gaps."""
    english = catalogue.load("en")
    return dict.fromkeys(english.whole, frozenset()) | {
        name: catalogue.gaps(shape) for name, shape in english.phrases.items()
    }


def test_what_code_says_is_in_the_catalogue_with_its_gaps():
    known = there()
    wrong = [
        f"{use.place}: '{use.name}'" + (f" with {sorted(use.gaps)}" if use.gaps is not None else "")
        for use in uses()
        if use.name not in known or use.gaps not in (None, known[use.name])
    ]
    assert not wrong


def test_nothing_else_is_in_the_catalogue_that_nobody_says():
    assert set(there()) - {use.name for use in uses()} == set()
