-- What callers left behind in flows: scores, comments, messages, payments.
CREATE TABLE flow_results (
    id TEXT PRIMARY KEY,
    call_id TEXT NOT NULL,
    at REAL NOT NULL,
    flow TEXT NOT NULL,
    node TEXT NOT NULL,
    kind TEXT NOT NULL,      -- score, comment, recording, payment
    name TEXT NOT NULL,      -- the question's, the variable's
    value TEXT NOT NULL,     -- the score; the sound's path under flows/; the payment's reference
    queue TEXT NOT NULL,     -- the queue and the agent the caller had before
    agent TEXT NOT NULL
) STRICT;
CREATE INDEX flow_results_call ON flow_results (call_id);
CREATE INDEX flow_results_at ON flow_results (at);
