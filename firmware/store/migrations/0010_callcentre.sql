-- The events of the call centre (docs/events.md) and the views that make figures of them
-- (docs/figures-callcentre.md).
CREATE TABLE queue_events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    name TEXT NOT NULL,
    queue TEXT NOT NULL,
    visit TEXT NOT NULL,
    call TEXT NOT NULL,
    agent TEXT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    seconds REAL NOT NULL,
    caller TEXT NOT NULL,
    called TEXT NOT NULL,
    line TEXT NOT NULL,
    destination TEXT NOT NULL,
    position INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    target_s REAL NOT NULL,
    short_s REAL NOT NULL,
    needs TEXT NOT NULL
) STRICT;

CREATE INDEX queue_events_by_time ON queue_events (name, at);
CREATE INDEX queue_events_of_visit ON queue_events (visit, name) WHERE visit <> '';
CREATE INDEX queue_events_of_agent ON queue_events (agent, at) WHERE name = 'agent.changed';
CREATE INDEX queue_events_of_number ON queue_events (caller, at) WHERE caller <> '';

-- What a restart must know of agents, callbacks and callers: pieces of the engine's memory.
CREATE TABLE acd_memory (
    id TEXT PRIMARY KEY,
    changed_at REAL NOT NULL,
    piece TEXT NOT NULL
) STRICT;

-- When agents are meant to work; whoever plans shifts writes them.
CREATE TABLE agent_shifts (
    agent TEXT NOT NULL,
    begins_at REAL NOT NULL,
    ends_at REAL NOT NULL,
    activity TEXT NOT NULL, -- 'work', or the reason of a planned pause
    PRIMARY KEY (agent, begins_at)
) STRICT, WITHOUT ROWID;

-- One row a visit. Seconds are NULL for what has not happened.
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
    t.seconds AS talk_s,
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
LEFT JOIN queue_events AS e
    ON e.visit = j.visit AND e.visit <> ''
    AND e.name IN ('caller.served', 'caller.abandoned', 'caller.left')
LEFT JOIN queue_events AS t
    ON t.visit = j.visit AND t.visit <> '' AND t.name = 'talk.ended'
LEFT JOIN queue_events AS c
    ON c.visit = j.visit AND c.visit <> '' AND c.name = 'callback.taken'
WHERE j.name = 'caller.joined';

-- The same, each counted as what it is: sums of these columns over any rows make every figure.
CREATE VIEW queue_counts AS
SELECT
    visit, queue, called, line, agent, caller, joined_at,
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

-- What each agent was, from when until when (NULL: still).
CREATE VIEW agent_spans AS
SELECT
    agent, state, reason, queue, call, at AS began_at,
    LEAD(at) OVER (PARTITION BY agent ORDER BY at, seq) AS ended_at
FROM queue_events
WHERE name = 'agent.changed';

-- Numbers that gave up or were not reached, and that nobody has spoken to since. Who is to be
-- called back is not on it.
CREATE VIEW unreturned_calls AS
SELECT
    m.caller, m.queue, MAX(m.at) AS at, COUNT(*) AS calls, MAX(m.seconds) AS longest_wait_s
FROM queue_events AS m
WHERE m.caller <> ''
    AND (m.name = 'caller.abandoned'
        OR (m.name = 'callback.ended' AND m.reason NOT IN ('called_again', 'reached_otherwise')))
    AND NOT EXISTS (
        SELECT 1 FROM queue_events AS r
        WHERE r.caller = m.caller AND r.caller <> '' AND r.at >= m.at
            AND r.name IN ('number.reached', 'caller.served')
    )
    AND NOT EXISTS (
        SELECT 1 FROM queue_events AS t
        WHERE t.caller = m.caller AND t.caller <> '' AND t.at >= m.at
            AND t.name = 'callback.taken'
            AND NOT EXISTS (
                SELECT 1 FROM queue_events AS e
                WHERE e.visit = t.visit AND e.visit <> '' AND e.name = 'callback.ended'
            )
    )
GROUP BY m.caller, m.queue;
