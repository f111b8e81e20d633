"""Lines under test over the link: their levels now, and whether both ways of their audio work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLevels:
    """A line's levels over the last quarter of a second, in dBm0, after its gains; -96 is digital
    silence, None that no audio flows that way."""

    line: str
    heard_dbm0: float | None  # from the line
    said_dbm0: float | None  # to the line


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopBackRow:
    """The last loop-back test of a line. Its events: began, ended, removed."""

    id: str  # the line
    state: str  # LoopBackState of firmware.model.loopback
    fault: str  # "" or LoopBackFault
    tone_dbm0: float | None  # dial tone's level
    return_loss_db: float | None  # so much quieter our own sound came back
    at: float  # Unix seconds of the last change of ``state``


class LineTestsApi(Protocol):
    """A part of ``LinedApi``. ``line`` is the line's name in the site configuration."""

    def levels(self, line: str) -> LineLevels:
        """How loud it is on a line. It is measured from the first time this is asked until nobody
        has asked for five seconds: the first answer knows nothing yet.

        Raises:
            KeyError: no such line.
        """
        ...

    def loop_back(self, line: str) -> None:
        """Test both ways of a trunk line's audio: take it off the hook, listen for dial tone, send
        a burst of noise and hear what the hybrid sends back of it. Nothing is dialled; a call
        that comes ends the test. What comes of it arrives as loopback events.

        Raises:
            KeyError: no such line.
            RuntimeError: it is no analogue trunk line, or is not idle.
        """
        ...
