"""Who is registered: Kamailio's location table, read and never written.

Kamailio writes every registration to ``location.sqlite`` at once; here the table is read again
whenever it changed or a registration ran out.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Kamailio keeps times as Julian days in UTC; 2440587.5 is 1970-01-01.
_ROWS = """
    SELECT username, contact, received, user_agent,
           (expires - 2440587.5) * 86400.0, callid
    FROM location ORDER BY last_modified
"""

BROWSER = ".browser"
"""What the name ends in under which an extension's browsers are bound: "101.browser"."""

_URI = re.compile(r"sips?:(?:[^@>]*@)?(?P<host>\[[^\]]+\]|[^:;>?]+)(?::(?P<port>\d+))?(?P<rest>.*)")
_TRANSPORT = re.compile(r";transport=(\w+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Where one number is reached."""

    contact: str  # "udp:127.0.0.1:5060"
    user_agent: str
    expires_at: float  # Unix seconds
    call_id: str = ""  # of its REGISTER: another one when the telephone was started again


class Registrations:
    """The location table of one box, as it is now.

    ``clock`` gives Unix seconds. The file need not exist yet.
    """

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._connection: sqlite3.Connection | None = None
        self.version = -1  # another after every change that ``current`` has seen
        self._bindings: Mapping[str, tuple[Binding, ...]] = {}
        self.rows: Sequence[tuple[object, ...]] = ()
        """The whole table as it was when ``alive`` last looked."""

    def close(self) -> None:
        """Close the database."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def current(self) -> Mapping[str, Binding]:
        """The newest binding of every number that is registered.

        Raises:
            sqlite3.Error: the database is broken.
        """
        return {number: alive[-1] for number, alive in self.alive().items()}

    def alive(self) -> Mapping[str, tuple[Binding, ...]]:
        """All bindings of every number that is registered, the newest last.

        Raises:
            sqlite3.Error: the database is broken.
        """
        if self._connection is None:
            self._connection = self._open()
        if self._connection is not None:
            # Changes with every commit of another connection; free of I/O when there was none.
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
            if version != self.version:
                self._bindings = bindings(self._connection.execute(_ROWS))
                self.rows = self._connection.execute("SELECT * FROM location").fetchall()
                self.version = version
        now = self._clock()
        alive = {
            number: tuple(binding for binding in written if binding.expires_at > now)
            for number, written in self._bindings.items()
        }
        return {number: left for number, left in alive.items() if left}

    def _open(self) -> sqlite3.Connection | None:
        if not self._path.exists():
            return None
        return sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=5.0)


def bindings(
    rows: Iterable[tuple[str, str, str | None, str, float, str]],
) -> Mapping[str, tuple[Binding, ...]]:
    """The bindings of each number, in the order of the rows. A telephone that moved leaves its
    old binding behind until it runs out."""
    found: dict[str, list[Binding]] = {}
    for number, contact, received, user_agent, expires_at, call_id in rows:
        binding = Binding(
            contact=place(received or contact),
            user_agent="" if user_agent == "n/a" else user_agent,
            expires_at=expires_at,
            call_id=call_id,
        )
        found.setdefault(number, []).append(binding)
    return {number: tuple(written) for number, written in found.items()}


def place(uri: str) -> str:
    """Transport, host and port of a SIP URI: ``sip:101@10.0.0.5;transport=tcp`` is
    ``tcp:10.0.0.5:5060``."""
    match = _URI.match(uri)
    if match is None:
        return uri
    transport = _TRANSPORT.search(match["rest"])
    kind = transport[1].lower() if transport else "udp"
    return f"{kind}:{match['host']}:{match['port'] or 5060}"
