"""SIPp: telephones by the hundred. One ``Sipp`` is one process playing one scenario.

Scenarios are ``sipp/*.xml``; what a scenario's head comment names in brackets is filled in from
``texts``. A *row* is one telephone of a scenario: its fields, in the order the head comment
names them. Callers send from addresses of their own (127.x.y.z), as in an office, so that the
edge's flood protection sees what it would see there.

Times come from SIPp's short message log, which stamps each message with microseconds as it is
read or written; SIPp's own response times are those of a 4 ms clock.
"""

from __future__ import annotations

import csv
import re
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.rig.child import Child
from tests.rig.until import TooLate

SCENARIOS = Path(__file__).with_name("sipp")
_MAX_SOCKETS = 500
_METHOD = re.compile(r"CSeq:\d+ (\w+)")
_ENDS = (0, 1, 97, 99)
"""SIPp's exit statuses when it ran: all well, calls failed, told to stop, stopped without calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one SIPp process is to do.

    ``server`` is "address:port"; ``address`` and ``port`` are its own. ``sources_in`` says
    which field of a row holds the address it sends from; None: all from ``address``. ``calls``
    0 means until it is stopped. ``pause_ms`` is the length of the scenario's pauses.
    """

    scenario: str
    server: str
    address: str
    port: int = 5060
    realm: str = "markaz.internal"
    media_port: int = 20000
    echo: bool = False
    texts: Mapping[str, str] = field(default_factory=dict)
    rows: Sequence[Sequence[str]] = ()
    sources_in: int | None = None
    calls: int = 0
    calls_per_s: float = 5.0
    at_once: int = 10000  # no more calls than this at a time
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


class SippFailed(AssertionError):
    """SIPp could not run its scenario; the text is what it said."""


class Sipp:
    """A running SIPp. Everything it writes lies in ``folder``, which is made."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.plan = plan
        self.folder = folder
        self._child = Child(plan.scenario, self._command(), folder / "screen", folder=folder)

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def ended(self) -> bool:
        """Whether it is gone."""
        return self._child.status is not None

    def wait(self, timeout_s: float) -> Counts:
        """Wait until all its calls are over.

        Raises:
            TooLate: they are not; it was stopped. SippFailed: it did not run at all.
        """
        try:
            status = self._child.wait(timeout_s)
        except TooLate:
            self.stop()
            raise
        if status not in _ENDS:
            raise SippFailed(f"{self.plan.scenario} ended with {status}: {self.last_words()}")
        return self.counts()

    def stop(self, timeout_s: float = 5.0) -> None:
        """End it: first asked to end with its calls, then told, then made to."""
        for number in (signal.SIGUSR1, signal.SIGTERM, signal.SIGKILL):
            if self.ended:
                return
            self._child.send_signal(number)
            try:
                self._child.wait(timeout_s)
            except TooLate:
                continue

    def counts(self) -> Counts:
        """The last line of its statistics, a second old at most while it runs.

        Raises:
            SippFailed: it has written none.
        """
        rows: list[dict[str, str]] = []
        path = self.folder / "stat.csv"
        if path.exists():
            with path.open(newline="") as file:
                whole = [line for line in file if line.endswith("\n")]
            rows = list(csv.DictReader(whole, delimiter=";"))
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
            *("-r", str(round(10 * plan.calls_per_s)), "-rp", "10000"),
            *("-l", str(plan.at_once), "-d", str(plan.pause_ms)),
            *("-max_socket", str(_MAX_SOCKETS), "-nostdin"),
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
        path = self.folder.resolve() / f"{self.plan.scenario}.xml"
        path.write_text(text)
        return path

    def _field_file(self) -> Path:
        path = self.folder.resolve() / "rows.csv"
        lines = ("SEQUENTIAL", *(";".join(row) for row in self.plan.rows))
        path.write_text("\n".join(lines) + "\n")
        return path


def authentication(number: str, password: str) -> str:
    """The field with which a telephone answers a challenge."""
    return f"[authentication username={number} password={password}]"


def rings_after_s(stamps: Iterable[Stamp]) -> dict[str, float]:
    """By call: seconds from the INVITE with credentials to the first 180.

    The INVITE counts as it was first sent, so a retransmission is part of the delay; the
    challenge before it is not.
    """
    sent: dict[str, float] = {}
    rang: dict[str, float] = {}
    for stamp in stamps:
        if stamp.method != "INVITE":
            continue
        if stamp.line.startswith("SIP/2.0 407"):
            sent.pop(stamp.call, None)
        elif stamp.line.startswith("SIP/2.0 180"):
            rang.setdefault(stamp.call, stamp.at)
        elif stamp.sent:
            sent.setdefault(stamp.call, stamp.at)
    return {call: at - sent[call] for call, at in rang.items() if call in sent}


def _stamps(lines: Iterable[str]) -> Iterator[Stamp]:
    """Columns: date, time, Unix time, S or R, Call-ID, CSeq, first line."""
    for line in lines:
        columns = line.rstrip("\r\n").split("\t")
        if len(columns) != 7:  # the last one may be half written
            continue
        _date, _time, at, way, call, cseq, first = columns
        found = _METHOD.search(cseq)
        yield Stamp(
            at=float(at),
            sent=way == "S",
            call=call,
            method=found.group(1) if found else "",
            line=first,
        )
