"""The call centre on the live path: what the ACD engine (``firmware.model.acd``) decides becomes
legs, sound, events and rows.

``centre`` is the middle of it and ``around`` the exchange as it sees it; ``offers`` rings agents,
``waiting`` is what callers hear, ``staff`` what agents do, ``supervision`` what is ordered about
callers, ``reach`` how telephones are reached, ``journal`` what is written down, ``memory`` what
outlives a stop, ``shown`` what is seen.
"""

from firmware.switchd.queues.around import Around
from firmware.switchd.queues.centre import Queues
from firmware.switchd.queues.plan import CentrePlan, centre_plan
from firmware.switchd.queues.visit import Expelled, Promised, Served, Visit

__all__ = [
    "Around",
    "CentrePlan",
    "Expelled",
    "Promised",
    "Queues",
    "Served",
    "Visit",
    "centre_plan",
]
