"""supervisord as the box's child: start it, ask it how its programs are, stop it."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from supervisor.xmlrpc import SupervisorTransport

from firmware import processes
from firmware.config.home import Home
from firmware.log import SYSLOG
from firmware.share import SHARE
from firmware.update.slots import Rauc

CONFIGURATION = SHARE / "supervisor" / "supervisord.conf"
MARK = "MARKAZ_BOX"
"""Every process of a box has this in its environment: the box's folder. Whoever has it after
the box ended was left behind."""

_LAST = frozenset({"kamailio", "edge", "recorder"})
_STOP_S = 20.0


class NotAnswering(ConnectionError):
    """supervisord is not there yet, or not any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One program as supervisord sees it. ``pid`` is 0 while it does not run."""

    name: str
    state: str  # "RUNNING", "STARTING", "BACKOFF", "STOPPED" ...
    pid: int


class Supervisord:
    """One running supervisord. ``bench`` says whether the simulated world outside is needed,
    ``syslog`` where the log goes besides: "192.0.2.1:514"."""

    def __init__(self, home: Home, *, bench: bool, syslog: str = "") -> None:
        self._home = home
        self.log = home.log / "supervisord.log"
        environment = dict(os.environ)
        environment |= {
            MARK: str(home.root),
            "MARKAZ_HOME": str(home.root),
            "MARKAZ_PYTHON": sys.executable,
            "MARKAZ_BENCH": "true" if bench else "false",
            "MARKAZ_UPDATES": "true" if Rauc().is_there else "false",
            # numpy's threads would not outlive a fork, and no daemon has work for them.
            "OPENBLAS_NUM_THREADS": "1",
        }
        if syslog:
            environment[SYSLOG] = syslog
        with (home.log / "start.log").open("wb") as output:
            self._child = subprocess.Popen(
                [
                    *("setpriv", "--pdeathsig", "TERM"),
                    *(sys.executable, "-P", "-m", "firmware.box.overseer"),
                    *("-c", str(CONFIGURATION)),
                ],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches the box alone, which then stops supervisord.
                start_new_session=True,
            )
        self.pid = self._child.pid

    @property
    def ended(self) -> bool:
        """Whether supervisord itself is gone."""
        return self._child.poll() is not None

    def programs(self) -> list[Program]:
        """Every program that is meant to run.

        Raises:
            NotAnswering: supervisord does not answer.
        """
        answer = self._ask("getAllProcessInfo") or []
        return [
            Program(name=row["name"], state=row["statename"], pid=row["pid"])
            for row in cast("list[dict[str, Any]]", answer)
            if row["statename"] != "STOPPED"
        ]

    def stop(self) -> None:
        """Stop every program, then supervisord; returns when it is gone.

        supervisord would stop one program after the other, a second each. Those that end calls
        go first, all at once; then the edge that carries their BYEs and the recorder that takes
        their recordings.
        """
        with contextlib.suppress(NotAnswering):
            self._stop_programs(lambda name: name not in _LAST)
            self._stop_programs(lambda name: True)
        if not self.ended:
            self._child.send_signal(signal.SIGTERM)
        try:
            self._child.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def _stop_programs(self, chosen: Callable[[str], bool]) -> None:
        """Stop the chosen programs all at once; supervisord kills what does not stop in time."""
        for program in self.programs():
            if chosen(program.name):
                self._ask("stopProcess", program.name, False)
        until = time.monotonic() + _STOP_S
        while any(program.pid and chosen(program.name) for program in self.programs()):
            if time.monotonic() > until:
                return
            time.sleep(0.05)

    def _ask(self, method: str, *arguments: object) -> object:
        """One XML-RPC call. A refusal (a program that just ended) is an answer too: None."""
        transport = SupervisorTransport(None, None, f"unix://{self._home.run / 'supervisor.sock'}")
        proxy = xmlrpc.client.ServerProxy("http://supervisor", transport=transport)
        try:
            return cast("object", getattr(proxy.supervisor, method)(*arguments))
        except xmlrpc.client.Fault:
            return None
        except (OSError, http.client.HTTPException, xmlrpc.client.Error) as error:
            raise NotAnswering(f"supervisord does not answer: {error}") from error
        finally:
            transport.close()


def left_behind(home: Home) -> Sequence[int]:
    """The pids of processes of this box that run without it, or while it stops."""
    return processes.with_environment(MARK, str(home.root))


def last_lines(home: Home, program: str, count: int = 12) -> list[str]:
    """The end of a program's log; empty when it wrote none."""
    with contextlib.suppress(OSError):
        text = (home.log / f"{program}.log").read_text(errors="replace")
        return text.splitlines()[-count:]
    return []
