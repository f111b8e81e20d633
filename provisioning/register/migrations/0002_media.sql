-- What telephones show and play that the technician brought: the file lies in provision/media.
CREATE TABLE media (
    name TEXT PRIMARY KEY,
    kind TEXT NOT NULL,              -- wallpaper, ring, language
    vendor TEXT NOT NULL,            -- "" for every vendor
    model TEXT NOT NULL,             -- "" for every model of the vendor
    language TEXT NOT NULL,          -- of a language pack, ISO 639-1
    shown TEXT NOT NULL,             -- a language's name in the menu; for which calls a ring is
    bytes INTEGER NOT NULL,
    added_at REAL NOT NULL
) STRICT;
