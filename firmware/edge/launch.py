"""Starts Kamailio: writes what it reads, then becomes it (exec), so supervisord owns it."""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
from collections.abc import Sequence
from typing import NoReturn

from firmware import log as logs
from firmware import processes
from firmware.config import history
from firmware.config.history import NoConfiguration
from firmware.config.home import Home
from firmware.config.problem import ConfigRejected
from firmware.edge import kamailio

log = logging.getLogger(__name__)

PROGRAM = "/usr/sbin/kamailio"
SHARED_MB = 128
PRIVATE_MB = 8


def command(home: Home) -> list[str]:
    """Kamailio in the foreground. The shared memory is what it may use, not what it uses: 1,800
    lamp keys that subscribe at once keep some 50 MB of transactions for five seconds."""
    return [
        PROGRAM,
        "-DD",
        "-E",
        *("-f", str(kamailio.definitions(home))),
        *("-Y", str(home.run)),
        *("-w", str(home.run)),
        *("-m", str(SHARED_MB)),
        *("-M", str(PRIVATE_MB)),
    ]


def main() -> NoReturn:
    logs.set_up("edge.launch")
    home = Home.of_environment()
    try:
        _version, site = history.load_current(home)
        kamailio.prepare(home, site)
    except (NoConfiguration, ConfigRejected, kamailio.BadHome, OSError, sqlite3.Error) as error:
        log.error("Kamailio cannot start: %s", error)
        sys.exit(1)
    arguments = command(home)
    stop_leftovers(arguments)
    kamailio.rpc_socket(home).unlink(missing_ok=True)
    os.execv(arguments[0], arguments)  # noqa: S606  becoming it is the purpose


def stop_leftovers(arguments: Sequence[str]) -> None:
    """Kill what is left of an earlier Kamailio of this box.

    Its main process watches its workers, but nobody watches for the main process: killed, it
    leaves workers that keep the ports. The box's own paths among the arguments tell them from
    another box's. Looked for until there are none: one that forks meanwhile leaves a child that
    was not there to be found.
    """
    while pids := processes.started_with(arguments):
        log.warning("an earlier Kamailio left %d processes: killing them", len(pids))
        if processes.end(pids, grace_s=0):
            return


if __name__ == "__main__":
    main()
