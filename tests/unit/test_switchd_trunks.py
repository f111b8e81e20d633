"""Trunks: when they register, when they are tried again, when a call may use them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from firmware.config.schema import Site
from firmware.config.sections.trunks import Trunk
from firmware.link.client import Event, Snapshot
from firmware.link.rows import TrunkRow, WayRow
from firmware.link.server import Board
from firmware.model.trunk import (
    REFUSED_RETRY_S,
    RETRY_MOST_S,
    Registration,
    TrunkState,
    retry_after_s,
)
from firmware.sip.message import Party, invitation
from firmware.sip.stack import AccountPlan
from firmware.switchd import trunk_plans
from firmware.switchd.trunks import DOUBT_S, Trunks
from tests.jump import JumpLoop

SAID = """INVITE sip:{uri}@box SIP/2.0\r
From: "Ali" <sip:0912@p.test>;tag=1\r
To: <sip:02155@box>\r
X-Markaz-Trunk: a\r
{more}\r
"""


def trunk(name: str = "a", **more: Any) -> Trunk:
    given = {"name": name, "host": "p.test", "user": "u", "password": "pw-1", **more}
    return Trunk.model_validate(given)


class Accounts:
    """The stack, as far as trunks use it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bool]] = []
        self.plans: dict[str, AccountPlan] = {}
        self.codecs: Mapping[str, int] = {}
        self.called = asyncio.Event()

    def add_codecs(self, priorities: Mapping[str, int]) -> None:
        self.codecs = priorities

    def set_account(self, plan: AccountPlan) -> None:
        self.plans[plan.name] = plan

    def register(self, account: str, *, there: bool = True) -> bool:
        self.asked.append((account, there))
        self.called.set()
        return True


class Rig:
    def __init__(self, *trunks: Trunk) -> None:
        loop = asyncio.get_running_loop()
        self.accounts, self.board = Accounts(), Board(loop.time)
        self.trunks = Trunks(
            contact_of=lambda name: f"{name}-token", board=self.board, clock=loop.time
        )
        self.trunks.open(self.accounts, Site(trunk=trunks))

    def way(self, name: str = "a", fault: str = "", address: str = "udp:1.2.3.4:5060") -> None:
        row = WayRow(id=name, address=address, fault=fault, reason=fault, rtt_ms=None, since=0.0)
        self.trunks.told(Event(name="way.changed", at=0.0, kind="way", row=row))

    def says(self, status: int, reason: str = "Word", name: str = "a") -> None:
        self.trunks.registered(f"trunk:{name}", status, reason)

    def row(self, name: str = "a") -> TrunkRow:
        rows = self.board.snapshot()["rows"]["trunk"]
        return next(row for row in rows if row.id == name)


@pytest.fixture
def loop() -> Iterator[JumpLoop]:
    made = JumpLoop()
    yield made
    made.close()


def test_it_registers_once_its_way_is_known(loop: JumpLoop) -> None:
    async def story() -> None:
        rig = Rig(trunk())
        assert rig.row().state == TrunkState.STARTING
        assert rig.accounts.asked == []
        rig.way()
        assert rig.accounts.asked == [("trunk:a", True)]
        assert not rig.trunks.is_up("a")
        rig.says(200)
        assert rig.row().state == TrunkState.REGISTERED
        assert rig.trunks.is_up("a")
        assert rig.trunks.why_not("a") == ""

    loop.run_until_complete(story())


def test_silence_is_tried_again_ever_more_slowly(loop: JumpLoop) -> None:
    async def story() -> None:
        rig = Rig(trunk())
        rig.way()
        at = []
        for _ in range(8):
            rig.says(408, "Request Timeout")
            rig.accounts.called.clear()
            began = loop.time()
            await rig.accounts.called.wait()
            at.append(loop.time() - began)
        assert at[0] <= 5.0
        assert at == sorted(at)
        assert at[-1] <= RETRY_MOST_S + 1
        assert rig.row().state == TrunkState.UNREGISTERED
        assert rig.row().reason == "408 Request Timeout"

    loop.run_until_complete(story())


def test_a_refusal_is_not_insisted_upon(loop: JumpLoop) -> None:
    async def story() -> None:
        rig = Rig(trunk())
        rig.way()
        rig.says(403, "Forbidden")
        assert rig.row().state == TrunkState.REFUSED
        assert rig.trunks.why_not("a") == "403 Forbidden"
        rig.way(fault="unreachable")
        rig.way()
        await asyncio.sleep(REFUSED_RETRY_S - 1)
        assert len(rig.accounts.asked) == 1
        await asyncio.sleep(2)
        assert len(rig.accounts.asked) == 2

    loop.run_until_complete(story())


def test_another_password_is_tried_at_once(loop: JumpLoop) -> None:
    async def story() -> None:
        rig = Rig(trunk())
        rig.way()
        rig.says(403)
        rig.trunks.retune(Site(trunk=(trunk(password="pw-2"),)))
        assert len(rig.accounts.asked) == 2
        plan = rig.accounts.plans["trunk:a"].provider
        assert plan is not None
        assert plan.password == "pw-2"

    loop.run_until_complete(story())


def test_a_way_that_comes_back_or_moves_registers_at_once(loop: JumpLoop) -> None:
    async def story() -> None:
        rig = Rig(trunk())
        rig.way()
        rig.says(200)
        rig.way(fault="unreachable")
        assert rig.row().state == TrunkState.UNREACHABLE
        assert not rig.trunks.is_up("a")
        rig.way()
        rig.way(address="tls:1.2.3.5:5061")
        assert len(rig.accounts.asked) == 3
        provider = rig.accounts.plans["trunk:a"].provider
        assert provider is not None
        assert provider.contact == "<sip:a-token@127.0.0.1:5061;transport=tls>"

    loop.run_until_complete(story())


def test_a_trunk_that_left_a_call_unanswered_rests(loop: JumpLoop) -> None:
    async def story() -> None:
        rig = Rig(trunk(registers=False))
        rig.way()
        assert rig.row().state == TrunkState.READY
        told: list[str] = []
        rig.trunks.changed = told.append
        rig.trunks.left_unanswered("a")
        rig.trunks.left_unanswered("a")
        assert rig.row().state == TrunkState.UNREACHABLE
        assert told == ["a"]
        await asyncio.sleep(DOUBT_S + 1)
        assert rig.row().state == TrunkState.READY
        rig.trunks.left_unanswered("nobody")

    loop.run_until_complete(story())


def test_what_the_edge_no_longer_names_is_unknown_again(loop: JumpLoop) -> None:
    async def story() -> None:
        rig = Rig(trunk(registers=False), trunk("b", registers=False))
        rig.way("a")
        rig.way("b")
        kept = WayRow(
            id="b", address="udp:1.2.3.4:5060", fault="", reason="", rtt_ms=3.0, since=0.0
        )
        rig.trunks.told(Snapshot(rows={"way": (kept,)}))
        assert rig.row("a").state == TrunkState.STARTING
        assert (rig.row("b").state, rig.row("b").rtt_ms) == (TrunkState.READY, 3.0)

    loop.run_until_complete(story())


def test_a_removed_trunk_ends_its_registration(loop: JumpLoop) -> None:
    async def story() -> None:
        rig = Rig(trunk())
        rig.way()
        rig.says(200)
        rig.trunks.retune(Site())
        assert rig.accounts.asked[-1] == ("trunk:a", False)
        assert not rig.trunks.is_up("a")
        assert rig.board.snapshot()["rows"]["trunk"] == []
        rig.says(0)

    loop.run_until_complete(story())


def test_rare_codecs_are_there_for_trunks_that_want_them(loop: JumpLoop) -> None:
    async def story() -> None:
        rig = Rig(trunk(codecs=("pcma", "g729")))
        assert set(rig.accounts.codecs) == {"G729/8000/1"}
        rig.trunks.retune(Site(trunk=(trunk(),)))
        assert rig.accounts.codecs == {}

    loop.run_until_complete(story())


@pytest.mark.parametrize(
    ("more", "caller_id", "caller", "header"),
    [
        ({}, "021", "021", ""),
        ({"number": "0215"}, None, "0215", ""),
        ({}, None, "u", ""),
        ({}, "", "", ""),
        (
            {"caller_id_in": "p_asserted_identity"},
            "021",
            "u",
            "P-Asserted-Identity: <sip:021@p.test>",
        ),
        (
            {"caller_id_in": "remote_party_id"},
            "",
            "u",
            "Remote-Party-ID: <sip:u@p.test>;party=calling;screen=yes;privacy=full",
        ),
    ],
)
def test_who_calls_is_shown_as_the_provider_reads_it(
    more: dict[str, Any], caller_id: str | None, caller: str, header: str
) -> None:
    target = trunk_plans.target(trunk(**more), "0912#", caller_id)
    assert target.uri == "sip:0912%23@p.test"
    assert (target.account, target.way, target.caller) == ("trunk:a", "a", caller)
    assert (target.headers.get("Privacy") == "id") is (caller_id == "")
    said = [f"{name}: {value}" for name, value in target.headers.items()]
    assert (header in said) if header else len(said) == (2 if caller_id == "" else 1)


@pytest.mark.parametrize(
    ("did_in", "uri", "more", "number"),
    [
        ("auto", "02177", "", "02177"),
        ("auto", "a-token", "", "02155"),
        ("auto", "u", "", "02155"),
        ("auto", "02177", "P-Called-Party-ID: <tel:02188>\r\n", "02188"),
        ("request_uri", "a-token", "", "a-token"),
        ("to", "02177", "", "02155"),
        ("p_called_party_id", "02177", "P-Called-Party-ID: <sip:02188@x>\r\n", "02188"),
        ("p_called_party_id", "02177", "", ""),
    ],
)
def test_the_number_called(did_in: str, uri: str, more: str, number: str) -> None:
    invite = invitation(SAID.format(uri=uri, more=more), "127.0.0.2:1")
    assert invite.trunk == "a"
    assert trunk_plans.did(trunk(did_in=did_in), "a-token", invite) == number


@pytest.mark.parametrize(
    ("more", "who"),
    [
        ("", ("0912", "Ali")),
        ("P-Asserted-Identity: <sip:0933@p>\r\n", ("0933", "Ali")),
        ('P-Asserted-Identity: "Sara" <sip:0933@p>\r\n', ("0933", "Sara")),
        ("Privacy: id;critical\r\n", ("", "")),
        ("Privacy: none\r\n", ("0912", "Ali")),
    ],
)
def test_who_calls(more: str, who: tuple[str, str]) -> None:
    assert trunk_plans.caller(invitation(SAID.format(uri="1", more=more), "x")) == who


def test_an_anonymous_caller_has_no_number() -> None:
    text = SAID.format(uri="1", more="").replace("0912@p.test", "Anonymous@anonymous.invalid")
    invite = invitation(text, "x")
    assert invite.sender == Party(user="Anonymous", name="Ali")
    assert trunk_plans.caller(invite) == ("", "")


def test_retries_double_and_refusals_rest() -> None:
    waits = [retry_after_s(Registration.FAILED, n) for n in range(1, 9)]
    assert waits[:3] == [4.0, 8.0, 16.0]
    assert waits[-1] == RETRY_MOST_S
    assert retry_after_s(Registration.REFUSED, 1) == REFUSED_RETRY_S
