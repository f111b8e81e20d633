"""SIPp: telephones by the hundred. One ``Sipp`` is one process playing one scenario.

Scenarios are ``sipp/*.xml``; what a scenario's head comment names in brackets is filled in from
``texts``. A *telephone* here is a row of a scenario's field file. Every caller sends from an
address of its own (127.x.y.z), as in an office, so that the edge's flood protection sees what
it would see there.

Times come from SIPp's short message log, which stamps each message with microseconds as it is
read or written; SIPp's own response times are those of a 4 ms clock.
"""

from __future__ import annotations

import csv
import os
import re
import signal
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SCENARIOS = Path(__file__).with_name("sipp")
MAX_SOCKETS = 500

_FINAL = re.compile(r"CSeq:\d+ (\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one SIPp process is to do.

    ``server`` is "address:port"; ``address`` and ``port`` are its own; ``rows`` are the fields
    of its telephones, in the order the scenario names them, and none for a scenario that only
    answers. ``sources_in`` says which field holds a caller's own address. ``calls`` 0 means
    until it is stopped. ``pause_ms`` is the length of the scenario's pauses without one.
    """

    scenario: str
    server: str
    address: str
    port: int = 5060
    realm: str
    media_port: int = 20000
    echo: bool = False
    texts: Mapping[str, str] = field(default_factory=dict)
    rows: Sequence[Sequence[str]] = ()
    sources_in: int | None = None
    calls: int = 0
    calls_per_s: float = 5.0
    limit: int = 1000
    pause_ms: int = 0
    trace: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a SIPp process says of its calls so far."""

    created: int
    succeeded: int
    failed: int
    current: int
    retransmissions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """One message of one call. ``at`` is in Unix seconds, ``line`` the first line."""

    at: float
    sent: bool
    call: str
    method: str
    line: str


class SippFailed(RuntimeError):
    """SIPp could not run its scenario; the text is what it said."""


class Sipp:
    """A running SIPp. Everything it writes lies in ``folder``, which is made."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.plan = plan
        self.folder = folder
        self._child = subprocess.Popen(
            self._command(),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=(folder / "screen").open("wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.pid = self._child.pid

    @property
    def ended(self) -> bool:
        """Whether it is gone."""
        return self._child.poll() is not None

    def wait(self, timeout_s: float) -> Counts:
        """Wait until all calls are over.

        Raises:
            SippFailed: it did not run at all, or not to the end in time.
        """
        try:
            status = self._child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.stop()
            raise SippFailed(f"{self.plan.scenario} took longer than {timeout_s} s") from None
        if status not in (0, 1, 97, 99):  # 1: calls failed, 97: told to end, 99: no calls
            raise SippFailed(f"{self.plan.scenario} ended with {status}: {self.last_words()}")
        return self.counts()

    def stop(self, timeout_s: float = 5.0) -> Counts:
        """Ask it to end when its calls are over; then make it end."""
        for number in (signal.SIGUSR1, signal.SIGTERM, signal.SIGKILL):
            if self.ended:
                break
            self._child.send_signal(number)
            try:
                self._child.wait(timeout_s)
            except subprocess.TimeoutExpired:
                continue
        return self.counts()

    def counts(self) -> Counts:
        """The last line of its statistics, at most a second old while it runs.

        Raises:
            SippFailed: it has written none.
        """
        try:
            with (self.folder / "stat.csv").open(newline="") as file:
                rows = [row for row in csv.DictReader(file, delimiter=";") if row["FailedCall(C)"]]
        except FileNotFoundError:
            rows = []
        if not rows:
            raise SippFailed(f"{self.plan.scenario} did not start: {self.last_words()}")
        last = rows[-1]
        return Counts(
            created=int(last["TotalCallCreated"]),
            succeeded=int(last["SuccessfulCall(C)"]),
            failed=int(last["FailedCall(C)"]),
            current=int(last["CurrentCall"]),
            retransmissions=int(last["Retransmissions(C)"]),
        )

    def last_words(self, lines: int = 4) -> str:
        """The end of what it complained of."""
        for name in ("errors.log", "screen"):
            path = self.folder / name
            if path.exists() and (text := path.read_text(errors="replace").strip()):
                return "\n".join(text.splitlines()[-lines:])
        return "(nothing)"

    def stamps(self) -> Iterator[Stamp]:
        """Every message so far; the plan must have asked for ``trace``."""
        with (self.folder / "short.log").open(errors="replace") as file:
            yield from _stamps(file)

    def _command(self) -> list[str]:
        plan = self.plan
        command = [
            *("sipp", plan.server, "-sf", str(self._scenario())),
            *("-i", plan.address, "-p", str(plan.port)),
            *("-mi", plan.address, "-mp", str(plan.media_port)),
            *("-key", "realm", plan.realm),
            *("-r", str(plan.calls_per_s), "-l", str(plan.limit), "-d", str(plan.pause_ms)),
            *("-max_socket", str(MAX_SOCKETS), "-nostdin"),
            *("-timer_resol", "1"),
            *("-trace_err", "-error_file", "errors.log"),
            *("-trace_stat", "-stf", "stat.csv", "-fd", "1"),
        ]
        if plan.rows:
            command += ["-inf", str(self._field_file())]
        if plan.sources_in is not None:
            command += ["-t", "ui", "-ip_field", str(plan.sources_in)]
        if plan.echo:
            command.append("-rtp_echo")
        if plan.calls:
            command += ["-m", str(plan.calls)]
        if plan.trace:
            command += ["-trace_shortmsg", "-shortmessage_file", "short.log"]
        return command

    def _scenario(self) -> Path:
        text = (SCENARIOS / f"{self.plan.scenario}.xml").read_text()
        for name, value in self.plan.texts.items():
            text = text.replace(f"[{name}]", value)
        path = self.folder / f"{self.plan.scenario}.xml"
        path.write_text(text)
        return path

    def _field_file(self) -> Path:
        path = self.folder / "rows.csv"
        lines = ("SEQUENTIAL", *(";".join(row) for row in self.plan.rows))
        path.write_text("\n".join(lines) + "\n")
        return path


def authentication(number: str, password: str) -> str:
    """The field with which a telephone answers a challenge."""
    return f"[authentication username={number} password={password}]"


def rings_after_s(stamps: Iterable[Stamp]) -> dict[str, float]:
    """By call: seconds from the INVITE with credentials to the first 180."""
    sent: dict[str, float] = {}
    rang: dict[str, float] = {}
    for stamp in stamps:
        if stamp.method != "INVITE":
            continue
        if stamp.sent and stamp.line.startswith("INVITE "):
            # The first INVITE is challenged; the last one sent before 180 counts, but not
            # its retransmissions: those are part of the delay.
            if stamp.call not in rang and _is_new(stamp, sent):
                sent[stamp.call] = stamp.at
        elif stamp.line.startswith("SIP/2.0 407"):
            sent.pop(stamp.call, None)
        elif stamp.line.startswith("SIP/2.0 180") and stamp.call not in rang:
            rang[stamp.call] = stamp.at
    return {call: at - sent[call] for call, at in rang.items() if call in sent}


def _is_new(stamp: Stamp, sent: Mapping[str, float]) -> bool:
    return stamp.call not in sent


def _stamps(lines: Iterable[str]) -> Iterator[Stamp]:
    for line in lines:
        columns = line.rstrip("\n").split("\t")
        if len(columns) < 7:
            continue
        found = _FINAL.search(columns[5])
        yield Stamp(
            at=float(columns[2]),
            sent=columns[3] == "S",
            call=columns[4],
            method=found.group(1) if found else "",
            line=columns[6],
        )


def lift_file_limit(wanted: int = 4096) -> None:
    """SIPp needs a socket a caller; kept here so that a trial can ask for more."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(wanted, hard)), hard))


def is_there() -> bool:
    """Whether SIPp is installed."""
    return any(
        os.access(Path(folder) / "sipp", os.X_OK)
        for folder in os.environ.get("PATH", "").split(os.pathsep)
    )
