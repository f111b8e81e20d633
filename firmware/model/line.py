"""A line: one analogue pair or one SIM, and what it is doing.

Three kinds share the states and differ in their tables. A *trunk* line (FXO) hears ringing and
dials out; a *station* line (FXS) makes a telephone ring and hears it dial; a *mobile* line is a
SIM in a modem. An *offered* line has a call at the exchange that nobody has answered yet.

A line whose call ends is freed at once: what is left of the SIP dialog is hung up and
forgotten, so nothing about it can reach the line afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from firmware.model.table import Table


class LineState(StrEnum):
    FAULT = "fault"  # the port is not there
    CUT = "cut"  # the port is there, the wire or the network is not
    IDLE = "idle"
    RINGING_IN = "ringing_in"  # the network rings us; who calls is not known yet
    OFFERED = "offered"  # the exchange has the call
    UNHEARD = "unheard"  # the network still rings, the exchange did not take the call
    SEIZED = "seized"  # trunk: off hook, waiting for dial tone; station: hears dial tone
    DIALLING = "dialling"
    CALLING = "calling"  # the number is out, nobody has answered yet
    RINGING_OUT = "ringing_out"  # station: its telephone rings
    IN_USE = "in_use"
    LEARNING = "learning"  # trunk: the line-learning wizard has it
    ENDED = "ended"  # trunk, mobile: hung up, the network needs a moment; station: still lifted


class LineEvent(StrEnum):
    FOUND = "found"  # the port is open
    LOST = "lost"  # the port is gone
    CUT = "cut"
    MENDED = "mended"
    RING_BEGAN = "ring_began"
    RING_STOPPED = "ring_stopped"  # no ring for longer than any cadence pauses
    CALLER_KNOWN = "caller_known"  # who calls is known, or will not be
    RETRY = "retry"  # it rings on: offer the call again
    ANSWERED = "answered"  # trunk, mobile: by the exchange; station: by its own call's other end
    CALL_ENDED = "call_ended"  # the exchange's half is over
    DROPPED = "dropped"  # the network's half is over: battery, busy tone, NO CARRIER
    CALLED = "called"  # the exchange calls out on this line
    READY = "ready"  # dial tone is heard
    FAILED = "failed"  # the call cannot be made: no dial tone, dialling took too long
    DIGIT = "digit"
    DIALLED = "dialled"  # the whole number is out, or collected
    FAR_ANSWERED = "far_answered"  # trunk, mobile: the number we dialled
    HOOK_LIFTED = "hook_lifted"
    HOOK_REPLACED = "hook_replaced"
    RESTED = "rested"  # the pause after a call is over
    LEARN_BEGAN = "learn_began"  # trunk: the wizard takes the line
    LEARN_ENDED = "learn_ended"  # trunk: the wizard gives it back
    CALL_WAITS = "call_waits"  # station: somebody calls while it talks
    ALONE_AGAIN = "alone_again"  # station: who was held or waited has left
    HELD = "held"  # station: its call is held, dial tone sounds
    RETURNED = "returned"  # station: back to the call that was held
    TAKEN = "taken"  # station: the call that waited is answered, the other held
    JOINED = "joined"  # station: all three talk
    PARTED = "parted"  # station: two of the three go on
    ANEW = "anew"  # station: the hook was flashed where nobody is held: dial tone again


_S, _E = LineState, LineEvent
_Rules = Mapping[tuple[LineState, LineEvent], LineState]


def _from(states: set[LineState], event: LineEvent, after: LineState) -> _Rules:
    return {(state, event): after for state in states}


def _loss(states: set[LineState]) -> _Rules:
    """The port comes, and goes from any of ``states``."""
    return {(_S.FAULT, _E.FOUND): _S.IDLE, **_from(states, _E.LOST, _S.FAULT)}


_LOSS_LATE = {(_S.FAULT, _E.LOST)}

_WITH_NETWORK = {
    _S.IDLE,
    _S.RINGING_IN,
    _S.OFFERED,
    _S.UNHEARD,
    _S.SEIZED,
    _S.DIALLING,
    _S.CALLING,
    _S.IN_USE,
    _S.ENDED,
}

_NETWORK: _Rules = {
    **_from(_WITH_NETWORK, _E.CUT, _S.CUT),
    (_S.CUT, _E.MENDED): _S.IDLE,
}

_NETWORK_LATE = {
    (_S.FAULT, _E.CUT),
    (_S.FAULT, _E.MENDED),
    (_S.CUT, _E.CUT),
    *((state, _E.MENDED) for state in _WITH_NETWORK),
}

_INCOMING: _Rules = {
    (_S.IDLE, _E.RING_BEGAN): _S.RINGING_IN,
    # The network may not wait for our pause after a call.
    (_S.ENDED, _E.RING_BEGAN): _S.RINGING_IN,
    (_S.RINGING_IN, _E.CALLER_KNOWN): _S.OFFERED,
    (_S.RINGING_IN, _E.RING_STOPPED): _S.IDLE,
    (_S.OFFERED, _E.ANSWERED): _S.IN_USE,
    (_S.OFFERED, _E.RING_STOPPED): _S.ENDED,
    (_S.OFFERED, _E.CALL_ENDED): _S.UNHEARD,
    (_S.UNHEARD, _E.RETRY): _S.OFFERED,
    (_S.UNHEARD, _E.RING_STOPPED): _S.IDLE,
    (_S.IN_USE, _E.DROPPED): _S.ENDED,
    (_S.IN_USE, _E.CALL_ENDED): _S.ENDED,
    (_S.ENDED, _E.RESTED): _S.IDLE,
}

_INCOMING_LATE = {
    *(
        (state, _E.RING_BEGAN)
        for state in (
            _S.RINGING_IN,
            _S.OFFERED,
            _S.UNHEARD,
            # A ring that began before we closed the loop is reported after it.
            _S.SEIZED,
            _S.DIALLING,
            _S.CALLING,
            _S.IN_USE,
        )
    ),
    # Caller ID that is heard twice, or after the wait for it was over.
    *((state, _E.CALLER_KNOWN) for state in set(LineState) - {_S.RINGING_IN}),
    # Busy tone is recognised after seconds, a drop while the call was ending.
    *(
        (state, _E.DROPPED)
        for state in (_S.FAULT, _S.CUT, _S.IDLE, _S.RINGING_IN, _S.OFFERED, _S.UNHEARD, _S.ENDED)
    ),
}

_OUTGOING: _Rules = {
    (_S.IDLE, _E.CALLED): _S.SEIZED,
    (_S.SEIZED, _E.READY): _S.DIALLING,
    (_S.SEIZED, _E.FAILED): _S.ENDED,
    (_S.DIALLING, _E.FAILED): _S.ENDED,
    (_S.DIALLING, _E.DIALLED): _S.CALLING,
    (_S.CALLING, _E.FAR_ANSWERED): _S.IN_USE,
    **_from({_S.SEIZED, _S.DIALLING, _S.CALLING}, _E.DROPPED, _S.ENDED),
    **_from({_S.SEIZED, _S.DIALLING, _S.CALLING}, _E.CALL_ENDED, _S.ENDED),
}

_OUTGOING_LATE = {(_S.IN_USE, _E.FAR_ANSWERED)}

_LEARNING: _Rules = {
    (_S.IDLE, _E.LEARN_BEGAN): _S.LEARNING,
    (_S.LEARNING, _E.LEARN_ENDED): _S.ENDED,
    # A call that the wizard does not wait for is more important.
    (_S.LEARNING, _E.RING_BEGAN): _S.RINGING_IN,
    (_S.LEARNING, _E.CUT): _S.CUT,
    (_S.LEARNING, _E.LOST): _S.FAULT,
}

_LEARNING_LATE = {
    (_S.LEARNING, _E.MENDED),
    (_S.LEARNING, _E.DROPPED),
    (_S.LEARNING, _E.READY),
    # What ended the wizard's turn ended it in the table, too.
    *((state, _E.LEARN_ENDED) for state in set(LineState) - {_S.LEARNING, _S.RINGING_OUT}),
}

TRUNK_TABLE: Table[LineState, LineEvent] = Table(
    noun="trunk line",
    initial=_S.FAULT,
    final=set(),
    rules={
        **_INCOMING,
        **_OUTGOING,
        **_NETWORK,
        **_loss({*_WITH_NETWORK, _S.CUT}),
        # Glare: both seize the line at once; the call from the network has it.
        (_S.SEIZED, _E.RING_BEGAN): _S.RINGING_IN,
        **_LEARNING,
    },
    late=(_INCOMING_LATE - {(_S.SEIZED, _E.RING_BEGAN)})
    | _OUTGOING_LATE
    | _NETWORK_LATE
    | _LOSS_LATE
    | _LEARNING_LATE
    | {
        # Dial tone goes on sounding until the first digit is heard by the office.
        *((state, _E.READY) for state in (_S.DIALLING, _S.CALLING, _S.IN_USE)),
    },
)

MOBILE_TABLE: Table[LineState, LineEvent] = Table(
    noun="mobile line",
    initial=_S.FAULT,
    final=set(),
    rules={**_INCOMING, **_OUTGOING, **_NETWORK, **_loss({*_WITH_NETWORK, _S.CUT})},
    late=_INCOMING_LATE
    | _OUTGOING_LATE
    | _NETWORK_LATE
    | _LOSS_LATE
    | {
        # The network may say twice that a call is over, or of one it never got as far as ringing.
        *(
            (state, _E.RING_STOPPED)
            for state in set(LineState) - {_S.RINGING_IN, _S.OFFERED, _S.UNHEARD}
        ),
        *((state, _E.READY) for state in set(LineState) - {_S.SEIZED}),
        *((state, _E.DIALLED) for state in set(LineState) - {_S.DIALLING}),
        *((state, _E.FAR_ANSWERED) for state in set(LineState) - {_S.CALLING}),
    },
)

_OFF_HOOK = {_S.SEIZED, _S.DIALLING, _S.CALLING, _S.IN_USE, _S.ENDED}

_SECOND_CALL: _Rules = {
    # See firmware.model.flash, which says what a flash means.
    (_S.IN_USE, _E.CALL_WAITS): _S.IN_USE,
    **{(state, _E.ALONE_AGAIN): state for state in _OFF_HOOK},
    (_S.IN_USE, _E.HELD): _S.SEIZED,
    **_from(_OFF_HOOK, _E.RETURNED, _S.IN_USE),
    **_from({_S.IN_USE, _S.ENDED}, _E.TAKEN, _S.IN_USE),
    (_S.IN_USE, _E.JOINED): _S.IN_USE,
    (_S.IN_USE, _E.PARTED): _S.IN_USE,
    **_from({_S.SEIZED, _S.DIALLING, _S.CALLING, _S.ENDED}, _E.ANEW, _S.SEIZED),
}

STATION_TABLE: Table[LineState, LineEvent] = Table(
    noun="station line",
    initial=_S.FAULT,
    final=set(),
    rules={
        **_loss({_S.IDLE, _S.RINGING_OUT, *_OFF_HOOK}),
        (_S.IDLE, _E.CALLED): _S.RINGING_OUT,
        (_S.RINGING_OUT, _E.HOOK_LIFTED): _S.IN_USE,
        (_S.RINGING_OUT, _E.CALL_ENDED): _S.IDLE,
        (_S.IDLE, _E.HOOK_LIFTED): _S.SEIZED,
        (_S.SEIZED, _E.DIGIT): _S.DIALLING,
        (_S.DIALLING, _E.DIGIT): _S.DIALLING,
        (_S.DIALLING, _E.DIALLED): _S.CALLING,
        (_S.SEIZED, _E.FAILED): _S.ENDED,
        (_S.CALLING, _E.ANSWERED): _S.IN_USE,
        (_S.CALLING, _E.CALL_ENDED): _S.ENDED,
        (_S.IN_USE, _E.CALL_ENDED): _S.ENDED,
        **_from(_OFF_HOOK, _E.HOOK_REPLACED, _S.IDLE),
        **_SECOND_CALL,
    },
    late=_LOSS_LATE
    | {
        # Keys pressed while the call is on its way or up belong to the call, not to dialling.
        *((state, _E.DIGIT) for state in (_S.CALLING, _S.IN_USE, _S.ENDED)),
        # Events of the hook that were on their way when the port went or the caller gave up.
        (_S.FAULT, _E.HOOK_LIFTED),
        (_S.FAULT, _E.HOOK_REPLACED),
        (_S.FAULT, _E.DIGIT),
        (_S.IDLE, _E.HOOK_REPLACED),
        (_S.IDLE, _E.DIGIT),
        (_S.RINGING_OUT, _E.HOOK_REPLACED),
        (_S.RINGING_OUT, _E.DIGIT),
    },
)

BUSY = frozenset(
    {
        LineState.RINGING_IN,
        LineState.OFFERED,
        LineState.UNHEARD,
        LineState.SEIZED,
        LineState.DIALLING,
        LineState.CALLING,
        LineState.RINGING_OUT,
        LineState.IN_USE,
        LineState.LEARNING,
        LineState.ENDED,
    }
)
"""States in which a line cannot be called out on."""
