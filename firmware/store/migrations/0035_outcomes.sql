-- What an agent said came of a call: an outcome of its queue (site configuration) by name. Who
-- chooses again means the later one.
CREATE TABLE call_outcomes (
    call_id TEXT NOT NULL,
    agent TEXT NOT NULL,
    outcome TEXT NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (call_id, agent)
) STRICT, WITHOUT ROWID;
