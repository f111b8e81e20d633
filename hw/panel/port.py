"""The seam to a board's panel: LEDs by name, one button, the lifeline relay.

``gpio.py`` drives pins, ``sim.py`` is looked at and pressed by tests and the bench.
"""

from __future__ import annotations

from typing import Protocol


class Panel(Protocol):
    """A panel. LEDs that a board does not have are shown to nobody."""

    def show(self, led: str, *, lit: bool) -> None:
        """Light an LED, or put it out."""
        ...

    def is_pressed(self) -> bool:
        """Whether the button is held down."""
        ...

    def hold_lifeline(self, *, held: bool) -> None:
        """To be called several times a second. ``held``: the telephone socket belongs to the
        box; a relay that is driven by pulses falls back when these calls stop."""
        ...

    def close(self) -> None:
        """Put everything out; the lifeline falls back to the exchange's line."""
        ...
