"""A simulated panel: what it shows can be read, and its button be pressed."""

from __future__ import annotations


class SimPanel:
    """``Panel`` in memory. ``pulses`` counts the lifeline's calls while it was held."""

    def __init__(self) -> None:
        self.lit: dict[str, bool] = {}
        self.pressed = False
        self.held = False
        self.pulses = 0

    def show(self, led: str, *, lit: bool) -> None:
        """Panel."""
        self.lit[led] = lit

    def is_pressed(self) -> bool:
        """Panel."""
        return self.pressed

    def hold_lifeline(self, *, held: bool) -> None:
        """Panel."""
        self.held = held
        self.pulses += held

    def close(self) -> None:
        """Panel."""
        self.lit.clear()
        self.held = False
