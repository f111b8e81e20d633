"""Voicemail boxes on a stage: messages in a store, and switchd's own mailroom behind its link."""

from __future__ import annotations

import hashlib
import time
import wave
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import SimpleNamespace

import numpy as np

from firmware.config import history
from firmware.config.home import Home
from firmware.link.api import SwitchApi
from firmware.link.server import Board, Server
from firmware.model.voicemail import Message
from firmware.store import mailboxes
from firmware.store.db import open_store
from firmware.switchd import plans
from firmware.switchd.control_voicemail import VoicemailControl
from firmware.switchd.disk import DiskThread
from firmware.switchd.mailroom import Mailroom
from tests.rig.loop_thread import LoopThread


def add_message(home: Home, ident: str, box: str = "101", **fields) -> Message:
    """A message of three seconds of 440 Hz."""
    path = home.voicemail / box / f"{ident}.wav"
    path.parent.mkdir(exist_ok=True)
    seconds = fields.get("length_s", 3.0)
    tone = 8000 * np.sin(2 * np.pi * 440 / 8000 * np.arange(int(8000 * seconds)))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(tone.astype("<i2").tobytes())
    content = path.read_bytes()
    message = Message(
        **{
            "id": ident,
            "box": box,
            "call_id": "c1",
            "caller": "09121234567",
            "caller_name": "شرکت نمونه",
            "path": f"{box}/{ident}.wav",
            "recorded_at": time.time() - 600,
            "length_s": seconds,
            "rate_hz": 8000,
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            **fields,
        }
    )
    with closing(open_store(home)) as db:
        mailboxes.insert(db, message)
    return message


def states(home: Home, box: str = "101") -> dict[str, str]:
    """The state of every message of a box."""
    with closing(open_store(home)) as db:
        found = mailboxes.messages(db, box, "new", "saved", "deleted")
    return {message.id: message.state for message in found}


@contextmanager
def mailroom(home: Home) -> Iterator[Board]:
    """switchd as far as voicemail goes: its mailroom, its control, its link."""
    loop = LoopThread("mailroom")
    board = Board()

    async def open_link() -> tuple[Server, Mailroom]:
        site = history.load_current(home)[1]
        room = Mailroom(
            disk=DiskThread(home),
            board=board,
            site=lambda: site,
            plan=lambda: plans.dialplan(site),
            clock=time.time,
        )
        control = VoicemailControl(SimpleNamespace(mailroom=room))
        server = Server(home.link("switchd"), "switchd", SwitchApi, control, board)
        await server.open()
        return server, room

    server, room = loop.do(open_link())
    try:
        yield board
    finally:
        loop.do(server.close())
        loop.settle()
        room.close()
        loop.end()
