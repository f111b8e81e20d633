-- Programs that may use the API, by their tokens: only the hash of each, as 256 random bits need no slow one.
CREATE TABLE programs (
    id TEXT PRIMARY KEY,
    user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    title TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL, -- JSON: permissions, of which the user's own remain
    created_at REAL NOT NULL,
    expires_at REAL,
    used_at REAL,
    revoked_at REAL
) STRICT;

-- Who is told of what happens, by HTTP. ``told`` is the last of the feed that became a letter.
CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    url TEXT NOT NULL,
    secret TEXT NOT NULL, -- signs: it must be known in clear
    events TEXT NOT NULL, -- JSON: names; none: all
    keep_trying_h INTEGER NOT NULL,
    created_at REAL NOT NULL,
    told INTEGER NOT NULL
) STRICT;

-- What happens, in the order in which it was written: for programs that follow (docs/api.md).
-- Nothing is written while there is nobody who could.
CREATE TABLE feed (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    name TEXT NOT NULL,
    queue TEXT NOT NULL,
    subject TEXT NOT NULL -- JSON
) STRICT;

CREATE INDEX feed_by_time ON feed (at);

CREATE VIEW feed_readers AS SELECT id FROM programs WHERE revoked_at IS NULL
UNION ALL SELECT id FROM webhooks;

CREATE TRIGGER feed_call_began AFTER INSERT ON calls
WHEN EXISTS (SELECT 1 FROM feed_readers) BEGIN
    INSERT INTO feed (at, name, queue, subject) VALUES (
        new.started_at, 'call.began', new.queue,
        json_object('call', new.id, 'caller', new.caller, 'caller_name', new.caller_name,
            'called', new.called, 'line', new.line)
    );
END;

CREATE TRIGGER feed_call_answered AFTER UPDATE OF answered_at ON calls
WHEN old.answered_at IS NULL AND new.answered_at IS NOT NULL
    AND EXISTS (SELECT 1 FROM feed_readers)
BEGIN
    INSERT INTO feed (at, name, queue, subject) VALUES (
        new.answered_at, 'call.answered', new.queue,
        json_object('call', new.id, 'caller', new.caller, 'called', new.called,
            'line', new.line, 'agent', new.agent, 'place', new.place)
    );
END;

CREATE TRIGGER feed_call_ended AFTER UPDATE OF ended_at ON calls
WHEN old.ended_at IS NULL AND new.ended_at IS NOT NULL
    AND EXISTS (SELECT 1 FROM feed_readers)
BEGIN
    INSERT INTO feed (at, name, queue, subject) VALUES (
        new.ended_at, 'call.ended', new.queue,
        json_object('call', new.id, 'caller', new.caller, 'caller_name', new.caller_name,
            'called', new.called, 'line', new.line, 'agent', new.agent, 'place', new.place,
            'disposition', new.disposition, 'started_at', new.started_at,
            'answered_at', new.answered_at, 'ended_at', new.ended_at)
    );
END;

CREATE TRIGGER feed_recording AFTER INSERT ON recordings
WHEN EXISTS (SELECT 1 FROM feed_readers) BEGIN
    INSERT INTO feed (at, name, queue, subject) VALUES (
        new.started_at + new.length_s, 'recording.finished',
        COALESCE((SELECT queue FROM calls WHERE id = new.call_id), ''),
        json_object('recording', new.id, 'call', new.call_id, 'length_s', new.length_s)
    );
END;

CREATE TRIGGER feed_voicemail AFTER INSERT ON voicemail_messages
WHEN EXISTS (SELECT 1 FROM feed_readers) BEGIN
    INSERT INTO feed (at, name, queue, subject) VALUES (
        new.recorded_at, 'voicemail.left', '',
        json_object('message', new.id, 'box', new.box, 'call', new.call_id,
            'caller', new.caller, 'length_s', new.length_s)
    );
END;

CREATE TRIGGER feed_queue_event AFTER INSERT ON queue_events
WHEN EXISTS (SELECT 1 FROM feed_readers) BEGIN
    INSERT INTO feed (at, name, queue, subject) VALUES (
        new.at, new.name, new.queue,
        json_object('visit', new.visit, 'call', new.call, 'agent', new.agent,
            'reason', new.reason, 'state', new.state, 'seconds', new.seconds,
            'caller', new.caller, 'called', new.called, 'line', new.line,
            'destination', new.destination, 'position', new.position)
    );
END;
