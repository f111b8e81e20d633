"""What the scopes of a token let a program do."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from firmware.model.permissions import Permission

SCOPES: Mapping[Permission, LazyString] = {
    Permission.SEE_CALLS: lazy_gettext("See calls"),
    Permission.NOTE_CALLS: lazy_gettext("Write notes about calls"),
    Permission.ORDER_CALLS: lazy_gettext("Begin and end calls, and pause agents"),
    Permission.SEE_REPORTS: lazy_gettext("See reports"),
    Permission.SEE_LIVE: lazy_gettext("See queues and agents, and follow what happens"),
    Permission.SHOW_WALLBOARD: lazy_gettext("Show the wallboard on a screen"),
    Permission.SEE_PHONEBOOK: lazy_gettext("See contacts"),
    Permission.CHANGE_PHONEBOOK: lazy_gettext("Change contacts"),
    Permission.CHANGE_SETTINGS: lazy_gettext("Have other programs told of what happens (webhooks)"),
}
"""Of every permission that an operation asks for, and of the wallboard's."""
