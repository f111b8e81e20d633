CREATE TABLE sms (
    id TEXT PRIMARY KEY,
    line TEXT NOT NULL,
    direction TEXT NOT NULL,
    number TEXT NOT NULL,
    text TEXT NOT NULL,
    at REAL NOT NULL,
    state TEXT NOT NULL,
    fault TEXT NOT NULL,
    network_at REAL,
    parts INTEGER NOT NULL,
    unreported TEXT NOT NULL
) STRICT;

CREATE INDEX sms_by_time ON sms (at DESC, id DESC);

-- What came from a SIM, as it came: kept before it is deleted there.
CREATE TABLE sms_parts (
    id TEXT PRIMARY KEY,
    sms_id TEXT NOT NULL,
    line TEXT NOT NULL,
    pdu TEXT NOT NULL,
    at REAL NOT NULL
) STRICT;

CREATE INDEX sms_parts_by_time ON sms_parts (at);
