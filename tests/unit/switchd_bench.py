"""An exchange without SIP or sound: dialogs and a studio that tests drive by hand."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import tempfile
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import numpy as np

from firmware.config.home import Home
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
from firmware.model.quality import Stream
from firmware.model.record import CallEvent, CallRecord, LegRecord
from firmware.sip.message import Invitation, Party, Replaces
from firmware.sip.stack import NoSlot
from firmware.sip.transfer import TransferRequest
from firmware.store.db import open_store
from firmware.switchd.exchange import Exchange
from firmware.switchd.leg import Leg

_DIALOGS = count(1)


@dataclass
class FakeDialog:
    """The far end of one leg. ``said`` is what the exchange ordered, in order."""

    uri: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    leg: Leg | None = None
    id: str = field(default_factory=lambda: f"dialog-{next(_DIALOGS)}")
    streams: list[Stream] = field(default_factory=list)

    @property
    def events(self):
        return self.leg

    @events.setter
    def events(self, leg):
        self.leg = leg

    def swap_audio(self, other):
        """Each is heard where the other was; nothing is said to anybody."""

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


@dataclass
class FakeHairpin:
    """What a transferor is told of a transfer, as ``said``."""

    said: list[str] = field(default_factory=list)

    def ring(self):
        self.said.append("180")

    def answer(self):
        self.said.append("200")

    def hang_up(self, cause=Cause.NORMAL_CLEARING):
        self.said.append(f"end {cause.name}")


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
    def __init__(self, log, legs=()):
        self.log = log
        self.legs = list(legs)

    def add(self, leg):
        self.legs.append(leg)
        self.log.append(f"{leg.party} comes in")

    def remove(self, leg):
        if leg in self.legs:
            self.legs.remove(leg)

    def held(self, leg, held):
        self.log.append(f"{leg.party} {'holds' if held else 'resumes'}")

    def close(self):
        self.legs.clear()
        self.log.append("part")


class FakeMusic:
    def __init__(self, log, name=""):
        self.log = log
        self.name = f"{name} " if name else ""

    def start(self, leg):
        self.log.append(f"{self.name}music to {leg.party}")

    def stop(self, leg):
        self.log.append(f"no music to {leg.party}")


class FakeComfort:
    """What a caller hears while it rings."""

    def __init__(self, log, leg):
        self.log, self.leg = log, leg
        self.is_heard = False

    def ring(self):
        self.is_heard = True
        self.log.append(f"ringback to {self.leg.party}")

    def listen(self, far):
        self.is_heard = True
        self.log.append(f"early media to {self.leg.party} from {far.party}")

    def stop(self):
        if self.is_heard:
            self.log.append(f"no ringback to {self.leg.party}")


class FakeRecording:
    caller_file = callee_file = "nowhere.wav"

    def __init__(self, log):
        self.log = log
        self.marks = []

    def follow(self, side, leg):
        self.log.append(f"{side} is {leg.party}")

    def rest(self):
        self.log.append("recording rests")

    def mark(self, at, what, **sides):
        self.marks.append((what, *(" ".join(numbers) for numbers in sides.values())))


@dataclass
class Speech:
    """When whoever is recorded speaks, in seconds after the tone; else they are silent."""

    spans: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 1e9)])

    def at(self, second):
        return any(begin <= second < end for begin, end in self.spans)


class FakeDictation:
    """A file that grows as the loop's time passes, as pjsua's does."""

    STEP_S = 0.1

    def __init__(self, file, speech):
        self._file, self._speech = file, speech
        self._written_s = 0.0
        file.write_bytes(bytes(44))
        self._tick = asyncio.get_running_loop().call_later(self.STEP_S, self._grow)

    def _grow(self):
        count = int(8000 * self.STEP_S)
        tone = 8000 * np.sin(2 * np.pi * 440 / 8000 * np.arange(count))
        loud = self._speech.at(self._written_s + 1e-9)
        with self._file.open("ab") as file:
            file.write((tone if loud else 0 * tone).astype("<i2").tobytes())
        self._written_s += self.STEP_S
        self._tick = asyncio.get_running_loop().call_later(self.STEP_S, self._grow)

    async def close(self):
        self._tick.cancel()


class FakeHearing:
    """One leg hears another."""

    def __init__(self, log, speaker, hearer):
        self.log, self.words = log, f"{hearer.party} hears {speaker.party}"
        log.append(self.words)

    def stop(self):
        self.log.append(f"no more: {self.words}")


class FakeStudio:
    """What is heard, as lines of ``log``."""

    def __init__(self):
        self.log: list[str] = []
        self.bridges: list[FakeBridge] = []
        self.recordings: list[FakeRecording] = []
        self.speech = Speech()
        self.rate_hz = 8000
        self.music = FakeMusic(self.log)

    def music_of(self, name):
        return FakeMusic(self.log, name) if name else self.music

    def play(self, leg, prompt, language):
        self.log.append(f"play {prompt} {language}")
        return FakeSound(self.log, prompt)

    def comfort(self, leg):
        return FakeComfort(self.log, leg)

    def bridge(self, one, other):
        self.log.append(f"join {one.party} {other.party}")
        return self._bridge(one, other)

    def mix(self):
        return self._bridge()

    def broadcast(self, speaker):
        self.log.append(f"{speaker.party} speaks to all")
        return self._bridge(speaker)

    def hear(self, speaker, hearer):
        return FakeHearing(self.log, speaker, hearer)

    def beep(self, leg):
        self.log.append("beep")
        return FakeSound(self.log, "beep")

    def play_file(self, leg, path):
        self.log.append(f"play file {path.parent.name}/{path.name}")
        return FakeSound(self.log, path.name)

    def dictate(self, leg, file):
        return FakeDictation(file, self.speech)

    def _bridge(self, *legs):
        bridge = FakeBridge(self.log, legs)
        self.bridges.append(bridge)
        return bridge

    def record(self, recording_id, call_id, started_at):
        self.recordings.append(FakeRecording(self.log))
        return self.recordings[-1]

    def close_recording(self, recording, ended_at, when_done):
        self.log.append("recorded")
        when_done()


class Ledger:
    def __init__(self):
        self.records = []

    def put(self, record):
        self.records.append(record)

    def stored(self):
        done = Future()
        done.set_result(None)
        return done

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


class InlineDisk:
    """A home's disk without a thread, made when it is first touched."""

    def __init__(self):
        self._home = None
        self._db = None

    @property
    def home(self):
        if self._home is None:
            folder = tempfile.mkdtemp(prefix="markaz-disk-")
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            self._home = Home(Path(folder))
            self._home.make()
        return self._home

    @property
    def db(self):
        if self._db is None:
            self._db = open_store(self.home)
        return self._db

    async def do(self, work):
        return work(self.db)

    def close(self):
        self.db.close()


class Rig:
    """The exchange and everything around it. Make it inside a running loop."""

    def __init__(self, a_site=None, clock=None):
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
            disk=InlineDisk(),
            clock=clock or (lambda: 1_000_000.0 + loop.time()),
        )
        self.open()

    def open(self):
        """Start work."""
        self.exchange.open(self.stack, self.studio)

    def call(
        self,
        number,
        *,
        sender="102",
        line="",
        asserted=True,
        replaces=None,
        account="edge",
        is_private=False,
    ):
        """A new INVITE for ``number``; the dialog it came by."""
        dialog = FakeDialog()
        party = Party(user=sender, name="")
        invite = Invitation(
            source="127.0.0.2:1",
            called=number,
            sender=party,
            asserted=party if asserted else None,
            line=line,
            replaces=replaces,
            is_private=is_private,
        )
        dialog.leg = self.exchange.incoming(dialog, invite, "lines" if line else account)
        return dialog

    def refer(self, dialog, number="", *, replaces=None):
        """The party of ``dialog`` wants the other at ``number``, or with the party of its dialog
        ``replaces``; what it is told of that."""
        hairpin = FakeHairpin()
        request = TransferRequest(number, replaces)
        dialog.leg.on_transfer(request)
        request.attach(hairpin)
        return hairpin

    def replace(self, replaced, *, sender):
        """A new INVITE that takes the place of a dialog."""
        return self.call(
            "anything", sender=sender, replaces=Replaces(call_id=replaced.id, is_early_only=False)
        )

    async def until(self, condition, timeout_s=600.0):
        """Let time pass, a tenth of a second at a step, until ``condition()``."""
        for _ in range(int(timeout_s * 10)):
            if condition():
                return
            await asyncio.sleep(0.1)
        raise TimeoutError(f"not within {timeout_s:g} s")

    def rows(self, kind):
        return self.board.snapshot()["rows"].get(kind, [])


async def settle():
    """Let everything that can happen now happen."""
    for _ in range(20):
        await asyncio.sleep(0)
