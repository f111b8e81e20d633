"""The outbox, started: ``python -m firmware.outbox.main``."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
import time

from firmware.config import history
from firmware.config.home import Home
from firmware.config.sections.mail import Mail
from firmware.link.api import OutboxApi, SwitchApi
from firmware.link.client import Link, LinkDown, Refused
from firmware.link.server import Board, Server
from firmware.log import set_up
from firmware.model.letter import Channel
from firmware.outbox.daemon import Outbox
from firmware.outbox.mail import MailRoute
from firmware.outbox.route import Route, RouteClosed
from firmware.outbox.sender import Sender
from firmware.outbox.sms import SmsRoute

log = logging.getLogger(__name__)


async def run(home: Home) -> None:
    """Build, wire and run until SIGTERM or SIGINT."""
    stop = threading.Event()
    routes: dict[str, Route] = {
        Channel.MAIL: MailRoute(home, lambda: _mail_settings(home)),
        Channel.SMS: SmsRoute(home),
    }
    sender = Sender(
        home,
        routes,
        keep_trying_s=lambda: 3600.0 * _mail_settings(home)[0].keep_trying_h,
        clock=time.monotonic,
        wall=time.time,
        stop=stop.is_set,
        mailbox_changed=lambda box: _tell_switchd(home, box),
    )
    outbox = Outbox(sender, stop, lambda: _config_version(home))
    server = Server(home.link("outbox"), "outbox", OutboxApi, outbox, Board())

    def end() -> None:
        stop.set()
        outbox.wake()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    await server.open()
    log.info("outbox is ready")
    await outbox.run()
    await server.close()
    log.info("outbox ended")


def _mail_settings(home: Home) -> tuple[Mail, str]:
    """The mail server, and the name the box's letters are from."""
    try:
        site = history.load_current(home)[1]
    except (history.NoConfiguration, ValueError) as error:
        raise RouteClosed(f"the site configuration cannot be read: {error}") from error
    return site.mail, site.office.name


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
