"""Articles as pages show them: found by words, a queue's own first."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from firmware.store import articles
from web.calls import store
from web.knowledge import markdown
from web.system import language
from web.writing import TONGUES

MOST_SHOWN = 30
MOST_AT_DESK = 10
LONGEST_WORDS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One article in the language it was found in; ``direction`` is that language's."""

    id: int
    queue: str
    language: str
    direction: str
    title: str
    html: Markup
    excerpt: str


def found(words: str, *, queue: str = "", limit: int = MOST_SHOWN) -> list[Shown]:
    """The articles with these words, in the reader's language where they are in it."""
    return [
        Shown(
            id=one.id,
            queue=one.queue,
            language=one.language,
            direction=TONGUES[one.language].direction,
            title=one.title,
            html=markdown.html(one.body),
            excerpt=markdown.excerpt(one.body),
        )
        for one in articles.search(
            store.database(),
            words[:LONGEST_WORDS],
            language=language.tongue().code,
            queue=queue,
            limit=limit,
        )
    ]


def of_queue(queue: str) -> list[Shown]:
    """A queue's own articles."""
    return [one for one in found("", queue=queue, limit=MOST_AT_DESK) if one.queue == queue]
