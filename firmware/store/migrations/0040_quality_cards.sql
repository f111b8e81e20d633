-- Score-cards, each in versions; what a version asks is JSON (firmware/store/score_cards.py).
CREATE TABLE score_cards (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    made_at REAL NOT NULL,
    made_by TEXT NOT NULL,
    card TEXT NOT NULL,
    retired_at REAL, -- on its last version: nobody evaluates with it any more
    PRIMARY KEY (name, version)
) STRICT, WITHOUT ROWID;

-- Several people are asked to evaluate the same call, and see nothing of one another until the
-- last has, or whoever asked them ends it.
CREATE TABLE calibrations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    call_id TEXT NOT NULL,
    card TEXT NOT NULL,
    version INTEGER NOT NULL,
    made_at REAL NOT NULL,
    made_by TEXT NOT NULL,
    ended_at REAL
) STRICT;

CREATE TABLE calibration_people (
    calibration INTEGER NOT NULL REFERENCES calibrations (id) ON DELETE CASCADE,
    person TEXT NOT NULL,
    PRIMARY KEY (calibration, person)
) STRICT, WITHOUT ROWID;

-- What somebody says of a call; "calibration" 0 for one that counts for its agent.
CREATE TABLE evaluations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    call_id TEXT NOT NULL,
    card TEXT NOT NULL,
    version INTEGER NOT NULL,
    queue TEXT NOT NULL,
    agent TEXT NOT NULL,
    call_at REAL NOT NULL,
    by TEXT NOT NULL,
    at REAL NOT NULL,
    calibration INTEGER NOT NULL,
    percent REAL NOT NULL,
    fatal INTEGER NOT NULL, -- how many fatal questions were failed
    answers TEXT NOT NULL,
    remark TEXT NOT NULL,
    UNIQUE (call_id, card, by, calibration)
) STRICT;

CREATE INDEX evaluations_of_agent ON evaluations (agent, call_at) WHERE calibration = 0;
CREATE INDEX evaluations_by_time ON evaluations (call_at) WHERE calibration = 0;
CREATE INDEX evaluations_of_calibration ON evaluations (calibration) WHERE calibration <> 0;

-- What an evaluation says about a moment of the recording.
CREATE TABLE evaluation_remarks (
    evaluation INTEGER NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE,
    recording TEXT NOT NULL,
    at_s REAL NOT NULL,
    text TEXT NOT NULL
) STRICT;

CREATE INDEX evaluation_remarks_of ON evaluation_remarks (evaluation, at_s);

-- A card somebody has evaluated with, or was asked to, never changes: no program may.
CREATE TRIGGER score_cards_in_use BEFORE UPDATE OF name, version, card ON score_cards
WHEN EXISTS (SELECT 1 FROM evaluations WHERE card = old.name AND version = old.version)
    OR EXISTS (SELECT 1 FROM calibrations WHERE card = old.name AND version = old.version)
BEGIN
    SELECT RAISE(ABORT, 'this version of the score-card is in use');
END;

CREATE TRIGGER score_cards_kept BEFORE DELETE ON score_cards
WHEN EXISTS (SELECT 1 FROM evaluations WHERE card = old.name AND version = old.version)
    OR EXISTS (SELECT 1 FROM calibrations WHERE card = old.name AND version = old.version)
BEGIN
    SELECT RAISE(ABORT, 'this version of the score-card is in use');
END;

-- Samples that were drawn (firmware/model/sampling.py), with all that is needed to draw them again.
CREATE TABLE call_samples (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    seed TEXT NOT NULL,
    drawn_at REAL NOT NULL,
    drawn_by TEXT NOT NULL,
    since REAL NOT NULL,
    until REAL NOT NULL,
    least_s REAL NOT NULL,
    each INTEGER NOT NULL,
    queues TEXT NOT NULL
) STRICT;

-- No call is drawn twice, by whomever.
CREATE TABLE sampled_calls (
    call_id TEXT PRIMARY KEY,
    sample INTEGER NOT NULL REFERENCES call_samples (id) ON DELETE CASCADE,
    agent TEXT NOT NULL,
    queue TEXT NOT NULL,
    call_at REAL NOT NULL,
    lot TEXT NOT NULL,
    among INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
