"""The words of the audit trail."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext

from firmware.store.audit import Change, Deed
from web.look import Look

LOOKS: Mapping[str, Look] = {
    Change.SIGNED_IN: Look(word=lazy_gettext("Signed in"), icon="tick", tone="good"),
    Change.SIGN_IN_REFUSED: Look(word=lazy_gettext("Sign-in refused"), icon="warning", tone="wait"),
    Change.SIGNED_OUT: Look(word=lazy_gettext("Signed out"), icon="leave", tone="calm"),
    Change.COOKIE_SUSPECT: Look(
        word=lazy_gettext("Cookie in another browser"), icon="warning", tone="bad"
    ),
    Change.SESSIONS_ENDED: Look(word=lazy_gettext("Sessions ended"), icon="leave", tone="calm"),
    Change.PASSWORD_CHANGED: Look(
        word=lazy_gettext("Password changed"), icon="pencil", tone="busy"
    ),
    Change.FACTOR_ENROLLED: Look(
        word=lazy_gettext("Second factor set up"), icon="phone", tone="good"
    ),
    Change.FACTOR_RESET: Look(
        word=lazy_gettext("Second factor taken away"), icon="warning", tone="wait"
    ),
    Change.RECOVERY_USED: Look(
        word=lazy_gettext("Recovery code used"), icon="warning", tone="wait"
    ),
    Change.RECOVERY_RENEWED: Look(
        word=lazy_gettext("Recovery codes renewed"), icon="pencil", tone="busy"
    ),
    Change.USER_ADDED: Look(word=lazy_gettext("User added"), icon="person", tone="busy"),
    Change.USER_CHANGED: Look(word=lazy_gettext("User changed"), icon="person", tone="busy"),
    Change.USER_REMOVED: Look(word=lazy_gettext("User removed"), icon="person", tone="wait"),
    Change.FACTOR_RULES: Look(
        word=lazy_gettext("Rules for second factors changed"), icon="pencil", tone="busy"
    ),
    Change.SETTINGS: Look(word=lazy_gettext("Settings changed"), icon="pencil", tone="busy"),
    Change.ORDERED: Look(word=lazy_gettext("Order given"), icon="onward", tone="busy"),
    Change.EXPORTED: Look(word=lazy_gettext("Taken away"), icon="onward", tone="wait"),
    Change.TOKEN_MADE: Look(word=lazy_gettext("Token made"), icon="pencil", tone="wait"),
    Change.TOKEN_REVOKED: Look(word=lazy_gettext("Token revoked"), icon="close", tone="calm"),
    Change.CALL_EVALUATED: Look(word=lazy_gettext("Call evaluated"), icon="tick", tone="busy"),
    Change.CARD_CHANGED: Look(word=lazy_gettext("Score-card changed"), icon="pencil", tone="busy"),
    Change.SAMPLE_DRAWN: Look(word=lazy_gettext("Sample drawn"), icon="records", tone="calm"),
    Change.CALIBRATION: Look(word=lazy_gettext("Calibration"), icon="person", tone="calm"),
    Change.ARTICLE_CHANGED: Look(word=lazy_gettext("Article changed"), icon="pencil", tone="busy"),
    Change.PHONEBOOK: Look(word=lazy_gettext("Phonebook changed"), icon="pencil", tone="busy"),
    Change.CALL_NOTED: Look(word=lazy_gettext("Note on a call"), icon="pencil", tone="busy"),
    Deed.PLAYED: Look(word=lazy_gettext("Recording played"), icon="play", tone="calm"),
    Deed.DELETED: Look(word=lazy_gettext("Recording deleted"), icon="close", tone="wait"),
    Deed.HELD: Look(word=lazy_gettext("Recording held"), icon="record", tone="busy"),
    Deed.RELEASED: Look(word=lazy_gettext("Recording released"), icon="record", tone="busy"),
}
"""Every deed; "exported" is the same word of recordings and of records."""


def look_of(deed: str) -> Look:
    """How a deed is shown; one of a newer exchange as it is."""
    return LOOKS.get(deed) or Look(word=lazy_gettext("Something else"), icon="dots", tone="calm")
