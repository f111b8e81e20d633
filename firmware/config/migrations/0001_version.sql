CREATE TABLE version (
    number INTEGER PRIMARY KEY,
    accepted_at REAL NOT NULL,          -- Unix seconds
    author TEXT NOT NULL,
    comment TEXT NOT NULL,
    text TEXT NOT NULL,                 -- the YAML as it was accepted, with its secrets
    restores INTEGER REFERENCES version (number)  -- an undo: whose text this is
) STRICT;
