-- What the audio of a leg was like, in both directions.
CREATE TABLE leg_quality (
    id TEXT PRIMARY KEY,
    call_id TEXT NOT NULL,
    codec TEXT NOT NULL,
    heard_packets INTEGER NOT NULL,
    heard_lost INTEGER NOT NULL,
    heard_late INTEGER NOT NULL,
    heard_jitter_ms REAL NOT NULL,
    heard_mos REAL NOT NULL,
    told_packets INTEGER NOT NULL,
    told_lost INTEGER NOT NULL,
    told_jitter_ms REAL NOT NULL,
    told_mos REAL NOT NULL,
    round_trip_ms REAL NOT NULL
) STRICT;

CREATE INDEX leg_quality_by_call ON leg_quality (call_id);
