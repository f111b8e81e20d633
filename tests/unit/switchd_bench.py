"""An exchange without SIP or sound: dialogs and a studio that tests drive by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from firmware.config.schema import (
    Choice,
    Extension,
    Ivr,
    Line,
    LineKind,
    Queue,
    Recording,
    Site,
    Switch,
)
from firmware.link.server import Board
from firmware.model.cause import Cause
from firmware.model.record import CallEvent, CallRecord, LegRecord
from firmware.sip.message import Invitation, Party
from firmware.sip.stack import NoSlot
from firmware.switchd.exchange import Exchange
from firmware.switchd.leg import Leg


@dataclass
class FakeDialog:
    """The far end of one leg. ``said`` is what the exchange ordered, in order."""

    uri: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    leg: Leg | None = None

    def ring(self):
        self.said.append("180")

    def progress(self):
        self.said.append("183")

    def answer(self):
        self.said.append("200")
        asyncio.get_running_loop().call_soon(self.leg.on_answered)

    def hang_up(self, cause):
        self.said.append(f"end {cause.name}")
        asyncio.get_running_loop().call_soon(self.leg.on_ended, cause, False)

    def send_digits(self, digits):
        self.said.append(f"digits {digits}")

    def leave(self, cause=Cause.NORMAL_CLEARING):
        """The party hangs up or refuses."""
        self.leg.on_ended(cause, True)


class FakeStack:
    """Where the exchange dials out; ``dialled`` lists the dialogs it made."""

    def __init__(self):
        self.dialled: list[FakeDialog] = []
        self.is_full = False

    def dial(self, account, uri, *, caller, caller_name, headers, events):
        if self.is_full:
            raise NoSlot("the test says so")
        dialog = FakeDialog(uri=uri, headers=headers, leg=events)
        self.dialled.append(dialog)
        return dialog


@dataclass
class FakeSound:
    """A prompt of two seconds."""

    log: list[str]
    name: str

    async def finished(self):
        await asyncio.sleep(2.0)
        self.log.append(f"end {self.name}")

    def stop(self):
        self.log.append(f"stop {self.name}")


class FakeBridge:
    def __init__(self, log):
        self.log = log

    def close(self):
        self.log.append("part")


class FakeMusic:
    def __init__(self, log):
        self.log = log

    def start(self, leg):
        self.log.append(f"music to {leg.party}")

    def stop(self, leg):
        self.log.append(f"no music to {leg.party}")


class FakeRecording:
    caller_file = callee_file = "nowhere.wav"

    def __init__(self, log):
        self.log = log

    def follow(self, side, leg):
        self.log.append(f"{side} is {leg.party}")


class FakeStudio:
    """What is heard, as lines of ``log``."""

    def __init__(self):
        self.log: list[str] = []
        self.music = FakeMusic(self.log)

    def play(self, leg, prompt, language):
        self.log.append(f"play {prompt} {language}")
        return FakeSound(self.log, prompt)

    def bridge(self, one, other):
        self.log.append(f"join {one.party} {other.party}")
        return FakeBridge(self.log)

    def record(self, recording_id, call_id, started_at):
        return FakeRecording(self.log)

    def close_recording(self, recording, ended_at, when_done):
        self.log.append("recorded")
        when_done()


class Ledger:
    def __init__(self):
        self.records = []

    def put(self, record):
        self.records.append(record)

    @property
    def last_call(self) -> CallRecord:
        return [r for r in self.records if isinstance(r, CallRecord)][-1]

    @property
    def story(self) -> list[str]:
        return [f"{r.name} {r.detail}".strip() for r in self.records if isinstance(r, CallEvent)]

    @property
    def legs(self) -> list[LegRecord]:
        return [r for r in self.records if isinstance(r, LegRecord)]


def site(**changes):
    parts = {
        "extension": (
            Extension(number="101", name="Sara", password="not-a-secret-1"),
            Extension(number="102", name="Omar", password="not-a-secret-2"),
            Extension(number="201", name="Desk"),
        ),
        "line": (
            Line(name="fxo-1", kind=LineKind.TRUNK, route="ivr:main"),
            Line(name="fxs-1", kind=LineKind.STATION, extension="201"),
        ),
        "ivr": (
            Ivr(
                name="main",
                choice=(
                    Choice(digit="1", to="queue:support"),
                    Choice(digit="2", to="extension:102"),
                ),
                attempts=2,
            ),
        ),
        "queue": (Queue(name="support", title="Support", members=("101", "102"), wrap_up_s=4.0),),
        "switch": Switch(max_calls=3, ring_timeout_s=20.0),
        "recording": Recording(),
    } | changes
    return Site(**parts)


class Rig:
    """The exchange and everything around it. Make it inside a running loop."""

    def __init__(self, a_site=None):
        loop = asyncio.get_running_loop()
        self.stack, self.studio, self.ledger, self.board = (
            FakeStack(),
            FakeStudio(),
            Ledger(),
            Board(loop.time),
        )
        self.exchange = Exchange(
            site=a_site or site(),
            config_version=7,
            board=self.board,
            ledger=self.ledger,
            clock=lambda: 1_000_000.0 + loop.time(),
        )
        self.exchange.open(self.stack, self.studio)

    def call(self, number, *, sender="102", line="", asserted=True):
        """A new INVITE for ``number``; the dialog it came by."""
        dialog = FakeDialog()
        party = Party(user=sender, name="")
        invite = Invitation(
            source="127.0.0.2:1",
            called=number,
            sender=party,
            asserted=party if asserted else None,
            line=line,
        )
        dialog.leg = self.exchange.incoming(dialog, invite, "lines" if line else "edge")
        return dialog

    def rows(self, kind):
        return self.board.snapshot()["rows"].get(kind, [])


async def settle():
    """Let everything that can happen now happen."""
    for _ in range(20):
        await asyncio.sleep(0)
