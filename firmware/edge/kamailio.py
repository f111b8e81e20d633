"""What Kamailio reads when it starts: its databases and the definitions of this box.

The routing itself is the same on every box (``image-build/kamailio/kamailio.cfg``). Four
databases, each a file of its own because Kamailio's SQLite driver never waits for a lock:

* ``subscriber.sqlite``: who may register; written here, only read by Kamailio. It holds
  HA1 = MD5(user:realm:password) (RFC 2617 §3.2.2.2), never a password;
* ``location.sqlite``: who is registered where; written by Kamailio, only read here;
* ``presence.sqlite``: which telephone watches what; written by Kamailio, only read here;
* ``trunk.sqlite``: where SIP providers are (``trunk_tables``); written here, only read there.

All of it lies in memory, where a full disk stops no telephone from registering. SQLite on a full
disk is worse than an error: it maps the file beside its log, and the kernel ends whoever writes
to a page that the disk has no block for (SIGBUS). ``copies`` keeps what must outlast the memory.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from firmware.config.home import Home
from firmware.config.inner import EDGE_ADDRESS, KEEPER_ADDRESS, SWITCH_ADDRESS
from firmware.config.schema import Network, Site
from firmware.edge import copies, passes, tls, trunk_tables, watchable
from firmware.edge.database import create, writing
from firmware.edge.registrations import BROWSER
from firmware.share import SHARE

SCRIPT = SHARE / "kamailio" / "kamailio.cfg"
_DAY_S = 86400.0
_SAFE_PATH = re.compile(r"[A-Za-z0-9/._@+-]+")


class BadHome(ValueError):
    """The box's folder has a name that Kamailio's configuration language cannot quote."""


def subscriber_db(home: Home) -> Path:
    return home.ram_edge / "subscriber.sqlite"


def location_db(home: Home) -> Path:
    return home.ram_edge / "location.sqlite"


def presence_db(home: Home) -> Path:
    return home.ram_edge / "presence.sqlite"


def copied(home: Home) -> Mapping[Path, Path]:
    """The databases that outlast the memory, each with its copy on the disk. Subscribers do not:
    they are in the site configuration."""
    databases = (location_db(home), presence_db(home), trunk_tables.path(home))
    return {database: home.edge / database.name for database in databases}


def restore(home: Home) -> None:
    """Have in memory what was copied to the disk, unless it is there.

    Raises:
        OSError: the copies cannot be read, or the memory is full.
    """
    for database, copy in copied(home).items():
        copies.restore(copy, database)


def rpc_socket(home: Home) -> Path:
    """Kamailio's own control socket: JSON-RPC, one datagram a call."""
    return home.run / "kamailio.sock"


def definitions(home: Home) -> Path:
    """The file Kamailio is started with; it includes ``SCRIPT``."""
    return home.ram_edge / "kamailio.cfg"


def prepare(home: Home, site: Site) -> None:
    """Write all that Kamailio needs to start. Registrations that are there stay.

    Raises:
        BadHome: the folder's path holds a character other than letters, digits and ``/._@+-``.
        OSError, sqlite3.Error: the folder cannot be written, or a database is broken.
    """
    if not _SAFE_PATH.fullmatch(str(home.root)):
        raise BadHome(
            f"MARKAZ_HOME={home.root}: Kamailio can use only letters, digits and /._@+- in "
            "this path; choose another folder"
        )
    for folder in (home.edge, home.ram_edge):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    restore(home)
    create(location_db(home), "usrloc")
    forget_browsers(location_db(home))
    create(presence_db(home), "presence")
    trunk_tables.prepare(home, site)
    write_subscribers(home, site)
    write_personal(home, watchable.personal_numbers(site))
    replace(tls.config_path(home), tls.config_text(home, site.network))
    replace(definitions(home), definitions_text(home, site.network))


def forget_browsers(path: Path) -> None:
    """Take the browsers out of the location table: their WebSockets went with the Kamailio that
    had them, and a binding of one leads nowhere now.

    Raises:
        sqlite3.Error: the database is broken, or locked for ten seconds.
    """
    with writing(path) as connection:
        connection.execute("DELETE FROM location WHERE username LIKE ?", (f"%{BROWSER}",))


def move_times(home: Home, by_s: float, rows: Sequence[tuple[object, ...]]) -> None:
    """Have all that runs out do so by ``by_s`` later, or earlier: the clock was set by as much.
    ``rows`` are those of the location table before; what Kamailio has thrown away since then,
    believing the clock, is there again. It must not run.

    Raises:
        sqlite3.Error: a database is broken, or locked for ten seconds.
    """
    with writing(location_db(home)) as connection:
        for row in rows:
            marks = ", ".join("?" * len(row))
            connection.execute(f"INSERT OR IGNORE INTO location VALUES ({marks})", row)  # noqa: S608
        days = by_s / _DAY_S
        connection.execute(
            "UPDATE location SET expires = expires + ?, last_modified = last_modified + ?",
            (days, days),
        )
    with writing(presence_db(home)) as connection:
        connection.execute("UPDATE active_watchers SET expires = expires + ?", (round(by_s),))


def write_subscribers(home: Home, site: Site) -> int:
    """Make the subscriber table say what the site says; the number of rows that changed.

    One transaction: Kamailio sees the old accounts or the new ones.

    Raises:
        sqlite3.Error: the database is broken, or locked for ten seconds.
    """
    path = subscriber_db(home)
    create(path, "auth_db")
    wanted = accounts(site)
    with writing(path) as connection:
        there = dict(connection.execute("SELECT username, ha1 FROM subscriber"))
        gone = [(number,) for number in there if there[number] != wanted.get(number)]
        new = [
            (number, site.network.realm, ha1)
            for number, ha1 in wanted.items()
            if there.get(number) != ha1
        ]
        connection.executemany("DELETE FROM subscriber WHERE username = ?", gone)
        connection.executemany(
            "INSERT INTO subscriber (username, domain, password, ha1) VALUES (?, ?, '', ?)", new
        )
    return len({number for number, *_ in (*gone, *new)})


def write_personal(home: Home, numbers: Collection[str]) -> None:
    """Say which numbers' lamps depend on who looks at them ("*78": is *my* do-not-disturb on).
    Kamailio asks at each SUBSCRIBE.

    Raises:
        sqlite3.Error: the database is broken, or locked for ten seconds.
    """
    with writing(subscriber_db(home)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS personal (number TEXT PRIMARY KEY)")
        there = {number for (number,) in connection.execute("SELECT number FROM personal")}
        wanted = set(numbers)
        connection.executemany(
            "DELETE FROM personal WHERE number = ?", [(number,) for number in there - wanted]
        )
        connection.executemany(
            "INSERT INTO personal VALUES (?)", [(number,) for number in wanted - there]
        )


def accounts(site: Site) -> Mapping[str, str]:
    """The SIP accounts: number to HA1. Extensions without a password have none."""
    return {
        extension.number: ha1(
            extension.number, site.network.realm, extension.password.get_secret_value()
        )
        for extension in site.extension
        if extension.password is not None
    }


def ha1(user: str, realm: str, password: str) -> str:
    """What the box keeps instead of the password: RFC 2617 §3.2.2.2."""
    text = f"{user}:{realm}:{password}"
    # MD5 is what every telephone speaks; the digest is a nonce's companion, not a signature.
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def definitions_text(home: Home, network: Network) -> str:
    """The file Kamailio is started with."""
    values = {
        "MARKAZ_REALM": network.realm,
        "MARKAZ_EDGE_ADDRESS": EDGE_ADDRESS,
        "MARKAZ_EDGE_PORT": network.inner_edge_port,
        "MARKAZ_KEEPER_ADDRESS": KEEPER_ADDRESS,
        "MARKAZ_SWITCH_ADDRESS": SWITCH_ADDRESS,
        "MARKAZ_SWITCH_PORT": network.inner_switch_port,
        "MARKAZ_SUBSCRIBER_DB": f"sqlite:///{subscriber_db(home)}",
        "MARKAZ_LOCATION_DB": f"sqlite:///{location_db(home)}",
        "MARKAZ_PRESENCE_DB": f"sqlite:///{presence_db(home)}",
        "MARKAZ_TRUNK_DB": f"sqlite:///{trunk_tables.path(home)}",
        "MARKAZ_SIP_ADDRESS": network.sip_address,
        "MARKAZ_SIP_PORT": network.sip_port,
        "MARKAZ_SIP_TLS_PORT": network.sip_tls_port,
        "MARKAZ_TLS_CONFIG": tls.config_path(home),
        "MARKAZ_RPC_SOCKET": rpc_socket(home),
        "MARKAZ_CONSOLE_ADDRESS": network.console_address,
        "MARKAZ_BROWSER_SECRET": passes.secret(home),
    }
    outside = f"{network.sip_address}:{network.sip_port}"
    lines = [
        "#!KAMAILIO",
        "# Written by firmware.edge from the site configuration: changes made here are lost.",
        *(f'#!substdef "!{name}!{value}!g"' for name, value in values.items()),
        "enable_tls=yes",
        f"listen=udp:{outside}",
        f"listen=tcp:{outside}",
        f"listen=tls:{network.sip_address}:{network.sip_tls_port}",
        f"listen=udp:{EDGE_ADDRESS}:{network.inner_edge_port}",
        f'include_file "{SCRIPT}"',
    ]
    return "\n".join(lines) + "\n"


def replace(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.replace(path)
