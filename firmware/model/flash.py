"""What a flash of the hook and a hang-up mean on a station line with more than one call, as data.

A station line has at most two calls. One is at the *front*: what the handset hears. What stands
behind it is one of the kinds of ``Behind``. Both tables have a cell for every pair that can be;
what a telephone does as the exchanges people know do it (ETSI ES 201 729, Telcordia GR-572).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from firmware.model.line import LineState


class Behind(StrEnum):
    NOBODY = "nobody"
    WAITING = "waiting"  # somebody calls while the user talks
    HELD = "held"  # held by the user, to call somebody else meanwhile
    ASIDE = "aside"  # held because the user took the call that waited
    JOINED = "joined"  # all three talk


class Flash(StrEnum):
    """What a flash does."""

    ANEW = "anew"  # dial tone again
    HOLD = "hold"  # hold the front, dial tone
    TAKE = "take"  # hold the front, answer who waits
    RETURN = "return"  # end the front, back to who is behind
    SWAP = "swap"  # hold the front, back to who is behind
    JOIN = "join"  # talk to both
    PART = "part"  # end the talk with who came last


class HangUp(StrEnum):
    """What replacing the handset does."""

    END = "end"  # end the front
    RING = "ring"  # end the front; who waits or is held lets the telephone ring
    SEND = "send"  # end the front; who is held goes to the number dialled so far
    CONNECT = "connect"  # bring both together


_S = LineState

ON_FLASH: Mapping[tuple[LineState, Behind], Flash] = {
    (_S.SEIZED, Behind.NOBODY): Flash.ANEW,
    (_S.DIALLING, Behind.NOBODY): Flash.ANEW,
    (_S.CALLING, Behind.NOBODY): Flash.ANEW,
    (_S.IN_USE, Behind.NOBODY): Flash.HOLD,
    (_S.ENDED, Behind.NOBODY): Flash.ANEW,
    (_S.SEIZED, Behind.HELD): Flash.RETURN,
    (_S.DIALLING, Behind.HELD): Flash.RETURN,
    (_S.CALLING, Behind.HELD): Flash.RETURN,
    (_S.IN_USE, Behind.HELD): Flash.JOIN,
    (_S.ENDED, Behind.HELD): Flash.RETURN,
    (_S.IN_USE, Behind.WAITING): Flash.TAKE,
    (_S.ENDED, Behind.WAITING): Flash.TAKE,
    (_S.IN_USE, Behind.ASIDE): Flash.SWAP,
    (_S.ENDED, Behind.ASIDE): Flash.RETURN,
    (_S.IN_USE, Behind.JOINED): Flash.PART,
}
"""With the handset lifted; on the hook there is no flash."""

ON_HANG_UP: Mapping[tuple[LineState, Behind], HangUp] = {
    **{(state, Behind.NOBODY): HangUp.END for state, b in ON_FLASH if b is Behind.NOBODY},
    (_S.SEIZED, Behind.HELD): HangUp.RING,
    (_S.DIALLING, Behind.HELD): HangUp.SEND,
    (_S.CALLING, Behind.HELD): HangUp.CONNECT,
    (_S.IN_USE, Behind.HELD): HangUp.CONNECT,
    (_S.ENDED, Behind.HELD): HangUp.RING,
    (_S.IN_USE, Behind.WAITING): HangUp.RING,
    (_S.ENDED, Behind.WAITING): HangUp.RING,
    # Two who both called the user are strangers to one another: they are not brought together.
    (_S.IN_USE, Behind.ASIDE): HangUp.RING,
    (_S.ENDED, Behind.ASIDE): HangUp.RING,
    (_S.IN_USE, Behind.JOINED): HangUp.CONNECT,
}
"""For the same pairs."""
