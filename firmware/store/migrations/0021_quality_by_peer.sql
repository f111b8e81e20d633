-- Which telephone, line or trunk a leg was with, and when it ended: one asks which of them is bad.
ALTER TABLE leg_quality ADD COLUMN peer TEXT NOT NULL DEFAULT '';
ALTER TABLE leg_quality ADD COLUMN ended_at REAL NOT NULL DEFAULT 0;

UPDATE leg_quality SET (peer, ended_at) = (
    SELECT party, coalesce(ended_at, started_at) FROM legs WHERE legs.id = leg_quality.id
) WHERE id IN (SELECT id FROM legs);

CREATE INDEX leg_quality_by_end ON leg_quality (ended_at);
