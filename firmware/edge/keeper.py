"""The keeper: shows who is registered, and keeps the accounts as the configuration says."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Mapping

from firmware import processes
from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.edge import kamailio, kamailio_rpc, launch, passes, watchable
from firmware.edge.copies import Copies
from firmware.edge.registrations import BROWSER, Binding, Registrations
from firmware.edge.wall import Wall
from firmware.link.rows import BrowserPass, DaemonStatus, ExtensionRow
from firmware.link.server import Board
from firmware.version import VERSION

log = logging.getLogger(__name__)


class Keeper:
    """Implements ``EdgeApi``; ``look`` is called twice a second.

    Raises:
        NoConfiguration, ConfigRejected: there is no usable site configuration.
    """

    def __init__(
        self,
        home: Home,
        board: Board,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._home = home
        self._board = board
        self._clock = clock
        self._steady = steady
        self._started_at = steady()
        self._wall = Wall(clock, steady)
        kamailio.restore(home)
        self._registrations = Registrations(kamailio.location_db(home), clock)
        self.copies = Copies(kamailio.copied(home))
        self._shown: dict[str, ExtensionRow] = {}
        self._there: frozenset[tuple[str, str, str]] = frozenset()
        self.reloaded: Callable[[Site], None] = lambda site: None
        self.registered: Callable[[str], None] = lambda number: None
        self._config_version, self._site = history.load_current(home)
        kamailio.write_subscribers(home, self._site)
        kamailio.write_personal(home, watchable.personal_numbers(self._site))
        log.info("the edge's keeper is ready on configuration %d", self._config_version)

    @property
    def site(self) -> Site:
        """The site configuration it runs on."""
        return self._site

    def close(self) -> None:
        """Copy the databases to the disk a last time, and close them."""
        self._registrations.close()
        self.copies.close()

    def status(self) -> DaemonStatus:
        return DaemonStatus(
            name="edge",
            version=VERSION,
            pid=os.getpid(),
            up_s=self._steady() - self._started_at,
            config_version=self._config_version,
            warnings=self._warnings(),
        )

    def reload(self) -> None:
        """Take up the newest accepted site configuration.

        Accounts are changed at once; a telephone whose account is gone or has another password
        loses its registration. Addresses and ports are taken up when Kamailio starts again.
        """
        before = kamailio.accounts(self._site)
        self._config_version, self._site = history.load_current(self._home)
        changed = kamailio.write_subscribers(self._home, self._site)
        kamailio.write_personal(self._home, watchable.personal_numbers(self._site))
        log.info("configuration %d taken up, accounts changed: %d", self._config_version, changed)
        self.reloaded(self._site)
        after = kamailio.accounts(self._site)
        self._forget([number for number in before if before[number] != after.get(number)])
        self.look()

    def browser_pass(self, number: str) -> BrowserPass:
        if number not in kamailio.accounts(self._site):
            raise KeyError(f"no extension {number} with a SIP account")
        return passes.issue(passes.secret(self._home), number, self._clock())

    def contacts(self, number: str) -> frozenset[str]:
        """Where the telephones of a number are: "udp:10.0.0.5:5060"."""
        return frozenset(one.contact for one in self._registrations.alive().get(number, ()))

    def look(self) -> None:
        """Show what changed since the last look."""
        if jump_s := self._wall.jump_s():
            self._clock_was_set(jump_s)
        rows = rows_of(self._site, self._registrations.alive())
        for number in [number for number in self._shown if number not in rows]:
            self._board.post("extension.removed", self._shown.pop(number))
        for number, row in rows.items():
            if (before := self._shown.get(number)) != row:
                self._shown[number] = row
                self._board.post(_event(row), row)
                _log_change(before, row)
        self._greet()

    def _clock_was_set(self, by_s: float) -> None:
        """Kamailio knows no other clock than the one that was set: set ahead, every registration
        has run out for it, and no telephone rings before it registers by itself, in an hour. So
        it starts anew and finds its times moved; calls do not pass through it."""
        log.warning("the clock was set by %+.0f s: Kamailio starts anew, its times moved", by_s)
        processes.end(processes.started_with(launch.command(self._home)), grace_s=0)
        try:
            kamailio.move_times(self._home, by_s, self._registrations.rows)
        except sqlite3.Error as error:
            log.error("telephones are away until they register by themselves: %s", error)

    def _greet(self) -> None:
        """Tell of each telephone that came, also of one that only started again."""
        there = frozenset(
            (number, one.contact, one.call_id)
            for number, alive in self._registrations.alive().items()
            if not number.endswith(BROWSER)  # they show no lamps
            for one in alive
        )
        for number in sorted({number for number, *_ in there - self._there}):
            self.registered(number)
        self._there = there

    def _warnings(self) -> tuple[str, ...]:
        found = []
        try:
            kamailio_rpc.call(kamailio.rpc_socket(self._home), "core.uptime", [])
        except (kamailio_rpc.NoAnswer, kamailio_rpc.KamailioRefused) as error:
            found.append(f"no telephone can register or call: {error}")
        if self.copies.refused:
            found.append(f"registrations are kept in memory alone: {self.copies.refused}")
        return tuple(found)

    def _forget(self, numbers: list[str]) -> None:
        for number in numbers:
            try:
                for name in (number, number + BROWSER):
                    kamailio_rpc.forget(kamailio.rpc_socket(self._home), name)
                log.info("extension %s must register with its new account", number)
            except (kamailio_rpc.NoAnswer, kamailio_rpc.KamailioRefused) as error:
                log.warning("extension %s stays registered until it runs out: %s", number, error)


def rows_of(site: Site, bindings: Mapping[str, tuple[Binding, ...]]) -> dict[str, ExtensionRow]:
    """A row for every extension that has an account, in the order of the configuration. What is
    shown of several bindings is the newest telephone's, else the newest browser's."""
    rows = {}
    for extension in site.extension:
        if extension.password is None:
            continue
        browsers = bindings.get(extension.number + BROWSER, ())
        binding = next(reversed((*browsers, *bindings.get(extension.number, ()))), None)
        rows[extension.number] = ExtensionRow(
            id=extension.number,
            name=extension.name,
            registered=binding is not None,
            contact=binding.contact if binding else "",
            user_agent=binding.user_agent if binding else "",
            browsers=len(browsers),
        )
    return rows


def _event(row: ExtensionRow) -> str:
    return "extension.registered" if row.registered else "extension.unregistered"


def _log_change(before: ExtensionRow | None, row: ExtensionRow) -> None:
    if row.registered and (before is None or not before.registered):
        agent = row.user_agent or "no name"
        log.info("extension %s -registered-> %s (%s)", row.id, row.contact, agent)
    elif before is not None and row.registered and row.contact != before.contact:
        log.info("extension %s -moved-> %s", row.id, row.contact)
    elif before is not None and row.registered:
        log.info("extension %s rings in %d browsers", row.id, row.browsers)
    elif before is not None and before.registered:
        log.info("extension %s -unregistered-> nowhere", row.id)
