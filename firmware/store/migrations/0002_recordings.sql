CREATE TABLE recordings (
    id TEXT PRIMARY KEY,
    call_id TEXT NOT NULL,
    path TEXT NOT NULL UNIQUE,
    started_at REAL NOT NULL,
    length_s REAL NOT NULL,
    rate_hz INTEGER NOT NULL,
    channels INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL
) STRICT;

CREATE INDEX recordings_by_call ON recordings (call_id);
