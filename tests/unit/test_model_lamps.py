"""What lamps show, case by case, and the documents they travel in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.link.rows import (
    AgentRow,
    CalendarRow,
    CallerRow,
    CallRow,
    LegRow,
    LineRow,
    ParkRow,
    QueueRow,
)
from firmware.model.lamp_document import dialog_info, message_summary, uri
from firmware.model.lamps import (
    Dialog,
    Direction,
    Glow,
    Kind,
    Lamp,
    LampRules,
    Remote,
    Subject,
    affected,
    lamp,
)
from firmware.model.leg import LegState
from tests.unit.lamp_rows import NS, internet, person, rows, trunk

SHOWING = LampRules(show_caller=True)
SILENT = LampRules(show_dnd=False)


def leg(party: str, state: str, direction: str = "outbound", ident: str = "7.2") -> LegRow:
    call = ident.partition(".")[0]
    return LegRow(id=ident, call=call, state=state, direction=direction, party=party, cause=0)


def call(ident: str = "7", place: str = "extension:102", **changes: Any) -> CallRow:
    standard: dict[str, Any] = {
        "id": ident,
        "started_at": 0.0,
        "answered_at": None,
        "caller": "101",
        "caller_name": "Sara",
        "called": "102",
        "place": place,
        "recording": False,
        "disposition": "",
    }
    return CallRow(**{**standard, **changes})


def line(state: str, kind: str = "trunk", **changes: Any) -> LineRow:
    standard: dict[str, Any] = {
        "id": "fxo-1",
        "kind": kind,
        "state": state,
        "simulated": True,
        "number": "",
        "signal_dbm": None,
        "fault": "",
    }
    return LineRow(**{**standard, **changes})


def queue(*waiting: str) -> QueueRow:
    callers = tuple(CallerRow(call=one, caller="", since=0.0) for one in waiting)
    return QueueRow(id="support", title="Support", waiting=callers)


def agent(state: str) -> AgentRow:
    return AgentRow(id="102", name="", state=state, queues=("support",), call="", since=0.0)


def calendar(override: str) -> CalendarRow:
    return CalendarRow(
        id="office",
        title="",
        state="open",
        reason="",
        override=override,
        next_change=0.0,
        number="*28",
    )


PARKED = ParkRow(id="701", call="7", caller="0912", by="", since=0.0)

PERSON = Subject(Kind.PERSON, "102")
BUSY = Dialog(glow=Glow.LIT)
CALLING = Dialog(glow=Glow.LIT, direction=Direction.INITIATOR)
RINGING = Dialog(glow=Glow.BLINKING, leg="7.2")
SEIZED = line("seized", "station", id="fxs-1")

CASES: list[tuple[str, Subject, list[Any], Lamp]] = [
    ("nobody calls", PERSON, [], ()),
    ("not yet ringing", PERSON, [leg("102", "trying")], ()),
    ("rings", PERSON, [leg("102", "ringing")], (RINGING,)),
    ("rings with early media", PERSON, [leg("102", "early")], (RINGING,)),
    ("talks", PERSON, [leg("102", "answered")], (BUSY,)),
    ("holds", PERSON, [leg("102", "held")], (Dialog(glow=Glow.LIT, is_held=True),)),
    ("hangs up", PERSON, [leg("102", "ending")], ()),
    ("dials", PERSON, [leg("102", "trying", "inbound")], (CALLING,)),
    ("waits for an answer", PERSON, [leg("102", "ringing", "inbound")], (CALLING,)),
    ("somebody else rings", PERSON, [leg("103", "ringing")], ()),
    (
        "talks, and a second call rings: that can be picked up",
        PERSON,
        [leg("102", "answered", ident="6.1"), leg("102", "ringing")],
        (RINGING, BUSY),
    ),
    ("does not want calls", PERSON, [person("102", dnd=True)], (BUSY,)),
    ("calls though nobody may call them", PERSON, [person("102", dnd=True), leg("102", "answered")],
     (BUSY,)),
    ("lifts an analogue handset", Subject(Kind.PERSON, "201"), [SEIZED], (CALLING,)),
    ("do-not-disturb alone", Subject(Kind.DND, "102"), [person("102", dnd=True)], (BUSY,)),
    ("no do-not-disturb", Subject(Kind.DND, "102"), [person("102"), leg("102", "held")], ()),
    (
        "forwards when busy",
        Subject(Kind.FORWARD, "102", "busy"),
        [person("102", forwards={"busy": "extension:103"})],
        (BUSY,),
    ),
    (
        "forwards, but not always",
        Subject(Kind.FORWARD, "102", "always"),
        [person("102", forwards={"busy": "extension:103"})],
        (),
    ),
    ("slot taken", Subject(Kind.SLOT, "701"), [PARKED], (BUSY,)),
    ("slot free", Subject(Kind.SLOT, "702"), [PARKED], ()),
    ("caller waits", Subject(Kind.QUEUE, "support"), [queue("7"), call(place="queue:support")],
     (Dialog(glow=Glow.BLINKING),)),
    ("agents talk", Subject(Kind.QUEUE, "support"), [queue(), call(place="queue:support")],
     (BUSY,)),
    ("queue empty", Subject(Kind.QUEUE, "support"), [queue(), call()], ()),
    ("agent in", Subject(Kind.AGENT, "102"), [agent("available")], (BUSY,)),
    ("agent out", Subject(Kind.AGENT, "102"), [agent("logged_out")], ()),
    ("line free", Subject(Kind.LINE, "fxo-1"), [line("idle")], ()),
    ("line rings", Subject(Kind.LINE, "fxo-1"), [line("ringing_in")],
     (Dialog(glow=Glow.BLINKING),)),
    ("line in use", Subject(Kind.LINE, "fxo-1"), [line("in_use")], (BUSY,)),
    ("line cut", Subject(Kind.LINE, "fxo-1"), [line("cut")], (BUSY,)),
    ("trunk free", Subject(Kind.TRUNK, "tele"), [trunk("tele", "registered")], ()),
    ("trunk in use", Subject(Kind.TRUNK, "tele"),
     [trunk("tele", "ready"), replace(leg("0912", "answered"), way="tele")], (BUSY,)),
    ("trunk not registered", Subject(Kind.TRUNK, "tele"), [trunk("tele", "refused")], (BUSY,)),
    ("internet there", Subject(Kind.INTERNET, "internet"), [internet("up")], ()),
    ("internet gone", Subject(Kind.INTERNET, "internet"), [internet("down")], (BUSY,)),
    ("half an internet", Subject(Kind.INTERNET, "internet"), [internet("limited")],
     (Dialog(glow=Glow.BLINKING),)),
    ("night by hand", Subject(Kind.NIGHT, "office"), [calendar("closed")], (BUSY,)),
    ("night by the hours", Subject(Kind.NIGHT, "office"), [calendar("")], ()),
    ("room in use", Subject(Kind.PLACE, "conference:board"), [call(place="conference:board")],
     (BUSY,)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("subject", "there", "shown"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_a_lamp_shows(subject: Subject, there: list[Any], shown: Lamp) -> None:
    stations = LampRules(stations={"fxs-1": "201"})
    assert lamp(subject, rows(*there), stations) == shown


def test_every_kind_and_every_state_of_a_leg_has_a_case() -> None:
    assert {case[1].kind for case in CASES} == set(Kind)
    for state in LegState:
        for direction in ("inbound", "outbound"):
            shown = lamp(PERSON, rows(leg("102", state, direction)), LampRules())
            assert bool(shown) is (
                state not in ("ending", "gone") and (direction, state) != ("outbound", "trying")
            )


def test_do_not_disturb_shows_as_the_site_wants() -> None:
    assert lamp(PERSON, rows(person("102", dnd=True)), SILENT) == ()


def test_who_is_on_the_other_side_is_told_only_where_the_site_wants() -> None:
    there = rows(
        call(caller="0912", caller_name="Bank", place="queue:support"),
        leg("102", "ringing"),
        PARKED,
        line("in_use", number="0912"),
    )
    everything = [PERSON, Subject(Kind.SLOT, "701"), Subject(Kind.LINE, "fxo-1")]
    remotes = [lamp(subject, there, SHOWING)[0].remote for subject in everything]
    assert remotes == [Remote("0912", "Bank"), Remote("0912"), Remote("0912")]
    for kind in Kind:
        for name in ("102", "701", "support", "fxo-1"):
            assert all(d.remote is None for d in lamp(Subject(kind, name), there, LampRules()))


def test_after_a_transfer_the_new_party_is_shown() -> None:
    """101 called 102 and was then connected to 103: 103's lamp and 101's name each other."""
    there = rows(
        call(called="102"),
        leg("101", "answered", "inbound", "7.1"),
        leg("103", "answered", "outbound", "7.3"),
    )
    seen = lamp(Subject(Kind.PERSON, "101"), there, SHOWING)
    assert [one.remote for one in seen] == [Remote("103")]
    seen = lamp(Subject(Kind.PERSON, "103"), there, SHOWING)
    assert [one.remote for one in seen] == [Remote("101", "Sara")]


def test_a_changed_row_touches_every_lamp_that_it_changes() -> None:
    """Of each case's subject: with its rows gone one by one, no lamp changes unnoticed."""
    rules = LampRules(stations={"fxs-1": "201"})
    for name, subject, there, _shown in CASES:
        for row in there:
            all_rows = rows(*there)
            less = rows(*(other for other in there if other is not row))
            if lamp(subject, all_rows, rules) == lamp(subject, less, rules):
                continue
            kind = next(k for k, v in all_rows.items() if row in v.values())
            assert subject in affected(kind, row, None, less, rules), name
            assert subject in affected(kind, None, row, all_rows, rules), name


# -- documents ----------------------------------------------------------------------------


def test_a_dark_lamp_is_one_terminated_dialog() -> None:
    root = ET.fromstring(dialog_info("102", "markaz.internal", ()))
    assert root.tag == f"{NS}dialog-info"
    assert root.attrib == {
        "version": "00000000000",
        "state": "full",
        "entity": "sip:102@markaz.internal",
    }
    assert [(d.attrib, d.findtext(f"{NS}state")) for d in root] == [({"id": "1"}, "terminated")]


def test_a_ringing_lamp_carries_what_replaces_needs() -> None:
    ringing = Dialog(glow=Glow.BLINKING, leg="x-7.2", remote=Remote("0912", "A <b> & \x00c"))
    root = ET.fromstring(dialog_info("102", "markaz.internal", (ringing,)))
    dialog = root[0]
    assert dialog.attrib == {
        "id": "1",
        "direction": "recipient",
        "call-id": "x-7.2",
        "local-tag": "x-7.2",
        "remote-tag": "x-7.2",
    }
    identity = dialog.find(f"{NS}remote/{NS}identity")
    assert identity is not None
    assert identity.text == "sip:0912@markaz.internal"
    assert identity.get("display") == "A <b> & c"


def test_a_held_call_is_said_to_be_held() -> None:
    held = Dialog(glow=Glow.LIT, is_held=True)
    root = ET.fromstring(dialog_info("102", "markaz.internal", (held,)))
    param = root.find(f"{NS}dialog/{NS}local/{NS}target/{NS}param")
    assert param is not None
    assert param.attrib == {"pname": "+sip.rendering", "pvalue": "no"}


def test_further_dialogs_only_where_the_site_wants() -> None:
    both = (RINGING, BUSY)
    for all_dialogs, ids in ((False, ["1"]), (True, ["1", "2"])):
        root = ET.fromstring(dialog_info("102", "x", both, all_dialogs=all_dialogs))
        assert [dialog.get("id") for dialog in root] == ids


@given(st.text(), st.text(), st.text())
def test_a_document_is_well_formed_whatever_a_caller_calls_himself(
    user: str, number: str, name: str
) -> None:
    dialog = Dialog(glow=Glow.LIT, remote=Remote(number, name))
    text = dialog_info(user, "markaz.internal", (dialog,))
    root = ET.fromstring(text)
    assert len(root) == 1
    assert "\r" not in uri(number, "x")


def test_a_message_summary() -> None:
    assert message_summary("101", "markaz.internal", new=2, old=5) == (
        "Messages-Waiting: yes\r\n"
        "Message-Account: sip:101@markaz.internal\r\n"
        "Voice-Message: 2/5 (0/0)\r\n"
    )
    assert message_summary("101", "x", new=0, old=5).startswith("Messages-Waiting: no\r\n")


def test_a_feature_code_is_a_uri_with_its_stars() -> None:
    assert uri("*28", "x") == "sip:*28@x"
    assert uri("*28#", "x") == "sip:*28%23@x"
