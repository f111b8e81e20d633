-- How the battery went, each time it was drawn from: firmware/model/power/battery.py.
CREATE TABLE discharges (
    id TEXT PRIMARY KEY,
    began_at REAL NOT NULL,
    boot TEXT NOT NULL, -- the kernel's boot id: who died with it open died on battery
    ended TEXT NOT NULL, -- 'open', 'back', 'halted' or 'died'
    samples TEXT NOT NULL -- JSON: [[at_s, level_percent, load_percent or null], ...]
) STRICT;
