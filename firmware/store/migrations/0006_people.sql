-- What people have set for the calls that come to them.
CREATE TABLE people (
    id TEXT PRIMARY KEY,
    changed_at REAL NOT NULL,
    settings TEXT NOT NULL
) STRICT;

CREATE TABLE wake_ups (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL,
    at REAL NOT NULL,
    due_at REAL NOT NULL,
    tries INTEGER NOT NULL,
    state TEXT NOT NULL
) STRICT;

CREATE INDEX wake_ups_waiting ON wake_ups (due_at) WHERE state = 'waiting';
