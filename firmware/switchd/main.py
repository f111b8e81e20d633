"""switchd: read the configuration, open the store and the stack, build, wire, run."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from firmware import log as logs
from firmware import realtime
from firmware.config.contact import contact_user
from firmware.config.history import load_current
from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.link.api import SwitchApi
from firmware.link.client import Event, Snapshot
from firmware.link.internet import InternetRow
from firmware.link.mirror import follow
from firmware.link.rows import ExtensionRow
from firmware.link.server import Board, Server
from firmware.model.cause import Cause
from firmware.model.internet import InternetState
from firmware.model.personal import Person
from firmware.model.record import CalendarOrder, CallRecord
from firmware.model.wakeup import WakeUp
from firmware.prompts.shelf import Shelf
from firmware.prompts.speaker import Speaker
from firmware.sip import pump
from firmware.sip.pump import PumpLoop
from firmware.sip.stack import Stack
from firmware.store import calendars, people, queue_events
from firmware.store.calls import close_unfinished
from firmware.store.db import open_store
from firmware.store.writer import StoreWriter
from firmware.switchd.control import Control
from firmware.switchd.disk import DiskThread
from firmware.switchd.exchange import Exchange
from firmware.switchd.media import Studio
from firmware.switchd.plans import stack_plan
from firmware.switchd.queues.memory import Kept, remembered
from firmware.switchd.takes import Takes
from firmware.switchd.trunks import Trunks
from hw.signal.tone import plan_or_assumed

log = logging.getLogger(__name__)

PROMPTS = Path(os.environ.get("MARKAZ_PROMPTS", Path(__file__).parents[2] / "build" / "prompts"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Past:
    """What the store keeps of the run before."""

    people: Mapping[str, Person]
    newest_calls: Sequence[CallRecord]
    wake_ups: Sequence[WakeUp]
    calendar_orders: Mapping[str, CalendarOrder]
    queues: Kept | None


async def run(loop: PumpLoop, home: Home) -> None:
    """Serve until told to stop."""
    version, site = load_current(home)
    past = _past(home)
    ledger, board = StoreWriter(home), Board()
    exchange = Exchange(
        site=site,
        config_version=version,
        board=board,
        ledger=ledger,
        clock=time.time,
        disk=DiskThread(home),
        calendar_orders=past.calendar_orders,
        voice=Speaker(home.spoken),
    )
    with realtime.for_new_threads():  # pjsua's media threads; the pump can wait a moment
        stack = Stack(stack_plan(site), loop, exchange.incoming)
    exchange.shortage.narrow = stack.narrow
    studio = _studio(stack, site, home)
    exchange.open(stack, studio, past.queues)
    trunks = Trunks(contact_of=partial(contact_user, home), board=board, clock=time.time)
    exchange.outside.ways.trunks, trunks.changed = trunks, exchange.outside.ways.changed
    stack.registered = trunks.registered
    trunks.open(stack, site)
    exchange.people.restore(past.people, past.newest_calls)
    exchange.queues.staff.look_at_all()
    exchange.wake_ups.restore(past.wake_ups)
    await exchange.mailroom.count_all()
    await exchange.callers.read()
    takes = Takes(
        exchange=exchange, studio=studio, disk=DiskThread(home), board=board, clock=time.time
    )
    control = Control(home, exchange, ledger, takes)
    server = Server(home.link("switchd"), "switchd", SwitchApi, control, board)
    await server.open()
    tasks = [
        loop.create_task(_follow_lines(home, exchange)),
        loop.create_task(_follow_edge(home, exchange, trunks)),
        loop.create_task(_follow_power(home, exchange)),
        loop.create_task(exchange.outside.calendars.run()),
        loop.create_task(exchange.queues.run()),
    ]
    log.info("switchd is ready on configuration %d", version)

    await loop.told_to_stop()
    for task in tasks:
        task.cancel()
    await exchange.close()
    stack.hang_up_all(Cause.TEMPORARY_FAILURE)
    await server.close()
    exchange.mailroom.close()
    takes.close()
    exchange.flows.close()
    ledger.close()
    stack.close()


def _past(home: Home) -> _Past:
    """Read it, and write down the end of what the last stop cut off."""
    with closing(open_store(home)) as store:
        if repaired := close_unfinished(store, time.time()):
            log.warning("%d calls were cut off by the last stop; recorded as failed", repaired)
        queue_events.cut_off(store, time.time())
        return _Past(
            people=people.people(store),
            newest_calls=people.newest_calls(store),
            wake_ups=people.waiting(store),
            calendar_orders=calendars.orders(store),
            queues=remembered(queue_events.acd_memory(store)),
        )


async def _follow_lines(home: Home, exchange: Exchange) -> None:
    told = exchange.outside.ways.told
    await follow(home.link("lined"), "switchd", told, lost=exchange.lines_lost)


async def _follow_edge(home: Home, exchange: Exchange, trunks: Trunks) -> None:
    told = partial(_told_by_edge, trunks, exchange)
    await follow(home.link("edge"), "switchd", told, lost=lambda: None)


async def _follow_power(home: Home, exchange: Exchange) -> None:
    # What deviced said holds while it is away: its death changes nothing for a call.
    told = exchange.shortage.told
    await follow(home.link("deviced"), "switchd", told, lost=lambda: None)


def _told_by_edge(trunks: Trunks, exchange: Exchange, change: Snapshot | Event) -> None:
    """The edge has told of addresses of trunks, of the internet, or of telephones that
    registered."""
    trunks.told(change)
    internet = change.rows.get("internet", ()) if isinstance(change, Snapshot) else (change.row,)
    for row in internet:
        if isinstance(row, InternetRow):
            is_down = row.state == InternetState.DOWN
            exchange.flows.services.internet_lost(f"no internet: {row.detail}" if is_down else "")
    rows = change.rows.get("extension", ()) if isinstance(change, Snapshot) else (change.row,)
    for row in rows:
        if isinstance(row, ExtensionRow):
            exchange.browsers.told(row)
            exchange.queues.staff.registered(row.id, row.registered)


def _studio(stack: Stack, site: Site, home: Home) -> Studio:
    return Studio(
        stack.matrix,
        rate_hz=site.switch.bridge_rate_hz,
        ringback=plan_or_assumed(site.office.country).tone("ringback"),
        prompts=Shelf(home.prompts, home.spoken, PROMPTS),
        spool=home.ram_recordings,
    )


def main() -> int:
    """The program."""
    logs.set_up("switchd", aside=True)
    return pump.run(lambda loop: run(loop, Home.of_environment()))


if __name__ == "__main__":
    sys.exit(main())
