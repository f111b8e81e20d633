"""Records: what is written down of a call, for the bill, the console and the reports.

A call's record is written when the call begins (with ``ended_at`` None) and again, whole, at
every change worth keeping; the last one stands. All times are in Unix seconds. Ids are unique
for the life of the box, over restarts too, as a record replaces the one with the same id.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from firmware.model.acd_piece import AcdPiece
from firmware.model.quality import LegQuality
from firmware.model.queue_event import QueueEvent
from firmware.model.sms import SmsPart, SmsRecord
from firmware.model.wakeup import WakeUp


class Disposition(StrEnum):
    """How a call came out. The empty string stands in a record whose call lives."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    CONGESTION = "congestion"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call as the bill sees it."""

    id: str
    started_at: float
    answered_at: float | None = None  # by a person, not by a menu or an announcement
    ended_at: float | None = None
    caller: str = ""
    caller_name: str = ""
    called: str = ""
    line: str = ""  # the trunk line or SIM it came in or went out on
    place: str = ""  # where the call was last: "ivr:main", "queue:support", "extension:101"
    queue: str = ""  # the queue it was in last
    agent: str = ""  # who answered it from the queue
    digits: str = ""  # what the caller pressed in menus
    disposition: str = ""
    cause: int = 0  # Q.850, 0 while it lives
    hung_up_by: str = ""  # "caller", "callee" or "box"
    config_version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRecord:
    """One leg of a call."""

    id: str
    call_id: str
    direction: str  # "inbound" | "outbound"
    party: str
    started_at: float
    answered_at: float | None = None
    ended_at: float | None = None
    cause: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """One line of a call's timeline: ``name`` in the past tense ("queue.entered")."""

    call_id: str
    at: float
    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRecord:
    """One finished recording: a sound file, one side of the call a channel."""

    id: str
    call_id: str
    path: str  # relative to the home's recordings: "2026/11/21/17.flac"
    started_at: float
    length_s: float
    rate_hz: int
    channels: int
    bytes: int
    sha256: str  # of the whole file, in hexadecimal
    tracks: str = "[]"  # JSON: who was on which side, and when it was paused
    format: str = "wav"  # RecordingFormat of firmware.model.recording
    sound_sha256: str = ""  # of the samples that were recorded, side by side, 16-bit little-endian
    cipher: str = ""  # "age": the file is encrypted


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecord:
    """What one person has set; the newest record stands."""

    id: str  # the number of their extension
    changed_at: float
    settings: str  # JSON: a Person of firmware.model.personal


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarOrder:
    """What somebody ordered of a calendar; the newest stands."""

    id: str  # the calendar's name
    state: str  # "open", "closed", or "automatic": as its hours say
    until: float  # Unix seconds, 0 until it is taken back
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowResult:
    """What a caller left behind in a flow."""

    id: str
    call_id: str
    at: float
    flow: str
    node: str
    kind: str  # "score", "comment", "recording", "payment"
    name: str  # the question's, the variable's, the currency
    value: str  # the score; the sound's path under flows/; the amount and the reference
    queue: str  # the queue and the agent the caller had before
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DischargeRecord:
    """One stretch on battery (firmware.store.discharges)."""

    id: str
    began_at: float
    boot: str  # the machine's life it was in
    ended: str
    samples: str  # JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOutcome:
    """What an agent says came of a call; the newest of the same agent stands."""

    call_id: str
    agent: str
    outcome: str  # its name, one of the queue's
    at: float


Record = (
    CallRecord
    | CallOutcome
    | CalendarOrder
    | LegRecord
    | LegQuality
    | CallEvent
    | RecordingRecord
    | PersonRecord
    | WakeUp
    | SmsRecord
    | SmsPart
    | FlowResult
    | QueueEvent
    | AcdPiece
    | DischargeRecord
)
