-- What agents said came of calls is counted, too: days kept without it are computed anew, and so
-- is a day when something else is said of one of its calls.
DELETE FROM report_days;

CREATE TRIGGER report_days_of_outcome AFTER INSERT ON call_outcomes BEGIN
    DELETE FROM report_days WHERE kind = 'calls' AND day IN (
        SELECT CAST(started_at / 86400 AS INTEGER) FROM calls WHERE id = new.call_id
    );
    DELETE FROM report_days WHERE kind = 'visits' AND day IN (
        SELECT CAST(started_at / 86400 AS INTEGER) FROM calls WHERE id = new.call_id
        UNION SELECT CAST(started_at / 86400 AS INTEGER) + 1 FROM calls WHERE id = new.call_id
    );
END;

CREATE TRIGGER report_days_of_changed_outcome AFTER UPDATE ON call_outcomes BEGIN
    DELETE FROM report_days WHERE kind = 'calls' AND day IN (
        SELECT CAST(started_at / 86400 AS INTEGER) FROM calls WHERE id = new.call_id
    );
    DELETE FROM report_days WHERE kind = 'visits' AND day IN (
        SELECT CAST(started_at / 86400 AS INTEGER) FROM calls WHERE id = new.call_id
        UNION SELECT CAST(started_at / 86400 AS INTEGER) + 1 FROM calls WHERE id = new.call_id
    );
END;
