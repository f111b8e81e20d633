"""Which browser asks, as far as its header says: for the list of sessions, and to notice a cookie
that turns up in another one.

Only the browser's family and the system: versions change under a session's feet.
"""

from __future__ import annotations

FAMILIES = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
"""The first that fits counts: most name those they descend from too."""

SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


def browser_of(header: str) -> str:
    """What a User-Agent header names: "Firefox · Linux"; empty for nothing we know. These are
    names, the same in every language."""
    found = (_first(FAMILIES, header), _first(SYSTEMS, header))
    return " · ".join(filter(None, found))


def _first(table: tuple[tuple[str, str], ...], header: str) -> str:
    return next((name for sign, name in table if sign in header), "")
