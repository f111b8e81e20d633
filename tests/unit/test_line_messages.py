"""The SIMs' messages in lined: joined, kept before they are deleted, sent once, reported."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field

import pytest

from firmware.lined.messages import SHOWN, Messages
from firmware.model.sms import LATE_S, WAIT_S, SmsPart, SmsRecord, SmsState
from hw.modem.pdu import StatusReport, Tpdu, decode
from hw.modem.port import (
    TextAccepted,
    TextPushed,
    TextRead,
    TextRefused,
    TextReported,
)
from hw.modem.sim_texts import deliveries
from tests.unit.line_bench import HandClock

LONG = "سلام، پیام آزمایشی شما رسید. ۱۲۳ 😀 " * 5


class FakeWriter:
    """A store that takes what was put only when ``flush`` says so."""

    def __init__(self) -> None:
        self.put_in: list[object] = []
        self.on_disk: list[object] = []
        self.waiting: list[Future[None]] = []

    def put(self, record: object) -> None:
        self.put_in.append(record)

    def stored(self) -> Future[None]:
        self.waiting.append(Future())
        return self.waiting[-1]

    def flush(self) -> None:
        self.on_disk = list(self.put_in)
        for done in self.waiting:
            done.set_result(None)
        self.waiting.clear()

    def parts(self) -> list[SmsPart]:
        return [r for r in self.on_disk if isinstance(r, SmsPart)]

    def messages(self) -> dict[str, SmsRecord]:
        return {r.id: r for r in self.on_disk if isinstance(r, SmsRecord)}


@dataclass
class FakeSim:
    in_network: bool = True
    posted: list[tuple[str, tuple[Tpdu, ...]]] = field(default_factory=list)

    def post_parts(self, ident: str, parts: tuple[Tpdu, ...]) -> None:
        self.posted.append((ident, parts))


class Desk:
    """One lined's messages, with a clock by hand and one SIM."""

    def __init__(self, writer: FakeWriter | None = None, clock: HandClock | None = None) -> None:
        self.clock = clock or HandClock()
        self.writer = writer or FakeWriter()
        self.rows: list[tuple[str, object]] = []
        self.deleted: list[tuple[str, int]] = []
        self.sim = FakeSim()
        self.messages = Messages(
            writer=self.writer,
            clock=self.clock,
            wall_clock=self.clock.time,
            hand_over=lambda function, *arguments: function(*arguments),
            post=lambda event, row: self.rows.append((event, row)),
        )
        self.messages.lines = {"sim-1": self.sim}

    def start(self) -> Desk:
        unfinished = [
            m
            for m in self.writer.messages().values()
            if m.direction == "outbound"
            and (m.state in (SmsState.QUEUED, SmsState.SENDING) or m.unreported)
        ]
        self.messages.start(self.writer.parts(), unfinished)
        return self

    def restart(self) -> Desk:
        """A crash: what is not on the disk is gone."""
        self.writer.put_in = list(self.writer.on_disk)
        self.writer.waiting.clear()
        return Desk(self.writer, self.clock).start()

    def come(self, pdu: str, index: int = 0) -> None:
        event = TextRead(memory="SM", index=index, pdu=pdu)
        self.messages.on_port("sim-1", event, lambda m, i: self.deleted.append((m, i)))

    def happen(self, event: object) -> None:
        self.messages.on_port("sim-1", event, lambda m, i: None)

    def seen(self) -> list[tuple[str, str]]:
        return [(event, row.text) for event, row in self.rows]

    def states(self) -> list[str]:
        return [event.removeprefix("sms.") for event, _ in self.rows]


@pytest.fixture
def desk():
    return Desk().start()


def parts(text: str = LONG, sender: str = "0912", reference: int = 7) -> list[str]:
    return deliveries(sender, text, 100.0, reference)


# -- in ---------------------------------------------------------------------------------------


def test_a_message_is_deleted_from_the_sim_only_once_the_store_has_it(desk):
    desk.come(parts("hello")[0], index=4)
    assert desk.seen() == [("sms.received", "hello")]
    assert desk.deleted == []
    desk.writer.flush()
    assert desk.deleted == [("SM", 4)]
    assert [m.text for m in desk.writer.messages().values()] == ["hello"]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_parts_in_any_order_make_one_message(desk, order):
    pdus = parts()
    for i in order:
        assert desk.rows == []
        desk.come(pdus[i], i)
    assert desk.seen() == [("sms.received", LONG)]


def test_the_same_part_twice_is_one_part(desk):
    pdus = parts()
    for pdu in (pdus[0], pdus[0], pdus[1], pdus[1]):
        desk.come(pdu)
    assert desk.rows == []
    desk.come(pdus[2])
    assert desk.seen() == [("sms.received", LONG)]
    desk.come(pdus[2])
    assert len(desk.rows) == 1


def test_two_long_messages_that_cross_are_told_apart(desk):
    one, other = parts(), parts("x" * 400, sender="0935")
    for pdu in (one[0], other[2], one[2], other[0], one[1], other[1]):
        desk.come(pdu)
    assert desk.seen() == [("sms.received", LONG), ("sms.received", "x" * 400)]


def test_the_same_reference_again_is_another_message(desk):
    for pdu in [*parts("a" * 200), *parts("b" * 200)]:
        desk.come(pdu)
    assert desk.seen() == [("sms.received", "a" * 200), ("sms.received", "b" * 200)]


def test_a_part_that_does_not_come_leaves_a_gap_which_a_late_one_fills(desk):
    pdus = parts()
    desk.come(pdus[0])
    desk.come(pdus[2])
    desk.clock.pass_s(WAIT_S - 61.0)
    assert desk.rows == []
    desk.clock.pass_s(122.0)
    ((event, row),) = desk.rows
    assert event == "sms.received"
    assert row.state == "incomplete"
    assert row.fault == "1 of 3 parts are missing"
    first, _, last = (decode(pdu).text for pdu in pdus)
    assert row.text == f"{first}[…]{last}"
    desk.come(pdus[1])
    assert desk.seen()[1] == ("sms.changed", LONG)
    assert desk.rows[1][1].id == row.id


def test_a_crash_between_two_parts_loses_nothing(desk):
    pdus = parts()
    desk.come(pdus[0])
    desk.come(pdus[1])
    desk.writer.flush()
    again = desk.restart()
    again.come(pdus[2])
    assert again.seen() == [("sms.received", LONG)]


def test_a_crash_before_deletion_does_not_show_a_message_twice(desk):
    desk.come(parts("hello")[0], 4)
    desk.writer.flush()
    again = desk.restart()
    again.come(parts("hello")[0], 4)
    assert again.rows == []
    again.writer.flush()
    assert again.deleted == [("SM", 4)]


def test_a_crash_before_the_store_had_it_leaves_it_on_the_sim(desk):
    desk.come(parts("hello")[0], 4)
    again = desk.restart()
    assert desk.deleted == []
    again.come(parts("hello")[0], 4)
    assert again.seen() == [("sms.received", "hello")]


def test_what_cannot_be_read_is_kept_as_it_came(desk):
    desk.happen(TextPushed("00FF"))
    desk.writer.flush()
    (message,) = desk.writer.messages().values()
    assert message.state is SmsState.UNREADABLE
    assert message.fault == "the message is cut short"
    assert desk.writer.parts()[0].pdu == "00FF"


def test_only_the_newest_messages_are_rows(desk):
    for i in range(SHOWN + 5):
        desk.come(parts(f"text {i}")[0])
    removed = [row.text for event, row in desk.rows if event == "sms.removed"]
    assert removed == [f"text {i}" for i in range(5)]


# -- out --------------------------------------------------------------------------------------


def test_a_message_is_queued_sent_and_delivered(desk):
    ident = desk.messages.send("sim-1", "0912000111", LONG)
    ((posted, tpdus),) = desk.sim.posted
    assert (posted, len(tpdus)) == (ident, 3)
    for reference in (8, 9, 10):
        desk.happen(TextAccepted(id=ident, reference=reference))
    for reference in (9, 8, 10):
        report = StatusReport(reference=reference, recipient="+98912000111", status=0)
        desk.happen(TextReported(report))
    assert desk.states() == ["queued", "sending", "sent", "delivered"]


def test_a_report_of_somebody_elses_message_changes_nothing(desk):
    ident = desk.messages.send("sim-1", "0912000111", "hello")
    desk.happen(TextAccepted(id=ident, reference=8))
    desk.happen(TextReported(StatusReport(reference=8, recipient="0935000222", status=0)))
    desk.happen(TextReported(StatusReport(reference=9, recipient="0912000111", status=0)))
    desk.happen(TextReported(StatusReport(reference=8, recipient="0912000111", status=0x30)))
    assert desk.states()[-1] == "sent"
    desk.happen(TextReported(StatusReport(reference=8, recipient="0912000111", status=0x46)))
    assert desk.rows[-1][1].fault == "the number was not reached in time (status 0x46)"


def test_without_a_network_it_waits(desk):
    desk.sim.in_network = False
    desk.messages.send("", "0912", "hello")
    assert desk.sim.posted == []
    desk.sim.in_network = True
    desk.messages.line_is_up("sim-1")
    assert len(desk.sim.posted) == 1


def test_a_network_that_is_busy_is_asked_again_with_what_is_left(desk):
    ident = desk.messages.send("sim-1", "0912", LONG)
    desk.happen(TextAccepted(id=ident, reference=1))
    desk.happen(TextRefused(id=ident, why="busy", may_pass=True))
    assert len(desk.sim.posted) == 1
    desk.clock.pass_s(10.0)
    assert [len(tpdus) for _, tpdus in desk.sim.posted] == [3, 2]
    for _ in range(3):
        desk.happen(TextRefused(id=ident, why="busy", may_pass=True))
        desk.clock.pass_s(120.0)
    assert desk.states()[-1] == "failed"
    assert desk.rows[-1][1].fault == "busy"


@pytest.mark.parametrize("event", ["unsure", "gone", "crash"])
def test_a_message_that_may_have_gone_out_is_not_sent_again(desk, event):
    ident = desk.messages.send("sim-1", "0912", "hello")
    desk.writer.flush()
    if event == "unsure":
        desk.happen(TextRefused(id=ident, why="no answer", may_pass=True, unsure=True))
    elif event == "gone":
        desk.messages.line_is_gone("sim-1")
    else:
        desk = desk.restart()
    assert desk.states()[-1] == "failed"
    assert desk.rows[-1][1].fault.startswith("it is not known whether it was sent")
    desk.clock.pass_s(300.0)
    desk.messages.line_is_up("sim-1")
    assert len(desk.sim.posted) == (0 if event == "crash" else 1)


def test_what_was_queued_before_a_crash_is_sent_after_it(desk):
    desk.sim.in_network = False
    ident = desk.messages.send("sim-1", "0912", "hello")
    desk.writer.flush()
    again = desk.restart()
    again.messages.line_is_up("sim-1")
    assert [posted for posted, _ in again.sim.posted] == [ident]


def test_a_report_after_a_restart_is_understood(desk):
    ident = desk.messages.send("sim-1", "0912", "hello")
    desk.happen(TextAccepted(id=ident, reference=8))
    desk.writer.flush()
    again = desk.restart()
    again.happen(TextReported(StatusReport(reference=8, recipient="0912", status=0)))
    assert again.states() == ["delivered"]


@pytest.mark.parametrize(
    ("line", "to", "text", "error"),
    [
        ("sim-9", "0912", "x", KeyError),
        ("sim-1", "", "x", ValueError),
        ("sim-1", "0912", "", ValueError),
    ],
)
def test_what_cannot_be_sent_is_refused_at_once(desk, line, to, text, error):
    with pytest.raises(error):
        desk.messages.send(line, to, text)
    assert desk.rows == []


def test_a_flood_is_refused(desk):
    desk.sim.in_network = False
    for _ in range(200):
        desk.messages.send("sim-1", "0912", "x")
    with pytest.raises(RuntimeError, match="wait already"):
        desk.messages.send("sim-1", "0912", "x")


def test_what_is_older_than_a_week_is_forgotten(desk):
    desk.come(parts()[0])
    desk.clock.pass_s(LATE_S + 120.0)
    assert desk.messages._received._known == {}
    assert desk.messages._received._joiner._groups == []
