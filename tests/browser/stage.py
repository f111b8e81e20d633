"""A stage for the console: a box's folder with a user, a site and calls in its store, and
daemons that serve real links but only say what a test lets them say."""

from __future__ import annotations

import hashlib
import math
import struct
import wave
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import soundfile
from pydantic import SecretStr

from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Extension, Language, Network, Office, Queue, Site
from firmware.config.sections.voicemail import Voicemail
from firmware.link import api
from firmware.link.rows import (
    AgentRow,
    CallerRow,
    CallRow,
    DaemonStatus,
    ExtensionRow,
    LegRow,
    LineRow,
    QueueRow,
    Row,
)
from firmware.link.server import Board, Server
from firmware.model.record import CallRecord, RecordingRecord
from firmware.store import calls, recordings, users
from firmware.store.db import open_store
from tests.rig.loop_thread import LoopThread
from web.wizard import progress
from web.wizard.progress import Progress, Step

USER = "owner"
PASSWORD = "correct horse battery"

APIS = {
    "switchd": api.SwitchApi,
    "lined": api.LinedApi,
    "edge": api.EdgeApi,
    "recorder": api.DaemonApi,
    "outbox": api.OutboxApi,
    "provision": api.ProvisionApi,
    "deviced": api.DevicedApi,
}
DAEMON_OF = {
    "alarm": "recorder",
    "health": "deviced",
    "internet": "edge",
    "power": "deviced",
    "emergency": "switchd",
    "person": "switchd",
    "phone": "provision",
    "trunk": "switchd",
    "ussd": "lined",
    "window": "provision",
    "line": "lined",
    "loopback": "lined",
    "learning": "lined",
    "extension": "edge",
    "leg": "switchd",
    "call": "switchd",
    "queue": "switchd",
    "take": "switchd",
    "agent": "switchd",
    "listener": "switchd",
    "queue_alert": "outbox",
}


def make_home(root: Path, *, language: str = "en", console_port: int = 8080) -> Home:
    """A box's folder: a site with two extensions and a queue, set up; no user, no calls."""
    home = Home(root)
    home.make()
    site = Site(
        office=Office(name="دفتر مرکزی", language=Language(language)),
        network=Network(console_port=console_port),
        extension=(
            Extension(number="101", name="سارا احمدی", password=SecretStr("s3cret-of-101")),
            Extension(number="102", name="Ali Rezaei", password=SecretStr("s3cret-of-102")),
        ),
        queue=(Queue(name="support", title="پشتیبانی", members=("101",)),),
        voicemail=Voicemail(for_everyone=True),
    )
    history.create_first(home, site)
    progress.keep(home, Progress(done=frozenset(Step)))
    return home


def add_user(home: Home) -> None:
    """Let USER sign in with PASSWORD."""
    with store(home) as db:
        users.create(db, USER, PASSWORD)


@contextmanager
def store(home: Home) -> Iterator:
    """The store, open."""
    db = open_store(home)
    try:
        yield db
    finally:
        db.close()


def add_calls(home: Home, *records: CallRecord) -> None:
    """Write call records."""
    with store(home) as db:
        for record in records:
            calls.save(db, record)


def call_record(ident: str, started_at: float, **changes) -> CallRecord:
    """An answered call of 20 s, 15 of them talk."""
    fields = {
        "answered_at": started_at + 5,
        "ended_at": started_at + 20,
        "caller": "02188776655",
        "caller_name": "شرکت نمونه",
        "called": "02122334455",
        "place": "queue:support",
        "disposition": "answered",
    }
    return CallRecord(id=ident, started_at=started_at, **{**fields, **changes})


CODINGS = {"flac": ("PCM_16", None, "FLAC"), "opus": ("OPUS", None, "OGG")}
"""As soundfile wants them: the coding, the endianness, the container."""


def add_recording(
    home: Home, call_id: str, *, seconds: float = 3.0, kind: str = "wav"
) -> RecordingRecord:
    """A finished recording of a call: 440 Hz on its left channel, 1 kHz on its right. ``kind`` is
    its format: "wav", "flac" or "opus"."""
    path = f"2026/11/21/{call_id}.wav"
    file = home.recordings / path
    file.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(file), "wb") as wav:
        wav.setnchannels(2)
        wav.setsampwidth(2)
        wav.setframerate(8000)
        wav.writeframes(b"".join(_frame(n) for n in range(int(8000 * seconds))))
    if kind != "wav":
        sound, rate_hz = soundfile.read(file)
        file.unlink()
        path, file = f"2026/11/21/{call_id}.{kind}", file.with_suffix(f".{kind}")
        soundfile.write(file, sound, rate_hz, *CODINGS[kind])
    content = file.read_bytes()
    record = RecordingRecord(
        id=f"rec-{call_id}",
        call_id=call_id,
        path=path,
        started_at=0.0,
        length_s=seconds,
        rate_hz=8000,
        channels=2,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        format=kind,
    )
    with store(home) as db:
        recordings.save(db, record)
    return record


def _frame(n: int) -> bytes:
    tones = (math.sin(2 * math.pi * hz * n / 8000) for hz in (440, 1000))
    return struct.pack("<hh", *(int(8000 * tone) for tone in tones))


class Well:
    """A daemon that is well, and can do nothing."""

    def __init__(self, name: str) -> None:
        self._name = name

    def status(self) -> DaemonStatus:
        return DaemonStatus(
            name=self._name, version="1", pid=1, up_s=1.0, config_version=1, warnings=()
        )


class Daemons:
    """The daemons as far as a link shows them, each stopped and started at will."""

    def __init__(self, home: Home, answers: Mapping[str, object] | None = None) -> None:
        """``answers``: who answers what a daemon is asked; the others refuse."""
        self._home = home
        self._answers = answers or {}
        self._servers: dict[str, Server] = {}
        self._boards: dict[str, Board] = {}

    def __enter__(self) -> Daemons:
        self._loop = LoopThread("daemons")
        for name in APIS:
            self.start(name)
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self._servers):
            self.stop(name)
        self._loop.end()

    def start(self, name: str) -> None:
        """Start a daemon, which knows nothing yet."""
        self._boards[name] = Board()
        server = Server(
            self._home.link(name),
            name,
            APIS[name],
            self._answers.get(name) or Well(name),
            self._boards[name],
        )
        self._loop.do(server.open())
        self._servers[name] = server

    def stop(self, name: str) -> None:
        """Stop a daemon; its rows are lost."""
        self._loop.do(self._servers.pop(name).close())

    def post(self, event: str, row: Row) -> None:
        """Let the daemon whose row it is report an event."""
        board = self._boards[DAEMON_OF[event.partition(".")[0]]]
        self._loop.call(board.post, event, row)


# -- rows ---------------------------------------------------------------------------------


def line(ident: str = "fxo-1", **changes) -> LineRow:
    """A free trunk line."""
    fields = {
        "kind": "trunk",
        "state": "idle",
        "simulated": True,
        "number": "",
        "signal_dbm": None,
        "fault": "",
    }
    return LineRow(id=ident, **{**fields, **changes})


def extension(ident: str = "101", **changes) -> ExtensionRow:
    """A registered extension."""
    fields = {
        "name": "سارا احمدی",
        "registered": True,
        "contact": "udp:127.0.0.1:5061",
        "user_agent": "Yealink SIP-T31P 124.86.0.40",
    }
    return ExtensionRow(id=ident, **{**fields, **changes})


def call(ident: str, started_at: float, **changes) -> CallRow:
    """A call in a menu."""
    fields = {
        "answered_at": None,
        "caller": "02188776655",
        "caller_name": "",
        "called": "02122334455",
        "place": "ivr:main",
        "recording": False,
        "disposition": "",
    }
    return CallRow(id=ident, started_at=started_at, **{**fields, **changes})


def leg(ident: str, party: str, state: str = "answered") -> LegRow:
    """The leg of a telephone we call."""
    return LegRow(
        id=ident,
        call=ident.partition(".")[0],
        state=state,
        direction="outbound",
        party=party,
        cause=0,
    )


def queue(ident: str = "support", *waiting: CallerRow, title: str = "پشتیبانی") -> QueueRow:
    """A queue with its waiting callers."""
    return QueueRow(id=ident, title=title, waiting=waiting)


def agent(ident: str, since: float, state: str = "available", **changes) -> AgentRow:
    """An agent of the queue "support"."""
    fields = {"name": "سارا احمدی", "queues": ("support",), "call": ""}
    return AgentRow(id=ident, state=state, since=since, **{**fields, **changes})
