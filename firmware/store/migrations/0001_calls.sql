CREATE TABLE calls (
    id TEXT PRIMARY KEY,
    started_at REAL NOT NULL,
    answered_at REAL,
    ended_at REAL,
    caller TEXT NOT NULL,
    caller_name TEXT NOT NULL,
    called TEXT NOT NULL,
    line TEXT NOT NULL,
    place TEXT NOT NULL,
    queue TEXT NOT NULL,
    agent TEXT NOT NULL,
    digits TEXT NOT NULL,
    disposition TEXT NOT NULL,
    cause INTEGER NOT NULL,
    hung_up_by TEXT NOT NULL,
    config_version INTEGER NOT NULL
) STRICT;

-- Newest first, page by page; the id breaks ties, so that no call falls between two pages.
CREATE INDEX calls_by_time ON calls (started_at DESC, id DESC);

-- The few that live, found at once among a million that ended.
CREATE INDEX calls_open ON calls (started_at) WHERE ended_at IS NULL;

CREATE TABLE legs (
    id TEXT PRIMARY KEY,
    call_id TEXT NOT NULL,
    direction TEXT NOT NULL,
    party TEXT NOT NULL,
    started_at REAL NOT NULL,
    answered_at REAL,
    ended_at REAL,
    cause INTEGER NOT NULL
) STRICT;

CREATE INDEX legs_by_call ON legs (call_id);
CREATE INDEX legs_open ON legs (started_at) WHERE ended_at IS NULL;

CREATE TABLE call_events (
    call_id TEXT NOT NULL,
    at REAL NOT NULL,
    name TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;

CREATE INDEX call_events_by_call ON call_events (call_id, at);
