"""Short messages and USSD through real daemons: lined, the bench's mobile network, the store and
the command line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import pytest

from firmware.link.api import BenchApi, LinedApi
from firmware.link.client import Event, Refused
from firmware.link.rows import FarRow, SmsRow
from firmware.model.sms import SmsRecord, SmsState
from firmware.store import sms
from firmware.store.db import open_store
from tests.rig.box import LeanBox
from tests.rig.until import until

LINE = "gsm-1"
LONG = "سلام، پیام آزمایشی شما رسید. ۱۲۳ 📞 " * 6


class Told:
    """Every event of both daemons since the box began."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    def texted(self) -> list[tuple[str, str]]:
        rows = [e.row for e in list(self.events) if e.name == "far.texted"]
        return [(row.number, row.text) for row in rows if isinstance(row, FarRow)]

    def sms(self, ident: str) -> list[str]:
        rows = [(e.name, e.row) for e in list(self.events)]
        return [n for n, row in rows if isinstance(row, SmsRow) and row.id == ident]

    def received(self) -> list[SmsRow]:
        rows = [e.row for e in list(self.events) if e.name == "sms.received"]
        return [row for row in rows if isinstance(row, SmsRow)]


@pytest.fixture(scope="module")
def told() -> Told:
    return Told()


@pytest.fixture(scope="module")
def box(told: Told) -> Iterator[LeanBox]:
    with LeanBox("bench", "lined") as box:
        box.watch("lined", told)
        box.watch("bench", told)
        yield box


@pytest.fixture(autouse=True)
def in_network(box: LeanBox) -> None:
    def idle() -> bool:
        with box.link("lined") as link:
            return any(r.id == LINE and r.state == "idle" for r in link.snapshot()["line"])

    until(idle, 10.0, "the SIM is in its network")


def stored(box: LeanBox) -> list[SmsRecord]:
    with closing(open_store(box.home)) as db:
        return sms.recent(db)


def markaz(box: LeanBox, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(box.home.root), *words]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


def test_a_long_persian_text_reaches_a_telephone_and_is_reported(box, told):
    with box.link("lined") as link:
        ident = link.call(LinedApi.send_sms, "", "+989121234567", LONG)
    until(lambda: ("+989121234567", LONG) in told.texted(), 10.0, "the telephone has it")
    until(lambda: "sms.delivered" in told.sms(ident), 10.0, "the network reports it")
    assert told.sms(ident) == ["sms.queued", "sms.sending", "sms.sent", "sms.delivered"]

    def kept() -> bool:
        return any(m.id == ident and m.state is SmsState.DELIVERED for m in stored(box))

    until(kept, 5.0, "the store knows that it was delivered")


def test_a_long_text_from_outside_is_received_whole_and_kept(box, told):
    with box.link("bench") as link:
        link.call(BenchApi.text, LINE, "Bank Melli", LONG)
    (row,) = until(lambda: [r for r in told.received() if r.text == LONG], 10.0, "it is received")
    assert (row.line, row.number, row.direction) == (LINE, "Bank Melli", "inbound")

    def kept() -> bool:
        return any(m.id == row.id and m.text == LONG and m.parts > 1 for m in stored(box))

    until(kept, 5.0, "the store has it")


def test_a_killed_lined_loses_no_text(box, told):
    box.kill("lined")
    with box.link("bench") as link:
        for i in range(5):
            link.call(BenchApi.text, LINE, "0912", f"while you were away {i}")
    box.start("lined")

    def all_kept() -> bool:
        texts = [m.text for m in stored(box)]
        return all(texts.count(f"while you were away {i}") == 1 for i in range(5))

    until(all_kept, 20.0, "all five are in the store, once each")


def test_the_command_line_sends_lists_and_asks_for_the_balance(box, told):
    sent = markaz(box, "sms", "send", "0912000111", "hello 😀", "--line", LINE)
    assert sent.returncode == 0, sent.stderr
    until(lambda: ("0912000111", "hello 😀") in told.texted(), 10.0, "the telephone has it")
    listed = markaz(box, "sms", "list")
    assert sent.stdout.strip() in listed.stdout
    assert "hello" in listed.stdout
    balance = markaz(box, "ussd", LINE, "*140#")
    assert balance.stdout.strip() == "اعتبار شما ۱۲۵۰۰ ریال است", balance.stderr
    menu = markaz(box, "ussd", LINE, "*1#")
    assert menu.stdout.strip() == "1: Balance\n2: Package"
    assert markaz(box, "ussd", LINE, "1").stdout.strip() == "Your balance is 12500"
    refused = markaz(box, "ussd", LINE, "*999#")
    assert refused.returncode == 1
    assert "the network does not know the code" in refused.stderr


@pytest.mark.parametrize(
    ("line", "to", "text", "kind"),
    [
        ("nothing", "0912", "x", "KeyError"),
        ("fxo-1", "0912", "x", "RuntimeError"),
        (LINE, "sip:a", "x", "ValueError"),
        (LINE, "0912", "", "ValueError"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_words(box, line, to, text, kind):
    with box.link("lined") as link, pytest.raises(Refused) as refused:
        link.call(LinedApi.send_sms, line, to, text)
    assert refused.value.kind == kind
