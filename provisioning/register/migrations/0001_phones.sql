CREATE TABLE phone (
    id TEXT PRIMARY KEY,             -- MAC address, twelve hexadecimal digits; soft-N for softphones
    vendor TEXT NOT NULL,
    family TEXT NOT NULL,
    model TEXT NOT NULL,
    firmware TEXT NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    found_by TEXT NOT NULL,
    first_seen REAL NOT NULL,
    last_seen REAL NOT NULL,
    last_file TEXT NOT NULL,
    last_result TEXT NOT NULL,
    state TEXT NOT NULL,
    token TEXT NOT NULL,
    token_used INTEGER NOT NULL,
    admin_password TEXT NOT NULL,
    extensions TEXT NOT NULL,        -- JSON list
    keys TEXT NOT NULL,              -- JSON list; null: the layout every telephone gets
    tftp_secrets INTEGER NOT NULL,
    served TEXT NOT NULL,            -- JSON: the settings last sent, secrets as fingerprints
    served_at REAL NOT NULL
) STRICT;

CREATE TABLE override (
    phone TEXT NOT NULL REFERENCES phone (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (phone, name)
) STRICT;

-- A file of a telephone that was given out without a token: never a second time.
CREATE TABLE claim (
    phone TEXT NOT NULL REFERENCES phone (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    source TEXT NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (phone, path)
) STRICT;

CREATE TABLE window (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    open_until REAL NOT NULL
) STRICT;

CREATE TABLE firmware (
    name TEXT PRIMARY KEY,
    vendor TEXT NOT NULL,
    model TEXT NOT NULL,             -- "" for every model of the vendor
    version TEXT NOT NULL,
    share INTEGER NOT NULL,          -- percent of the telephones it goes to
    first TEXT NOT NULL,             -- JSON list of telephones that get it whatever the share
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    added_at REAL NOT NULL
) STRICT;

CREATE TABLE lease (
    mac TEXT PRIMARY KEY,
    address TEXT NOT NULL UNIQUE,
    until REAL NOT NULL
) STRICT;
