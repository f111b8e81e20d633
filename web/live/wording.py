"""How the states of the live page look and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import LazyString, lazy_gettext

from firmware.model.agent import AgentState
from firmware.model.line import LineState
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
}

DAEMON_LOSSES: Mapping[str, LazyString] = {
    "switchd": lazy_gettext("Calls, queues and agents are not known until it is back."),
    "lined": lazy_gettext("The state of the lines is not known until it is back."),
    "edge": lazy_gettext("Which telephones are registered is not known until it is back."),
}

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
