"""The blueprint of the quality pages, and what several of them ask."""

from __future__ import annotations

import time

from flask import Blueprint, abort

from firmware.model import permissions
from firmware.model.permissions import Permission, Reach
from firmware.model.record import CallRecord
from firmware.model.score_card import MOST_POINTS
from firmware.store import calibrations, calls, users
from web.calls import store
from web.calls.sounds import must_belong
from web.system import access, language

pages = Blueprint("quality", __name__, template_folder="templates")

LONGEST_REMARK = 2000
MOST_CALIBRATIONS = 200

POINTS = {str(points): points for points in range(MOST_POINTS + 1)}


class Problem(ValueError):
    """What was asked for was not done; the text is a key of ``wording.PROBLEMS``."""


def call_of(ident: str) -> CallRecord:
    """The call that is to be evaluated. The request ends with 404 for one there is not or that
    nobody of a queue has served, 403 for one out of reach and for one's own."""
    found = calls.find(store.database(), ident)
    if found is None or not found.agent or found.ended_at is None:
        abort(404)
    must_belong(Permission.EVALUATE_CALLS, found)
    if found.agent == access.person().extension:
        abort(403)
    return found


def queues_in_reach() -> list[tuple[str, str]]:
    """The queues whose calls whoever asks evaluates, with their titles."""
    office = language.office()
    mine = access.bearer().queues
    everything = access.reach(Permission.EVALUATE_CALLS) is Reach.ALL
    return [
        (name, office.titles.get(f"queue:{name}", name))
        for name in sorted(office.members)
        if everything or name in mine
    ]


def evaluators_of(call: CallRecord) -> list[str]:
    """The names of those who may evaluate a call: not its own agent."""
    return [
        user.name
        for user in users.everyone(store.database())
        if user.disabled_at is None
        and user.extension != call.agent
        and permissions.may(user.bearer, Permission.EVALUATE_CALLS, queues=frozenset({call.queue}))
    ]


def hidden_calls() -> frozenset[str]:
    """The calls whoever asks has still to evaluate blind: nobody's opinion of them is shown."""
    name = access.person().name
    found = calibrations.of_person(store.database(), name, sees_all=False, limit=MOST_CALIBRATIONS)
    return frozenset(
        one.call_id
        for one in found
        if not one.is_open and name in one.people and name not in one.done
    )


def now() -> float:
    """Unix seconds."""
    return time.time()
