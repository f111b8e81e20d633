"""What Kamailio knows of trunks, and what we know of them after a restart: ``trunk.sqlite``.

Kamailio's tables are explained in ``image-build/kamailio/trunks.cfg``. Beside them lies the last
good answer to every name, so that a box that starts without internet knows its providers.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from firmware.config.contact import contact_user
from firmware.config.home import Home
from firmware.config.schema import Network, Site
from firmware.config.sections.trunks import Codec, Trunk
from firmware.edge.database import LOCK_WAIT_S, create, writing
from firmware.edge.names import Address, Wanted, at_once

TABLES = {
    "htable": "key_name, value_type, key_value",
    "address": "grp, ip_addr, mask, tag",
    "dispatcher": "setid, destination, flags, priority, attrs, description",
}
"""Kamailio's tables and the columns we fill."""

_ANSWERS = """
    CREATE TABLE IF NOT EXISTS answer (
        trunk TEXT PRIMARY KEY, wanted TEXT NOT NULL, addresses TEXT NOT NULL, at REAL NOT NULL
    )
"""
_EVENTS = ("telephone-event", "CN")
"""What goes beside a codec: keys pressed, comfort noise."""

_STATIC = {Codec.PCMU: "0", Codec.GSM: "3", Codec.PCMA: "8", Codec.G722: "9", Codec.G729: "18"}
"""Payload types that an offer need not name (RFC 3551 §6)."""

_TEXT = 0
"""htable's value_type of a string."""

Rows = set[tuple[object, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a name led to, the best address first, and when (Unix seconds)."""

    wanted: Wanted
    addresses: tuple[Address, ...]
    at: float


def path(home: Home) -> Path:
    return home.ram_edge / "trunk.sqlite"


def wanted(trunk: Trunk) -> Wanted:
    """Where everything for a trunk goes: to its outbound proxy, or to its host."""
    if trunk.outbound_proxy:
        return Wanted(
            host=trunk.outbound_proxy,
            port=trunk.outbound_proxy_port or 0,
            transport=trunk.transport,
        )
    return Wanted(host=trunk.host, port=trunk.port or 0, transport=trunk.transport)


def prepare(home: Home, site: Site) -> None:
    """Fill the database with what is known of every trunk without asking anybody.

    Raises:
        sqlite3.Error: it is broken, or locked for ten seconds.
    """
    make(home)
    known = answers(home, site.trunk)
    # Over TLS an address has to prove itself first, and does so when the keeper runs.
    ways = {
        trunk.name: known[trunk.name].addresses[0]
        for trunk in site.trunk
        if trunk.name in known and not (_is_tls(known[trunk.name]) and trunk.tls_verify)
    }
    write(home, site, ways, known, {})


def make(home: Home) -> None:
    """Make the database if it is not there yet.

    Raises:
        sqlite3.Error: it is broken, or locked for ten seconds.
    """
    create(path(home), "htable", "permissions", "dispatcher")
    with writing(path(home)) as connection:
        connection.execute(_ANSWERS)


def _is_tls(answer: Answer) -> bool:
    return answer.addresses[0].transport == "tls"


def answers(home: Home, trunks: Iterable[Trunk]) -> dict[str, Answer]:
    """The last good answers, for trunks that still ask the same; numbers need none."""
    with closing(sqlite3.connect(path(home), timeout=LOCK_WAIT_S)) as connection:
        kept = {
            name: Answer(
                wanted=Wanted(**json.loads(asked)),
                addresses=tuple(Address(**one) for one in json.loads(addresses)),
                at=at,
            )
            for name, asked, addresses, at in connection.execute(
                "SELECT trunk, wanted, addresses, at FROM answer"
            )
        }
    found = {}
    for trunk in trunks:
        asked = wanted(trunk)
        if (number := at_once(asked)) is not None:
            found[trunk.name] = Answer(wanted=asked, addresses=number.addresses, at=0.0)
        elif trunk.name in kept and kept[trunk.name].wanted == asked:
            found[trunk.name] = kept[trunk.name]
    return found


def keep(home: Home, trunk: str, answer: Answer) -> None:
    """Remember an answer.

    Raises:
        sqlite3.Error: the database is broken, or locked for ten seconds.
    """
    with writing(path(home)) as connection:
        connection.execute(
            "INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?)",
            (
                trunk,
                json.dumps(asdict(answer.wanted)),
                json.dumps([asdict(address) for address in answer.addresses]),
                answer.at,
            ),
        )


def write(
    home: Home,
    site: Site,
    ways: Mapping[str, Address],
    known: Mapping[str, Answer],
    certificates: Mapping[str, str],
) -> set[str]:
    """Make Kamailio's tables say where trunks are; the names of the tables that changed.

    ``ways`` is the address each trunk is sent to now, ``known`` all addresses of each,
    ``certificates`` the fingerprint of the right certificate at "IP:PORT".

    Raises:
        sqlite3.Error: the database is broken, or locked for ten seconds.
    """
    rows = {
        "htable": set(_htable(home, site, ways, known))
        | {(f"cert:{place}", _TEXT, print_) for place, print_ in certificates.items()},
        "address": set(_sources(site, known)),
        "dispatcher": set(_pinged(site, known)),
    }
    with writing(path(home)) as connection:
        return {name for name in TABLES if _fill(connection, name, rows[name])}


def _fill(connection: sqlite3.Connection, table: str, rows: Rows) -> bool:
    columns = TABLES[table]
    there = set(connection.execute(f"SELECT {columns} FROM {table}"))  # noqa: S608 - our names
    if there == rows:
        return False
    marks = ", ".join("?" * len(columns.split(",")))
    connection.execute(f"DELETE FROM {table}")  # noqa: S608
    connection.executemany(
        f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608
        sorted(rows, key=repr),
    )
    return True


def _htable(
    home: Home, site: Site, ways: Mapping[str, Address], known: Mapping[str, Answer]
) -> Iterator[tuple[object, ...]]:
    for trunk in site.trunk:
        yield (f"token:{contact_user(home, trunk.name)}", _TEXT, trunk.name)
        yield (f"host:{trunk.name}", _TEXT, trunk.host)
        yield (f"codecs:{trunk.name}", _TEXT, ",".join((*map(_in_sdp, trunk.codecs), *_EVENTS)))
        yield (f"audio:{trunk.name}", _TEXT, _offering(trunk.codecs))
        if trunk.name in ways:
            yield (f"way:{trunk.name}", _TEXT, ways[trunk.name].uri)
    for place, name in _first_of_each(site.trunk, known, lambda a: f"{a.ip}:{a.port}"):
        yield (f"name:{place}", _TEXT, name)


def _in_sdp(codec: Codec) -> str:
    """A codec as session descriptions name it."""
    return "opus" if codec is Codec.OPUS else codec.upper()


def _offering(codecs: Iterable[Codec]) -> str:
    """The POSIX pattern of a session description that offers one of ``codecs``."""
    wanted = tuple(codecs)
    pattern = f"rtpmap:[0-9]+ ({'|'.join(map(_in_sdp, wanted))})/"
    numbers = "|".join(_STATIC[codec] for codec in wanted if codec in _STATIC)
    if numbers:
        pattern += f"|m=audio [0-9]+ [A-Z/]+( [0-9]+)* ({numbers})[[:space:]]"
    return pattern


def _sources(site: Site, known: Mapping[str, Answer]) -> Iterator[tuple[object, ...]]:
    """Of two trunks at one address the first one gets what does not say which it is for."""
    for ip, name in _first_of_each(site.trunk, known, lambda a: a.ip):
        yield (1, ip, 32, name)
    for trunk in site.trunk:
        for network in trunk.sources:
            yield (1, str(network.network_address), network.prefixlen, trunk.name)


def _pinged(site: Site, known: Mapping[str, Answer]) -> Iterator[tuple[object, ...]]:
    asked = [trunk for trunk in site.trunk if trunk.options]
    for uri, _name in _first_of_each(asked, known, lambda a: a.uri):
        yield (1, uri, 0, 0, f"socket={_socket(site.network, uri)}", "")


def _socket(network: Network, uri: str) -> str:
    transport = uri.rpartition("=")[2]
    port = network.sip_tls_port if transport == "tls" else network.sip_port
    return f"{transport}:{network.sip_address}:{port}"


def _first_of_each(
    trunks: Sequence[Trunk], known: Mapping[str, Answer], key: Callable[[Address], str]
) -> Iterator[tuple[str, str]]:
    """Every value of ``key`` once, with the first trunk that has it."""
    first: dict[str, str] = {}
    for trunk in trunks:
        if trunk.name in known:
            for address in known[trunk.name].addresses:
                first.setdefault(key(address), trunk.name)
    yield from first.items()
