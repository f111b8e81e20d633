"""The words of one's own account: roles, what is wrong with a password, what happened."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from firmware.model.permissions import Role
from firmware.store.passwords import SHORTEST, Weakness

ROLES: Mapping[Role, LazyString] = {
    Role.OWNER: lazy_gettext("Owner"),
    Role.TECHNICIAN: lazy_gettext("Technician"),
    Role.SUPERVISOR: lazy_gettext("Supervisor"),
    Role.AGENT: lazy_gettext("Agent"),
    Role.READER: lazy_gettext("Read only"),
}

WEAK: Mapping[Weakness, LazyString] = {
    Weakness.SHORT: lazy_gettext(
        "The password is too short: at least %(count)s characters.", count=SHORTEST
    ),
    Weakness.EASY: lazy_gettext(
        "The password is too easy to guess: take several words that do not belong together."
    ),
}

PROBLEMS: Mapping[str, LazyString] = {
    "current": lazy_gettext("Your present password is not right."),
    "busy": lazy_gettext("Too many attempts. Try again in a few minutes."),
    "again": lazy_gettext("The two new passwords differ."),
    "long": lazy_gettext("That is more than the console accepts."),
    "code": lazy_gettext(
        "The code does not fit. Check that the clocks of your telephone and of the box agree."
    ),
    "enrolling": lazy_gettext("This page had been open for too long. Please try again."),
    "must": lazy_gettext("Your role must have a second factor: it can only be renewed."),
    **{str(weakness): text for weakness, text in WEAK.items()},
}
