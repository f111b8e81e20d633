"""An agent: a person who takes calls from queues, by the telephone of one extension."""

from __future__ import annotations

from enum import StrEnum

from firmware.model.table import Table


class AgentState(StrEnum):
    LOGGED_OUT = "logged_out"
    AVAILABLE = "available"
    PAUSED = "paused"  # in all queues
    ENGAGED = "engaged"  # on a call that no queue gave them
    OFFERED = "offered"
    TALKING = "talking"
    WRAP_UP = "wrap_up"


class AgentEvent(StrEnum):
    LOGGED_IN = "logged_in"
    LOGGED_OUT = "logged_out"
    PAUSED = "paused"
    UNPAUSED = "unpaused"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    MISSED = "missed"  # refused, unanswered, unreachable, or withdrawn
    MISSED_IN_TALK = "missed_in_talk"  # the same, of a second call beside the one they have
    TALK_ENDED = "talk_ended"  # the last one
    WRAPPED_UP = "wrapped_up"
    ENGAGED = "engaged"
    FREED = "freed"


_S, _E = AgentState, AgentEvent

AGENT_TABLE: Table[AgentState, AgentEvent] = Table(
    noun="agent",
    initial=_S.LOGGED_OUT,
    final=frozenset(),
    rules={
        (_S.LOGGED_OUT, _E.LOGGED_IN): _S.AVAILABLE,
        (_S.AVAILABLE, _E.LOGGED_OUT): _S.LOGGED_OUT,
        (_S.AVAILABLE, _E.PAUSED): _S.PAUSED,
        (_S.AVAILABLE, _E.OFFERED): _S.OFFERED,
        (_S.AVAILABLE, _E.ENGAGED): _S.ENGAGED,
        (_S.PAUSED, _E.UNPAUSED): _S.AVAILABLE,
        (_S.PAUSED, _E.LOGGED_OUT): _S.LOGGED_OUT,
        (_S.ENGAGED, _E.FREED): _S.AVAILABLE,
        (_S.ENGAGED, _E.PAUSED): _S.PAUSED,
        (_S.ENGAGED, _E.LOGGED_OUT): _S.LOGGED_OUT,
        (_S.OFFERED, _E.ACCEPTED): _S.TALKING,
        (_S.OFFERED, _E.MISSED): _S.AVAILABLE,
        (_S.OFFERED, _E.MISSED_IN_TALK): _S.TALKING,
        (_S.TALKING, _E.OFFERED): _S.OFFERED,  # agents with a capacity of several calls
        (_S.TALKING, _E.TALK_ENDED): _S.WRAP_UP,
        (_S.WRAP_UP, _E.WRAPPED_UP): _S.AVAILABLE,
        (_S.WRAP_UP, _E.PAUSED): _S.PAUSED,
        (_S.WRAP_UP, _E.LOGGED_OUT): _S.LOGGED_OUT,
        (_S.WRAP_UP, _E.ENGAGED): _S.ENGAGED,
    },
    late={
        (_S.AVAILABLE, _E.LOGGED_IN),
        (_S.PAUSED, _E.LOGGED_IN),
        (_S.ENGAGED, _E.LOGGED_IN),
        (_S.OFFERED, _E.LOGGED_IN),
        (_S.TALKING, _E.LOGGED_IN),
        (_S.WRAP_UP, _E.LOGGED_IN),
        (_S.LOGGED_OUT, _E.LOGGED_OUT),
        # Logging out or pausing while talking waits for the end of the call (Acd keeps the wish).
        (_S.TALKING, _E.LOGGED_OUT),
        (_S.TALKING, _E.PAUSED),
        (_S.PAUSED, _E.PAUSED),  # another reason
        (_S.LOGGED_OUT, _E.UNPAUSED),
        (_S.AVAILABLE, _E.UNPAUSED),
        (_S.ENGAGED, _E.UNPAUSED),
        (_S.OFFERED, _E.UNPAUSED),
        (_S.TALKING, _E.UNPAUSED),
        (_S.WRAP_UP, _E.UNPAUSED),
        # The agent's own calls: the telephone may place one at any time.
        (_S.LOGGED_OUT, _E.ENGAGED),
        (_S.PAUSED, _E.ENGAGED),
        (_S.ENGAGED, _E.ENGAGED),
        (_S.OFFERED, _E.ENGAGED),
        (_S.TALKING, _E.ENGAGED),
        (_S.LOGGED_OUT, _E.FREED),
        (_S.AVAILABLE, _E.FREED),
        (_S.PAUSED, _E.FREED),
        (_S.OFFERED, _E.FREED),
        (_S.TALKING, _E.FREED),
        (_S.WRAP_UP, _E.FREED),
    },
)
