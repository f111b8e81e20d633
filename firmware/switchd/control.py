"""What switchd can be asked over its link (``SwitchApi``)."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

from firmware.config.history import load_current
from firmware.config.home import Home
from firmware.link.rows import DaemonStatus
from firmware.link.status import BoxStatus
from firmware.store.writer import StoreWriter
from firmware.switchd.control_agents import AgentsControl
from firmware.switchd.control_people import PeopleControl
from firmware.switchd.control_voicemail import VoicemailControl
from firmware.switchd.exchange import Exchange
from firmware.switchd.scripts.status import tell_status
from firmware.switchd.takes import Takes
from firmware.version import VERSION


class Control(PeopleControl, AgentsControl, VoicemailControl):
    """Implements ``SwitchApi`` on the exchange."""

    def __init__(self, home: Home, exchange: Exchange, ledger: StoreWriter, takes: Takes) -> None:
        PeopleControl.__init__(self, exchange, ledger)
        AgentsControl.__init__(self, exchange)
        VoicemailControl.__init__(self, exchange)
        self._home = home
        self._exchange = exchange
        self._ledger = ledger
        self._takes = takes
        self._started = time.monotonic()

    def status(self) -> DaemonStatus:
        """DaemonApi."""
        warnings = []
        if self._ledger.failing:
            warnings.append(
                f"the store cannot be written; {self._ledger.waiting} records wait in memory"
            )
        return DaemonStatus(
            name="switchd",
            version=VERSION,
            pid=os.getpid(),
            up_s=round(time.monotonic() - self._started, 1),
            config_version=self._exchange.config_version,
            warnings=tuple(warnings),
        )

    def reload(self) -> None:
        """DaemonApi. What needs new sockets (network, bridge rate) waits for a restart."""
        version, site = load_current(self._home)
        self._exchange.reload(site, version)

    def read_phonebook(self) -> None:
        """SwitchApi."""
        self._exchange.callers.refresh()

    def hang_up(self, call_id: str) -> None:
        """CallsApi."""
        self._exchange.orders.hang_up(call_id)

    def transfer(self, *, call_id: str, party: str, to: str) -> None:
        """CallsApi."""
        self._exchange.orders.transfer(call_id=call_id, party=party, to=to)

    def join(self, call_id: str, other_call_id: str) -> None:
        """CallsApi."""
        self._exchange.orders.join(call_id, other_call_id)

    def dial(self, extension: str, number: str) -> str:
        """CallsApi."""
        self._exchange.shortage.check()
        return self._exchange.orders.dial(extension, number)

    def take_prompt(
        self, *, extension: str, language: str, name: str, who: str, place: str
    ) -> None:
        """TakesApi."""
        self._takes.order(extension, language=language, name=name, who=who, place=place)

    def announce_status(self, extension: str, status: BoxStatus) -> None:
        """StatusApi."""
        self._exchange.shortage.check()
        station = self._exchange.plan.stations.get(extension)
        if station is None:
            raise KeyError(f"there is no extension {extension}")
        language = self._exchange.plan.language
        self._exchange.own_calls.ring_person(
            station, lambda call: tell_status(call, station, status, language)
        )

    def record(self, call_id: str, *, on: bool) -> None:
        """Begin to record a talk, or end its recording."""
        self._exchange.orders.record(call_id, on=on)

    def pause_recording(self, call_id: str, *, paused: bool) -> None:
        """Keep what is said out of the recording from now on, or no more."""
        self._exchange.orders.pause_recording(call_id, paused=paused)

    def set_calendar(self, name: str, state: str, until: float) -> None:
        """SwitchApi."""
        self._exchange.outside.calendars.order(name, state, until)

    def notify(self, *, number: str, event: str, headers: Mapping[str, str]) -> None:
        """SwitchApi."""
        self._exchange.notify(number, event, headers)
