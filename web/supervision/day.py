"""What the store knows of queues today, counted at most every quarter of a minute however many
look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from flask import current_app
from sqlite_utils import Database

from firmware.config.schema import Site
from firmware.model.queue_alert import Figure
from firmware.store import queue_day
from web.system.seldom import Seldom

KEPT_S = 15.0

Day = Mapping[tuple[Figure, str], float]
"""The service level in percent and the callers who are owed a call, by queue."""


def today(db: Database, site: Site) -> Day:
    """Since midnight of the office's clock."""
    nothing: Day = {}
    known: Seldom[Day] = current_app.extensions.setdefault(
        "markaz-supervision-day", Seldom(_counted, nothing, kept_s=KEPT_S)
    )
    return known.of(db, site)


def _counted(db: Database, site: Site) -> Day:
    now = dt.datetime.now(ZoneInfo(site.office.time_zone))
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    names = [queue.name for queue in site.queue]
    return queue_day.of_queues(db, names, midnight.timestamp(), now.timestamp())
