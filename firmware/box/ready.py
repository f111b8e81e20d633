"""Is the box up? Each program is asked in its own language, not whether its process exists."""

from __future__ import annotations

import http.client
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from firmware.box.supervisord import NotAnswering, Supervisord
from firmware.config.home import Home
from firmware.config.schema import Network
from firmware.link.api import DaemonApi
from firmware.link.client import Link, LinkDown, Refused
from firmware.ping import answers_sip

START_TIMEOUT_S = float(os.environ.get("MARKAZ_START_TIMEOUT_S", "45"))
"""The image gives a slow board more: what started it can only start it again."""
_POLL_S = 0.1
_REST = 4.0
"""So many times the processor time of a look is waited before the next: on a slow board what starts
has use for it."""

_DEATHS = 3
"""A program that died this often while the box started is not going to come up."""


class StartFailed(RuntimeError):
    """A program did not come up: ``program`` is its name, the text says how it failed."""

    def __init__(self, program: str, text: str) -> None:
        super().__init__(text)
        self.program = program


@dataclass(slots=True, kw_only=True)
class Start:
    """One start being watched. ``wait`` sleeps for some seconds and says whether to give up."""

    home: Home
    network: Network
    supervisord: Supervisord
    wait: Callable[[float], bool]
    clock: Callable[[], float] = time.monotonic
    _ready: set[str] = field(default_factory=set)
    _pids: dict[str, set[int]] = field(default_factory=dict)

    def watch(self) -> bool:
        """Return True when every program answers, False when told to give up.

        Raises:
            StartFailed: a program keeps dying, or does not answer in 45 s.
        """
        until = self.clock() + START_TIMEOUT_S
        while True:
            began = time.process_time()
            missing = self._missing()
            if missing == set():
                return True
            if self.clock() > until:
                name = min(missing or {"supervisord"})
                raise StartFailed(name, f"{name} did not answer within {START_TIMEOUT_S:.0f} s")
            if self.wait(max(_POLL_S, _REST * (time.process_time() - began))):
                return False

    def _missing(self) -> set[str] | None:
        """The programs that do not answer yet; None while supervisord does not."""
        if self.supervisord.ended:
            raise StartFailed("supervisord", "supervisord ended")
        try:
            programs = self.supervisord.programs()
        except NotAnswering:
            return None
        for program in programs:
            pids = self._pids.setdefault(program.name, set())
            pids.update({program.pid} - {0})
            if len(pids) >= _DEATHS:
                raise StartFailed(program.name, f"{program.name} ends as soon as it starts")
        names = {program.name for program in programs}
        running = {program.name for program in programs if program.pid}
        self._ready |= {name for name in running - self._ready if self._answers(name)}
        return names - self._ready

    def _answers(self, name: str) -> bool:
        if name == "kamailio":
            return answers_sip(str(self.network.sip_address), self.network.sip_port)
        if name == "web":
            return answers_http(str(self.network.console_address), self.network.console_port)
        if name in LINKED:
            return answers_link(self.home, name)
        return True  # the recorder speaks with nobody: that it runs is all there is to know


LINKED = frozenset(
    {"deviced", "edge", "switchd", "lined", "bench", "provision", "outbox", "update"}
)
"""Programs with a link."""


def answers_link(home: Home, daemon: str) -> bool:
    """Whether a daemon says how it is."""
    try:
        with Link(home.link(daemon), "box", timeout_s=1.0) as link:
            link.call(DaemonApi.status)
    except (LinkDown, Refused):
        return False
    return True


def answers_http(address: str, port: int) -> bool:
    """Whether a web server answers, whatever it says."""
    connection = http.client.HTTPConnection(address, port, timeout=2.0)
    try:
        connection.request("HEAD", "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
