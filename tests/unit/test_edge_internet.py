"""The watch on the internet: whom it asks, how soon it sees, what it tells."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from firmware.config.schema import Site
from firmware.config.sections.internet import Internet
from firmware.config.sections.trunks import Trunk
from firmware.edge import routes
from firmware.edge.internet import Watch
from firmware.edge.names import Address
from firmware.edge.routes import Routes
from firmware.link.internet import InternetRow
from firmware.link.server import Board
from firmware.model.internet import Sign
from tests import jump

TABLE = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t0000000A\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
eth0\t000000AC\t00000000\t0000\t0\t0\t100\t000000FF\t0\t0\t0
"""
FAR = Address(ip="203.0.113.7", port=5060, transport="udp")
NEAR = Address(ip="10.0.0.9", port=5060, transport="udp")


def table(tmp_path: Path, text: str = TABLE) -> Routes:
    path = tmp_path / "route"
    path.write_text(text)
    return routes.read(path)


def test_the_routes_are_read_as_the_kernel_writes_them(tmp_path: Path) -> None:
    found = table(tmp_path)
    assert found.default is not None
    assert (str(found.default.gateway), found.default.interface) == ("10.0.0.1", "eth0")
    assert found.is_beyond("203.0.113.7")
    assert found.is_beyond("172.0.0.1")  # its route is down
    assert not found.is_beyond("10.0.0.200")
    assert not found.is_beyond("127.0.0.61")
    assert routes.read(tmp_path / "none").default is None


class Outside:
    """The world, which answers or falls silent; a silence lasts a second."""

    def __init__(self) -> None:
        self.router = self.names_answer = self.options = self.by_flags = True
        self.asked: list[str] = []
        self.reasons: list[str] = []
        self.addresses = (FAR,)
        self.broken = ""

    async def _answer(self, who: str, is_there: bool, silence: Sign) -> Sign:
        self.asked.append(who)
        await asyncio.sleep(0.01 if is_there else 1.0)
        return Sign.YES if is_there else silence

    async def gateway(self, ip: str) -> Sign:
        return await self._answer(f"gateway {ip}", self.router, Sign.NONE)

    async def names(self, servers: Iterable[str], zone: str) -> Sign:
        is_there = self.names_answer and zone != self.broken
        return await self._answer(f"names {zone}", is_there, Sign.NO)

    async def provider(self, address: Address) -> Sign:
        return await self._answer(f"provider {address.ip}", self.options, Sign.NO)

    def name_servers(self) -> tuple[str, ...]:
        return ("10.0.0.53",)

    def answering(self) -> Mapping[Address, bool | None]:
        return dict.fromkeys(self.addresses, self.by_flags)

    def internet_lost(self, reason: str) -> None:
        if not self.reasons or self.reasons[-1] != reason:
            self.reasons.append(reason)


class Rig:
    def __init__(self, tmp_path: Path, **more: Any) -> None:
        self.outside = Outside()
        loop = asyncio.get_running_loop()
        self.routes = table(tmp_path)
        self.rows: list[tuple[float, InternetRow]] = []
        self.watch = Watch(
            Board(loop.time),
            self.outside,
            ask=self.outside,
            table=lambda: self.routes,
            clock=loop.time,
            wall=loop.time,
        )
        self.watch.changed = lambda row: self.rows.append((loop.time(), row))
        trunk = Trunk.model_validate({"name": "a", "host": "sip.p.example", "registers": False})
        self.watch.retune(Site(trunk=(trunk,), internet=Internet(**more)))
        self.task = asyncio.create_task(self.watch.run())

    def all_silent(self) -> None:
        self.outside.names_answer = self.outside.options = False

    async def pass_s(self, seconds: float) -> str:
        await asyncio.sleep(seconds)
        return self.watch.row.state


def test_it_is_seen_within_five_seconds_whenever_it_happens(tmp_path: Path) -> None:
    async def story(offset_s: float, nearest: bool) -> None:
        rig = Rig(tmp_path)
        assert await rig.pass_s(10.0 + offset_s) == "up"
        began = asyncio.get_running_loop().time()
        rig.all_silent()
        rig.outside.router = not nearest
        assert await rig.pass_s(5.0) == "down"
        at, row = rig.rows[-1]
        assert at - began < 5.0
        assert row.cause == ("gateway" if nearest else "beyond")
        assert "10.0.0.1" in row.detail
        assert rig.outside.reasons[-1].startswith("no internet: ")

    for step in range(20):
        jump.run(story(step * 0.11, nearest=step % 2 == 0))


def test_it_comes_back_when_it_stays(tmp_path: Path) -> None:
    async def story() -> None:
        rig = Rig(tmp_path)
        await rig.pass_s(4.0)
        rig.all_silent()
        await rig.pass_s(10.0)
        rig.outside.names_answer = rig.outside.options = True
        assert await rig.pass_s(4.0) == "down"
        assert await rig.pass_s(6.0) == "up"
        assert rig.outside.reasons[-1] == ""

    jump.run(story())


def test_name_servers_alone_are_no_outage(tmp_path: Path) -> None:
    async def story() -> None:
        rig = Rig(tmp_path)
        await rig.pass_s(4.0)
        rig.outside.names_answer = False
        assert await rig.pass_s(20.0) == "limited"
        assert rig.watch.row.cause == "names"
        assert rig.outside.reasons == [""]

    jump.run(story())


def test_a_router_that_never_answered_proves_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        rig = Rig(tmp_path)
        rig.outside.router = False
        assert await rig.pass_s(20.0) == "up"

    jump.run(story())


def test_the_way_out_itself_is_gone(tmp_path: Path) -> None:
    async def story() -> None:
        rig = Rig(tmp_path)
        await rig.pass_s(4.0)
        rig.routes, rig.outside.addresses = Routes(()), ()
        rig.all_silent()
        assert await rig.pass_s(5.0) == "down"
        assert rig.watch.row.cause == "no_route"

    jump.run(story())


def test_providers_are_not_asked_while_all_is_well_nor_those_in_the_office(tmp_path: Path) -> None:
    async def story() -> None:
        rig = Rig(tmp_path)
        rig.outside.addresses = (FAR, NEAR)
        await rig.pass_s(20.0)
        assert not [who for who in rig.outside.asked if who.startswith("provider")]
        rig.all_silent()
        await rig.pass_s(5.0)
        asked = {who for who in rig.outside.asked if who.startswith("provider")}
        assert asked == {"provider 203.0.113.7"}

    jump.run(story())


def test_nobody_is_asked_where_nothing_needs_the_internet(tmp_path: Path) -> None:
    async def story() -> None:
        rig = Rig(tmp_path)
        near = Trunk.model_validate({"name": "a", "host": "127.0.0.61", "registers": False})
        await rig.pass_s(4.0)
        for site in (Site(), Site(trunk=(near,)), Site(internet=Internet(watch=False))):
            rig.watch.retune(site)
            rig.outside.asked.clear()
            assert await rig.pass_s(20.0) == "unknown"
            assert rig.outside.asked == []

    jump.run(story())


def test_a_simulated_world_cuts_the_internet_off_and_joins_it_again(tmp_path: Path) -> None:
    async def story() -> None:
        rig = Rig(tmp_path)
        assert await rig.pass_s(4.0) == "up"
        rig.watch.cut(is_cut=True)
        assert await rig.pass_s(4.0) == "down"
        assert rig.watch.row.cause == "no_route"
        rig.watch.cut(is_cut=False)
        assert await rig.pass_s(12.0) == "up"
        rig.watch.retune(Site())  # nothing needs it
        assert await rig.pass_s(1.0) == "unknown"
        rig.watch.cut(is_cut=True)
        assert await rig.pass_s(4.0) == "down"
        rig.watch.cut(is_cut=False)
        assert await rig.pass_s(1.0) == "unknown"
        assert rig.outside.reasons[-2:] == ["no internet: the box has no default route", ""]

    jump.run(story())


def test_names_of_the_configuration_are_asked_instead_and_a_broken_one_is_left(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        rig = Rig(tmp_path, names=("one.example", "two.example"), gateway=False)
        await rig.pass_s(10.0)
        assert set(rig.outside.asked) == {"names one.example"}
        rig.outside.broken = "one.example"
        await rig.pass_s(10.0)
        assert await rig.pass_s(10.0) == "up"
        assert rig.outside.asked[-1] == "names two.example"

    jump.run(story())
