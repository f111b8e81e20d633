-- Everything a call is looked for by, in the order the pages are read: a search reads this index
-- alone, whatever is asked.
DROP INDEX calls_by_time;
CREATE INDEX calls_by_time ON calls (
    started_at DESC, id DESC,
    caller, called, caller_name, agent, queue, line, disposition, answered_at, ended_at
);

-- What people wrote about a call, and what was spoken in it.
CREATE TABLE call_texts (
    id INTEGER PRIMARY KEY,
    call_id TEXT NOT NULL,
    kind TEXT NOT NULL, -- 'note' or 'transcript'
    by TEXT NOT NULL,
    at REAL NOT NULL,
    text TEXT NOT NULL
) STRICT;

CREATE INDEX call_texts_by_call ON call_texts (call_id, at);

-- Their words, folded (firmware/store/search.py), by the id of the text.
CREATE VIRTUAL TABLE call_words USING fts5(
    text, content = '', tokenize = "unicode61 remove_diacritics 2"
);

CREATE TABLE call_tags (
    tag TEXT NOT NULL,
    call_id TEXT NOT NULL,
    by TEXT NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (tag, call_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX call_tags_by_call ON call_tags (call_id);
