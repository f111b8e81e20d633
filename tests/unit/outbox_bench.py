"""A home with letters, a clock, and a real SMTP server."""

from __future__ import annotations

import wave
from contextlib import closing

from firmware.config.home import Home
from firmware.config.schema import Extension, Office, Site
from firmware.config.sections.mail import Mail, Security
from firmware.config.sections.voicemail import Mailbox, Voicemail
from firmware.model.letter import Channel, Letter
from firmware.model.voicemail import Message
from firmware.outbox.mail import MailRoute
from firmware.outbox.sender import Sender
from firmware.store import outbox
from firmware.store.db import open_store

AT = 1795288557.5  # 21 November 2026, 22:45:57 in Tehran
PASSWORD = "s3cret-of-the-mail"


def home_at(tmp_path):
    home = Home(tmp_path)
    home.make()
    return home


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Post:
    """A sender with a clock that jumps, and the settings it is told."""

    def __init__(self, home, port=25, **mail):
        self.home = home
        self.mail = Mail(
            **{
                "server": "127.0.0.1",
                "port": port,
                "sender": "box@example.com",
                "security": Security.NONE,
                **mail,
            }
        )
        self.clock = Clock()
        self.changed = []
        self.start()

    def start(self):
        """The process starts again: what was only in memory is gone."""
        route = MailRoute(self.home, lambda: (self.mail, "Office"))
        self.sender = Sender(
            self.home,
            {Channel.MAIL: route},
            keep_trying_s=lambda: 3600.0 * self.mail.keep_trying_h,
            clock=self.clock,
            wall=lambda: 1e9 + self.clock.now,
            mailbox_changed=self.changed.append,
        )

    def put(self, ident, recipient="a@example.com", **fields):
        letter = Letter(
            ident=ident,
            channel=Channel.MAIL,
            recipient=recipient,
            subject=ident,
            body="text\n",
            created_at=AT,
            **fields,
        )
        with closing(open_store(self.home)) as db:
            outbox.put(db, letter)

    def state(self, ident):
        with closing(open_store(self.home)) as db:
            return outbox.find(db, ident)

    def run_for(self, seconds, step_s=2.0):
        """Rounds for so long, on the clock; how many letters went."""
        sent, end = 0, self.clock.now + seconds
        while self.clock.now < end:
            sent += self.sender.round()
            self.clock.now += step_s
        return sent


def spoken(home, ident="17.m1", box="101", **fields):
    """A message whose file lies in its place: two seconds."""
    path = home.voicemail / box / f"{ident}.wav"
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(range(256)) * 125)
    return Message(
        **{
            "id": ident,
            "box": box,
            "call_id": "17",
            "caller": "09121234567",
            "caller_name": "علی رضایی",
            "path": f"{box}/{ident}.wav",
            "recorded_at": AT,
            "length_s": 125.4,
            "rate_hz": 8000,
            "bytes": path.stat().st_size,
            "sha256": "0" * 64,
            **fields,
        }
    )


def site(**box):
    return Site(
        office=Office(name="دفتر مرکزی", language="en"),
        extension=(Extension(number="101", name="سارا احمدی", password="x-of-101"),),
        voicemail=Voicemail(
            box=(Mailbox(**{"extension": "101", "email": "sara@example.com", **box}),)
        ),
        mail=Mail(server="127.0.0.1", sender="box@example.com"),
    )
