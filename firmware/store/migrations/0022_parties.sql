-- Any part of a number or a name, found among a million calls: the sets of three letters each call
-- has (firmware/store/search.py). By rowid: this file must never be VACUUMed, which may renumber.
CREATE VIRTUAL TABLE call_parties USING fts5(
    parties, content = '', detail = none, tokenize = 'trigram'
);

INSERT INTO call_parties (rowid, parties)
SELECT rowid, caller || char(10) || called || char(10) || caller_name FROM calls;

CREATE TRIGGER call_parties_begin AFTER INSERT ON calls BEGIN
    INSERT INTO call_parties (rowid, parties) VALUES (
        new.rowid, new.caller || char(10) || new.called || char(10) || new.caller_name
    );
END;

CREATE TRIGGER call_parties_change AFTER UPDATE OF caller, called, caller_name ON calls
WHEN (old.caller, old.called, old.caller_name) IS NOT (new.caller, new.called, new.caller_name)
BEGIN
    INSERT INTO call_parties (call_parties, rowid, parties) VALUES (
        'delete', old.rowid, old.caller || char(10) || old.called || char(10) || old.caller_name
    );
    INSERT INTO call_parties (rowid, parties) VALUES (
        new.rowid, new.caller || char(10) || new.called || char(10) || new.caller_name
    );
END;

CREATE TRIGGER call_parties_end AFTER DELETE ON calls BEGIN
    INSERT INTO call_parties (call_parties, rowid, parties) VALUES (
        'delete', old.rowid, old.caller || char(10) || old.called || char(10) || old.caller_name
    );
END;

-- The longest talks.
CREATE INDEX calls_by_talk ON calls (ended_at - answered_at);
