"""Routing with real clients: ways that fail, PINs, the night switch, and calls for help."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.config.schema import Site
from firmware.config.sections.calendars import Calendar, Hours, Weekday
from firmware.config.sections.routing import LineGroup, Outbound
from firmware.config.sections.trunks import Trunk
from firmware.link.api import BenchApi
from firmware.link.client import Event
from firmware.link.rows import CalendarRow, CallRow, EmergencyRow, FarRow, LineRow
from firmware.model.record import CallEvent, CallRecord
from tests.rig.baresip import Baresip
from tests.rig.box import Box, LeanBox
from tests.rig.provider import Provider
from tests.rig.telephones import Telephones
from tests.rig.until import until
from tests.rig.watch import Watch
from tests.sim.trunk_stage import provider, until_state

SIP_AT = "127.0.0.66"
FAILOVER_S = 3.0
LINES = ("fxo-1", "fxo-2", "gsm-1")


def site(given: Site) -> Site:
    """Two trunk lines, a SIM and a SIP trunk; an office that is always open."""
    sip = Trunk.model_validate(
        {"name": "sip", "host": SIP_AT, "port": given.network.sip_port + 60, "registers": False}
    )
    always = Hours(days=tuple(Weekday), open=("00:00-24:00",))
    calendar = Calendar(
        name="office", hours=(always,), when_open="extension:101", when_closed="extension:103"
    )
    line = tuple(
        one.model_copy(update={"route": "calendar:office"}) if one.name == "fxo-1" else one
        for one in given.line
    )
    outbound = (
        Outbound(name="all", patterns=("0.",), ways=("sip", "fxo-1", "gsm-1")),
        Outbound(name="pin", patterns=("7.",), strip=1, ways=("fxo-2",), pin="2468"),
        Outbound(name="lines", patterns=("8.",), strip=1, ways=("lines",)),
    )
    group = LineGroup(name="lines", lines=LINES)
    return given.model_copy(
        update={
            "trunk": (sip,),
            "line": line,
            "calendar": (calendar,),
            "outbound": outbound,
            "line_group": (group,),
        }
    )


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with LeanBox("kamailio", "edge", "bench", "lined", "switchd", shape=site) as made:
        yield made


@pytest.fixture
def telephones(box: Box, tmp_path: Path) -> Iterator[Telephones]:
    with Telephones(box, tmp_path) as made:
        yield made
    until_idle(box)


@pytest.fixture
def bench(box: Box) -> Watch:
    return box.watch("bench")


@pytest.fixture
def sip(box: Box) -> Iterator[Provider]:
    with provider(box, SIP_AT) as made:
        until_state(box, "sip", "ready", 30.0)
        yield made


def order(box: Box, what: object, line: str) -> None:
    with box.link("bench") as link:
        link.call(what, line)  # type: ignore[arg-type]


def ring(box: Box, line: str, number: str) -> None:
    with box.link("bench") as link:
        link.call(BenchApi.ring, line=line, number=number, name="", digits="", say="", listen="")


def line_states(box: Box) -> dict[str, str]:
    with box.link("lined") as link:
        rows = link.snapshot().get("line", ())
    return {row.id: row.state for row in rows if isinstance(row, LineRow)}


def until_idle(box: Box) -> None:
    """Every line rests, so that the next test finds them free."""
    for line in LINES:
        until(lambda at=line: line_states(box)[at] in {"idle", "cut"}, 12.0, f"{line} is idle")  # type: ignore[misc]


def dialled(bench: Watch, line: str, number: str, timeout_s: float = 12.0) -> FarRow:
    """The central office has heard the whole number."""

    def is_it(event: Event) -> bool:
        row = event.row
        fits = isinstance(row, FarRow) and row.id == line and row.number == number
        return fits and event.name == "far.dialled"

    row = bench.wait(is_it, timeout_s, f"{number} dialled on {line}").row
    assert isinstance(row, FarRow)
    return row


def ended(box: Box, switch: Watch, number: str, timeout_s: float = 10.0) -> CallRecord:
    """The record of the call to a number, once it is over."""

    def is_it(event: Event) -> bool:
        row = event.row
        return event.name == "call.ended" and isinstance(row, CallRow) and row.called == number

    row = switch.wait(is_it, timeout_s, f"the end of the call to {number}").row
    assert isinstance(row, CallRow)
    return box.call(row.id)


def at_of(events: list[CallEvent], name: str, detail: str) -> float:
    """When something happened to a call."""
    return next(event.at for event in events if (event.name, event.detail) == (name, detail))


# -- ways that fail -------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["refusal", "silence", "unreachable"])
def test_from_the_sip_provider_to_the_line_to_the_sim(
    box: Box, telephones: Telephones, bench: Watch, sip: Provider, fault: str
) -> None:
    number = {"refusal": "0935001", "silence": "0935002", "unreachable": "0935003"}[fault]
    switch = box.watch("switchd")
    caller = telephones.baresip("101")
    order(box, BenchApi.cut, "fxo-1")  # the red alarm of an analogue line
    until(lambda: line_states(box)["fxo-1"] == "cut", 5.0, "the line is cut")
    try:
        if fault == "unreachable":
            sip.answers = 0
            until_state(box, "sip", "unreachable", 40.0)
        sip.deaf = fault != "refusal"
        caller.dial(number)
        if fault == "refusal":
            sip.taken().answer("503 Service Unavailable")
        dialled(bench, "gsm-1", number)
        caller.expect("established", 15.0)
        caller.hang_up()
        record = ended(box, switch, number)
        assert (record.line, record.disposition) == ("gsm-1", "answered")
        story = box.timeline(record.id)
        took_s = at_of(story, "went_out", "gsm-1") - at_of(story, "started", number)
        print(f"failover after {fault}: {took_s:.2f} s")
        assert took_s < (FAILOVER_S if fault == "silence" else 0.5)
        passed_over = [e.detail for e in story if e.name == "way_passed_over"]
        assert any(detail.startswith("fxo-1: down") for detail in passed_over)
    finally:
        sip.deaf, sip.answers = False, 200
        order(box, BenchApi.mend, "fxo-1")
        until_state(box, "sip", "ready", 40.0)


# -- PIN ------------------------------------------------------------------------------------


def test_a_route_with_a_pin_asks_for_it(box: Box, telephones: Telephones, bench: Watch) -> None:
    caller = telephones.baresip("102")
    caller.dial("70217777")
    caller.expect("established")
    caller.press("1357#")
    until(lambda: "pin_wrong" in box.log("switchd"), 12.0, "the PIN is refused")
    until(lambda: caller.heard().length_s > 6.0, 12.0, "the prompts are said")
    caller.press("2468#")
    dialled(bench, "fxo-2", "0217777", 20.0)
    caller.hang_up()
    assert "2468" not in box.log("switchd")


# -- the night switch -----------------------------------------------------------------------


def test_the_night_switch_leads_calls_elsewhere_and_outlives_a_restart(
    box: Box, telephones: Telephones
) -> None:
    switch = box.watch("switchd")
    day, night = telephones.baresip("101"), telephones.baresip("103")
    ring(box, "fxo-1", "0912001")
    day.expect("incoming", 15.0)
    order(box, BenchApi.hang_up, "fxo-1")
    day.expect("ended", 15.0)
    until_idle(box)

    day.dial("*28")
    day.expect("established")
    day.expect("ended", 15.0)
    is_closed = lambda e: isinstance(e.row, CalendarRow) and e.row.state == "closed"  # noqa: E731
    assert switch.wait(is_closed, 3.0, "the calendar is closed").row.override == "closed"  # type: ignore[union-attr]
    ring(box, "fxo-1", "0912002")
    night.expect("incoming", 15.0)
    order(box, BenchApi.hang_up, "fxo-1")
    night.expect("ended", 15.0)
    until_idle(box)

    box.stop("switchd")  # type: ignore[attr-defined]
    box.start("switchd")  # type: ignore[attr-defined]
    until(lambda: calendar_of(box).state == "closed", 5.0, "it is remembered")
    day.dial("*28")
    day.expect("established", 10.0)
    day.expect("ended", 15.0)
    assert (calendar_of(box).state, calendar_of(box).override) == ("open", "")


def calendar_of(box: Box) -> CalendarRow:
    with box.link("switchd") as link:
        (row,) = link.snapshot()["calendar"]
    assert isinstance(row, CalendarRow)
    return row


# -- emergencies ----------------------------------------------------------------------------


def busy_on(telephones: Telephones, bench: Watch, extension: str, line: str) -> Baresip:
    """A telephone that talks on a line."""
    caller = telephones.baresip(extension)
    number = f"0217{extension}"
    caller.dial(f"8{number}")
    dialled(bench, line, number)
    caller.expect("established", 15.0)
    return caller


def test_with_every_line_taken_one_call_is_cleared_for_an_emergency(
    box: Box, telephones: Telephones, bench: Watch
) -> None:
    switch = box.watch("switchd")
    callers = {
        line: busy_on(telephones, bench, extension, line)
        for extension, line in zip(("101", "102", "103"), LINES, strict=True)
    }
    help_ = telephones.baresip("104")
    help_.dial("115")
    help_.expect("ringing")
    callers["gsm-1"].expect("ended", 5.0)  # the newest
    dialled(bench, "gsm-1", "115")
    help_.expect("established", 15.0)
    for line in ("fxo-1", "fxo-2"):
        assert callers[line].talks
    names = [e.name for e in switch.events if isinstance(e.row, EmergencyRow)]
    assert names == ["emergency.began", "emergency.connected"]
    help_.hang_up()
    switch.named("emergency.ended")
    record = ended(box, switch, "115")
    assert (record.line, record.disposition) == ("gsm-1", "answered")
    story = box.timeline(record.id)
    out_s = at_of(story, "went_out", "gsm-1") - at_of(story, "started", "115")
    print(f"an emergency call with all lines taken goes out after {out_s:.2f} s")
    assert out_s < 6.0
    cleared = ended(box, switch, "80217103")
    assert [e.detail for e in box.timeline(cleared.id) if e.name == "cleared"] == [
        f"for the emergency call {record.id}"
    ]


def test_the_telephone_on_a_station_line_dials_it_at_once(box: Box, bench: Watch) -> None:
    with box.link("bench") as link:
        link.call(BenchApi.lift, line="fxs-1", digits="110", say="", listen="")
    dialled(bench, "fxo-1", "110", 12.0)
    order(box, BenchApi.hang_up, "fxs-1")
    until_idle(box)
