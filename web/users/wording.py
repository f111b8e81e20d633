"""The words of the users' pages."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from firmware.model.permissions import Role
from web.account import wording as account

ROLES = account.ROLES

REACH: Mapping[Role, LazyString] = {
    Role.OWNER: lazy_gettext("Everything, the users and the audit trail too"),
    Role.TECHNICIAN: lazy_gettext(
        "Settings, lines and telephones; no recordings, no messages, no users"
    ),
    Role.SUPERVISOR: lazy_gettext("The calls, recordings, agents and reports of their queues"),
    Role.AGENT: lazy_gettext("Their own calls, recordings and messages"),
    Role.READER: lazy_gettext("Looks at everything but recordings and messages, changes nothing"),
}

PROBLEMS: Mapping[str, LazyString] = {
    **{str(weakness): text for weakness, text in account.WEAK.items()},
    "exists": lazy_gettext("There is a user of this name already."),
    "name": lazy_gettext("A user needs a name of up to 64 characters."),
    "role": lazy_gettext("There is no such role."),
    "queues": lazy_gettext("There is no such queue or extension."),
    "owner": lazy_gettext("This is the only owner: make somebody else an owner first."),
}
