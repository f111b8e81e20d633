"""The world outside as the link sees it: orders to far ends."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from firmware.bench.far import FarEnd
from firmware.bench.levers import Lever
from firmware.bench.pace import Pace
from firmware.bench.party import Script
from firmware.link.bench import LeverRow
from firmware.link.rows import DaemonStatus
from firmware.version import VERSION
from hw.dahdi.exchanges import EXCHANGES
from hw.signal.caller_id import Absence, CallerId, date_of


class World:
    """``BenchApi`` over the far ends. ``post`` tells the link of a lever that was thrown."""

    def __init__(
        self,
        ends: Mapping[str, FarEnd],
        pace: Pace,
        config_version: int,
        levers: Sequence[Lever] = (),
        post: Callable[[str, LeverRow], None] = lambda _event, _row: None,
    ) -> None:
        self._ends = ends
        self._levers = {lever.id: lever for lever in levers}
        self._post = post
        self._pace = pace
        self._config_version = config_version
        self._started_s = time.monotonic()

    def status(self) -> DaemonStatus:
        """Who we are and how we are."""
        skipped = self._pace.skipped
        return DaemonStatus(
            name="bench",
            version=VERSION,
            pid=os.getpid(),
            up_s=time.monotonic() - self._started_s,
            config_version=self._config_version,
            warnings=(f"{skipped} frames skipped: the machine is too slow",) if skipped else (),
        )

    def reload(self) -> None:
        """The far ends are fixed for the life of the bench; a new set of lines restarts it."""

    def ring(
        self, *, line: str, number: str, name: str, digits: str, say: str, listen: str
    ) -> None:
        """Call the box on a trunk line or a SIM; no ``number`` withholds it."""
        caller = CallerId(
            number=number,
            name=name,
            absence=Absence.NONE if number else Absence.WITHHELD,
            date=date_of(datetime.now().astimezone()),
        )
        script = _script(digits, say, listen)
        with self._pace.lock:
            self._end(line).ring(caller, script)

    def lift(self, line: str, digits: str, say: str, listen: str) -> None:
        """Lift the handset of a station line's telephone."""
        script = _script(digits, say, listen)
        with self._pace.lock:
            self._end(line).lift(script)

    def flash(self, line: str, digits: str) -> None:
        """Press the hook of a station line's telephone for an instant."""
        with self._pace.lock:
            self._end(line).flash(digits)

    def hang_up(self, line: str) -> None:
        """The far party hangs up."""
        with self._pace.lock:
            self._end(line).hang_up()

    def cut(self, line: str) -> None:
        """Cut the wire."""
        with self._pace.lock:
            self._end(line).cut()
        self._tell(line)

    def mend(self, line: str) -> None:
        """Join the wire."""
        with self._pace.lock:
            self._end(line).mend()
        self._tell(line)

    def text(self, line: str, number: str, text: str) -> None:
        """Send a short message to a SIM."""
        with self._pace.lock:
            self._end(line).text(number, text)

    def exchange(self, *, line: str, name: str, ring_s: float, talk_s: float) -> None:
        """Put another exchange behind a trunk line."""
        try:
            exchange = EXCHANGES[name]
        except KeyError:
            known = ", ".join(EXCHANGES)
            raise KeyError(f"no simulated exchange {name!r}; there are {known}") from None
        with self._pace.lock:
            self._end(line).become(exchange, ring_s=ring_s, talk_s=talk_s)

    def press(self, line: str, digits: str) -> None:
        """OutsideApi."""
        with self._pace.lock:
            self._end(line).press(digits)

    def say(self, line: str, file: str) -> None:
        """OutsideApi."""
        path = _path(file)
        with self._pace.lock:
            self._end(line).say(path)

    def talk(self, line: str, file: str) -> None:
        """OutsideApi."""
        with self._pace.lock:
            self._end(line).talk(_named(file))

    def listen(self, line: str, file: str) -> None:
        """OutsideApi."""
        with self._pace.lock:
            self._end(line).listen(_named(file))

    def answer(self, line: str) -> None:
        """OutsideApi."""
        with self._pace.lock:
            self._end(line).answer()

    def refuse(self, line: str) -> None:
        """OutsideApi."""
        with self._pace.lock:
            self._end(line).refuse()

    def reverse(self, line: str) -> None:
        """OutsideApi."""
        with self._pace.lock:
            self._end(line).reverse()

    def throw(self, lever: str, pulled: bool) -> None:
        """OutsideApi."""
        if lever not in self._levers:
            raise KeyError(f"no lever {lever!r}; there are {', '.join(self._levers)}")
        with self._pace.lock:
            self._levers[lever].throw(pulled)
        self._post("lever.thrown", self._levers[lever].row())

    def _tell(self, line: str) -> None:
        """Whatever was done to a line, its levers show it."""
        for lever in self._levers.values():
            if lever.line == line:
                self._post("lever.thrown", lever.row())

    def _end(self, line: str) -> FarEnd:
        try:
            return self._ends[line]
        except KeyError:
            known = ", ".join(sorted(self._ends))
            raise KeyError(f"no simulated line {line!r}; there are {known}") from None


def _script(digits: str, say: str, listen: str) -> Script:
    """The party's script.

    Raises:
        ValueError: a path is not absolute (the bench has its own current folder) or cannot be
            opened.
    """
    paths = [_path(text) for text in (say, listen)]
    return Script(digits=digits, say=paths[0], listen=paths[1])


def _named(text: str) -> Path:
    path = _path(text)
    if path is None:
        raise ValueError("give the path of a file")
    return path


def _path(text: str) -> Path | None:
    if not text:
        return None
    path = Path(text)
    if not path.is_absolute():
        raise ValueError(f"{text}: give an absolute path")
    return path
