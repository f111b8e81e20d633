"""The world outside as the link sees it: orders to far ends."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from firmware.bench.far import FarEnd
from firmware.bench.pace import Pace
from firmware.bench.party import Script
from firmware.link.rows import DaemonStatus
from firmware.version import VERSION
from hw.dahdi.exchanges import EXCHANGES
from hw.signal.caller_id import Absence, CallerId, date_of


class World:
    """``BenchApi`` over the far ends."""

    def __init__(self, ends: Mapping[str, FarEnd], pace: Pace, config_version: int) -> None:
        self._ends = ends
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

    def mend(self, line: str) -> None:
        """Join the wire."""
        with self._pace.lock:
            self._end(line).mend()

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


def _path(text: str) -> Path | None:
    if not text:
        return None
    path = Path(text)
    if not path.is_absolute():
        raise ValueError(f"{text}: give an absolute path")
    return path
