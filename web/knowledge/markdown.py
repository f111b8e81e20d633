"""Articles as HTML: Markdown without pictures and raw HTML (CommonMark 0.31 and tables), and then
only the tags that can do no harm, whatever the parser made of it."""

from __future__ import annotations

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")

_TAGS = {
    *("p", "br", "hr", "h3", "h4", "h5", "h6", "strong", "em", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto", "tel"}
_REL = "noopener noreferrer"
_SHIFT = 2
"""The page's own headings are above those of an article."""

_LEAST_HEADING = 6
EXCERPT = 160


@lru_cache(maxsize=256)
def html(text: str) -> Markup:
    """An article's body as HTML that may stand in a page."""
    tokens = _PARSER.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1:]) + _SHIFT, _LEAST_HEADING)}"
    made = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return Markup(  # noqa: S704 - cleaned here
        nh3.clean(
            made,
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            url_schemes=_SCHEMES,
            link_rel=_REL,
        )
    )


def excerpt(text: str) -> str:
    """How an article begins, without its marks."""
    words = Markup(nh3.clean(html(text), tags=set())).unescape().split()  # noqa: S704 - cleaned
    begun = " ".join(words)
    return begun if len(begun) <= EXCERPT else begun[:EXCERPT].rsplit(" ", 1)[0] + "…"
