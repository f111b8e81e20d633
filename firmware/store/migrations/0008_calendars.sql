-- What somebody ordered of a calendar (the night switch), over restarts.
CREATE TABLE calendar_orders (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    until REAL NOT NULL,
    at REAL NOT NULL
) STRICT;
