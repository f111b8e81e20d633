"""Ways: last good answers, the choice among addresses, what Kamailio is told."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from firmware.config.contact import contact_user
from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.config.sections.trunks import Trunk
from firmware.edge import kamailio_rpc, pings, routes, tls, trunk_tables, ways
from firmware.edge.names import Address, Found, Unresolved, Wanted
from firmware.edge.pings import Ping
from firmware.edge.routes import Route, Routes
from firmware.edge.tls import Untrusted
from firmware.edge.ways import Ways
from firmware.link.rows import WayRow
from firmware.link.server import Board
from tests.jump import JumpLoop

ONE = Address(ip="192.0.2.1", port=5060, transport="udp")
TWO = Address(ip="192.0.2.2", port=5060, transport="udp")
SAFE = Address(ip="192.0.2.3", port=5061, transport="tls")


def trunk(name: str = "a", **more: Any) -> Trunk:
    given = {"name": name, "host": "p.test", "registers": False, **more}
    return Trunk.model_validate(given)


class Names:
    """A name server that knows, does not, or does not answer."""

    def __init__(self, *addresses: Address) -> None:
        self.addresses = addresses
        self.asked = 0

    async def __call__(self, wanted: Wanted) -> Found:
        self.asked += 1
        if not self.addresses:
            raise Unresolved(f"{wanted.host}: nobody knows")
        return Found(addresses=self.addresses, ttl_s=60.0)


class Rig:
    def __init__(self, home: Home, names: Names, *trunks: Trunk) -> None:
        loop = asyncio.get_running_loop()
        self.home, self.board = home, Board(loop.time)
        self.ways = Ways(home, self.board, loop.time, names)
        self.site = Site(trunk=trunks)
        self.ways.retune(self.site)

    async def look(self) -> None:
        """Let questions be answered, and look."""
        for _ in range(3):
            self.ways.look()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        self.ways.look()

    def row(self, name: str = "a") -> WayRow:
        rows = self.board.snapshot()["rows"]["way"]
        return next(row for row in rows if row.id == name)

    def table(self) -> Mapping[str, str]:
        """What Kamailio's htable holds."""
        with closing(sqlite3.connect(trunk_tables.path(self.home))) as db:
            return dict(db.execute("SELECT key_name, key_value FROM htable"))


@pytest.fixture
def loop() -> Iterator[JumpLoop]:
    made = JumpLoop()
    yield made
    made.close()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.make()
    return home


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """Who answers OPTIONS, by URI; Kamailio takes every order."""
    known: dict[str, bool] = {}

    def look(_socket: Path) -> Mapping[str, Ping]:
        return {uri: Ping(answers=yes, rtt_ms=7.0) for uri, yes in known.items()}

    monkeypatch.setattr(pings, "look", look)
    monkeypatch.setattr(kamailio_rpc, "call", lambda *_: "OK")
    return known


def test_a_name_becomes_a_way_and_is_remembered(
    loop: JumpLoop, home: Home, answers: dict[str, bool]
) -> None:
    async def story() -> None:
        rig = Rig(home, Names(ONE), trunk())
        assert (rig.row().fault, rig.row().address) == ("unresolved", "")
        await rig.look()
        assert (rig.row().fault, rig.row().address) == ("", "udp:192.0.2.1:5060")
        assert rig.table()["way:a"] == ONE.uri
        lost = Rig(home, Names(), trunk())
        await lost.look()
        assert (lost.row().fault, lost.row().address) == ("", "udp:192.0.2.1:5060")
        elsewhere = Rig(home, Names(), trunk(host="other.test"))
        await elsewhere.look()
        assert elsewhere.row().fault == "unresolved"
        assert "way:a" not in elsewhere.table()

    loop.run_until_complete(story())


def test_kamailio_knows_it_before_the_keeper_runs(
    loop: JumpLoop, home: Home, answers: dict[str, bool]
) -> None:
    async def story() -> None:
        rig = Rig(home, Names(ONE), trunk())
        await rig.look()
        with closing(sqlite3.connect(trunk_tables.path(home))) as db, db:
            db.execute("DELETE FROM htable")
        trunk_tables.prepare(home, rig.site)
        assert rig.table()["way:a"] == ONE.uri
        token = contact_user(home, "a")
        assert rig.table()[f"token:{token}"] == "a"

    loop.run_until_complete(story())


def test_an_answer_is_asked_for_again_when_it_runs_out(
    loop: JumpLoop, home: Home, answers: dict[str, bool]
) -> None:
    async def story() -> None:
        names = Names(ONE)
        rig = Rig(home, names, trunk())
        await rig.look()
        assert names.asked == 1
        await asyncio.sleep(61.0)
        names.addresses = ()
        await rig.look()
        assert names.asked == 2
        assert rig.row().address == "udp:192.0.2.1:5060", "the last good answer stays"
        await asyncio.sleep(ways.ASK_AGAIN_S + 1)
        names.addresses = (TWO,)
        await rig.look()
        assert rig.row().address == "udp:192.0.2.2:5060"

    loop.run_until_complete(story())


def test_the_first_address_that_answers_is_the_way(
    loop: JumpLoop, home: Home, answers: dict[str, bool]
) -> None:
    async def story() -> None:
        rig = Rig(home, Names(ONE, TWO), trunk())
        answers.update({ONE.uri: True, TWO.uri: True})
        await rig.look()
        assert (rig.row().address, rig.row().rtt_ms) == ("udp:192.0.2.1:5060", 7.0)
        answers[ONE.uri] = False
        await rig.look()
        assert (rig.row().address, rig.row().fault) == ("udp:192.0.2.2:5060", "")
        assert rig.table()["way:a"] == TWO.uri
        answers[TWO.uri] = False
        await rig.look()
        assert (rig.row().address, rig.row().fault) == ("udp:192.0.2.1:5060", "unreachable")
        assert rig.table()["way:a"] == ONE.uri, "an order that may fail is better than none"
        answers[ONE.uri] = True
        await rig.look()
        assert (rig.row().address, rig.row().fault) == ("udp:192.0.2.1:5060", "")

    loop.run_until_complete(story())


def test_who_never_answered_options_but_registers_is_not_called_lost(
    loop: JumpLoop, home: Home, answers: dict[str, bool]
) -> None:
    async def story() -> None:
        given = trunk(registers=True, user="u", password="p-1")
        rig = Rig(home, Names(ONE), given)
        answers[ONE.uri] = False
        await rig.look()
        assert rig.row().fault == ""
        answers[ONE.uri] = True
        await rig.look()
        answers[ONE.uri] = False
        await rig.look()
        assert rig.row().fault == "unreachable"

    loop.run_until_complete(story())


def test_a_certificate_decides_over_a_tls_address(
    loop: JumpLoop, home: Home, answers: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str | Exception] = [Untrusted("Hostname mismatch")]

    async def verify(_trunk: Trunk, _ip: str, _port: int) -> str:
        word = said[-1]
        if isinstance(word, Exception):
            raise word
        return word

    async def story() -> None:
        rig = Rig(home, Names(SAFE), trunk(transport="tls"))
        place = "cert:192.0.2.3:5061"
        await rig.look()
        assert rig.row().fault == "untrusted"
        assert "Hostname mismatch" in rig.row().reason
        assert "way:a" not in rig.table()
        assert rig.table()[place] == "-", "nothing is sent there"
        said.append("a" * 64)
        await asyncio.sleep(ways.ASK_AGAIN_S + 1)
        await rig.look()
        assert (rig.row().fault, rig.table()["way:a"]) == ("", SAFE.uri)
        assert rig.table()[place] == "a" * 64
        said.append(OSError("nobody there"))
        await asyncio.sleep(ways.VERIFY_EVERY_S + 1)
        await rig.look()
        assert rig.row().fault == "", "silence proves nothing"

    monkeypatch.setattr(tls, "verify", verify)
    loop.run_until_complete(story())


def test_what_the_dispatcher_says() -> None:
    def target(flags: str, average: float, timeouts: int = 0) -> dict[str, Any]:
        latency = {"AVG": average, "STD": 0, "EST": average, "MAX": average, "TIMEOUT": timeouts}
        return {"DEST": {"URI": f"sip:{flags}{average}", "FLAGS": flags, "LATENCY": latency}}

    said = [
        target("AP", 5.5),
        target("AP", 0),
        target("AX", 0),
        target("IP", 0, 3),
        target("TP", 4),
        target("DX", 0),
    ]
    record = {"RECORDS": [{"SET": {"ID": 1, "TARGETS": said}}]}
    found = [(ping.answers, ping.rtt_ms) for _, ping in pings._pings(record)]
    known = [(True, 5.5), (True, 0.0)]
    assert found == [*known, (None, None), (False, None), (None, None), (False, None)]


def test_two_trunks_at_one_address_and_networks_of_a_provider(home: Home) -> None:
    trunk_tables.make(home)
    site = Site(
        trunk=(
            trunk("a", host="192.0.2.1", sources=("198.51.100.0/24",)),
            trunk("b", host="192.0.2.1"),
        )
    )
    trunk_tables.prepare(home, site)
    with closing(sqlite3.connect(trunk_tables.path(home))) as db:
        rows = set(db.execute("SELECT ip_addr, mask, tag FROM address"))
        asked = [row[0] for row in db.execute("SELECT destination FROM dispatcher")]
    assert rows == {("192.0.2.1", 32, "a"), ("198.51.100.0", 24, "a")}
    assert asked == [ONE.uri]


def test_the_contact_is_the_same_in_every_daemon_and_another_on_every_box(
    home: Home, tmp_path: Path
) -> None:
    other = Home(tmp_path / "other")
    assert contact_user(home, "a") == contact_user(Home(home.root), "a")
    assert contact_user(home, "a") != contact_user(home, "b").replace("b-", "a-")
    assert contact_user(home, "a") != contact_user(other, "a")
    assert (home.config_db.parent / "trunk.key").stat().st_mode & 0o777 == 0o600


def test_without_internet_nobody_is_sent_beyond_the_default_route(
    loop: JumpLoop, home: Home, answers: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Route(network=IPv4Network("192.0.2.2/32"), gateway=None, interface="eth0", metric=0)

    async def story() -> None:
        far, near = Rig(home, Names(ONE), trunk()), Rig(home, Names(TWO), trunk())
        answers.update({ONE.uri: True, TWO.uri: True})
        for rig, fault in ((far, "unreachable"), (near, "")):
            await rig.look()
            rig.ways.internet_lost("no internet: nobody answers")
            assert rig.row().fault == fault, "at once, though OPTIONS were answered last"
            assert rig.row().reason == (
                "no internet: nobody answers" if fault else rig.row().reason
            )
            rig.ways.internet_lost("")
            assert rig.row().fault == ""

    monkeypatch.setattr(routes, "read", lambda: Routes((office,)))
    loop.run_until_complete(story())
