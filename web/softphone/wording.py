"""The words of the telephone in the browser. The page has no text of its own: what it says stands
in the document under these names (static/softphone/page.js, dock.js)."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

LINES: Mapping[str, LazyString] = {
    "line-off": lazy_gettext("Telephone not open"),
    "line-connecting": lazy_gettext("Connecting…"),
    "line-ready": lazy_gettext("Ready"),
    "line-lost": lazy_gettext("No connection to the exchange; trying again"),
    "line-elsewhere": lazy_gettext("The telephone is open in another window"),
    "line-signed_out": lazy_gettext("Signed out: sign in again to telephone"),
}

CALLS: Mapping[str, LazyString] = {
    "call-calling": lazy_gettext("Calling"),
    "call-ringing": lazy_gettext("Ringing"),
    "call-talking": lazy_gettext("Talking"),
    "call-held": lazy_gettext("On hold"),
    "call-renewing": lazy_gettext("Connecting again; the call goes on"),
    "call-over": lazy_gettext("Over"),
}

SAID: Mapping[str, LazyString] = {
    "over": lazy_gettext("The call is over"),
    "why-busy": lazy_gettext("Busy"),
    "why-unknown": lazy_gettext("There is no such number"),
    "why-absent": lazy_gettext("Nobody answers there"),
    "why-rejected": lazy_gettext("The call was refused"),
    "why-failed": lazy_gettext("The call could not be made"),
    "transferring": lazy_gettext("Transferring…"),
    "transferred": lazy_gettext("Transferred"),
    "not-transferred": lazy_gettext("The transfer did not work; the call is still here"),
    "not-done": lazy_gettext("That could not be done"),
    "title": lazy_gettext("Telephone"),
    "title-rings": lazy_gettext("Ringing! Telephone"),
    "device-usual": lazy_gettext("As the computer is set"),
    "quality-good": lazy_gettext("Good connection"),
    "quality-fair": lazy_gettext("Fair connection"),
    "quality-bad": lazy_gettext("Bad connection"),
    "quality-silent": lazy_gettext("Nothing is coming in"),
    "microphone-refused": lazy_gettext(
        "This browser gives no microphone to this page. Allow it in the address bar (the console "
        "must be open over HTTPS); until then nobody would hear you, and calls are not answered."
    ),
    "microphone-absent": lazy_gettext("There is no microphone at this computer."),
    "microphone-taken": lazy_gettext("Another program holds the microphone."),
}

ACTIONS: Mapping[str, tuple[LazyString, str, str]] = {
    "answer": (lazy_gettext("Answer"), "handset", "a"),
    "refuse": (lazy_gettext("Refuse"), "close", "x"),
    "hold": (lazy_gettext("Hold"), "hourglass", "h"),
    "resume": (lazy_gettext("Take back"), "handset", "r"),
    "mute": (lazy_gettext("Mute"), "minus", "m"),
    "keys": (lazy_gettext("Keys"), "dots", ""),
    "transfer": (lazy_gettext("Transfer"), "onward", "t"),
    "join": (lazy_gettext("Join both"), "plus", "j"),
    "elsewhere": (lazy_gettext("Ring my other telephones"), "phone", ""),
    "end": (lazy_gettext("Hang up"), "hook", "e"),
}
"""The buttons of a call: word, icon, key of the keyboard."""
