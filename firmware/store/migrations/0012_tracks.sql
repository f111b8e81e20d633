-- Who was on which side of a recording, and when it was paused, as JSON.
ALTER TABLE recordings ADD COLUMN tracks TEXT NOT NULL DEFAULT '[]';
