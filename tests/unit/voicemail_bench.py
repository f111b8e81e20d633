"""An office whose people have voicemail boxes."""

from __future__ import annotations

import asyncio
from contextlib import closing

from firmware.config import history
from firmware.config.schema import Extension
from firmware.config.sections.voicemail import Voicemail
from firmware.recorder.keeper import ROUND_S, Keeper
from firmware.recorder.sweep import Sweeper
from firmware.store import mailboxes
from firmware.store.db import open_store
from tests.unit.switchd_bench import Rig, Speech, settle, site

PIN = "7291"
QUIET = Speech(spans=[])


class Office(Rig):
    """An exchange in which everybody has a box; the recorder keeps what is said, and sweeps when it
    is asked to."""

    def __init__(self, **settings):
        people = (
            Extension(number="101", name="Sara", password="not-a-secret-1"),
            Extension(number="102", name="Omar", password="not-a-secret-2", language="fa"),
            Extension(number="201", name="Desk", language="ar"),
        )
        voicemail = Voicemail(**{"for_everyone": True, **settings})
        super().__init__(site(voicemail=voicemail, extension=people))
        self.disk = self.exchange.mailroom._disk
        self.home = self.disk.home
        history.create_first(self.home, site(voicemail=voicemail, extension=people))
        clock = asyncio.get_running_loop().time
        spools = [(self.home.ram_voicemail, self.home.voicemail_spool)]
        self._keeper = Keeper(spools, lambda: None, clock)
        self._keeping = asyncio.create_task(self._keep())

    @property
    def heard(self):
        """What was begun to be played, in order, without the language."""
        return [
            line.removeprefix("play ").rpartition(" ")[0] if line != "beep" else line
            for line in self.studio.log
            if line.startswith("play ") or line == "beep"
        ]

    def recorder(self):
        """Let the recorder sweep once; how many messages it kept."""
        sweeper = Sweeper(self.home)
        sweeper._purge_at = float("inf")  # its clock is the wall's, and here it is 1970
        return sweeper.sweep()

    async def _keep(self):
        while True:
            await asyncio.sleep(ROUND_S)
            self._keeper.keep({row.id for row in self.rows("recording")})

    def messages(self, number, *states):
        with closing(open_store(self.home)) as db:
            return mailboxes.messages(db, number, *states)

    def spool(self):
        places = (self.home.ram_voicemail, self.home.voicemail_spool)
        return sorted(path.name for place in places for path in place.iterdir())

    async def keys(self, dialog, keys, pause_s=0.3):
        """Press keys, one after the other."""
        for key in keys:
            await asyncio.sleep(pause_s)
            dialog.leg.on_digit(key)
        await settle()

    async def leave(self, number, speech_s=5.0, sender="102", by="#"):
        """Leave a message of so many seconds."""
        before = self.heard.count("beep")
        caller = self.call(f"*99{number}", sender=sender)
        await self.until("beep", before + 1)
        await asyncio.sleep(2.0 + speech_s)
        if by == "#":
            caller.leg.on_digit("#")
            await asyncio.sleep(3.0)
        else:
            caller.leave()
            await asyncio.sleep(2 * ROUND_S)
        await settle()
        assert self.recorder() == 1
        return caller

    async def until(self, heard, count=1):
        """Wait until something is played for the so-many-th time."""
        for _ in range(4000):
            if self.heard.count(heard) >= count:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{heard} was not heard: {self.heard}")

    async def set_pin(self, number, pin=PIN):
        assert await self.exchange.mailroom.set_pin(number, pin) is None
