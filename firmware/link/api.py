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

    def notify(self, *, number: str, event: str, headers: Mapping[str, str]) -> None:
        """Send a NOTIFY outside any dialog to the telephones registered as ``number``, by way
        of the edge, once that extension is in no call.

        Raises:
            KeyError: no such extension, or it has no telephone of its own.
            RuntimeError: it is in a call.
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


class ProvisionApi(DaemonApi, Protocol):
    """Telephones that configure themselves. Rows: phone, window.

    ``phone`` is a telephone's id: a MAC address in any spelling, or "soft-1". Every method that
    takes one raises KeyError when it is not known.
    """

    def open_window(self, minutes: float) -> None:
        """Let new telephones in for so long (at most 120 minutes)."""
        ...

    def close_window(self) -> None:
        """Let nobody new in."""
        ...

    def expect(self, *, mac: str, model: str) -> str:
        """Put a telephone on record before it was ever here; its id. ``model`` may be "".

        Raises:
            ValueError: no MAC address, or a model that no family or more than one has.
        """
        ...

    def add_softphone(self, extension: str) -> str:
        """Make a place for a softphone of an extension; its id. ``address_of`` is what its QR
        code says."""
        ...

    def address_of(self, phone: str) -> str:
        """The address, with its token, at which a softphone finds its configuration.

        Raises:
            ValueError: it is no softphone.
        """
        ...

    def assign(self, phone: str, extensions: tuple[str, ...]) -> None:
        """Give a telephone its extensions, one an account or ATA port; none takes them away.

        Raises:
            ValueError: an extension does not exist or has no SIP account, the model holds
                fewer, or nobody knows yet what telephone it is.
        """
        ...

    def revoke(self, phone: str) -> None:
        """Make a telephone's token void; it gets nothing until it is assigned again."""
        ...

    def renew(self, phone: str) -> None:
        """Allow a telephone one more first contact, after a factory reset; its old token is
        void."""
        ...

    def forget(self, phone: str) -> None:
        """Take a telephone off the record."""
        ...

    def allow_tftp(self, phone: str, allowed: bool) -> None:
        """Whether this telephone's passwords may go by TFTP, which everybody can read."""
        ...

    def set_keys(self, phone: str, keys: tuple[KeyRow, ...] | None) -> None:
        """Lay out a telephone's keys; None is the layout every telephone gets.

        Raises:
            ValueError: a kind of key that nobody knows.
        """
        ...

    def set_override(self, phone: str, name: str, value: str) -> None:
        """Give one parameter of the vendor's a value of the technician's; it stays through
        every change and update.

        Raises:
            ValueError: no such parameter, or a value no file can carry.
        """
        ...

    def drop_override(self, phone: str, name: str) -> None:
        """Take an override back."""
        ...

    def overrides(self, phone: str) -> dict[str, str]:
        """The overrides of a telephone."""
        ...

    def preview(self, phone: str) -> tuple[ConfigFile, ...]:
        """The files a telephone would get now."""
        ...

    def changes(self, phone: str) -> tuple[SettingChange, ...]:
        """What differs between that and what it was last sent."""
        ...

    def resync(self, phone: str, reboot: bool) -> None:
        """Let a telephone fetch its files again as soon as it is idle.

        Raises:
            ValueError: it has no extension, so that nobody can reach it.
        """
        ...

    def scan(self) -> None:
        """Look for telephones on the box's networks; those found appear as rows."""
        ...

    def router_options(self) -> tuple[RouterOption, ...]:
        """What to type into the office's router, for each family what it reads."""
        ...

    def offer_firmware(
        self,
        *,
        name: str,
        vendor: str,
        model: str,
        version: str,
        share: int,
        first: tuple[str, ...],
    ) -> None:
        """Roll out a file of the folder ``provision/firmware`` to a share of the telephones.

        Raises:
            KeyError: there is no such file.
            ValueError: no such vendor or model, or a share that is no percentage.
        """
        ...

    def withdraw_firmware(self, name: str) -> None:
        """End a roll-out and remove its file."""
        ...

    def firmware(self) -> tuple[FirmwareFile, ...]:
        """The firmware files, newest first."""
        ...

    def pardon(self, source: str) -> None:
        """Lift the ban of an address."""
        ...
