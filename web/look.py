"""A look: how one state is shown. A word and a shape each, so that the tone is never alone."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import LazyString


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """``icon`` is a symbol of static/icons.svg; ``tone`` is good, busy, wait, bad or calm."""

    word: LazyString
    icon: str
    tone: str
