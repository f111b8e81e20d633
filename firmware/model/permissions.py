"""Who may do what: roles as sets of permissions, each as far as it reaches.

A permission reaches everything, or only the queues that were given to a person, or only what is
their own: their extension's calls and messages. A role without a permission cannot reach anything
by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    OWNER = "owner"
    TECHNICIAN = "technician"
    SUPERVISOR = "supervisor"
    AGENT = "agent"
    READER = "reader"


class Permission(StrEnum):
    """What a page or an order needs. "See" never changes anything."""

    OPEN = "open"  # for everybody, signed in or not
    OWN_ACCOUNT = "own_account"  # one's own password, second factor, sessions
    SEE_LIVE = "see_live"
    ORDER_CALLS = "order_calls"  # hang up, transfer, call, one's state as an agent
    SUPERVISE = "supervise"  # listen in, whisper, take over; an agent's state
    SHOW_WALLBOARD = "show_wallboard"  # queues and agents on a wall, without callers' numbers
    SEE_CALLS = "see_calls"
    NOTE_CALLS = "note_calls"
    HEAR_RECORDINGS = "hear_recordings"
    OPEN_SEALED = "open_sealed"  # hear encrypted ones
    EXPORT = "export"  # take records and recordings away
    DELETE_RECORDINGS = "delete_recordings"  # and hold, and release
    SEE_REPORTS = "see_reports"
    EVALUATE_CALLS = "evaluate_calls"  # by score-cards, which are theirs to write too
    SEE_QUALITY = "see_quality"  # evaluations, surveys, first calls
    READ_ARTICLES = "read_articles"  # the knowledge base
    WRITE_ARTICLES = "write_articles"
    USE_VOICEMAIL = "use_voicemail"
    USE_SOFTPHONE = "use_softphone"  # telephone in the browser, as one's own extension
    SEE_PHONEBOOK = "see_phonebook"
    CHANGE_PHONEBOOK = "change_phonebook"
    SEND_MESSAGES = "send_messages"  # SMS, USSD
    SEE_PHONES = "see_phones"
    CHANGE_PHONES = "change_phones"
    SEE_LINES = "see_lines"  # lines, trunks, modems
    TEST_LINES = "test_lines"  # learn, loop back
    SEE_SETTINGS = "see_settings"
    CHANGE_SETTINGS = "change_settings"
    SEE_BOX = "see_box"  # alarms, power, disk, daemons
    CHANGE_BOX = "change_box"  # backup, update, restart, set-up
    USE_BENCH = "use_bench"
    CHANGE_USERS = "change_users"
    SEE_AUDIT = "see_audit"


class Reach(StrEnum):
    """How far a permission goes."""

    ALL = "all"
    QUEUES = "queues"  # the person's queues, and what is their own
    OWN = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """Who asks: a role, and what was given to the person. ``extension`` is empty for somebody
    without a telephone."""

    role: Role
    queues: frozenset[str] = frozenset()
    extension: str = ""


_P = Permission

_EVERYBODY = {_P.OPEN, _P.OWN_ACCOUNT, _P.READ_ARTICLES}
_CONTENT = {  # what people said and wrote: not a technician's business
    _P.NOTE_CALLS,
    _P.HEAR_RECORDINGS,
    _P.OPEN_SEALED,
    _P.EXPORT,
    _P.DELETE_RECORDINGS,
    _P.USE_VOICEMAIL,
    _P.SEND_MESSAGES,
    _P.SUPERVISE,
    _P.EVALUATE_CALLS,
    _P.SEE_QUALITY,
    _P.WRITE_ARTICLES,
}
_OFFICE = {_P.CHANGE_USERS, _P.SEE_AUDIT}

_WHOLE: Mapping[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.TECHNICIAN: frozenset(Permission) - _CONTENT - _OFFICE,
    Role.SUPERVISOR: frozenset(
        {*_EVERYBODY, _P.SEE_PHONEBOOK, _P.CHANGE_PHONEBOOK, _P.WRITE_ARTICLES}
    ),
    Role.AGENT: frozenset({*_EVERYBODY, _P.SEE_PHONEBOOK}),
    Role.READER: frozenset(
        {
            *_EVERYBODY,
            _P.SEE_LIVE,
            _P.SEE_CALLS,
            _P.SEE_REPORTS,
            _P.SEE_PHONEBOOK,
            _P.SEE_PHONES,
            _P.SEE_LINES,
            _P.SEE_SETTINGS,
            _P.SEE_BOX,
        }
    ),
}

_QUEUES: Mapping[Role, frozenset[Permission]] = {
    Role.SUPERVISOR: frozenset(
        {
            _P.SEE_LIVE,
            _P.ORDER_CALLS,
            _P.SUPERVISE,
            _P.SHOW_WALLBOARD,
            _P.SEE_CALLS,
            _P.NOTE_CALLS,
            _P.HEAR_RECORDINGS,
            _P.OPEN_SEALED,
            _P.EXPORT,
            _P.SEE_REPORTS,
            _P.EVALUATE_CALLS,
            _P.SEE_QUALITY,
        }
    ),
}

_OWN: Mapping[Role, frozenset[Permission]] = {
    Role.SUPERVISOR: frozenset({_P.USE_VOICEMAIL, _P.USE_SOFTPHONE}),
    Role.AGENT: frozenset(
        {
            _P.SEE_LIVE,
            _P.ORDER_CALLS,
            _P.SEE_CALLS,
            _P.NOTE_CALLS,
            _P.HEAR_RECORDINGS,
            _P.SEE_REPORTS,
            _P.SEE_QUALITY,
            _P.USE_VOICEMAIL,
            _P.USE_SOFTPHONE,
        }
    ),
}


def _reaches(role: Role) -> Mapping[Permission, Reach]:
    own = dict.fromkeys(_OWN.get(role, ()), Reach.OWN)
    queues = dict.fromkeys(_QUEUES.get(role, ()), Reach.QUEUES)
    return MappingProxyType({**own, **queues, **dict.fromkeys(_WHOLE[role], Reach.ALL)})


REACHES: Mapping[Role, Mapping[Permission, Reach]] = {role: _reaches(role) for role in Role}
"""Every role's permissions, and how far each reaches."""

CHANGING = frozenset(
    p for p in Permission if p.value.startswith(("change_", "order_", "delete_", "send_", "test_"))
)
"""What changes something: never a reader's."""


def reach(bearer: Bearer, permission: Permission) -> Reach | None:
    """How far a permission of theirs reaches; None when they have it not."""
    return REACHES[bearer.role].get(permission)


def may(
    bearer: Bearer,
    permission: Permission,
    *,
    queues: frozenset[str] = frozenset(),
    extensions: frozenset[str] = frozenset(),
) -> bool:
    """Whether they may, with something that belongs to any of ``queues`` and ``extensions``.
    With neither the question is whether they may at all."""
    far = reach(bearer, permission)
    if far is None or far is Reach.ALL or not (queues or extensions):
        return far is not None
    if bearer.extension and bearer.extension in extensions:
        return True
    return far is Reach.QUEUES and bool(bearer.queues & queues)
