"""What a reader sees or hears of a piece of HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

LETTER = re.compile(r"[^\W\d_]")

SPOKEN_ATTRIBUTES = {"title", "alt", "placeholder", "aria-label", "aria-description", "data-label"}
UNSPOKEN_TAGS = {"script", "style"}


class Spoken(HTMLParser):
    """The texts a reader sees or hears in a piece of HTML."""

    def __init__(self):
        super().__init__()
        self.texts = []
        self._inside = []

    def handle_starttag(self, tag, attrs):
        if tag not in ("input", "meta", "link", "br", "use"):
            self._inside.append((tag, dict(attrs)))
        self.texts += [value for name, value in attrs if name in SPOKEN_ATTRIBUTES and value]

    def handle_endtag(self, tag):
        while self._inside and self._inside.pop()[0] != tag:
            pass

    def handle_data(self, text):
        if not any(tag in UNSPOKEN_TAGS for tag, _ in self._inside):
            self.texts.append(text)

    def is_given(self):
        """Whether the place is one for what people and machines named, not for our words."""
        return any(
            tag in ("bdi", "data", "title") or "dir" in attrs or "lang" in attrs
            for tag, attrs in self._inside
            if tag != "html"
        )


def spoken(html):
    parser = Spoken()
    parser.feed(html)
    return parser.texts
