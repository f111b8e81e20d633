"""A driver of updates on slots that remember orders, with a clock that jumps, and an address."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from firmware.config.home import Home
from firmware.config.sections.update import Update
from firmware.model.update import Around, UpdateState
from firmware.update import journal
from firmware.update.driver import Driver, Surrounding
from firmware.update.settle import Start, note_start
from firmware.update.slots import Signed, Slot, SlotsFailed
from firmware.update.trial import Trial

CONTENT = bytes(range(256)) * 4000
S = UpdateState


def not_in_the_loop() -> None:
    """RAUC takes seconds to answer; whoever asks the daemon meanwhile does not wait for that."""
    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()


@dataclass
class Boxed:
    """``Slots`` without a disk. A bundle is text: "good 1.1.0", and its first word decides."""

    board: str = "markaz-x86"
    is_there: bool = True
    current: str = "A"
    next: str = "A"
    held: dict[str, str] = field(default_factory=lambda: {"A": "1.0.0", "B": ""})
    good: set[str] = field(default_factory=lambda: {"A"})
    marks: list[bool] = field(default_factory=list)
    fails: int = 0

    def slots(self) -> Sequence[Slot]:
        not_in_the_loop()
        return [
            Slot(
                name=name,
                is_booted=name == self.current,
                is_good=name in self.good,
                version=self.held[name],
            )
            for name in "AB"
        ]

    def signed(self, bundle: Path) -> Signed:
        not_in_the_loop()
        head = bundle.read_bytes().partition(b"\n")[0].decode()
        word, version, board = [*head.split(), self.board][:3]
        if word != "good":
            raise SlotsFailed("signature verification failed")
        return Signed(version=version, board=board, notes="", build="")

    def install(self, bundle: Path, told: Callable[[int], None]) -> None:
        self.good.discard("B")
        told(50)
        if self.fails:
            self.fails -= 1
            raise SlotsFailed("no space left on the slot")
        self.held["B"] = self.signed(bundle).version

    def choose_other(self) -> None:
        not_in_the_loop()
        self.next = "B" if self.current == "A" else "A"
        self.good.add(self.next)

    def mark(self, *, good: bool) -> None:
        not_in_the_loop()
        if self.fails:
            self.fails -= 1
            raise SlotsFailed("the service is not there yet")
        self.marks.append(good)


class Stage:
    """A driver, and what it is given."""

    def __init__(self, home: Home, sticks: Path) -> None:
        self.home = home
        self.slots = Boxed()
        self.wish = Update()
        self.around = Around(live_calls=0, quiet_s=0, emergency_s=None, minute=720)
        self.now = 1_795_000_000.0
        self.restarts = 0
        self.sticks = sticks
        self.driver = self.fresh()

    def fresh(self) -> Driver:
        """The program starts anew."""
        given = Surrounding(
            wish=lambda: self.wish,
            around=lambda: self.around,
            sticks=self.sticks,
            release=self.slots.held[self.slots.current],
            restart=self._restart,
            wall=lambda: self.now,
        )
        self.driver = Driver(self.home, self.slots, given, lambda: None)
        return self.driver

    def _restart(self) -> None:
        self.restarts += 1

    @property
    def state(self) -> UpdateState:
        return self.driver.known.state

    async def work(self) -> None:
        """Until the task at hand is over."""
        while self.driver.is_working:
            await asyncio.sleep(0)
            await asyncio.to_thread(lambda: None)

    async def tick(self) -> UpdateState:
        self.driver.tick()
        await self.work()
        return self.state

    def start(self, slot: str) -> None:
        """The machine started from a slot: what settling notes, and the program anew."""
        self.slots.current = slot
        start = Start(slot=slot, release=self.slots.held[slot])
        journal.write(self.home, note_start(journal.read(self.home), start, at=self.now))
        self.fresh()

    def trial(self, call: Callable[[], str]) -> Trial:
        def wait(seconds: float) -> None:
            self.now += seconds

        return Trial(
            self.home,
            self.slots,
            call=call,
            restart=self._restart,
            wait=wait,
            clock=lambda: self.now,
            wall=lambda: self.now,
        )


def bundle_file(folder: Path, text: str = "good 1.1.0", name: str = "b.raucb") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(text.encode() + b"\n" + CONTENT)
    return path


async def installed(stage: Stage, folder: Path) -> None:
    stage.driver.bring(bundle_file(folder))
    await stage.work()
    stage.driver.install()
    await stage.work()


async def on_trial(stage: Stage, folder: Path) -> None:
    await installed(stage, folder)
    stage.driver.switch(cut_calls=False)
    await stage.work()
    stage.start("B")


class Shop:
    """A web server with one bundle; ``cut_after`` ends an answer after so many bytes."""

    def __init__(self) -> None:
        self.content = b"good 1.1.0\n" + CONTENT
        self.index = {"version": "1.1.0", "file": "m-1.1.0.raucb", "notes": "better"}
        self.cut_after: int | None = None
        self.knows_ranges = True
        self.ranges: list[str] = []

    async def describe(self, _request: web.Request) -> web.Response:
        digest = hashlib.sha256(self.content).hexdigest()
        told = {"bytes": len(self.content), "sha256": digest, **self.index}
        return web.Response(text=json.dumps(told))

    async def give(self, request: web.Request) -> web.StreamResponse:
        self.ranges.append(request.headers.get("Range", ""))
        first = int(self.ranges[-1].removeprefix("bytes=").rstrip("-") or 0)
        first = first if self.knows_ranges else 0
        rest = self.content[first:]
        answer = web.StreamResponse(status=206 if self.knows_ranges else 200)
        answer.content_length = len(rest)
        await answer.prepare(request)
        await answer.write(rest[: self.cut_after])
        if self.cut_after is not None:
            assert request.transport is not None
            request.transport.close()
        return answer
