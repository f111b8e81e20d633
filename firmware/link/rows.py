"""What travels over the links: the rows of each daemon's tables and the shapes of its answers.

Events carry the *row* they are about, whole, as it is after the event. The part of the name
before the dot is the kind of row; the part after it is what happened. A row whose event is
in ``GONE`` has left the daemon's tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


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

    Its events: ringing, answered, spoke_digits, dialled, lifted, hung_up (the far party did),
    disconnected (its disconnect signal begins), released (the box hung up), gave_up (the
    caller, before anybody answered), cut, mended, plugged, unplugged.
    """

    id: str  # the line's name, "fxo-1"
    kind: str  # "trunk", "station", "mobile"
    state: str  # "idle", "ringing", "talking" ...
    number: str  # the far party, or the number the box dialled
    digits: str  # keys the far party has pressed in this call
    plugged: bool  # whether lined holds the other end
    at: float  # Unix seconds of the event, exact to a frame


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneRow:
    """One telephone, ATA or softphone, as provisioning knows it. Times are Unix seconds, 0 is
    never."""

    id: str  # its MAC address in twelve small hexadecimal digits, or "soft-1"
    vendor: str
    family: str
    model: str
    firmware: str
    evidence: str  # why we believe that the model works: Evidence of provisioning.device
    address: str
    found_by: str  # "asked", "pnp", "scan", "typed"
    first_seen: float
    last_seen: float
    last_file: str
    last_result: str  # "complete", "pointer", "absent", "refused", ""
    state: str  # "seen", "invited", "expected", "adopted", "revoked"
    extensions: tuple[str, ...]
    accounts: int  # how many extensions it can hold
    ports: int  # of an ATA, 0 of a telephone
    tftp_secrets: bool
    is_current: bool  # it was sent all that it would be sent now
    resync: str  # "", "waiting" (until it is idle), "sent", "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRow:
    """The adoption window, what the guard has seen, and DHCP."""

    id: str  # always "adoption"
    open_until: float  # Unix seconds; in the past: shut
    misses: int  # requests for what was not the asker's
    banned: tuple[str, ...]  # addresses
    dhcp: str  # "off", "inform", "full", or why it does not serve
    other_servers: tuple[str, ...]  # DHCP servers of others


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """One programmable key of a telephone; ``kind`` is KeyKind of provisioning.device."""

    kind: str
    value: str
    label: str
    account: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFile:
    """A file a telephone gets, its secrets replaced by fingerprints."""

    path: str
    content_type: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChange:
    """One parameter that differs between what a telephone was sent and what it would be sent.
    "" is absent; secrets are fingerprints."""

    name: str
    sent: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterOption:
    """What to type into the office's router."""

    code: int  # DHCP option
    value: str
    families: tuple[str, ...]  # for whom


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmwareFile:
    """A firmware file and its roll-out."""

    name: str
    vendor: str
    model: str  # "" is every model of the vendor
    version: str
    share: int  # percent of the telephones it goes to
    first: tuple[str, ...]  # telephones that get it whatever the share
    bytes: int
    has_it: int  # telephones that run it
    meant: int  # telephones it goes to now


Row = (
    LineRow
    | ExtensionRow
    | LegRow
    | CallRow
    | QueueRow
    | AgentRow
    | RecordingRow
    | FarRow
    | PhoneRow
    | WindowRow
)

ROWS: Mapping[str, type[Row]] = {
    "line": LineRow,
    "extension": ExtensionRow,
    "leg": LegRow,
    "call": CallRow,
    "queue": QueueRow,
    "agent": AgentRow,
    "recording": RecordingRow,
    "far": FarRow,
    "phone": PhoneRow,
    "window": WindowRow,
}
"""The kinds of row, by the first word of the events about them."""

GONE = frozenset(
    {
        "leg.gone",
        "call.ended",
        "recording.ended",
        "extension.removed",
        "line.removed",
        "phone.removed",
    }
)
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
