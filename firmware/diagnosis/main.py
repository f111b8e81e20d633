"""The diagnosis, running: looks every quarter of a minute, notes what is wrong, serves figures."""

from __future__ import annotations

import logging
import signal
import sqlite3
import sys
import threading
from contextlib import closing

from prometheus_client import CollectorRegistry, start_http_server

from firmware import log as logs
from firmware.config.history import NoConfiguration, load_current
from firmware.config.home import Home
from firmware.diagnosis.checks import diagnose
from firmware.diagnosis.facts import Facts
from firmware.diagnosis.figures import Figures
from firmware.diagnosis.gather import gather
from firmware.store import health
from firmware.store.db import open_store
from firmware.store.sqlite import NewerDatabase

log = logging.getLogger(__name__)

LOOK_EVERY_S = 15.0
KEEP_S = 90 * 86400.0
"""How long what was wrong can be looked up."""

_STARTING_S = 20.0
"""After the box has started, before anything is called wrong: all of it starts at once."""


class Diagnosis:
    """Looks, and remembers the last look for whoever asks."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._wrong: set[tuple[str, str]] | None = None  # as it is in the store
        self.facts: Facts | None = None

    def look(self) -> None:
        """Gather, and note what is wrong now."""
        self.facts = facts = gather(self._home)
        found = diagnose(facts)
        wrong = {(one.id, one.subject) for one in found}
        if wrong == self._wrong:
            return
        before = self._wrong or set()
        for ident, subject in sorted(wrong - before):
            log.warning("%s %s began", ident, subject)
        for ident, subject in sorted(before - wrong):
            log.info("%s %s ended", ident, subject)
        troubles = [
            health.Trouble(
                finding=one.id,
                subject=one.subject,
                weight=str(one.weight),
                facts=one.facts,
                began_at=facts.at,
            )
            for one in found
        ]
        try:
            with closing(open_store(self._home)) as db:
                health.note(db, troubles, facts.at)
                health.forget(db, facts.at - KEEP_S)
        except (sqlite3.Error, OSError, NewerDatabase) as error:
            log.error("the history waits: the store does not answer (%s)", error)
            return
        self._wrong = wrong


def run(home: Home, stop: threading.Event) -> None:
    """Until ``stop`` is set.

    Raises:
        NoConfiguration: there is no box here.
        OSError: the figures' port is taken.
    """
    diagnosis = Diagnosis(home)
    registry = CollectorRegistry()
    registry.register(Figures(lambda: diagnosis.facts))
    _version, site = load_current(home)
    port = site.diagnosis.metrics_port
    server = None
    if port is not None:
        server, _thread = start_http_server(port, addr="127.0.0.1", registry=registry)
    log.info("diagnosis is ready")
    wait_s = _STARTING_S
    while not stop.wait(wait_s):
        diagnosis.look()
        wait_s = LOOK_EVERY_S
    if server is not None:
        server.shutdown()
        server.server_close()


def main() -> int:
    logs.set_up("diagnosis")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        run(Home.of_environment(), stop)
    except (NoConfiguration, OSError) as error:
        log.error("the diagnosis cannot start: %s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
