"""What agents look up: articles in up to three languages, found by their words however they were
typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from firmware.store.search import folded, phrase
from firmware.store.sqlite import writing

LONGEST_TITLE = 120
LONGEST_BODY = 12_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleText:
    """An article in one language; the body is Markdown."""

    language: str
    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One. ``queue`` is whose agents are shown it first, "" for everybody's."""

    id: int
    queue: str
    changed_at: float
    changed_by: str
    texts: tuple[ArticleText, ...]

    def text_in(self, language: str) -> ArticleText:
        """In this language, else in the first there is."""
        return next((one for one in self.texts if one.language == language), self.texts[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An article of a list, in the language that suits whoever asked."""

    id: int
    queue: str
    language: str
    title: str
    body: str


def write(db: Database, ident: int, text: ArticleText, *, queue: str, by: str, at: float) -> int:
    """Write an article in one language, a new one with id 0; an empty title takes this language
    away, and the article with its last. The article's id.

    Raises:
        KeyError: there is no such article.
        sqlite3.Error: it could not be written.
    """
    with writing(db):
        if ident == 0:
            made = db.execute(
                "INSERT INTO articles (queue, changed_at, changed_by) VALUES (?, ?, ?) "
                "RETURNING id",
                [queue, at, by],
            )
            ident = int(made.fetchone()[0])
        elif find(db, ident) is None:
            raise KeyError(ident)
        db.execute(
            "UPDATE articles SET queue = ?, changed_at = ?, changed_by = ? WHERE id = ?",
            [queue, at, by, ident],
        )
        _forget(db, ident, text.language)
        if text.title:
            _add(db, ident, text)
        db.execute(
            "DELETE FROM articles WHERE id = ? "
            "AND NOT EXISTS (SELECT 1 FROM article_texts WHERE article = articles.id)",
            [ident],
        )
    return ident


def find(db: Database, ident: int) -> Article | None:
    """One article with all its texts."""
    for row in db.query("SELECT * FROM articles WHERE id = ?", [ident]):
        texts = db.query(
            "SELECT language, title, body FROM article_texts WHERE article = ? ORDER BY id",
            [ident],
        )
        return Article(**row, texts=tuple(ArticleText(**one) for one in texts))
    return None


def search(
    db: Database, words: str, *, language: str, queue: str = "", limit: int = 30
) -> list[Found]:
    """The articles with all these words (the last may be the beginning of one), in any language;
    each once, in ``language`` where it has the words in it. Those of ``queue`` come first, then
    the better ones. Without words: all, by title."""
    asked = {"words": phrase(words), "language": language, "queue": queue, "limit": limit}
    rows = db.query(_SEARCH if asked["words"] else _ALL, asked)
    return [Found(**row) for row in rows]


def _add(db: Database, ident: int, text: ArticleText) -> None:
    made = db.execute(
        "INSERT INTO article_texts (article, language, title, body) VALUES (?, ?, ?, ?) "
        "RETURNING id",
        [ident, text.language, text.title, text.body],
    ).fetchone()
    db.execute(
        "INSERT INTO article_words (rowid, title, body) VALUES (?, ?, ?)",
        [made[0], folded(text.title), folded(text.body)],
    )


def _forget(db: Database, ident: int, language: str) -> None:
    """Take a text away. The index keeps no text of its own: what it is to forget must be said
    (FTS5 §4.4.2)."""
    found = db.execute(
        "DELETE FROM article_texts WHERE article = ? AND language = ? RETURNING id, title, body",
        [ident, language],
    ).fetchone()
    if found is not None:
        values: list[Any] = [found[0], folded(found[1]), folded(found[2])]
        db.execute(
            "INSERT INTO article_words (article_words, rowid, title, body) "
            "VALUES ('delete', ?, ?, ?)",
            values,
        )


_SEARCH = """
SELECT id, queue, language, title, body FROM (
    SELECT a.id, a.queue, t.language, t.title, t.body, w.good,
        row_number() OVER (
            PARTITION BY a.id ORDER BY t.language = :language DESC, w.good
        ) AS place
    FROM (SELECT rowid AS text, bm25(article_words, 5.0, 1.0) AS good
          FROM article_words WHERE article_words MATCH :words) AS w
    JOIN article_texts AS t ON t.id = w.text
    JOIN articles AS a ON a.id = t.article
) WHERE place = 1 ORDER BY (queue = :queue AND queue <> '') DESC, good, id LIMIT :limit
"""

_ALL = """
SELECT id, queue, language, title, body FROM (
    SELECT a.id, a.queue, t.language, t.title, t.body,
        row_number() OVER (PARTITION BY a.id ORDER BY t.language = :language DESC, t.id) AS place
    FROM article_texts AS t JOIN articles AS a ON a.id = t.article
) WHERE place = 1 ORDER BY (queue = :queue AND queue <> '') DESC, title, id LIMIT :limit
"""
