-- What was wrong with the box, and from when to when: firmware/diagnosis/checks.py.
CREATE TABLE health (
    id INTEGER PRIMARY KEY,
    finding TEXT NOT NULL,
    subject TEXT NOT NULL,
    weight TEXT NOT NULL, -- 'critical', 'warning' or 'notice'
    facts TEXT NOT NULL, -- JSON
    began_at REAL NOT NULL,
    ended_at REAL -- NULL while it lasts
) STRICT;
CREATE INDEX health_open ON health (finding, subject) WHERE ended_at IS NULL;
