"""A leg: one party's half of a call, from either side's first INVITE to its end.

An *inbound* leg is one that called us (a telephone dialling, a line ringing); an *outbound*
leg is one we call. Both walk the same table: RFC 3261 §13 seen from a back-to-back user
agent, with early media as a state of its own because prompts may be played in it.
"""

from __future__ import annotations

from enum import StrEnum

from firmware.model.table import Table


class LegState(StrEnum):
    TRYING = "trying"
    RINGING = "ringing"
    EARLY = "early"
    ANSWERED = "answered"
    HELD = "held"
    ENDING = "ending"
    GONE = "gone"


class LegEvent(StrEnum):
    RANG = "rang"  # 180 sent or received
    PROGRESSED = "progressed"  # 183 with media, sent or received
    ANSWERED = "answered"  # 200 sent or received
    HELD = "held"  # the party put us on hold by re-INVITE
    RESUMED = "resumed"
    HANG_UP = "hang_up"  # we want the leg to end
    ENDED = "ended"  # SIP says it is over: BYE, CANCEL, a final refusal, a time-out


_S, _E = LegState, LegEvent

LEG_TABLE: Table[LegState, LegEvent] = Table(
    noun="leg",
    initial=_S.TRYING,
    final={_S.GONE},
    rules={
        (_S.TRYING, _E.RANG): _S.RINGING,
        (_S.TRYING, _E.PROGRESSED): _S.EARLY,
        (_S.TRYING, _E.ANSWERED): _S.ANSWERED,
        (_S.RINGING, _E.PROGRESSED): _S.EARLY,
        (_S.RINGING, _E.ANSWERED): _S.ANSWERED,
        (_S.EARLY, _E.ANSWERED): _S.ANSWERED,
        (_S.ANSWERED, _E.HELD): _S.HELD,
        (_S.HELD, _E.RESUMED): _S.ANSWERED,
        (_S.TRYING, _E.HANG_UP): _S.ENDING,
        (_S.RINGING, _E.HANG_UP): _S.ENDING,
        (_S.EARLY, _E.HANG_UP): _S.ENDING,
        (_S.ANSWERED, _E.HANG_UP): _S.ENDING,
        (_S.HELD, _E.HANG_UP): _S.ENDING,
        (_S.TRYING, _E.ENDED): _S.GONE,
        (_S.RINGING, _E.ENDED): _S.GONE,
        (_S.EARLY, _E.ENDED): _S.GONE,
        (_S.ANSWERED, _E.ENDED): _S.GONE,
        (_S.HELD, _E.ENDED): _S.GONE,
        (_S.ENDING, _E.ENDED): _S.GONE,
    },
    late={
        # A callee may send 180 twice, or after 183: RFC 3261 §13.2.2.1 allows any number.
        (_S.RINGING, _E.RANG),
        (_S.EARLY, _E.RANG),
        (_S.EARLY, _E.PROGRESSED),
        (_S.ANSWERED, _E.RANG),
        (_S.ANSWERED, _E.PROGRESSED),
        (_S.ANSWERED, _E.RESUMED),
        (_S.HELD, _E.HELD),
        (_S.HELD, _E.RANG),
        (_S.HELD, _E.PROGRESSED),
        # The answer may cross our CANCEL (RFC 3261 §9.1): the stack sends BYE for us.
        (_S.ENDING, _E.RANG),
        (_S.ENDING, _E.PROGRESSED),
        (_S.ENDING, _E.ANSWERED),
        (_S.ENDING, _E.HELD),
        (_S.ENDING, _E.RESUMED),
        (_S.ENDING, _E.HANG_UP),
        (_S.GONE, _E.HANG_UP),
    },
)

LIVE = frozenset({LegState.ANSWERED, LegState.HELD})
"""States in which the party has answered and not left."""
