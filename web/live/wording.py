"""How the states of the live page look and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import LazyString, lazy_gettext

from firmware.model.agent import AgentState
from firmware.model.line import LineState
from firmware.model.loopback import LoopBackFault, LoopBackState
from firmware.model.personal import ForwardKind
from firmware.model.sms import SmsState
from firmware.model.trunk import TrunkState
from web.live.box import Health
from web.live.items import Call, Extension
from web.look import Look

AGENT_LOOKS: Mapping[str, Look] = {
    AgentState.LOGGED_OUT: Look(word=lazy_gettext("Logged out"), icon="circle", tone="calm"),
    AgentState.AVAILABLE: Look(word=lazy_gettext("Available"), icon="tick", tone="good"),
    AgentState.PAUSED: Look(word=lazy_gettext("On a break"), icon="circle", tone="calm"),
    AgentState.ENGAGED: Look(word=lazy_gettext("On another call"), icon="handset", tone="busy"),
    AgentState.OFFERED: Look(word=lazy_gettext("Being offered a call"), icon="bell", tone="wait"),
    AgentState.TALKING: Look(word=lazy_gettext("Talking"), icon="handset", tone="busy"),
    AgentState.WRAP_UP: Look(word=lazy_gettext("Wrap-up"), icon="pencil", tone="wait"),
}

LINE_LOOKS: Mapping[str, Look] = {
    LineState.FAULT: Look(word=lazy_gettext("Fault"), icon="warning", tone="bad"),
    LineState.CUT: Look(word=lazy_gettext("Disconnected"), icon="broken", tone="bad"),
    LineState.IDLE: Look(word=lazy_gettext("Free"), icon="tick", tone="good"),
    LineState.RINGING_IN: Look(word=lazy_gettext("Incoming ring"), icon="bell", tone="wait"),
    LineState.OFFERED: Look(word=lazy_gettext("Incoming call"), icon="bell", tone="wait"),
    LineState.UNHEARD: Look(word=lazy_gettext("Rings, not taken"), icon="bell", tone="bad"),
    LineState.SEIZED: Look(word=lazy_gettext("Off hook"), icon="hook", tone="busy"),
    LineState.DIALLING: Look(word=lazy_gettext("Dialling"), icon="dots", tone="busy"),
    LineState.CALLING: Look(word=lazy_gettext("Calling"), icon="dots", tone="busy"),
    LineState.RINGING_OUT: Look(word=lazy_gettext("Telephone rings"), icon="bell", tone="wait"),
    LineState.IN_USE: Look(word=lazy_gettext("In use"), icon="handset", tone="busy"),
    LineState.LEARNING: Look(word=lazy_gettext("Being learned"), icon="pencil", tone="wait"),
    LineState.ENDED: Look(word=lazy_gettext("Hanging up"), icon="hook", tone="calm"),
}

LINE_KINDS: Mapping[str, LazyString] = {
    "trunk": lazy_gettext("Trunk line"),
    "station": lazy_gettext("Station line"),
    "mobile": lazy_gettext("SIM"),
}

LINE_TROUBLES: Mapping[tuple[str, str], LazyString] = {
    ("trunk", LineState.CUT): lazy_gettext("No battery: the line is cut or not plugged in."),
    ("mobile", LineState.CUT): lazy_gettext("The SIM has no network."),
}
_NO_PORT = lazy_gettext("The port does not answer. Check the card and its cable.")

ABILITIES: Mapping[str, LazyString] = {
    "answers": lazy_gettext("answers"),
    "announces": lazy_gettext("plays announcements"),
    "records": lazy_gettext("records"),
    "keys": lazy_gettext("hears keys"),
    "caller_id": lazy_gettext("reads caller ID"),
    "dials": lazy_gettext("dials"),
    "talks": lazy_gettext("carries conversations"),
}
"""What a voice modem can do (``LineRow.abilities``)."""

DAEMON_NAMES: Mapping[str, LazyString] = {
    "switchd": lazy_gettext("The exchange"),
    "lined": lazy_gettext("The line service"),
    "edge": lazy_gettext("The telephone registrar"),
    "recorder": lazy_gettext("The recorder"),
    "outbox": lazy_gettext("The outbox"),
    "provision": lazy_gettext("The telephone set-up service"),
    "deviced": lazy_gettext("The hardware service"),
    "update": lazy_gettext("The update service"),
}

DAEMON_LOSSES: Mapping[str, LazyString] = {
    "switchd": lazy_gettext("Calls, queues and agents are not known until it is back."),
    "lined": lazy_gettext("The state of the lines is not known until it is back."),
    "edge": lazy_gettext("Which telephones are registered is not known until it is back."),
    "recorder": lazy_gettext("Recordings wait in the spool until it is back."),
    "outbox": lazy_gettext("Mail, texts and backups wait until it is back."),
    "provision": lazy_gettext("Telephones cannot fetch their settings until it is back."),
    "deviced": lazy_gettext("Power, lamps and temperature are not known until it is back."),
    "update": lazy_gettext("No update is fetched or installed until it is back."),
}

TRUNK_LOOKS: Mapping[str, Look] = {
    TrunkState.STARTING: Look(word=lazy_gettext("Starting"), icon="hourglass", tone="calm"),
    TrunkState.UNRESOLVED: Look(word=lazy_gettext("No address"), icon="broken", tone="bad"),
    TrunkState.UNREACHABLE: Look(word=lazy_gettext("No answer"), icon="broken", tone="bad"),
    TrunkState.UNTRUSTED: Look(word=lazy_gettext("Not trusted"), icon="warning", tone="bad"),
    TrunkState.UNREGISTERED: Look(word=lazy_gettext("Not registered"), icon="broken", tone="bad"),
    TrunkState.REFUSED: Look(word=lazy_gettext("Refused"), icon="broken", tone="bad"),
    TrunkState.REGISTERED: Look(word=lazy_gettext("Registered"), icon="tick", tone="good"),
    TrunkState.READY: Look(word=lazy_gettext("Ready"), icon="tick", tone="good"),
}

BOX_STATES: Mapping[tuple[str, str], Look] = {
    ("power", "mains"): Look(word=lazy_gettext("On mains"), icon="tick", tone="good"),
    ("power", "on_battery"): Look(word=lazy_gettext("On battery"), icon="warning", tone="wait"),
    ("power", "low"): Look(word=lazy_gettext("Battery low"), icon="warning", tone="bad"),
    ("power", "critical"): Look(word=lazy_gettext("Battery empty"), icon="broken", tone="bad"),
    ("power", "finalising"): Look(word=lazy_gettext("Shutting down"), icon="broken", tone="bad"),
    ("power", "halted"): Look(word=lazy_gettext("Shutting down"), icon="broken", tone="bad"),
    ("power", "restored"): Look(word=lazy_gettext("Mains back"), icon="tick", tone="good"),
    ("internet", "up"): Look(word=lazy_gettext("Connected"), icon="tick", tone="good"),
    ("internet", "unknown"): Look(word=lazy_gettext("Unknown"), icon="question", tone="calm"),
    ("internet", "limited"): Look(word=lazy_gettext("In part"), icon="warning", tone="wait"),
    ("internet", "down"): Look(word=lazy_gettext("No internet"), icon="broken", tone="bad"),
}
"""How the box's power and internet stand, by the kind of row and its state."""

BOX_WORDS: Mapping[str, LazyString] = {
    "power": lazy_gettext("Power"),
    "internet": lazy_gettext("Internet"),
}

SMS_LOOKS: Mapping[str, Look] = {
    SmsState.RECEIVED: Look(word=lazy_gettext("Received"), icon="tick", tone="good"),
    SmsState.INCOMPLETE: Look(word=lazy_gettext("Parts missing"), icon="warning", tone="wait"),
    SmsState.UNREADABLE: Look(word=lazy_gettext("Unreadable"), icon="broken", tone="bad"),
    SmsState.QUEUED: Look(word=lazy_gettext("Waiting"), icon="hourglass", tone="wait"),
    SmsState.SENDING: Look(word=lazy_gettext("Being sent"), icon="dots", tone="busy"),
    SmsState.SENT: Look(word=lazy_gettext("Sent"), icon="tick", tone="calm"),
    SmsState.DELIVERED: Look(word=lazy_gettext("Delivered"), icon="tick", tone="good"),
    SmsState.FAILED: Look(word=lazy_gettext("Failed"), icon="broken", tone="bad"),
}

USSD_LOOKS: Mapping[str, Look] = {
    "sent": Look(word=lazy_gettext("Waiting"), icon="hourglass", tone="wait"),
    "answered": Look(word=lazy_gettext("Answered"), icon="tick", tone="good"),
    "asked": Look(word=lazy_gettext("The network asks"), icon="question", tone="wait"),
    "ended": Look(word=lazy_gettext("Ended"), icon="circle", tone="calm"),
    "failed": Look(word=lazy_gettext("Failed"), icon="broken", tone="bad"),
}

LINE_PROBLEMS: Mapping[str, LazyString] = {
    "text": lazy_gettext("A text needs a number and between 1 and 1,000 letters."),
    "away": lazy_gettext("The line service does not answer. Nothing was sent."),
    "gone": lazy_gettext("There is no such line any more."),
    "untested": lazy_gettext("The line service does not answer. Nothing was tested."),
    "in_use": lazy_gettext("The line cannot be tested now: it is in use or being learned."),
    "value": lazy_gettext("The network takes no such number, text or code."),
    "busy": lazy_gettext("The SIM cannot do this now: it has no network, or too much waits."),
}
"""Why an order to a line or SIM was not carried out."""

LOOP_BACK_LOOKS: Mapping[str, Look] = {
    LoopBackState.RUNNING: Look(word=lazy_gettext("Is being tested"), icon="dots", tone="busy"),
    LoopBackState.PASSED: Look(word=lazy_gettext("Both ways work"), icon="tick", tone="good"),
    LoopBackState.FAILED: Look(word=lazy_gettext("Failed"), icon="warning", tone="bad"),
}

LOOP_BACK_FAULTS: Mapping[str, LazyString] = {
    LoopBackFault.NO_DIAL_TONE: lazy_gettext(
        "There is no dial tone: is the line plugged into the right socket?"
    ),
    LoopBackFault.LINE_CUT: lazy_gettext("The line went dead: look at its plug and its cable."),
    LoopBackFault.PORT_LOST: lazy_gettext("The port went away: look at the card and its cable."),
    LoopBackFault.CALL_CAME_IN: lazy_gettext("A call came in. Test again later."),
    LoopBackFault.REMOVED: lazy_gettext("The line was taken out of the configuration."),
    LoopBackFault.NO_ECHO: lazy_gettext(
        "The line is heard, but nothing of the box's own sound comes back: perhaps callers do not "
        "hear us. Make a test call."
    ),
    LoopBackFault.BROKEN: lazy_gettext("The test itself broke; the line service's log says why."),
}

LEARNING_LOOKS: Mapping[str, Look] = {
    "running": Look(word=lazy_gettext("Is being learned"), icon="pencil", tone="busy"),
    "done": Look(word=lazy_gettext("Learned"), icon="tick", tone="good"),
    "failed": Look(word=lazy_gettext("Nothing learned"), icon="warning", tone="bad"),
    "cancelled": Look(word=lazy_gettext("Stopped"), icon="circle", tone="calm"),
    "quiet": Look(word=lazy_gettext("Daily calls propose something"), icon="dots", tone="calm"),
}
"""By the state of a learning row."""

FORWARD_WORDS: Mapping[str, LazyString] = {
    ForwardKind.ALWAYS: lazy_gettext("All calls go to"),
    ForwardKind.BUSY: lazy_gettext("When busy, calls go to"),
    ForwardKind.NO_ANSWER: lazy_gettext("Without an answer, calls go to"),
    ForwardKind.UNREACHABLE: lazy_gettext("When unreachable, calls go to"),
}

_RUNS = Look(word=lazy_gettext("Runs"), icon="tick", tone="good")
_WARNS = Look(word=lazy_gettext("Warns"), icon="warning", tone="wait")

_TALKING = Look(word=lazy_gettext("Talking"), icon="handset", tone="busy")
_CALLS = {
    "extension": Look(word=lazy_gettext("Ringing"), icon="bell", tone="wait"),
    "queue": Look(word=lazy_gettext("Waiting"), icon="hourglass", tone="wait"),
    "ivr": Look(word=lazy_gettext("In a menu"), icon="menu", tone="calm"),
}
_CONNECTING = Look(word=lazy_gettext("Being connected"), icon="dots", tone="calm")

_REGISTERED = Look(word=lazy_gettext("Registered"), icon="tick", tone="good")
_UNREGISTERED = Look(word=lazy_gettext("Not registered"), icon="circle", tone="calm")
_ON_A_CALL = Look(word=lazy_gettext("On a call"), icon="handset", tone="busy")

_UNKNOWN = Look(word=lazy_gettext("Unknown state"), icon="question", tone="calm")
"""A state of a newer daemon."""


def agent_look(state: str) -> Look:
    """How an agent's state looks."""
    return AGENT_LOOKS.get(state, _UNKNOWN)


def line_look(state: str) -> Look:
    """How a line's state looks."""
    return LINE_LOOKS.get(state, _UNKNOWN)


def sms_look(state: str) -> Look:
    """What became of a short message."""
    return SMS_LOOKS.get(state, _UNKNOWN)


def ussd_look(state: str) -> Look:
    """How a USSD exchange stands."""
    return USSD_LOOKS.get(state, _UNKNOWN)


def trunk_look(state: str) -> Look:
    """How a trunk's state looks."""
    return TRUNK_LOOKS.get(state, _UNKNOWN)


def daemon_look(health: Health) -> Look:
    """Whether a daemon has something to say."""
    return _WARNS if health.warnings else _RUNS


def box_look(kind: str, state: str) -> Look:
    """How the state of the power or the internet looks."""
    return BOX_STATES.get((kind, state), _UNKNOWN)


def line_kind(kind: str) -> LazyString | str:
    """What kind of line it is."""
    return LINE_KINDS.get(kind, kind)


def line_trouble(kind: str, state: str) -> LazyString:
    """What is wrong with a line, as its kind and state tell. The daemon's own words, for whoever
    reads logs, are in the row's ``fault``."""
    return LINE_TROUBLES.get((kind, state), _NO_PORT)


def line_abilities(abilities: Sequence[str]) -> list[LazyString]:
    """What a line's modem can do, in words; those of a newer daemon are left out."""
    return [ABILITIES[ability] for ability in abilities if ability in ABILITIES]


def call_look(call: Call) -> Look:
    """How far a call has come: answered by a person, or where it waits for one."""
    if call.row.answered_at is not None:
        return _TALKING
    return _CALLS.get(call.place_kind, _CONNECTING)


def extension_look(extension: Extension) -> Look:
    """Whether an extension can be reached."""
    if extension.busy:
        return _ON_A_CALL
    return _REGISTERED if extension.row.registered else _UNREGISTERED
