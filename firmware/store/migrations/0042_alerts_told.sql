-- Alerts of queues that somebody was told of and that are not over: after a restart of the outbox
-- they are not told again, and their end is.
CREATE TABLE queue_alerts_told (
    alert TEXT NOT NULL,
    queue TEXT NOT NULL,
    PRIMARY KEY (alert, queue)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER feed_alert_raised AFTER INSERT ON queue_alerts_told
WHEN EXISTS (SELECT 1 FROM feed_readers) BEGIN
    INSERT INTO feed (at, name, queue, subject) VALUES (
        (julianday('now') - 2440587.5) * 86400.0, 'alert.raised', new.queue, json_object('alert', new.alert)
    );
END;

CREATE TRIGGER feed_alert_over AFTER DELETE ON queue_alerts_told
WHEN EXISTS (SELECT 1 FROM feed_readers) BEGIN
    INSERT INTO feed (at, name, queue, subject) VALUES (
        (julianday('now') - 2440587.5) * 86400.0, 'alert.over', old.queue, json_object('alert', old.alert)
    );
END;
