"""Lamps and message lamps: real Kamailio and keeper, rows of a switchd, raw telephones."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from firmware.config.inner import EDGE_ADDRESS
from firmware.config.schema import Extension, Line, LineKind, Queue, Site
from firmware.config.sections.calendars import Calendar
from firmware.link.rows import (
    AgentRow,
    CalendarRow,
    CallRow,
    LegRow,
    LineRow,
    MailboxRow,
    ParkRow,
    QueueRow,
)
from tests.contract.raw_sip import Message, TcpTelephone, Telephone
from tests.contract.watching import Desk, Rows, Watcher
from tests.rig.box import LeanBox
from tests.rig.panels import Key, Panel, switch_on
from tests.rig.until import overload, until
from tests.unit.lamp_rows import person

NUMBERS = [str(number) for number in range(301, 361)]
LATE_S = 0.1


def shape(site: Site) -> Site:
    """Sixty extensions, a queue, a calendar, a line, a telephone on a station line."""
    extensions = tuple(
        Extension.model_validate({"number": n, "name": f"R {n}", "password": f"secret-{n}"})
        for n in NUMBERS
    )
    return site.model_copy(
        update={
            "extension": (*extensions, Extension(number="201", name="Hall")),
            "line": (
                Line(name="fxo-1", kind=LineKind.TRUNK, route="queue:support"),
                Line(name="fxs-1", kind=LineKind.STATION, extension="201"),
            ),
            "queue": (Queue(name="support", title="Support", number="600", members=("302",)),),
            "calendar": (Calendar(name="office"),),
            "ivr": (),
            "voicemail": site.voicemail.model_copy(update={"for_everyone": True}),
            "presence": site.presence.model_copy(update={"show_caller": True}),
        }
    )


class Office:
    """The box under test and the rows of its two daemons."""

    def __init__(self, box: LeanBox) -> None:
        self.box = box
        self.switchd = Rows(box.home.link("switchd"), "switchd")
        self.lined = Rows(box.home.link("lined"), "lined")

    def telephone(self, number: str, password: str = "", address: str = "127.0.0.1") -> Desk:
        network = self.box.network
        return Desk(
            (str(network.sip_address), network.sip_port),
            address=(address, 0),
            number=number,
            password=password or f"secret-{number}",
            realm=network.realm,
        )

    def uri(self, user: str) -> str:
        return f"sip:{user}@{self.box.network.realm}"

    def watch(self, telephone: Desk, user: str, event: str = "dialog") -> Watcher:
        watcher = Watcher(telephone, event)
        assert watcher.subscribe(self.uri(user)) == 200
        return watcher

    def close(self) -> None:
        self.switchd.close()
        self.lined.close()


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with LeanBox("kamailio", "edge", shape=shape) as box, closing(Office(box)) as office:
        with closing(office.telephone("360")) as first:
            watcher = office.watch(first, "701")
            office.switchd.post("park.changed", park("701"))
            watcher.lamp_until("confirmed", 10.0)
            office.switchd.post("park.left", park("701"))
            watcher.lamp_until("terminated")
        yield office


def park(slot: str) -> ParkRow:
    return ParkRow(id=slot, call="9", caller="0912", by="301", since=0.0)


def leg(state: str, party: str = "302", ident: str = "x-7.2") -> LegRow:
    call = ident.partition(".")[0]
    return LegRow(id=ident, call=call, state=state, direction="outbound", party=party, cause=0)


def call(place: str, ident: str = "x-7") -> CallRow:
    return CallRow(
        id=ident,
        started_at=0.0,
        answered_at=None,
        caller="0912",
        caller_name="Bank",
        called="302",
        place=place,
        recording=False,
        disposition="",
    )


def mailbox(number: str, new: int, old: int = 0) -> MailboxRow:
    return MailboxRow(id=number, new=new, old=old)


def states(watcher: Watcher) -> list[str]:
    return [one.state for one in watcher.lamp()]


def test_a_lamp_follows_a_call_within_100_ms(office: Office) -> None:
    with closing(office.telephone("301")) as phone:
        watcher = office.watch(phone, "302")
        assert [one.state for one in watcher.lamp()] == ["terminated"]
        office.switchd.post("call.began", call("extension:102"))
        steps = [
            ("leg.rang", "ringing", "early"),
            ("leg.answered", "answered", "confirmed"),
            ("leg.gone", "gone", "terminated"),
        ]
        for name, state, expected in steps:
            posted = office.switchd.post(name, leg(state))
            shown = watcher.lamp()
            took_s = time.monotonic() - posted
            assert shown[0].state == expected
            assert took_s < LATE_S * overload(), f"{expected} after {took_s * 1000:.0f} ms"
            if expected == "early":
                assert shown[0].call_id == "x-7.2"
                assert shown[0].remote == office.uri("0912")
        office.switchd.post("call.ended", call("extension:102"))
        assert watcher.versions == sorted(set(watcher.versions))


def test_what_is_not_a_call_has_a_lamp_too(office: Office) -> None:
    switchd, lined = office.switchd, office.lined
    calendar = CalendarRow(
        id="office", title="", state="closed", reason="", override="closed", next_change=0.0,
        number="*28",
    )  # fmt: skip
    line = LineRow(
        id="fxo-1", kind="trunk", state="cut", simulated=True, number="", signal_dbm=None, fault=""
    )
    queue = QueueRow(id="support", title="Support", waiting=())
    with closing(office.telephone("303")) as phone:
        cases = [
            ("702", lambda: switchd.post("park.changed", park("702")), "confirmed"),
            ("*28", lambda: switchd.post("calendar.changed", calendar), "confirmed"),
            ("fxo-1", lambda: lined.post("line.cut", line), "confirmed"),
            ("305", lambda: switchd.post("person.changed", person("305", dnd=True)), "confirmed"),
            ("600", lambda: switchd.post("call.moved", call("queue:support", "y-1")), "confirmed"),
        ]
        for user, happen, expected in cases:
            watcher = office.watch(phone, user)
            assert states(watcher) == ["terminated"], user
            happen()
            assert states(watcher) == [expected], user
        switchd.post("park.left", park("702"))
        switchd.post("call.ended", call("queue:support", "y-1"))
        switchd.post("queue.changed", queue)
        switchd.post("person.changed", person("305"))


def test_a_code_about_oneself_shows_each_their_own(office: Office) -> None:
    with closing(office.telephone("302")) as mine, closing(office.telephone("304")) as theirs:
        own, other = office.watch(mine, "*76"), office.watch(theirs, "*76")
        agent = office.watch(mine, "*22")
        for watcher in (own, other, agent):
            assert states(watcher) == ["terminated"]
        office.switchd.post("person.changed", person("302", dnd=True))
        assert states(own) == ["confirmed"]
        row = AgentRow(id="302", name="", state="available", queues=("support",), call="", since=0)
        office.switchd.post("agent.logged_in", row)
        assert states(agent) == ["confirmed"]
        assert theirs.notify(0.3) is None, "104 has done nothing"
        office.switchd.post("person.changed", person("302"))


def test_whoever_is_nobody_watches_nothing(office: Office) -> None:
    with closing(office.telephone("306", "not-the-password", "127.0.0.21")) as guesser:
        answers = [Watcher(guesser).subscribe(office.uri("302")) for _ in range(5)]
        assert answers == [401, 401, 401, 403, 403] or answers == [407, 407, 407, 403, 403]
        assert guesser.notify(0.3) is None


def test_what_nobody_publishes_cannot_be_watched(office: Office) -> None:
    with closing(office.telephone("307")) as phone:
        for event in ("presence", "reg", "refer", "dialogue"):
            assert Watcher(phone, event).subscribe(office.uri("302")) == 489
        assert phone.ask_once("PUBLISH", office.uri("302"), ["Event: dialog"]).status == 405


def test_nobody_but_the_keeper_publishes(office: Office) -> None:
    network = office.box.network
    inside = (EDGE_ADDRESS, network.inner_edge_port)
    with (
        closing(office.telephone("308")) as phone,
        closing(Telephone(inside, address=("127.0.0.6", 0), number="keeper")) as forger,
    ):
        watcher = office.watch(phone, "309")
        assert states(watcher) == ["terminated"]
        forged = forger.ask_once(
            "PUBLISH", office.uri("309"), ["Event: dialog"], body="<dialog-info/>", timeout_s=0.5
        )
        assert forged is None
        assert phone.notify(0.2) is None


def test_a_subscription_is_refreshed_and_ended(office: Office) -> None:
    with closing(office.telephone("310")) as phone:
        watcher = office.watch(phone, "311")
        watcher.lamp()
        assert watcher.subscribe("", 120) in (200, 202)
        assert watcher.notify().get("Subscription-State").startswith("active;expires=1")
        assert watcher.subscribe("", 0) in (200, 202)
        assert watcher.notify().get("Subscription-State").startswith("terminated")
        office.switchd.post("leg.answered", leg("answered", "311", "z-1.2"))
        assert phone.notify(0.3) is None
        office.switchd.post("leg.gone", leg("gone", "311", "z-1.2"))


def _counts(message: Message) -> str:
    assert message.get("Content-Type") == "application/simple-message-summary"
    fields = dict(line.split(": ", 1) for line in message.body.strip().split("\r\n"))
    assert fields["Message-Account"].startswith("sip:")
    assert fields["Messages-Waiting"] == ("no" if fields["Voice-Message"][0] == "0" else "yes")
    return fields["Voice-Message"]


def test_a_message_lamp_that_was_asked_for(office: Office) -> None:
    """Under any number: what one sees are always one's own messages."""
    with closing(office.telephone("312")) as phone:
        assert phone.register().status == 200
        for user in ("312", "*97", "313"):
            watcher = office.watch(phone, user, "message-summary")
            office.switchd.post("mailbox.changed", mailbox("312", 0))
            assert _counts(watcher.notify()) == "0/0 (0/0)"
            office.switchd.post("mailbox.changed", mailbox("313", 9))
            office.switchd.post("mailbox.changed", mailbox("312", 2, 1))
            assert _counts(watcher.notify()) == "2/1 (0/0)"
            assert watcher.subscribe("", 0) in (200, 202)
            watcher.notify()
            office.switchd.post("mailbox.changed", mailbox("312", 0))


def test_a_message_lamp_nobody_asked_for(office: Office) -> None:
    """At each change, and at each registration; not beside a subscription."""
    with closing(office.telephone("314")) as phone:
        assert phone.register().status == 200
        assert _counts(_unasked(phone)) == "0/0 (0/0)"
        office.switchd.post("mailbox.changed", mailbox("314", 3))
        assert _counts(_unasked(phone)) == "3/0 (0/0)"
        phone.call_id = "started-again"
        assert phone.register().status == 200
        assert _counts(_unasked(phone)) == "3/0 (0/0)"
        watcher = office.watch(phone, "314", "message-summary")
        assert _counts(watcher.notify()) == "3/0 (0/0)"
        office.switchd.post("mailbox.changed", mailbox("314", 4))
        assert _counts(watcher.notify()) == "4/0 (0/0)"
        assert phone.notify(0.3) is None


def _unasked(phone: Desk) -> Message:
    message = phone.notify(3.0)
    assert message is not None
    assert message.get("Event") == "message-summary"
    return message


def test_lamps_survive_kamailio(office: Office) -> None:
    """Who watches is on disk; what is shown is published anew."""
    with closing(office.telephone("315")) as phone:
        watcher, messages = office.watch(phone, "316"), None
        assert states(watcher) == ["terminated"]
        messages = office.watch(phone, "315", "message-summary")
        office.switchd.post("mailbox.changed", mailbox("315", 5))
        office.switchd.post("leg.answered", leg("answered", "316", "k-1.2"))
        watcher.lamp_until("confirmed")
        office.box.kill("kamailio")
        office.switchd.post("leg.gone", leg("gone", "316", "k-1.2"))
        office.switchd.post("leg.rang", leg("ringing", "316", "k-2.2"))
        office.box.start("kamailio")
        assert watcher.lamp_until("early", 10.0)[0].call_id == "k-2.2"
        office.switchd.post("leg.gone", leg("gone", "316", "k-2.2"))
        watcher.lamp_until("terminated")
        office.switchd.post("mailbox.changed", mailbox("315", 6))
        until(lambda: _counts(messages.notify()) == "6/0 (0/0)", 5.0, "six messages")
        assert _what_a_newcomer_sees(office, "316") == ["terminated"]


def test_lamps_survive_the_keeper(office: Office) -> None:
    """Nothing that was published before stays beside what is published now."""
    office.switchd.post("leg.answered", leg("answered", "317", "e-1.2"))
    office.switchd.post("mailbox.changed", mailbox("318", 1))
    with closing(office.telephone("318")) as phone:
        messages = office.watch(phone, "318", "message-summary")
        until(lambda: _counts(messages.notify()) == "1/0 (0/0)", 5.0, "one message")
    with closing(office.telephone("319")) as phone:
        watcher = office.watch(phone, "317")
        watcher.lamp_until("confirmed")
        office.box.kill("edge")
        office.switchd.post("leg.gone", leg("gone", "317", "e-1.2"))
        office.switchd.post("mailbox.changed", mailbox("318", 2))
        office.box.start("edge")
        watcher.lamp_until("terminated", 10.0)
        assert _what_a_newcomer_sees(office, "317") == ["terminated"]
    with closing(office.telephone("318")) as phone:
        messages = office.watch(phone, "318", "message-summary")
        until(lambda: _counts(messages.notify()) == "2/0 (0/0)", 5.0, "two messages")
        newcomer = office.watch(phone, "318", "message-summary")
        assert _counts(newcomer.notify()) == "2/0 (0/0)", "and no other one beside it"


def _what_a_newcomer_sees(office: Office, user: str) -> list[str]:
    with closing(office.telephone("320")) as phone:
        watcher = office.watch(phone, user)
        seen = states(watcher)
        watcher.subscribe("", 0)
        return seen


def test_a_switchd_that_dies_takes_its_calls_from_the_lamps(office: Office) -> None:
    office.switchd.post("leg.answered", leg("answered", "321", "s-1.2"))
    with closing(office.telephone("322")) as phone:
        watcher = office.watch(phone, "321")
        watcher.lamp_until("confirmed")
        office.switchd.close()
        watcher.lamp_until("terminated", 5.0)
        office.switchd = Rows(office.box.home.link("switchd"), "switchd")
        office.switchd.post("leg.answered", leg("answered", "321", "s-2.2"))
        watcher.lamp_until("confirmed", 5.0)
        office.switchd.post("leg.gone", leg("gone", "321", "s-2.2"))


def test_a_telephone_behind_address_translation_is_told_where_it_is(office: Office) -> None:
    with closing(office.telephone("323")) as phone:
        phone.claims = "192.168.77.5:5060"
        watcher = office.watch(phone, "324")
        assert states(watcher) == ["terminated"]
        office.switchd.post("leg.answered", leg("answered", "324", "n-1.2"))
        assert states(watcher) == ["confirmed"]
        office.switchd.post("leg.gone", leg("gone", "324", "n-1.2"))


def test_nobody_has_another_told(office: Office) -> None:
    """A Contact elsewhere would let a telephone send NOTIFYs to whomever it likes."""
    with closing(office.telephone("327")) as phone, closing(office.telephone("328")) as victim:
        host, port = victim.address
        phone.claims = f"{host}:{port}"
        watcher = office.watch(phone, "329")
        assert states(watcher) == ["terminated"]
        assert victim.notify(0.3) is None


def test_a_telephone_on_tcp_is_told_over_its_own_connection(office: Office) -> None:
    network = office.box.network
    with closing(
        TcpTelephone(
            (str(network.sip_address), network.sip_port), number="325", password="secret-325"
        )
    ) as phone:
        answer = phone.ask("SUBSCRIBE", office.uri("326"), ["Event: dialog", "Expires: 300"])
        assert answer is not None
        assert answer.status == 200
        office.switchd.post("leg.answered", leg("answered", "326", "t-1.2"))

        def confirmed() -> bool:
            notify = phone.receive_request("NOTIFY", 3.0)
            assert notify is not None
            phone.reply(notify, "200 OK")
            return "confirmed" in notify.body

        until(confirmed, 5.0, "the lamp is lit")
        office.switchd.post("leg.gone", leg("gone", "326", "t-1.2"))


def test_a_storm_of_panels(office: Office) -> None:
    """Ten telephones with sixty keys, switched on together: none is banned, every key is lit."""
    office.switchd.post("leg.answered", leg("answered", "301", "p-1.2"))
    panels = [
        Panel(
            telephone=office.telephone(number, address=f"127.0.2.{index}"),
            keys=[Key(uri=office.uri(watched)) for watched in NUMBERS],
        )
        for index, number in enumerate(NUMBERS[30:40], start=1)
    ]
    for panel in panels:
        assert panel.telephone.register().status == 200
    switch_on(panels, 20.0 * overload())
    assert {key.status for panel in panels for key in panel.keys} == {200}
    for panel in panels:
        body = next(m.body for _, m in panel.notifies if m.get("Call-ID") == panel.keys[0].call_id)
        assert Watcher(panel.telephone).read(body)[0].state == "confirmed"
        panel.telephone.close()
    office.switchd.post("leg.gone", leg("gone", "301", "p-1.2"))
    log = office.box.log("kamailio")
    assert "database is locked" not in log
    assert "flood of SUBSCRIBE from 127.0.2." not in log
