"""A box under test, in a folder and on ports of its own.

``LeanBox`` starts single daemons as plain processes: quick, and any of them can be killed and
started again. ``WholeBox`` is started as its owner would, by ``firmware.box.main run``, and
knows only what that prints. Both are context managers that leave nothing behind, or say what.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import sys
import tempfile
import xmlrpc.client
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from sqlite_utils import Database
from supervisor.xmlrpc import SupervisorTransport

from firmware import processes
from firmware.box import first, ready
from firmware.box.supervisord import MARK, left_behind
from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Network, Site
from firmware.config.sections.voicemail import Voicemail
from firmware.edge import launch
from firmware.link.api import DaemonApi
from firmware.link.client import Event, Link
from firmware.link.rows import DaemonStatus
from firmware.model.record import CallEvent, CallRecord, LegRecord, RecordingRecord
from firmware.store import calls, recordings
from firmware.store.db import open_store
from tests.rig.child import Child
from tests.rig.ports import Block, reserve_block, reserve_offset, turn
from tests.rig.until import overload, until
from tests.rig.watch import Watch

T = TypeVar("T")

_START_S = 45.0
_LOG_LINES = 60
_MAX_CALLS = 25
_MODULES = {
    "kamailio": "firmware.edge.launch",
    "edge": "firmware.edge.main",
    "provision": "provisioning.main",
    "web": "web.main",
}


_PROCESSORS = os.sched_getaffinity(0)
_ON_ONE = ("taskset", "--cpu-list", str(max(_PROCESSORS)))
"""So all the programs of a whole box start, which at once would stop other tests' calls."""


class LeftBehind(AssertionError):
    """A box that stopped left processes."""


class Box:
    """What both kinds have: a folder, ports, links and a store.

    ``root`` is the box's folder, which stays; None makes a temporary one that goes.
    """

    def __init__(self, root: Path | None = None) -> None:
        self._stack = ExitStack()
        self._watches: list[Watch] = []
        self._temporary = root is None
        self.home = Home(root or Path(tempfile.mkdtemp(prefix="markaz-")))
        self.ports: Block
        self.passwords: dict[str, str] = {}

    @property
    def site(self) -> Site:
        """The configuration in force."""
        return history.load_current(self.home)[1]

    @property
    def network(self) -> Network:
        return self.site.network

    @property
    def sip_server(self) -> str:
        """Where telephones register: "127.0.0.1:5060"."""
        return f"{self.network.sip_address}:{self.network.sip_port}"

    def link(self, daemon: str) -> Link:
        """A new link to a daemon; close it."""
        return Link(self.home.link(daemon), "rig")

    def status(self, daemon: str) -> DaemonStatus:
        """What a daemon says of itself."""
        with self.link(daemon) as link:
            return link.call(DaemonApi.status)

    def watch(self, daemon: str, told: Callable[[Event], None] = lambda _event: None) -> Watch:
        """Follow a daemon's events until the box stops."""
        watch = Watch(self.home.link(daemon), told)
        self._watches.append(watch)
        return watch

    def log(self, name: str) -> str:
        """All that a daemon has logged."""
        path = self.home.log / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def last_words(self) -> str:
        """The end of every log, for a failed test's report."""
        parts = []
        for path in sorted(self.home.log.glob("*.log")):
            parts += [f"--- {path.name}", *self.log(path.stem).splitlines()[-_LOG_LINES:]]
        return "\n".join(parts)

    def running(self) -> Mapping[int, str]:
        """The box's processes: pid to how it was started."""
        return {pid: processes.command_of(pid) for pid in left_behind(self.home)}

    def answers(self, program: str) -> bool:
        """Whether a program does its work, not only exists."""
        network = self.network
        if program == "kamailio":
            return ready.answers_sip(str(network.sip_address), network.sip_port)
        if program == "web":
            return ready.answers_http(str(network.console_address), network.console_port)
        if program in ready.LINKED:
            return ready.answers_link(self.home, program)
        return True  # it speaks with nobody: that it runs is all there is to know

    # -- the store ------------------------------------------------------------------------

    def calls(self) -> list[CallRecord]:
        """All call records, newest first."""
        return self._read(lambda db: calls.recent(db, limit=1000))

    def call(self, call_id: str, timeout_s: float = 5.0) -> CallRecord:
        """The record of one call once it has ended and is written.

        Raises:
            TooLate: it was not in time.
        """

        def ended() -> CallRecord | None:
            record = self._read(lambda db: calls.find(db, call_id))
            return record if record and record.ended_at is not None else None

        found = until(ended, timeout_s, f"the record of call {call_id} is complete")
        assert found is not None
        return found

    def legs(self, call_id: str) -> list[LegRecord]:
        """The legs of a call on record."""
        return self._read(lambda db: calls.legs_of(db, call_id))

    def timeline(self, call_id: str) -> list[CallEvent]:
        """The events of a call on record."""
        return self._read(lambda db: calls.timeline(db, call_id))

    def recordings(self, call_id: str) -> list[RecordingRecord]:
        """The finished recordings of a call."""
        return self._read(lambda db: recordings.of_call(db, call_id))

    def _read(self, question: Callable[[Database], T]) -> T:
        db = open_store(self.home)
        try:
            return question(db)
        finally:
            db.close()

    # -- coming and going -----------------------------------------------------------------

    def __enter__(self) -> Self:
        try:
            self.ports = self._stack.enter_context(reserve_block())
            # Half a dozen programs that start take the processors for seconds. One box at a time:
            # calls go on in those of other tests.
            with turn("box-starts"):
                self._start()
        except BaseException:
            sys.stderr.write(self.last_words() + "\n")
            self._leave()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            sys.stderr.write(self.last_words() + "\n")
        self._leave()

    def _start(self) -> None:
        raise NotImplementedError

    def _stop(self) -> None:
        raise NotImplementedError

    def _leave(self) -> None:
        """Stop everything, give the ports back, and see that nothing is left."""
        for watch in self._watches:
            watch.close()
        try:
            self._stop()
        finally:
            left = self.running()
            processes.end(left, grace_s=0.0)
            self._stack.close()
            if self._temporary:
                shutil.rmtree(self.home.root, ignore_errors=True)
        if left:
            raise LeftBehind("the box stopped and left:\n" + "\n".join(left.values()))


class LeanBox(Box):
    """A box of chosen daemons. ``shape`` changes its first configuration before it starts."""

    def __init__(
        self,
        *daemons: str,
        shape: Callable[[Site], Site] = lambda site: site,
        root: Path | None = None,
    ) -> None:
        super().__init__(root)
        self._daemons = daemons or ("kamailio", "switchd")
        self._shape = shape
        self._children: dict[str, Child] = {}

    def start(self, daemon: str) -> Child:
        """Start one daemon and wait until it answers.

        Raises:
            Died: it ended instead. TooLate: it does not answer.
        """
        child = Child(
            daemon,
            [sys.executable, "-P", "-m", _MODULES.get(daemon, f"firmware.{daemon}.main")],
            self.home.log / f"{daemon}.log",
            environment={"MARKAZ_HOME": str(self.home.root), MARK: str(self.home.root)},
        )
        self._children[daemon] = child

        def answers() -> bool:
            child.check()
            return self.answers(daemon)

        until(answers, _START_S, f"{daemon} answers")
        return child

    def stop(self, daemon: str) -> None:
        """Stop one daemon as supervisord would."""
        self._children.pop(daemon).stop()

    def kill(self, daemon: str) -> None:
        """Kill one daemon with all its workers, without a chance to tidy up."""
        child = self._children.pop(daemon)
        workers: Iterable[int] = ()
        if daemon == "kamailio":
            workers = processes.started_with(launch.command(self.home))
        child.kill()
        processes.end(workers, grace_s=0.0)

    def _start(self) -> None:
        self.home.make()
        site = self._shape(_small_site(self.ports))
        history.create_first(self.home, site)
        self.passwords = {
            extension.number: extension.password.get_secret_value()
            for extension in site.extension
            if extension.password is not None
        }
        for daemon in self._daemons:
            self.start(daemon)

    def _stop(self) -> None:
        for daemon in reversed(self._daemons):
            if daemon in self._children:
                self.stop(daemon)


class WholeBox(Box):
    """A box with everything, started as by ``make run``."""

    def __init__(self, root: Path | None = None) -> None:
        super().__init__(root)
        self._main: Child | None = None

    @property
    def printed(self) -> str:
        """What it wrote on the terminal."""
        return self._running().output()

    @property
    def owner_password(self) -> str:
        """The console's first password, as printed."""
        found = re.search(r"Console +user owner +password (\S+)", self.printed)
        assert found is not None, f"no owner's password in:\n{self.printed}"
        return found[1]

    def end(self, number: signal.Signals = signal.SIGINT, timeout_s: float = 30.0) -> int:
        """Stop it as its owner would, with Ctrl-C; its exit status."""
        main = self._running()
        main.send_signal(number)
        return main.wait(timeout_s)

    def pids(self) -> Mapping[str, int]:
        """The process of every program that runs, as supervisord says."""
        path = self.home.run / "supervisor.sock"
        transport = SupervisorTransport(None, None, f"unix://{path}")
        proxy = xmlrpc.client.ServerProxy("http://supervisor", transport=transport)
        try:
            found = cast("list[dict[str, Any]]", proxy.supervisor.getAllProcessInfo())
        finally:
            transport.close()
        return {row["name"]: row["pid"] for row in found if row["statename"] == "RUNNING"}

    def _running(self) -> Child:
        assert self._main is not None, "the box was not started"
        return self._main

    def _start(self) -> None:
        offset = self._stack.enter_context(reserve_offset())
        self.home.log.mkdir(parents=True, exist_ok=True)
        main = self._main = Child(
            "box",
            [*_ON_ONE, sys.executable, "-m", "firmware.box.main", "run"],
            self.home.log / "box.log",
            environment={
                "MARKAZ_HOME": str(self.home.root),
                "MARKAZ_PORT_OFFSET": str(offset),
                "PYTHONUNBUFFERED": "1",
            },
        )
        main.expect(" is up (", _START_S * overload())
        _on_every_processor({main.pid, *self.running()})
        self.passwords = dict(_sip_passwords(main.output()))

    def _stop(self) -> None:
        if self._main is not None and self._main.status is None:
            self.end()


def _small_site(ports: Block) -> Site:
    """The site a new box has, on ports of ours, which are enough for a few calls."""
    site = first.site(0)
    switch = site.switch.model_copy(update={"max_calls": _MAX_CALLS})
    return site.model_copy(
        update={
            "network": ports.network(),
            "provisioning": ports.provisioning(),
            "switch": switch,
            "voicemail": Voicemail(),  # nobody has a box: who is not reached is announced
        }
    )


def _on_every_processor(pids: Iterable[int]) -> None:
    """Let programs run wherever they like from now on, with what they start."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, FileNotFoundError):
            for thread in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setaffinity(int(thread.name), _PROCESSORS)


def _sip_passwords(printed: str) -> Sequence[tuple[str, str]]:
    return re.findall(r"SIP +user (\S+) +password (\S+)", printed)
