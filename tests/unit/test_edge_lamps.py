"""The keeper's lamps: rows in, documents out; and how they are published."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.config.home import Home
from firmware.config.schema import Extension, Line, LineKind, Queue, Site
from firmware.config.sections.calendars import Calendar
from firmware.edge import inner_sip, kamailio, watchable
from firmware.edge.inner_sip import Done
from firmware.edge.lamps import Lamps
from firmware.edge.publisher import EXPIRES_S, Publisher, Resource
from firmware.link.client import Event, Snapshot
from firmware.link.rows import GONE, CallRow, LegRow, MailboxRow, ParkRow
from firmware.model.lamp_document import dialog_info
from firmware.model.lamps import Kind, LampRules, Subject, lamp
from firmware.model.leg import LegState
from tests.jump import run
from tests.unit.lamp_rows import kind_of, person, rows

REALM = "markaz.internal"


def site(*numbers: str, **sections: Any) -> Site:
    extensions = tuple(
        Extension.model_validate({"number": n, "name": f"R {n}", "password": f"secret-{n}"})
        for n in numbers or ("101", "102")
    )
    everybody = Site().voicemail.model_copy(update={"for_everyone": True})
    return Site(extension=extensions, **{"voicemail": everybody, **sections})


def dialog(user: str, domain: str = REALM) -> Resource:
    return Resource("dialog", user, domain)


@dataclass
class Sheet:
    """Where lamps are published: what is shown now."""

    shown: dict[Resource, str] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)
    withdrawn: set[Resource] = field(default_factory=set)

    def put(self, resource: Resource, body: str) -> None:
        self.shown[resource] = body
        self.withdrawn.discard(resource)

    def withdraw(self, resource: Resource, body: str) -> None:
        self.put(resource, body)
        self.withdrawn.add(resource)

    def notify(self, number: str, body: str) -> None:
        self.told.append((number, body))


def lamps_of(site: Site, asks_itself: bool = False) -> tuple[Lamps, Sheet]:
    sheet = Sheet()
    return Lamps(site, sheet, lambda _number: asks_itself), sheet


def happened(name: str, row: Any) -> Event:
    return Event(name=name, at=0.0, kind=name.partition(".")[0], row=row)


def leg(party: str, state: str, ident: str = "7.2", direction: str = "outbound") -> LegRow:
    call = ident.partition(".")[0]
    return LegRow(id=ident, call=call, state=state, direction=direction, party=party, cause=0)


# -- what can be watched ------------------------------------------------------------------


def test_everything_that_has_a_number_or_name_can_be_watched() -> None:
    there = watchable.lamps(
        site(
            line=(Line(name="fxo-1", kind=LineKind.TRUNK),),
            queue=(Queue(name="support", title="S", number="600", members=("102",)),),
            calendar=(Calendar(name="office"), Calendar(name="shop", slot="2")),
        )
    )
    assert there[dialog("101")] == Subject(Kind.PERSON, "101")
    assert there[dialog("600")] == Subject(Kind.QUEUE, "support")
    assert there[dialog("701")] == Subject(Kind.SLOT, "701")
    assert there[dialog("fxo-1")] == Subject(Kind.LINE, "fxo-1")
    assert there[dialog("*28")] == Subject(Kind.NIGHT, "office")
    assert there[dialog("*282")] == Subject(Kind.NIGHT, "shop")
    assert there[dialog("*76", f"101.{REALM}")] == Subject(Kind.DND, "101")
    assert there[dialog("*72", f"101.{REALM}")] == Subject(Kind.FORWARD, "101", "always")
    assert there[dialog("*22", f"102.{REALM}")] == Subject(Kind.AGENT, "102")
    assert dialog("*22", f"101.{REALM}") not in there, "101 is an agent of no queue"


def test_what_shows_each_their_own_is_named_to_kamailio() -> None:
    numbers = watchable.personal_numbers(site())
    assert {"*76", "*78", "*79", "*72", "*90", "*92", "*94"} <= numbers
    assert "*28" not in numbers, "everybody sees the same night"


def test_kamailio_is_told_which_codes_those_are(tmp_path: Path) -> None:
    home = Home(tmp_path)
    kamailio.prepare(home, site())

    def there() -> set[str]:
        with closing(sqlite3.connect(kamailio.subscriber_db(home))) as connection:
            return {number for (number,) in connection.execute("SELECT number FROM personal")}

    assert there() == watchable.personal_numbers(site())
    changed = Site().features.model_copy(update={"dnd_toggle": "*55", "dnd_on": "off"})
    kamailio.write_personal(home, watchable.personal_numbers(site(features=changed)))
    assert "*55" in there()
    assert not there() & {"*76", "*78"}


def test_a_station_line_belongs_to_its_extension() -> None:
    hall = site(line=(Line(name="fxs-1", kind=LineKind.STATION, extension="101"),))
    assert watchable.rules(hall).stations == {"fxs-1": "101"}


# -- rows in, documents out ---------------------------------------------------------------


def test_nothing_is_shown_before_the_daemons_were_heard() -> None:
    lamps, sheet = lamps_of(site())
    lamps.told("switchd", Snapshot(rows={"leg": (leg("101", "answered"),)}))
    assert sheet.shown == {}
    lamps.begin()
    assert "confirmed" in sheet.shown[dialog("101")]
    assert "terminated" in sheet.shown[dialog("102")]


def test_a_daemon_that_is_gone_darkens_what_it_lit_and_nothing_else() -> None:
    lamps, sheet = lamps_of(site())
    lamps.begin()
    lamps.told("switchd", happened("leg.answered", leg("101", "answered")))
    lamps.told("lined", happened("park.changed", parked("701")))
    lamps.lost("switchd")
    assert "terminated" in sheet.shown[dialog("101")]
    assert "confirmed" in sheet.shown[dialog("701")]


def parked(slot: str) -> ParkRow:
    return ParkRow(id=slot, call="7", caller="0912", by="", since=0.0)


def test_a_new_configuration_adds_lamps_and_takes_them_away() -> None:
    lamps, sheet = lamps_of(site("101", "102"))
    lamps.begin()
    lamps.told("switchd", happened("leg.answered", leg("102", "answered")))
    lamps.told("switchd", happened("leg.answered", leg("103", "answered", "8.2")))
    lamps.reload(site("101", "103"))
    assert "confirmed" in sheet.shown[dialog("103")]
    assert "terminated" in sheet.shown[dialog("102")]
    assert dialog("102") in sheet.withdrawn


def test_telephones_are_told_of_messages_unless_they_ask() -> None:
    for asks, expected in ((False, ["101"]), (True, [])):
        lamps, sheet = lamps_of(site(), asks)
        lamps.begin()
        lamps.told("switchd", happened("mailbox.changed", MailboxRow(id="101", new=2, old=0)))
        published = sheet.shown[Resource("message-summary", "101", REALM)]
        assert "Voice-Message: 2/0" in published
        assert [number for number, _ in sheet.told] == expected


def test_a_telephone_that_registered_early_is_told_once_the_messages_are_known() -> None:
    lamps, sheet = lamps_of(site())
    lamps.registered("101")
    assert sheet.told == []
    lamps.told("switchd", Snapshot(rows={"mailbox": (MailboxRow(id="101", new=3, old=0),)}))
    lamps.begin()
    assert [(n, "Voice-Message: 3/0" in body) for n, body in sheet.told] == [("101", True)]


def test_who_has_no_mailbox_is_told_nothing() -> None:
    none = site(voicemail=Site().voicemail.model_copy(update={"for_everyone": False}))
    lamps, sheet = lamps_of(none)
    lamps.begin()
    lamps.registered("101")
    lamps.told("switchd", happened("mailbox.changed", MailboxRow(id="101", new=2, old=0)))
    assert sheet.told == []
    assert not [one for one in sheet.shown if one.event == "message-summary"]


PARTIES = ("101", "102", "103")

legs = st.builds(
    leg,
    st.sampled_from(PARTIES),
    st.sampled_from([state.value for state in LegState]),
    st.sampled_from(["1.1", "1.2", "1.3", "2.1", "2.2"]),
    st.sampled_from(["inbound", "outbound"]),
)
calls = st.builds(
    lambda ident, caller, place: CallRow(
        id=ident, started_at=0.0, answered_at=None, caller=caller, caller_name="", called="102",
        place=place, recording=False, disposition="",
    ),
    st.sampled_from(["1", "2"]),
    st.sampled_from(PARTIES),
    st.sampled_from(["queue:support", "extension:101", "conference:board"]),
)  # fmt: skip
changes = st.one_of(
    legs,
    calls,
    st.builds(parked, st.sampled_from(["701", "702"])),
    st.builds(person, st.sampled_from(PARTIES), st.booleans()),
)
steps = st.lists(st.tuples(changes, st.booleans()), max_size=30)
rules = st.builds(LampRules, show_caller=st.booleans(), show_dnd=st.booleans())

_ENDS = {"leg": "leg.gone", "call": "call.ended", "park": "park.left", "person": "person.removed"}


@settings(max_examples=200, deadline=None)
@given(steps, st.booleans(), st.booleans())
def test_whatever_happened_the_documents_say_what_the_rows_say(
    steps: list[tuple[Any, bool]], show_caller: bool, show_dnd: bool
) -> None:
    wanted = Site().presence.model_copy(update={"show_caller": show_caller, "show_dnd": show_dnd})
    office = site(
        *PARTIES, presence=wanted, queue=(Queue(name="support", title="S", number="600"),)
    )
    lamps, sheet = lamps_of(office)
    lamps.begin()
    there: dict[tuple[str, str], Any] = {}
    for row, ends in steps:
        kind = kind_of(row)
        name = _ENDS[kind] if ends else f"{kind}.changed"
        assert (name in GONE) is ends
        lamps.told("switchd", happened(name, row))
        there.pop((kind, row.id), None)
        if not ends:
            there[kind, row.id] = row
    for resource, subject in watchable.lamps(office).items():
        shown = lamp(subject, rows(*there.values()), watchable.rules(office))
        assert sheet.shown[resource] == dialog_info(resource.user, resource.domain, shown)


# -- publishing ---------------------------------------------------------------------------


@dataclass
class Asked:
    method: str
    target: str
    headers: list[str]
    body: str
    done: Done

    def header(self, name: str) -> str:
        return next((h.partition(": ")[2] for h in self.headers if h.startswith(name + ":")), "")


class FakeKamailio:
    """Answers at once, or when told to."""

    def __init__(self) -> None:
        self.started = "1000"
        self.answers = True
        self.status = 200
        self.waiting: list[Asked] = []
        self.asked: list[Asked] = []
        self._tags = 0

    def ask(
        self, method: str, target: str, headers: list[str], *, body: str = "", done: Done
    ) -> None:
        asked = Asked(method, target, headers, body, done)
        self.asked.append(asked)
        if self.answers or method == "OPTIONS":
            asyncio.get_running_loop().call_soon(self.answer, asked)
        else:
            self.waiting.append(asked)

    def answer(self, asked: Asked) -> None:
        headers: Mapping[str, str] = {"x-markaz-started": self.started}
        if not self.started:
            asked.done(408, {})
            return
        self._tags += 1
        asked.done(self.status, {**headers, "sip-etag": f"tag-{self._tags}"})

    def published(self) -> list[tuple[str, str]]:
        return [(one.target, one.body) for one in self.asked if one.method == "PUBLISH"]


async def settle(seconds: float = 1.0) -> None:
    await asyncio.sleep(seconds)


LAMP, OTHER = dialog("101"), dialog("102")
MESSAGES = Resource("message-summary", "101", REALM)


def test_a_change_while_one_is_under_way_is_sent_in_its_newest_form(tmp_path: Path) -> None:
    async def test() -> None:
        kamailio = FakeKamailio()
        publisher = Publisher(REALM, kamailio, tmp_path / "tags")
        publisher.open()
        await settle()
        kamailio.answers = False
        for body in ("one", "two", "three"):
            publisher.put(LAMP, body)
        publisher.put(OTHER, "other")
        assert [body for _, body in kamailio.published()] == ["one", "other"]
        kamailio.answer(kamailio.waiting.pop(0))
        assert [body for _, body in kamailio.published()] == ["one", "other", "three"]
        for asked in kamailio.waiting:
            kamailio.answer(asked)
        assert publisher.waiting == 0
        publisher.close()

    run(test())


def test_only_so_many_are_under_way_and_changes_go_first(tmp_path: Path) -> None:
    async def test() -> None:
        kamailio = FakeKamailio()
        publisher = Publisher(REALM, kamailio, tmp_path / "tags")
        for number in range(100):
            publisher.put(dialog(f"2{number:02}"), "dark")
        kamailio.answers = False
        publisher.open()
        await settle(0.1)
        assert len(kamailio.published()) == 32
        publisher.put(dialog("150"), "lit")
        kamailio.answer(kamailio.waiting.pop(0))
        publisher.close()

    run(test())


def test_another_start_of_kamailio_publishes_everything_anew(tmp_path: Path) -> None:
    async def test() -> None:
        kamailio = FakeKamailio()
        publisher = Publisher(REALM, kamailio, tmp_path / "tags")
        publisher.put(LAMP, "lit")
        publisher.put(MESSAGES, "two")
        publisher.open()
        await settle()
        assert len(kamailio.published()) == 2
        kamailio.started = ""
        await settle()
        publisher.notify("101", "two")
        assert publisher.started == ""
        kamailio.started = "2000"
        await settle()
        assert len(kamailio.published()) == 4
        again = [one for one in kamailio.asked if one.method == "PUBLISH"][2:]
        assert [one.header("SIP-If-Match") for one in again] == ["", ""], "its tags are void"
        assert [one.body for one in kamailio.asked if one.method == "NOTIFY"] == ["two"]
        publisher.close()

    run(test())


def test_the_tags_of_messages_survive_us(tmp_path: Path) -> None:
    async def test() -> None:
        kamailio = FakeKamailio()
        for body, tag in (("one", ""), ("two", "tag-2"), ("three", "tag-4")):
            publisher = Publisher(REALM, kamailio, tmp_path / "tags")
            publisher.put(MESSAGES, body)
            publisher.open()
            await settle(0.2)
            assert kamailio.asked[-1].header("SIP-If-Match") == tag
            publisher.close()

    run(test())


@pytest.mark.parametrize("kept", ["", "{}", "[1]", '{"started": "1000", "tags": 7}'])
def test_a_broken_file_of_tags_is_no_tags(tmp_path: Path, kept: str) -> None:
    async def test() -> None:
        (tmp_path / "tags").write_text(kept)
        publisher = Publisher(REALM, kamailio := FakeKamailio(), tmp_path / "tags")
        publisher.put(MESSAGES, "one")
        publisher.open()
        await settle(0.2)
        assert kamailio.asked[-1].header("SIP-If-Match") == ""
        publisher.close()

    run(test())


def test_a_void_tag_is_dropped_and_other_refusals_are_tried_again(tmp_path: Path) -> None:
    async def test() -> None:
        kamailio = FakeKamailio()
        publisher = Publisher(REALM, kamailio, tmp_path / "tags")
        publisher.put(MESSAGES, "one")
        publisher.open()
        await settle(0.2)
        kamailio.answers = False
        publisher.put(MESSAGES, "two")
        kamailio.status = 412
        kamailio.answer(kamailio.waiting.pop())
        kamailio.status = 500
        assert kamailio.asked[-1].header("SIP-If-Match") == ""
        kamailio.answer(kamailio.waiting.pop())
        kamailio.answers, kamailio.status = True, 200
        before = len(kamailio.published())
        await settle(1.5)
        assert kamailio.published()[before:] == [(f"sip:101@{REALM}", "two")]
        publisher.close()

    run(test())


def test_what_is_published_is_said_again_before_it_runs_out(tmp_path: Path) -> None:
    async def test() -> None:
        kamailio = FakeKamailio()
        publisher = Publisher(REALM, kamailio, tmp_path / "tags")
        publisher.put(LAMP, "lit")
        publisher.open()
        await settle(0.2)
        publisher.withdraw(OTHER, "dark")
        await settle(0.2)
        assert len(kamailio.published()) == 2
        await settle(EXPIRES_S["dialog"] - 1)
        again = kamailio.published()[2:]
        assert again == [(f"sip:101@{REALM}", "lit")]
        publisher.close()

    run(test())


def test_an_answer_is_read_and_anything_else_is_none() -> None:
    text = b"SIP/2.0 200 OK\r\nVia: a\r\nSIP-ETag: x\r\nVia: b\r\n\r\nbody: 1"
    assert inner_sip.parse(text) == (200, {"via": "a", "sip-etag": "x"})
    for junk in (b"", b"INVITE sip:x SIP/2.0\r\n\r\n", b"SIP/2.0 abc", b"\xff\xfe", b"SIP/2.0"):
        assert inner_sip.parse(junk) == (0, {})
