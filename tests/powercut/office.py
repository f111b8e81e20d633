"""The office in the guest: twenty calls that speak and are recorded, records, messages, settings.

    python3 -m tests.powercut.office HOME DEVICE SECONDS [--boot NUMBER] [--without-sync]

The recorder and the store's writer are the product's. What speaks stands for pjsua: it writes
both sides of each call into memory as pjmedia does, four kilobytes at a time.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import msgspec
import numpy as np

from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.model.acd_piece import AcdPiece
from firmware.model.record import CallRecord
from firmware.recorder.wav import header
from firmware.store.writer import StoreWriter
from tests.powercut.marks import Marker

RATE_HZ = 16000
CALLS = 20
BLOCK_SAMPLES = 2048
"""pjmedia writes its files four kilobytes at a time."""

_TICK_S = 0.1
_CALL_S = (12.0, 40.0)
"""The shortest and the longest call."""


class Speaker:
    """One call after another, recorded; each side says a tone of its own."""

    def __init__(self, home: Home, marker: Marker, boot: int, number: int, now_s: float) -> None:
        self._home = home
        self._marker = marker
        self._boot = boot
        self._number = number
        self._calls = itertools.count()
        self._dice = np.random.default_rng(number)
        self._begin(now_s)

    def _begin(self, now_s: float) -> None:
        self.ident = f"{self._boot}-{self._number}-{next(self._calls)}"
        self._folder = self._home.ram_recordings / self.ident
        self._folder.mkdir(mode=0o700)
        self._began_s = now_s
        self._length_s = self._dice.uniform(*_CALL_S)
        self._said = self._written = 0
        meta = {"id": self.ident, "call": self.ident, "started_at": time.time(), "rate_hz": RATE_HZ}
        (self._folder / "meta.json").write_bytes(msgspec.json.encode(meta))
        self._sides = [(self._folder / f"{side}.wav").open("wb") for side in ("caller", "callee")]
        for file in self._sides:
            file.write(header(RATE_HZ, 1, 0))
            file.flush()

    def speak(self, now_s: float) -> None:
        """Say what is due."""
        self._said = round((now_s - self._began_s) * RATE_HZ)
        blocks = (self._said - self._written) // BLOCK_SAMPLES * BLOCK_SAMPLES
        is_over = now_s - self._began_s >= self._length_s
        self._write(self._said - self._written if is_over else blocks)
        if is_over:
            self._end()
            self._begin(now_s)

    def _write(self, samples: int) -> None:
        at = np.arange(self._written, self._written + samples)
        for side, file in enumerate(self._sides):
            file.write(tone(self._number, side, at).tobytes())
            file.flush()
        self._written += samples

    def _end(self) -> None:
        for file in self._sides:
            file.seek(0)
            file.write(header(RATE_HZ, 1, 2 * self._written))
            file.close()
        (self._folder / "done").write_text("{}")
        self._marker.mark("ended", id=self.ident, samples=self._written)

    def state(self) -> list[object]:
        """Which call it is in, and how many samples were said of it."""
        return [self.ident, self._said]


def tone(number: int, side: int, at: np.ndarray) -> np.ndarray:
    """What one side of a speaker's calls says at these samples."""
    hz = 300 + 40 * number + 17 * side
    return (8000 * np.sin(2 * np.pi * hz / RATE_HZ * at)).astype("<i2")


class Promises:
    """Everything that is acknowledged, and marked when it is."""

    def __init__(self, home: Home, marker: Marker, boot: int) -> None:
        self._home = home
        self._marker = marker
        self._boot = boot
        self._writer = StoreWriter(home)
        self._count = itertools.count(1)

    def put(self) -> None:
        """A call record and an agent's state; marked when the writer says they are stored."""
        number, at = next(self._count), time.time()
        ident = f"call-{self._boot}-{number}"
        self._writer.put(CallRecord(id=ident, started_at=at, ended_at=at, caller=f"0912{number}"))
        agent = f"agent:{self._boot}"
        self._writer.put(AcdPiece(id=agent, changed_at=at, piece=f'{{"calls": {number}}}'))

        def tell(stored: Future[None]) -> None:
            if stored.exception() is None:
                self._marker.mark("stored", number=number)

        self._writer.stored().add_done_callback(tell)

    def configure(self, comment: str) -> None:
        """A new version of the site; marked when it is accepted."""
        _number, text = history.current_text(self._home)
        version = history.apply(self._home, text + f"# {comment}\n", "technician", comment)
        self._marker.mark("configured", version=version)


def serve(home: Home, marker: Marker, boot: int, length_s: float) -> None:
    """Until the time is over, or the machine is."""
    now: Callable[[], float] = time.monotonic
    began_s = now()
    promises = Promises(home, marker, boot)
    speakers = [Speaker(home, marker, boot, number, now()) for number in range(CALLS)]
    for tick in itertools.count():
        for speaker in speakers:
            speaker.speak(now())
        marker.mark("said", now=now(), calls=[speaker.state() for speaker in speakers])
        if tick % 3 == 0:
            promises.put()
        if tick % 70 == 69:
            promises.configure(f"change {boot}-{tick}")
        if now() - began_s > length_s:
            return
        time.sleep(max(0.0, began_s + (tick + 1) * _TICK_S - now()))


_WITHOUT_SYNC = """
from firmware.recorder import keeper
keeper.FileSystem.sync = lambda self: None
from firmware.recorder.main import main
main()
"""


def main() -> None:
    """Start the recorder, then the office."""
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("device", type=Path)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--boot", type=int, default=0)
    parser.add_argument("--without-sync", action="store_true", help="to see that it shows")
    asked = parser.parse_args()
    home = Home(asked.home)
    home.make()
    if not home.config_db.exists():
        history.create_first(home, Site())
    program = ["-c", _WITHOUT_SYNC] if asked.without_sync else ["-m", "firmware.recorder.main"]
    environment = {"MARKAZ_HOME": str(home.root)}
    home.link("recorder").unlink(missing_ok=True)  # it may be from before the machine was killed
    with subprocess.Popen(
        [sys.executable, *program], env={**os.environ, **environment}
    ) as recorder:
        while not home.link("recorder").exists():
            if recorder.poll() is not None:
                raise SystemExit("the recorder does not start; why stands above")
            time.sleep(_TICK_S)
        serve(home, Marker(asked.device, asked.boot), asked.boot, asked.seconds)
        recorder.terminate()


if __name__ == "__main__":
    main()
