"""The simulated telephone on a station line under test: what its user does, and what they hear."""

from __future__ import annotations

import itertools
import wave
from pathlib import Path

from firmware.link.api import BenchApi
from firmware.link.client import Link
from firmware.link.rows import FarRow, LineRow
from tests.rig import audio
from tests.rig.audio import Sound
from tests.rig.box import Box
from tests.rig.until import until


class Handset:
    """The telephone of ``line``. Its user says a tone of ``tone_hz`` whenever it is lifted."""

    def __init__(self, box: Box, line: str, folder: Path, *, tone_hz: int) -> None:
        self.line = line
        self.tone_hz = tone_hz
        self._box = box
        self._folder = folder
        self._tone = audio.write_tone(folder / f"{line}-says.wav", tone_hz)
        self._lifts = itertools.count(1)
        self._heard = folder / "nothing.wav"

    # -- what the user does ---------------------------------------------------------------

    def lift(self, digits: str = "") -> None:
        """Lift the handset: answer, or dial after dial tone."""
        self._heard = self._folder / f"{self.line}-{next(self._lifts)}.wav"
        with self._world() as link:
            link.call(BenchApi.lift, self.line, digits, str(self._tone), str(self._heard))

    def flash(self, digits: str = "") -> None:
        """Flash, and dial after dial tone."""
        with self._world() as link:
            link.call(BenchApi.flash, self.line, digits)

    def hang_up(self) -> None:
        """Replace the handset."""
        with self._world() as link:
            link.call(BenchApi.hang_up, self.line)

    # -- what happens ---------------------------------------------------------------------

    def until_ringing(self, timeout_s: float = 6.0) -> None:
        """Its bell rings."""
        until(lambda: self._row().state == "ringing", timeout_s, f"{self.line} rings")

    def until_state(self, state: str, timeout_s: float = 8.0) -> None:
        """lined says so of the line."""
        until(lambda: self.line_row().state == state, timeout_s, f"{self.line} is {state}")

    def line_row(self) -> LineRow:
        """The line as lined shows it."""
        with self._box.link("lined") as link:
            rows = link.snapshot().get("line", ())
        return next(row for row in rows if isinstance(row, LineRow) and row.id == self.line)

    def heard(self) -> Sound:
        """What the user heard since they lifted the handset."""
        try:
            return audio.read(self._heard)
        except (FileNotFoundError, wave.Error):  # nothing is written before the first frames
            return audio.NOTHING

    def hear(self, seconds: float) -> Sound:
        """What the user hears from now on, for so long."""
        start_s = self.heard().length_s + 0.3
        until(
            lambda: self.heard().length_s > start_s + seconds,
            seconds + 5,
            f"{self.line} hears for {seconds} s",
        )
        return self.heard().part(start_s, start_s + seconds)

    def _row(self) -> FarRow:
        with self._world() as link:
            rows = link.snapshot().get("far", ())
        return next(row for row in rows if isinstance(row, FarRow) and row.id == self.line)

    def _world(self) -> Link:
        return self._box.link("bench")
