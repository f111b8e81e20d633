"""What each daemon can be asked and what it reports: the one typed definition.

A daemon's API is a ``Protocol`` of plain methods: the server is checked against it by mypy
and dispatches by name, the client calls ``link.call(SwitchApi.hang_up, call_id="17")`` and is
checked by the same signatures. Orders return at once; what comes of them arrives as events.

Events carry the *row* they are about, whole, as it is after the event. The part of the name
before the dot is the kind of row; the part after it is what happened. A row whose event is
in ``GONE`` has left the daemon's tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """One analogue line or SIM, as lined sees it."""

    id: str  # its name in the site configuration, "fxo-1"
    kind: str  # "trunk" (FXO), "station" (FXS), "mobile" (GSM modem)
    state: str  # LineState of firmware.model.line
    simulated: bool
    number: str  # the far party while there is one
    signal_dbm: int | None  # mobile only
    fault: str  # "" or what is wrong, in the log's words


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionRow:
    """One extension's registration, as the edge sees it."""

    id: str  # its number
    name: str
    registered: bool
    contact: str  # "udp:127.0.0.1:5060" of the newest binding
    user_agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRow:
    """One leg of a call."""

    id: str  # "17.2": second leg of call 17
    call: str
    state: str  # LegState
    direction: str  # "inbound" | "outbound"
    party: str  # number or line it stands for
    cause: int  # Q.850, 0 while it lives


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """One call, as switchd sees it."""

    id: str
    started_at: float  # Unix seconds
    answered_at: float | None
    caller: str
    caller_name: str
    called: str
    place: str  # where the call is now: "ivr:main", "queue:support", "extension:101"
    recording: bool
    disposition: str  # "" while it lives


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerRow:
    """One caller waiting in a queue."""

    call: str
    caller: str
    since: float  # Unix seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One queue."""

    id: str
    title: str
    waiting: tuple[CallerRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRow:
    """One agent."""

    id: str  # the extension's number
    name: str
    state: str  # AgentState of firmware.model.agent
    queues: tuple[str, ...]
    call: str  # "" or the call offered or talked on
    since: float  # Unix seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRow:
    """One recording being made: two mono files that grow, one a side."""

    id: str  # the call's id
    call: str
    caller_file: str
    callee_file: str
    started_at: float
    ended_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FarRow:
    """The far end of one simulated line, as the bench plays it.

    Its events: ringing, answered, spoke_digits, dialled, hung_up (the far party did),
    disconnected (its disconnect signal is complete), released (the box hung up), gave_up (the
    far party, before anybody answered), cut, mended, plugged, unplugged.
    """

    id: str  # the line's name, "fxo-1"
    kind: str  # "trunk", "station", "mobile"
    state: str  # "idle", "ringing", "talking" ...
    number: str  # the far party, or the number the box dialled
    digits: str  # keys the far party has pressed in this call
    plugged: bool  # whether lined holds the other end
    at: float  # Unix seconds of the event, exact to a frame


Row = LineRow | ExtensionRow | LegRow | CallRow | QueueRow | AgentRow | RecordingRow | FarRow

ROWS: Mapping[str, type[Row]] = {
    "line": LineRow,
    "extension": ExtensionRow,
    "leg": LegRow,
    "call": CallRow,
    "queue": QueueRow,
    "agent": AgentRow,
    "recording": RecordingRow,
    "far": FarRow,
}
"""The kinds of row, by the first word of the events about them."""

GONE = frozenset({"leg.gone", "call.ended", "recording.ended", "extension.removed", "line.removed"})
"""Events whose row has left the daemon's tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonStatus:
    """What every daemon says of itself."""

    name: str
    version: str
    pid: int
    up_s: float
    config_version: int
    warnings: tuple[str, ...]


class DaemonApi(Protocol):
    """What every daemon can be asked."""

    def status(self) -> DaemonStatus:
        """Who you are and how you are."""
        ...

    def reload(self) -> None:
        """Take up the newest accepted site configuration."""
        ...


class SwitchApi(DaemonApi, Protocol):
    """switchd. Rows: leg, call, queue, agent, recording."""

    def hang_up(self, call_id: str) -> None:
        """End a call: all its legs.

        Raises:
            KeyError: no such call.
        """
        ...

    def log_in(self, agent: str) -> None:
        """Make an agent available in all their queues.

        Raises:
            KeyError: no such agent.
        """
        ...

    def log_out(self, agent: str) -> None:
        """Take an agent out of all their queues once their call is over.

        Raises:
            KeyError: no such agent.
        """
        ...


class LinedApi(DaemonApi, Protocol):
    """lined. Rows: line."""


class EdgeApi(DaemonApi, Protocol):
    """The edge's keeper. Rows: extension."""


class BenchApi(DaemonApi, Protocol):
    """The simulated world outside: the central office behind the trunk lines, the telephones
    on the station lines, the mobile network behind the modem. Rows: far (see firmware.bench).

    ``line`` is the line's name in the site configuration ("fxo-1").
    """

    def ring(
        self, *, line: str, number: str, name: str, digits: str, say: str, listen: str
    ) -> None:
        """Call the box on a trunk line or a SIM.

        The far party lets it ring with caller ID, and once answered waits until it has heard
        ``digits``' turn (a silence after speech), sends them as audible DTMF, then plays the
        WAV file ``say`` (8 kHz mono S16; "" is silence) in a loop and records what it hears
        to the WAV file ``listen`` ("" records nothing).

        Raises:
            KeyError: no such line.
            RuntimeError: the line is cut or in use.
        """
        ...

    def lift(self, line: str, digits: str, say: str, listen: str) -> None:
        """Lift the handset of the telephone on a station line: answers if it rings, else waits
        for dial tone and dials ``digits``."""
        ...

    def hang_up(self, line: str) -> None:
        """The far party hangs up. A trunk line then gives its disconnect signal."""
        ...

    def cut(self, line: str) -> None:
        """Cut the wire (or take the SIM's network away)."""
        ...

    def mend(self, line: str) -> None:
        """Join the wire again."""
        ...
