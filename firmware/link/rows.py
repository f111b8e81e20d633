"""What travels over the links: the rows of each daemon's tables and the shapes of its answers.

Events carry the *row* they are about, whole, as it is after the event. The part of the name
before the dot is the kind of row; the part after it is what happened. A row whose event is
in ``GONE`` has left the daemon's tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from firmware.link.agents import ListenerRow, QueueAlertRow
from firmware.link.bench import LeverRow
from firmware.link.board import ButtonRow, HealthRow, LedRow, PowerRow
from firmware.link.internet import InternetRow
from firmware.link.learning import LearningRow
from firmware.link.lines import LoopBackRow
from firmware.link.phones import PhoneRow, WindowRow
from firmware.link.takes import TakeRow
from firmware.link.update import UpdateRow


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
    operator: str = ""  # mobile only: the network's name
    device: str = ""  # what is behind it, as it calls itself: "EC25, IMEI 867698040000017"
    abilities: tuple[str, ...] = ()  # of a voice modem: hw.modem.voice_dialect; no "talks": it
    # cannot speak and listen at once
    note: str = ""  # why its last event happened, in the log's words: "no dial tone", "fax: cng"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsRow:
    """One short message, in or out, of the newest few. The store has all.

    Its events: received, and changed (a late part came); queued, sending, sent, delivered,
    failed; removed when it leaves the table.
    """

    id: str
    line: str
    direction: str  # "inbound" | "outbound"
    number: str  # the other party: digits, or letters ("Bank")
    text: str
    at: float  # Unix seconds: received, or handed over to be sent
    state: str  # SmsState of firmware.model.sms
    fault: str  # "" or why it failed, or what of it is missing


@dataclass(frozen=True, slots=True, kw_only=True)
class UssdRow:
    """The last USSD exchange on a SIM.

    Its events: sent, answered, asked (the network wants an answer), ended, failed.
    """

    id: str  # the line
    state: str  # the event's word
    code: str  # what we sent last
    text: str  # what the network said last
    fault: str  # "" or why it failed
    at: float  # Unix seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionRow:
    """One extension's registration, as the edge sees it."""

    id: str  # its number
    name: str
    registered: bool
    contact: str  # "udp:127.0.0.1:5060" of the newest binding
    user_agent: str
    browsers: int = 0  # how many of its bindings are browsers


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserPass:
    """What a browser registers as an extension with, for a few minutes."""

    user: str  # the name for the digest: "1795350000:101"
    password: str
    expires_at: float  # Unix seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class WayRow:
    """Where one SIP trunk is reached, as the edge knows it. Its events: changed, removed."""

    id: str  # the trunk's name
    address: str  # "udp:203.0.113.7:5060", "" when none is known
    fault: str  # "" or the TrunkState in which it cannot be used
    reason: str  # the fault in the log's words
    rtt_ms: float | None  # of the last OPTIONS
    since: float  # Unix seconds of the last change of address or fault


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkRow:
    """One SIP trunk, as switchd sees it. Its events: changed, removed."""

    id: str  # its name in the site configuration
    title: str
    state: str  # TrunkState of firmware.model.trunk
    reason: str  # "" or why it is not usable, in the provider's words or the log's
    address: str  # "udp:203.0.113.7:5060", "" when none is known
    rtt_ms: float | None
    since: float  # Unix seconds of the last change of ``state``


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRow:
    """One leg of a call."""

    id: str  # "17.2": second leg of call 17
    call: str
    state: str  # LegState
    direction: str  # "inbound" | "outbound"
    party: str  # number or line it stands for
    cause: int  # Q.850, 0 while it lives
    way: str = ""  # the trunk or line it goes over, "" inside


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
    visit: str = ""  # this stay in the queue: what orders about the caller name
    priority: int = 0
    callback: str = ""  # the number to call back; "": the caller is on the line


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
    reason: str = ""  # of a pause
    telephone: str = ""  # where they take calls, "" at their own


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowRow:
    """One number of follow-me: it rings ``delay_s`` after the person's own telephone."""

    number: str
    delay_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """What one person has set for their calls, and where they sit."""

    id: str  # the number of their extension
    name: str
    dnd: bool
    call_waiting: bool
    forwards: Mapping[str, str]  # ForwardKind of firmware.model.personal to a destination
    no_answer_s: float  # how long it rings before the forward on no answer
    follow_me: bool
    follow_steps: tuple[FollowRow, ...]
    speed_dials: Mapping[str, str]  # slot to number
    at: str  # the extension whose telephone they have logged in at, "" at their own
    guest: str  # the person who has logged in at theirs, "" for nobody
    wake_ups: tuple[float, ...]  # Unix seconds, the next first


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
class AlarmRow:
    """Something a person should do something about. Its events: raised, changed, cleared."""

    id: str  # what it is about: "keeping", "finishing", "room"
    daemon: str  # whose it is: "recorder"
    text: str  # in the log's words
    since: float  # Unix seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRow:
    """One calendar: the office's hours, or what somebody ordered. Its events: changed, removed."""

    id: str
    title: str
    state: str  # CalendarState of firmware.model.calendar: "open", "closed", "holiday"
    reason: str  # why, in the log's words
    override: str  # the state somebody ordered, "" while it follows its hours
    next_change: float  # Unix seconds; 0: never, or not before somebody orders it
    number: str  # what a telephone dials to switch it, "" when nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyRow:
    """One emergency call. Its events: began, connected, unanswered, ended."""

    id: str  # the call's id
    caller: str
    caller_name: str
    number: str  # "115"
    service: str  # "ambulance"
    way: str  # the line it goes out on, "" while none is found
    at: float  # Unix seconds of the event


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxRow:
    """The voicemail box of one extension. Its events: changed, removed."""

    id: str  # the extension's number
    new: int
    old: int  # heard and kept


@dataclass(frozen=True, slots=True, kw_only=True)
class FarRow:
    """The far end of one simulated line, as the bench plays it.

    Its events: ringing, answered, spoke_digits, pressed, refused (with busy tone), reversed (the
    polarity), dialled, lifted, flashed, hung_up (the far party
    did), disconnected (its disconnect signal begins), released (the box hung up), gave_up (the
    caller, before anybody answered), cut, mended, plugged, unplugged, texted, toned (the box had
    the mobile network send a key).
    """

    id: str  # the line's name, "fxo-1"
    kind: str  # "trunk", "station", "mobile"
    state: str  # "idle", "ringing", "talking" ...
    number: str  # the far party, or the number the box dialled
    digits: str  # keys the far party has pressed in this call
    plugged: bool  # whether lined holds the other end
    at: float  # Unix seconds of the event, exact to a frame
    text: str = ""  # of far.texted: what the box sent to ``number``; of far.toned: the key


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkRow:
    """One parking slot that is taken."""

    id: str  # the slot's number
    call: str
    caller: str  # who waits there
    by: str  # the extension that parked them, "" for none
    since: float  # Unix seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRow:
    """One conference room that somebody is in."""

    id: str  # its name in the site configuration
    title: str
    calls: tuple[str, ...]
    members: tuple[str, ...]  # their numbers, in the order of the calls


Row = (
    LineRow
    | LearningRow
    | SmsRow
    | UssdRow
    | ExtensionRow
    | WayRow
    | InternetRow
    | TrunkRow
    | LegRow
    | CallRow
    | QueueRow
    | AgentRow
    | RecordingRow
    | AlarmRow
    | MailboxRow
    | CalendarRow
    | EmergencyRow
    | PersonRow
    | FarRow
    | LeverRow
    | PhoneRow
    | WindowRow
    | ParkRow
    | RoomRow
    | ListenerRow
    | QueueAlertRow
    | PowerRow
    | LedRow
    | HealthRow
    | ButtonRow
    | UpdateRow
    | TakeRow
    | LoopBackRow
)

ROWS: Mapping[str, type[Row]] = {
    "line": LineRow,
    "learning": LearningRow,
    "sms": SmsRow,
    "ussd": UssdRow,
    "extension": ExtensionRow,
    "way": WayRow,
    "internet": InternetRow,
    "trunk": TrunkRow,
    "leg": LegRow,
    "call": CallRow,
    "queue": QueueRow,
    "agent": AgentRow,
    "recording": RecordingRow,
    "alarm": AlarmRow,
    "mailbox": MailboxRow,
    "person": PersonRow,
    "calendar": CalendarRow,
    "emergency": EmergencyRow,
    "far": FarRow,
    "lever": LeverRow,
    "phone": PhoneRow,
    "window": WindowRow,
    "park": ParkRow,
    "room": RoomRow,
    "listener": ListenerRow,
    "queue_alert": QueueAlertRow,
    "power": PowerRow,
    "led": LedRow,
    "health": HealthRow,
    "button": ButtonRow,
    "update": UpdateRow,
    "take": TakeRow,
    "loopback": LoopBackRow,
}
"""The kinds of row, by the first word of the events about them."""

GONE = frozenset(
    {
        "leg.gone",
        "call.ended",
        "recording.ended",
        "alarm.cleared",
        "mailbox.removed",
        "person.removed",
        "extension.removed",
        "way.removed",
        "trunk.removed",
        "line.removed",
        "learning.removed",
        "loopback.removed",
        "calendar.removed",
        "emergency.ended",
        "queue.removed",
        "agent.removed",
        "sms.removed",
        "phone.removed",
        "park.left",
        "room.emptied",
        "listener.ended",
        "queue_alert.cleared",
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
