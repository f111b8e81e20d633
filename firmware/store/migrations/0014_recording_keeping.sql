ALTER TABLE recordings ADD COLUMN format TEXT NOT NULL DEFAULT 'wav';
ALTER TABLE recordings ADD COLUMN sound_sha256 TEXT NOT NULL DEFAULT '';
ALTER TABLE recordings ADD COLUMN cipher TEXT NOT NULL DEFAULT '';

CREATE INDEX recordings_by_time ON recordings (started_at, id);

-- What became of every recording, in order: "kept" and "deleted". Each hash covers the line and
-- the hash before it, so that no line can be changed or taken out unseen.
CREATE TABLE recording_chain (
    seq INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    event TEXT NOT NULL,
    kind TEXT NOT NULL,
    ident TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    who TEXT NOT NULL,
    why TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;

CREATE INDEX recording_chain_by_ident ON recording_chain (ident, seq);

-- What must not be deleted, by nobody and for no reason, until it is released.
CREATE TABLE legal_holds (
    kind TEXT NOT NULL,
    ident TEXT NOT NULL,
    at REAL NOT NULL,
    who TEXT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (kind, ident)
) STRICT;

-- Who listened to, took away, deleted, held or released a recording.
CREATE TABLE recording_audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    who TEXT NOT NULL,
    place TEXT NOT NULL,
    what TEXT NOT NULL,
    ident TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;

CREATE INDEX recording_audit_by_ident ON recording_audit (ident, at);

-- What was cut off and made whole again.
CREATE TABLE recording_repairs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    kind TEXT NOT NULL,
    ident TEXT NOT NULL,
    cause TEXT NOT NULL,
    recovered_s REAL NOT NULL,
    healed TEXT NOT NULL
) STRICT;
