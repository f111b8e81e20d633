"""How lined's audio flows, as it is asked for by ``LinedApi.frames``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFrames:
    """The 20 ms frames of one line since it was configured. Nothing but ``heard`` and
    ``shortened`` should grow in a call."""

    line: str
    heard: int  # from the port
    late: int  # came together with the one after it: the port or lined stood still
    missed: int  # were not there when the exchange or the line needed one
    dropped: int  # were too many
    shortened: int  # were quiet and left out, to make up for a stall


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioCounts:
    """How well lined's audio flows. The ``rtp`` figures are packets from switchd, of the calls
    that are up."""

    lines: tuple[LineFrames, ...]
    rtp_lost: int  # or left out by the jitter buffer, to make up for a stall
    rtp_late: int  # not there when needed, or too late to be heard
    slowest_turn_ms: float  # of the thread that moves the frames, since the last question
