-- What agents look up: articles, each in up to three languages. "queue" is whose agents are shown
-- it first; empty for everybody's.
CREATE TABLE articles (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    changed_at REAL NOT NULL,
    changed_by TEXT NOT NULL
) STRICT;

CREATE TABLE article_texts (
    id INTEGER PRIMARY KEY,
    article INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    language TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL, -- Markdown
    UNIQUE (article, language)
) STRICT;

-- Their words, folded (firmware/store/search.py), by the id of the text.
CREATE VIRTUAL TABLE article_words USING fts5(
    title, body, content = '', tokenize = "unicode61 remove_diacritics 2"
);
