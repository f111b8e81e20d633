"""Everything there is of quality: the modules put their pages into the one blueprint."""

from __future__ import annotations

from web.quality import calibrating, cards, evaluating, figures, overview  # noqa: F401 - pages
from web.quality.pages import pages

__all__ = ["pages"]
