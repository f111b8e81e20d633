"""The journal of the call centre: lengths by a clock that does not jump."""

from __future__ import annotations

from firmware.model import acd
from firmware.switchd.queues.journal import Journal


class Written:
    """Keeps what is handed to the store."""

    def __init__(self):
        self.events = []

    def put(self, record):
        self.events.append(record)


def test_how_long_an_agents_state_lasted_does_not_go_by_a_clock_that_jumps():
    ledger, wall, steady = Written(), [100.0], [10.0]
    journal = Journal(ledger, lambda: wall[0], lambda: steady[0])

    def change(state, wall_s, steady_s):
        wall[0], steady[0] = wall_s, steady_s
        journal.agent_changed(acd.AgentChanged(agent="101", state=state, reason="", queue=""), None)

    change("available", 100.0, 10.0)
    change("paused", 1_795_329_000.0, 610.0)  # the box learned what time it is
    change("logged_out", 1_795_328_000.0, 640.0)  # and learned better

    assert [(one.state, one.seconds) for one in ledger.events] == [
        ("available", 0.0),  # nobody knows what was before
        ("paused", 600.0),
        ("logged_out", 30.0),
    ]
