"""How telephones' states, evidence and problems read."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from firmware.link.phones import PhoneRow
from web.look import Look

STATES: Mapping[str, Look] = {
    "seen": Look(word=lazy_gettext("Asked, not adopted"), icon="question", tone="wait"),
    "invited": Look(word=lazy_gettext("Waits for its extension"), icon="hourglass", tone="wait"),
    "expected": Look(word=lazy_gettext("Expected"), icon="hourglass", tone="calm"),
    "adopted": Look(word=lazy_gettext("Adopted"), icon="tick", tone="good"),
    "revoked": Look(word=lazy_gettext("Revoked"), icon="close", tone="bad"),
}

RESYNCS: Mapping[str, Look] = {
    "waiting": Look(word=lazy_gettext("Waits until it is idle"), icon="hourglass", tone="wait"),
    "away": Look(
        word=lazy_gettext("Is not registered: waits until it is"), icon="hourglass", tone="wait"
    ),
    "sent": Look(word=lazy_gettext("Told to fetch"), icon="dots", tone="busy"),
    "unreachable": Look(word=lazy_gettext("Cannot be told"), icon="broken", tone="bad"),
}

EVIDENCE: Mapping[str, LazyString] = {
    "proven_on_handset": lazy_gettext("Proven on a handset"),
    "proven_with_client": lazy_gettext("Proven with a real client"),
    "replayed": lazy_gettext("Recorded requests replayed"),
    "documented": lazy_gettext("From the vendor's documents"),
    "inferred": lazy_gettext("Inferred from similar models"),
}

KEYS: Mapping[str, LazyString] = {
    "none": lazy_gettext("Nothing"),
    "line": lazy_gettext("Line"),
    "blf": lazy_gettext("Lamp of an extension"),
    "speed_dial": lazy_gettext("Speed dial"),
    "park": lazy_gettext("Park"),
    "queue": lazy_gettext("Log in to the queues"),
    "queue_out": lazy_gettext("Log out of the queues"),
    "pause": lazy_gettext("Agent: pause"),
    "ready": lazy_gettext("Agent: resume"),
    "wrapped_up": lazy_gettext("Agent: wrap-up done"),
    "night": lazy_gettext("Night switch"),
    "intercom": lazy_gettext("Intercom"),
    "voicemail": lazy_gettext("Voicemail"),
    "dnd": lazy_gettext("Do not disturb"),
    "transfer": lazy_gettext("Transfer"),
}

MEDIA: Mapping[str, LazyString] = {
    "wallpaper": lazy_gettext("Wallpaper"),
    "ring": lazy_gettext("Ring"),
    "language": lazy_gettext("Language of the menus"),
}

CALLS: Mapping[str, LazyString] = {
    "internal": lazy_gettext("Calls from inside"),
    "external": lazy_gettext("Calls from outside"),
    "queue": lazy_gettext("Calls from a queue"),
}

PROBLEMS: Mapping[str, LazyString] = {
    "gone": lazy_gettext("This telephone is not on record any more."),
    "away": lazy_gettext("The telephone service does not answer. Telephones keep what they have."),
    "mac": lazy_gettext(
        "This is no MAC address of a telephone, or the model is not one of its maker's."
    ),
    "assign": lazy_gettext(
        "It cannot have these extensions: each must exist once, have a SIP account and fit the "
        "telephone's model."
    ),
    "override": lazy_gettext(
        "No telephone of this family knows this parameter, or its value cannot be written."
    ),
    "push": lazy_gettext(
        "It cannot be told its address: open the window, or type the address on its own page."
    ),
    "resync": lazy_gettext("Without an extension nobody can reach it."),
    "keys": lazy_gettext("It has not so many keys, or one of them is of an unknown kind."),
    "media": lazy_gettext(
        "The kind, the vendor, the model, the language or the name of the file is wrong, or it is "
        "too large."
    ),
    "firmware": lazy_gettext("The vendor, the model, the share or the name of the file is wrong."),
    "other": lazy_gettext("The telephone service refused this."),
}

_CURRENT = Look(word=lazy_gettext("Up to date"), icon="tick", tone="good")
_BEHIND = Look(word=lazy_gettext("Has an older configuration"), icon="hourglass", tone="wait")
_NOTHING = Look(word=lazy_gettext("Has nothing yet"), icon="circle", tone="calm")
_UNKNOWN = Look(word=lazy_gettext("Unknown state"), icon="question", tone="calm")


def state_look(row: PhoneRow) -> Look:
    """How far its adoption has come."""
    return STATES.get(row.state, _UNKNOWN)


def files_look(row: PhoneRow) -> Look:
    """Whether it has what it should have."""
    if row.resync in RESYNCS:
        return RESYNCS[row.resync]
    if row.is_current:
        return _CURRENT
    return _BEHIND if row.last_result == "complete" else _NOTHING


def evidence_word(row: PhoneRow) -> LazyString | str:
    """Why we believe that its model works."""
    return EVIDENCE.get(row.evidence, lazy_gettext("Model not known"))


def name_words(row: PhoneRow) -> str:
    """What a telephone is called: vendor and model, or its address."""
    if row.model.startswith(row.vendor):
        return row.model or mac_words(row.id)
    return f"{row.vendor} {row.model}".strip()


def mac_words(ident: str) -> str:
    """A MAC address as it is written on stickers."""
    if len(ident) != 12:
        return ident
    return ":".join(ident[n : n + 2] for n in range(0, 12, 2)).upper()
