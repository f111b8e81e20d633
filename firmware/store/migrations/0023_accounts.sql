-- What belongs to the people who use the console, beyond a name and a password.
ALTER TABLE users ADD COLUMN extension TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN disabled_at REAL;
-- Grows when every session of the person must end: a new password, another role, disabled.
ALTER TABLE users ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;

-- The queues a supervisor sees.
CREATE TABLE user_queues (
    user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    queue TEXT NOT NULL,
    PRIMARY KEY (user, queue)
) STRICT, WITHOUT ROWID;

-- The second factor (RFC 6238). The secret is encrypted with a key that is not in this file.
-- last_step: the time step of the last code that was taken; it and older ones are refused.
CREATE TABLE user_factors (
    user TEXT PRIMARY KEY REFERENCES users (name) ON DELETE CASCADE,
    sealed TEXT NOT NULL,
    enrolled_at REAL NOT NULL,
    last_step INTEGER NOT NULL
) STRICT;

CREATE TABLE recovery_codes (
    user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    code_hash TEXT NOT NULL,
    PRIMARY KEY (user, code_hash)
) STRICT, WITHOUT ROWID;

-- Roles that must have a second factor.
CREATE TABLE factor_roles (role TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- Who changed what, and who came in: before and after are JSON.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    who TEXT NOT NULL,
    place TEXT NOT NULL, -- the address it came from, or 'cli'
    deed TEXT NOT NULL,
    subject TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL
) STRICT;

CREATE INDEX audit_by_subject ON audit (subject, id);
CREATE INDEX audit_by_who ON audit (who, id);
