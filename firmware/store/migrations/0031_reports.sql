-- Days of records as columns (firmware.reports.columns): what reports add up. A day that is not
-- here is computed of its records, so nothing is lost when one is taken away; the triggers take
-- away those whose records change. Days are numbered from 1970, in UTC.
CREATE TABLE report_days (
    kind TEXT NOT NULL,
    day INTEGER NOT NULL,
    columns BLOB NOT NULL,
    PRIMARY KEY (kind, day)
) STRICT;

CREATE TABLE report_words (
    id INTEGER PRIMARY KEY,
    word TEXT NOT NULL UNIQUE
) STRICT;

INSERT INTO report_words VALUES (0, '');

-- What was sent of each schedule last: the moment it was due.
CREATE TABLE report_sent (
    schedule TEXT PRIMARY KEY,
    due_at REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER report_days_of_visit AFTER INSERT ON queue_events WHEN new.visit <> '' BEGIN
    DELETE FROM report_days WHERE kind = 'visits' AND day IN (
        SELECT CAST(j.at / 86400 AS INTEGER) FROM queue_events AS j
        WHERE j.visit = new.visit AND j.visit <> '' AND j.name = 'caller.joined'
    );
END;

CREATE TRIGGER report_days_of_deed AFTER INSERT ON queue_events
WHEN new.agent <> '' AND new.name IN ('offer.made', 'offer.missed', 'caller.served') BEGIN
    DELETE FROM report_days WHERE kind = 'deeds' AND day = CAST(new.at / 86400 AS INTEGER);
END;

-- A span begins with one change of an agent and ends with the next.
CREATE TRIGGER report_days_of_agent AFTER INSERT ON queue_events
WHEN new.name = 'agent.changed' BEGIN
    DELETE FROM report_days WHERE kind IN ('states', 'presence') AND day BETWEEN CAST(
        MIN(new.at - new.seconds, COALESCE((
            SELECT b.at FROM queue_events AS b INDEXED BY queue_events_of_agent
            WHERE b.name = 'agent.changed' AND b.agent = new.agent AND b.at <= new.at
                AND b.seq <> new.seq
            ORDER BY b.at DESC LIMIT 1
        ), new.at)) / 86400 AS INTEGER
    ) AND CAST(new.at / 86400 AS INTEGER);
END;

CREATE TRIGGER report_days_of_new_call AFTER INSERT ON calls BEGIN
    DELETE FROM report_days
    WHERE kind = 'calls' AND day = CAST(new.started_at / 86400 AS INTEGER);
END;

CREATE TRIGGER report_days_of_call AFTER UPDATE ON calls BEGIN
    DELETE FROM report_days
    WHERE kind = 'calls' AND day = CAST(new.started_at / 86400 AS INTEGER);
END;

-- The views of 0010, for days that went wrong too: a visit is one row however often its end was
-- written, and an agent's span is as long as was measured while the box's clock may have jumped.
-- Whoever gave up is asked for with a bound in time (firmware.store.unreturned): no view takes one.
DROP VIEW queue_counts;
DROP VIEW queue_visits;
DROP VIEW agent_spans;
DROP VIEW unreturned_calls;

CREATE VIEW queue_visits AS
SELECT
    j.visit, j.queue, j.call, j.caller, j.called, j.line, j.at AS joined_at,
    j.position, j.priority, j.needs, j.target_s, j.short_s,
    e.at AS left_at,
    CASE
        WHEN c.at IS NOT NULL THEN 'callback'
        WHEN e.name = 'caller.served' THEN 'served'
        WHEN e.name = 'caller.abandoned' THEN 'abandoned'
        WHEN e.name = 'caller.left' AND e.seconds < 0.1 AND e.reason IN
            ('full', 'estimate_too_long', 'too_many_per_agent', 'no_agents') THEN 'turned_away'
        WHEN e.name = 'caller.left' THEN 'left'
        ELSE 'waiting'
    END AS outcome,
    e.reason AS left_reason,
    e.destination,
    e.seconds AS wait_s,
    COALESCE(e.agent, '') AS agent,
    c.at AS callback_taken_at,
    (SELECT r.at FROM queue_events AS r
        WHERE r.visit = j.visit AND r.visit <> '' AND r.name = 'callback.reached' LIMIT 1)
        AS callback_reached_at,
    t.at AS talk_ended_at,
    (SELECT SUM(s.seconds) FROM queue_events AS s
        WHERE s.visit = j.visit AND s.visit <> '' AND s.name = 'talk.ended') AS talk_s,
    t.reason AS talk_ended_by,
    COALESCE(t.destination, '') AS transferred_to,
    (SELECT SUM(h.seconds) FROM queue_events AS h
        WHERE h.visit = j.visit AND h.visit <> '' AND h.name = 'hold.ended') AS hold_s,
    (SELECT SUM(w.seconds) FROM queue_events AS w
        WHERE w.visit = j.visit AND w.visit <> '' AND w.name = 'wrap_up.ended') AS wrap_up_s,
    (SELECT COUNT(*) FROM queue_events AS o
        WHERE o.visit = j.visit AND o.visit <> '' AND o.name = 'offer.made') AS offers,
    (SELECT COUNT(*) FROM queue_events AS m
        WHERE m.visit = j.visit AND m.visit <> '' AND m.name = 'offer.missed') AS missed
FROM queue_events AS j
LEFT JOIN queue_events AS e ON e.seq = (
    SELECT MIN(x.seq) FROM queue_events AS x WHERE x.visit = j.visit AND x.visit <> ''
    AND x.name IN ('caller.served', 'caller.abandoned', 'caller.left')
)
LEFT JOIN queue_events AS t ON t.seq = (
    SELECT MAX(x.seq) FROM queue_events AS x
    WHERE x.visit = j.visit AND x.visit <> '' AND x.name = 'talk.ended'
)
LEFT JOIN queue_events AS c ON c.seq = (
    SELECT MIN(x.seq) FROM queue_events AS x
    WHERE x.visit = j.visit AND x.visit <> '' AND x.name = 'callback.taken'
)
WHERE j.name = 'caller.joined';

CREATE VIEW queue_counts AS
SELECT
    visit, queue, called, line, agent, caller, call, needs, joined_at,
    1 AS offered,
    outcome = 'served' AS answered,
    outcome = 'abandoned' AS abandoned,
    outcome = 'abandoned' AND wait_s < short_s AS short_abandoned,
    outcome = 'left' AS overflowed,
    outcome = 'turned_away' AS turned_away,
    outcome = 'callback' AS callbacks,
    outcome = 'callback' AND callback_reached_at IS NOT NULL AS callbacks_reached,
    outcome = 'waiting' AS waiting,
    outcome = 'served' AND wait_s <= target_s AS answered_in_target,
    outcome = 'abandoned' AND wait_s <= target_s AS abandoned_in_target,
    CASE WHEN outcome = 'served' THEN wait_s ELSE 0.0 END AS answered_wait_s,
    CASE WHEN outcome = 'abandoned' THEN wait_s ELSE 0.0 END AS abandoned_wait_s,
    COALESCE(wait_s, 0.0) AS wait_s,
    talk_s IS NOT NULL AS talks,
    COALESCE(talk_s, 0.0) AS talk_s,
    COALESCE(hold_s, 0.0) AS hold_s,
    COALESCE(wrap_up_s, 0.0) AS wrap_up_s,
    COALESCE(talk_ended_by = 'transferred', 0) AS transferred,
    offers, missed
FROM queue_visits;

CREATE VIEW agent_spans AS
SELECT
    agent, state, reason, queue, call,
    CASE WHEN lasted_s > 0.0 THEN ended_at - lasted_s ELSE at END AS began_at,
    ended_at
FROM (
    SELECT
        agent, state, reason, queue, call, at,
        LEAD(at) OVER next AS ended_at,
        LEAD(seconds) OVER next AS lasted_s
    FROM queue_events
    WHERE name = 'agent.changed'
    WINDOW next AS (PARTITION BY agent ORDER BY seq)
)
WHERE ended_at IS NULL OR lasted_s > 0.0 OR ended_at >= at;
