"""switchd: read the configuration, open the store and the stack, build, wire, run."""

from __future__ import annotations

import logging
import os
import sys
import time
from pathlib import Path

from firmware import log as logs
from firmware import realtime
from firmware.config.history import load_current
from firmware.config.home import Home
from firmware.link.api import SwitchApi
from firmware.link.server import Board, Server
from firmware.link.watch import watch
from firmware.model.cause import Cause
from firmware.sip import pump
from firmware.sip.pump import PumpLoop
from firmware.sip.stack import Stack
from firmware.store.calls import close_unfinished
from firmware.store.db import open_store
from firmware.store.writer import StoreWriter
from firmware.switchd.control import Control
from firmware.switchd.exchange import Exchange
from firmware.switchd.media import Studio
from firmware.switchd.plans import stack_plan

log = logging.getLogger(__name__)

PROMPTS = Path(os.environ.get("MARKAZ_PROMPTS", Path(__file__).parents[2] / "build" / "prompts"))


async def run(loop: PumpLoop, home: Home) -> None:
    """Serve until told to stop."""
    version, site = load_current(home)
    store = open_store(home)
    repaired = close_unfinished(store, time.time())
    store.conn.close()
    if repaired:
        log.warning("%d calls were cut off by the last stop; recorded as failed", repaired)

    ledger, board = StoreWriter(home), Board()
    exchange = Exchange(
        site=site, config_version=version, board=board, ledger=ledger, clock=time.time
    )
    with realtime.for_new_threads():  # pjsua's media threads; the pump can wait a moment
        stack = Stack(stack_plan(site), loop, exchange.incoming)
    exchange.open(stack, Studio(stack.matrix, site.switch.bridge_rate_hz, PROMPTS, home.spool))
    control = Control(home, exchange, ledger)
    server = Server(home.link("switchd"), "switchd", SwitchApi, control, board)
    await server.open()
    lined = loop.create_task(watch(home.link("lined"), "switchd", on_lost=exchange.hang_up_lines))
    log.info("switchd is ready on configuration %d", version)

    await loop.told_to_stop()
    lined.cancel()
    await exchange.close()
    stack.hang_up_all(Cause.TEMPORARY_FAILURE)
    await server.close()
    ledger.close()
    stack.close()


def main() -> int:
    """The program."""
    logs.set_up("switchd")
    return pump.run(lambda loop: run(loop, Home.of_environment()))


if __name__ == "__main__":
    sys.exit(main())
