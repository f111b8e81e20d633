CREATE TABLE contacts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    organisation TEXT NOT NULL,
    language TEXT NOT NULL,
    is_vip INTEGER NOT NULL,
    note TEXT NOT NULL,
    changed_at REAL NOT NULL
) STRICT;

CREATE INDEX contacts_by_name ON contacts (name, organisation);

CREATE TABLE contact_numbers (
    contact_id INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    number TEXT NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (contact_id, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE blocks (
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    answer TEXT NOT NULL,
    note TEXT NOT NULL,
    created_at REAL NOT NULL,
    PRIMARY KEY (kind, value)
) STRICT, WITHOUT ROWID;
