-- What each agent was at a moment, without reading all they ever were.
CREATE INDEX queue_events_of_agent_in_order ON queue_events (agent) WHERE name = 'agent.changed';
