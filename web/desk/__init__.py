"""The agent's desk: one's state, the caller, what to ask them, what came of it, one's day."""
