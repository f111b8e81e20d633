-- What the owner of a box has made of it. A box without a row is as it came.
CREATE TABLE voicemail_boxes (
    number TEXT PRIMARY KEY,
    pin_hash TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '',
    temporary_until REAL
) STRICT;

-- Wrong PINs in a row, counted for the box's own telephone ("own") and for all others ("far")
-- apart: a stranger who tries must not shut the owner out.
CREATE TABLE voicemail_locks (
    number TEXT NOT NULL,
    side TEXT NOT NULL,
    failures INTEGER NOT NULL,
    locked_until REAL NOT NULL,
    PRIMARY KEY (number, side)
) STRICT;

CREATE TABLE voicemail_messages (
    id TEXT PRIMARY KEY,
    box TEXT NOT NULL,
    call_id TEXT NOT NULL,
    caller TEXT NOT NULL,
    caller_name TEXT NOT NULL,
    path TEXT NOT NULL UNIQUE,
    recorded_at REAL NOT NULL,
    length_s REAL NOT NULL,
    rate_hz INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    state TEXT NOT NULL,
    deleted_at REAL,
    forwarded_by TEXT NOT NULL
) STRICT;

CREATE INDEX voicemail_messages_by_box ON voicemail_messages (box, state, recorded_at);
CREATE INDEX voicemail_messages_deleted ON voicemail_messages (deleted_at)
    WHERE deleted_at IS NOT NULL;

-- Letters on their way out of the box: mail and short messages. ``ident`` says what a letter is
-- about, so that the same one is never put in twice.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ident TEXT NOT NULL UNIQUE,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    attachment TEXT NOT NULL,
    attachment_name TEXT NOT NULL,
    deletes TEXT NOT NULL,
    created_at REAL NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    waited_s REAL NOT NULL,
    finished_at REAL,
    fault TEXT NOT NULL
) STRICT;

CREATE INDEX outbox_open ON outbox (channel, id) WHERE state IN ('waiting', 'sending');
