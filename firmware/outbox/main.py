"""The outbox, started: ``python -m firmware.outbox.main``."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
import time

from firmware.backup.schedule import Schedule
from firmware.config import history
from firmware.config.home import Home
from firmware.config.sections.mail import Mail
from firmware.link.alarms import Alarms
from firmware.link.api import OutboxApi, SwitchApi
from firmware.link.client import Link, LinkDown, Refused
from firmware.link.mirror import follow
from firmware.link.rest import Rest
from firmware.link.server import Board, Server
from firmware.log import set_up
from firmware.model.letter import Channel
from firmware.outbox.daemon import Outbox
from firmware.outbox.internet import Outage
from firmware.outbox.mail import MailRoute
from firmware.outbox.queue_alerts import QueueAlerts
from firmware.outbox.reports import Reports
from firmware.outbox.route import Route, RouteClosed
from firmware.outbox.sender import Sender
from firmware.outbox.sms import SmsRoute
from firmware.outbox.webhook import Webhooks

log = logging.getLogger(__name__)


async def run(home: Home) -> None:
    """Build, wire and run until SIGTERM or SIGINT."""
    stop, settings = threading.Event(), Settings(home)
    outage = Outage(settings.mail)
    sender = _sender(home, settings, stop, outage)
    rest = Rest(lambda: None)  # the schedule looks every minute
    schedule = Schedule(home, stop, rests=lambda: rest.is_wanted, hinders=outage.hinders)
    reports, hooks = Reports(home, stop), Webhooks(home, stop, hinders=outage.hinders)
    board = Board()
    alerts = QueueAlerts(home, board)
    outbox = Outbox(
        *(sender, stop, lambda: _config_version(home), Alarms("outbox", board), schedule),
        reports=reports,
        webhooks=hooks,
        queue_alerts=alerts,
    )

    def internet_is_back() -> None:
        outbox.wake()
        schedule.reload()  # what is due need not wait out the pause after a failure

    outage.ended = internet_is_back
    server = Server(home.link("outbox"), "outbox", OutboxApi, outbox, board)

    def end() -> None:
        stop.set()
        outbox.wake()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    await server.open()
    threads = (schedule, reports, hooks)
    for thread in threads:
        thread.start()
    watching = [
        asyncio.create_task(follow(home.link("edge"), "outbox", outage.told, lost=outage.lost)),
        asyncio.create_task(follow(home.link("switchd"), "outbox", alerts.told, lost=alerts.lost)),
        # What deviced said holds while it is away: its death begins no backup.
        asyncio.create_task(follow(home.link("deviced"), "outbox", rest.told, lost=lambda: None)),
        asyncio.create_task(alerts.run()),
        asyncio.create_task(outbox.tell()),
    ]
    log.info("outbox is ready")
    await outbox.run()
    for task in watching:
        task.cancel()
    for thread in threads:
        await asyncio.to_thread(thread.close)
    await server.close()
    log.info("outbox ended")


def _sender(home: Home, settings: Settings, stop: threading.Event, outage: Outage) -> Sender:
    routes: dict[str, Route] = {
        Channel.MAIL: MailRoute(home, settings.mail),
        Channel.SMS: SmsRoute(home),
    }
    return Sender(
        home,
        routes,
        keep_trying_s=lambda: 3600.0 * settings.mail()[0].keep_trying_h,
        clock=time.monotonic,
        wall=time.time,
        stop=stop.is_set,
        mailbox_changed=lambda box: _tell_switchd(home, box),
        held=outage.holds,
    )


class Settings:
    """The mail server as configured now. Asked for with every letter, read when it changed."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._read: tuple[int, Mail, str] | None = None

    def mail(self) -> tuple[Mail, str]:
        """The mail server, and the name the box's letters are from.

        Raises:
            RouteClosed: there is no configuration that can be read.
        """
        try:
            version = history.current_text(self._home)[0]
            if self._read is None or self._read[0] != version:
                version, site = history.load_current(self._home)
                self._read = version, site.mail, site.office.name
        except (history.NoConfiguration, ValueError) as error:
            raise RouteClosed(f"the site configuration cannot be read: {error}") from error
        return self._read[1], self._read[2]


def _tell_switchd(home: Home, box: str) -> None:
    """Message lamps follow; when switchd is down it counts for itself at its start."""
    with contextlib.suppress(LinkDown, Refused), Link(home.link("switchd"), "outbox") as link:
        link.call(SwitchApi.count_mailbox, number=box)


def _config_version(home: Home) -> int:
    try:
        return history.current_text(home)[0]
    except history.NoConfiguration:
        return 0


def main() -> None:
    """Read the environment and run."""
    set_up("outbox")
    home = Home.of_environment()
    home.make()
    asyncio.run(run(home))


if __name__ == "__main__":
    main()
