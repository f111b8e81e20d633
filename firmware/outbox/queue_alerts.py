"""Alerts of queues: looks every few seconds, shows them on the board, and writes to whom they
concern. What is an alert is in ``firmware.model.queue_alert``."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import sqlite3
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from firmware.config import history
from firmware.config.home import Home
from firmware.config.problem import ConfigRejected
from firmware.config.schema import Site
from firmware.config.sections.supervision import QueueAlert
from firmware.link.agents import QueueAlertRow
from firmware.link.client import Event, Snapshot
from firmware.link.rows import GONE, AgentRow, QueueRow
from firmware.link.server import Board
from firmware.model.agent import AgentState
from firmware.model.letter import Channel, Letter
from firmware.model.queue_alert import CALM, LASTING, Figure, News, Standing, is_quiet, look, news
from firmware.store import outbox, queue_alerts, queue_day
from firmware.store.db import open_store
from firmware.store.queue_alerts import Told
from firmware.store.sqlite import NewerDatabase, writing

log = logging.getLogger(__name__)

LOOK_INTERVAL_S = 5.0
COUNT_INTERVAL_S = 30.0
"""How often the store is asked for the day's figures."""

CATALOGUE = Path(__file__).with_name("queue_alerts.toml")
_DIGITS = {
    "fa": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"),
    "ar": str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"),
}

Values = Mapping[tuple[Figure, str], float]
"""What is known of a figure of a queue; a queue without an entry is not known."""


class QueueAlerts:
    """Follows switchd (``told``, ``lost``: a link's mirror). To be used in its loop's thread; the
    store is read and written in another. ``wall`` gives Unix seconds, ``clock`` monotonic ones."""

    def __init__(
        self,
        home: Home,
        board: Board,
        *,
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._home = home
        self._board = board
        self._wall = wall
        self._clock = clock
        self._queues: dict[str, QueueRow] | None = None  # None: nobody knows
        self._agents: dict[str, AgentRow] = {}
        self._standings: dict[tuple[str, str], Standing] = {}
        self._told: Told | None = None  # None: what was told before is not read yet
        self._rows: dict[str, QueueAlertRow] = {}
        self._counted: Values = {}
        self._count_at = clock()
        self._site: Site | None = None
        self._is_stale = True

    def reload(self) -> None:
        """Take up the configuration as it is now."""
        self._is_stale = True

    # -- what switchd shows ---------------------------------------------------------------

    def told(self, change: Snapshot | Event) -> None:
        """A mirror's news."""
        if isinstance(change, Snapshot):
            self._queues, self._agents = {}, {}
            for row in (*change.rows.get("queue", ()), *change.rows.get("agent", ())):
                self._take(row, is_gone=False)
        else:
            self._take(change.row, is_gone=change.name in GONE)

    def lost(self) -> None:
        """switchd is away: what it showed is not known any more."""
        self._queues, self._agents = None, {}

    def _take(self, row: object, *, is_gone: bool) -> None:
        if isinstance(row, AgentRow):
            self._agents[row.id] = row
            if is_gone:
                del self._agents[row.id]
        elif isinstance(row, QueueRow) and self._queues is not None:
            self._queues[row.id] = row
            if is_gone:
                del self._queues[row.id]

    # -- looking --------------------------------------------------------------------------

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await asyncio.sleep(LOOK_INTERVAL_S)
            try:
                await self.look()
            except (ConfigRejected, OSError, sqlite3.Error, NewerDatabase) as error:
                log.error("alerts of queues wait: %s", error)
            except Exception:
                log.exception("alerts of queues failed by a fault of ours")

    async def look(self) -> None:
        """Look once.

        Raises:
            ConfigRejected, OSError: the site configuration cannot be read.
            sqlite3.Error: the store cannot be read or written; what was to be told is told later.
        """
        site = self._read()
        if site is None or not (site.queue_alert or self._rows):
            return
        if self._told is None:
            self._told = await asyncio.to_thread(self._told_before)
            self._standings = dict.fromkeys(self._told, LASTING)
        if self._clock() >= self._count_at:
            self._count_at = self._clock() + COUNT_INTERVAL_S
            self._counted = await asyncio.to_thread(self._count, site)
        values = {**self._live(), **self._counted}
        letters: list[Letter] = []
        standings = dict(self._standings)
        for alert, queue in _pairs(site):
            letters += self._step(site, alert, queue, values.get((alert.figure, queue)), standings)
        told = frozenset(key for key in _keys(site) if standings[key].is_told)
        if letters or told != self._told:
            await asyncio.to_thread(self._write, letters, told)
        self._standings, self._told = standings, told  # else it is told at the next look
        self._show(site, values)

    def _step(
        self,
        site: Site,
        alert: QueueAlert,
        queue: str,
        value: float | None,
        standings: dict[tuple[str, str], Standing],
    ) -> Iterator[Letter]:
        key = (alert.name, queue)
        local = dt.datetime.fromtimestamp(self._wall(), ZoneInfo(site.office.time_zone))
        standings[key] = look(alert.rule, standings.get(key, CALM), value, self._clock())
        if value is None:
            return
        quiet = is_quiet(alert.quiet, 60 * local.hour + local.minute)
        what, standings[key] = news(standings[key], is_quiet=quiet)
        if what is not None:
            yield from letters_about(site, alert, queue, what, value=value, at=self._wall())

    def _show(self, site: Site, values: Values) -> None:
        """Show what is raised."""
        raised: dict[str, QueueAlertRow] = {}
        for alert, queue in _pairs(site):
            if not self._standings[alert.name, queue].is_raised:
                continue
            ident = f"{alert.name}/{queue}"
            known = self._rows.get(ident)
            value = values.get((alert.figure, queue), known.value if known else None)
            if value is None:  # it lasted at the last stop, and nobody knows yet how it stands
                continue
            raised[ident] = QueueAlertRow(
                id=ident,
                alert=alert.name,
                queue=queue,
                figure=alert.figure,
                value=value,
                limit=alert.limit,
                since=known.since if known else self._wall(),
            )
        for ident, row in self._rows.items():
            if ident not in raised:
                self._board.post("queue_alert.cleared", row)
        for ident, row in raised.items():
            if ident not in self._rows:
                self._board.post("queue_alert.raised", row)
            elif self._rows[ident] != row:
                self._board.post("queue_alert.changed", row)
        self._rows = raised
        self._standings = {key: self._standings[key] for key in _keys(site)}

    def _live(self) -> Values:
        """What switchd shows; nothing while it is away."""
        found: dict[tuple[Figure, str], float] = {}
        now = self._wall()
        for queue in (self._queues or {}).values():
            waits = [now - one.since for one in queue.waiting if not one.callback]
            agents = [one for one in self._agents.values() if queue.id in one.queues]
            there = [one for one in agents if one.state != AgentState.LOGGED_OUT]
            found[Figure.LONGEST_WAIT, queue.id] = max(waits, default=0.0)
            found[Figure.WAITING, queue.id] = len(waits)
            found[Figure.AGENTS, queue.id] = len(there)
        return found

    # -- the store and the configuration --------------------------------------------------

    def _count(self, site: Site) -> Values:
        """The figures of today, and the callers who are owed a call."""
        zone = ZoneInfo(site.office.time_zone)
        now = dt.datetime.fromtimestamp(self._wall(), zone)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
        with closing(open_store(self._home)) as db:
            names = [queue.name for queue in site.queue]
            return queue_day.of_queues(db, names, midnight, self._wall())

    def _told_before(self) -> Told:
        with closing(open_store(self._home)) as db:
            return queue_alerts.told(db)

    def _write(self, letters: list[Letter], told: Told) -> None:
        """In one step, so that nobody is told twice or never."""
        with closing(open_store(self._home)) as db, writing(db):
            for letter in letters:
                outbox.put(db, letter)
            queue_alerts.note(db, told)

    def _read(self) -> Site | None:
        if self._is_stale:
            try:
                self._site = history.load_current(self._home)[1]
            except history.NoConfiguration:
                self._site = None
            self._is_stale = False
        return self._site


def letters_about(
    site: Site, alert: QueueAlert, queue: str, what: News, *, value: float, at: float
) -> Iterator[Letter]:
    """What everybody of an alert is written when it begins, and when it is over."""
    language = alert.language or site.office.language
    words, digits = _catalogue()[language], _DIGITS.get(language, {})
    title = next((one.title for one in site.queue if one.name == queue), queue)
    text = words[alert.figure].format(
        office=site.office.name,
        queue=title,
        value=f"{value:.0f}".translate(digits),
        limit=f"{alert.limit:.0f}".translate(digits),
    )
    if what is News.OVER:
        text = words["over"].format(text=text)
    told = [(Channel.MAIL, one) for one in alert.mail] + [(Channel.SMS, one) for one in alert.sms]
    for channel, recipient in told:
        yield Letter(
            ident=f"queue_alert:{alert.name}:{queue}:{what}:{at:.0f}:{channel}:{recipient}",
            channel=channel,
            recipient=recipient,
            subject=words["subject"].format(queue=title) if channel is Channel.MAIL else "",
            body=text,
            created_at=at,
        )


def _keys(site: Site) -> list[tuple[str, str]]:
    return [(alert.name, queue) for alert, queue in _pairs(site)]


def _pairs(site: Site) -> Iterator[tuple[QueueAlert, str]]:
    """Every alert with each queue that it watches."""
    for alert in site.queue_alert:
        for queue in site.queue:
            if not alert.queue or queue.name in alert.queue:
                yield alert, queue.name


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    return tomllib.loads(CATALOGUE.read_text("utf-8"))
