"""Learning quietly from daily calls: what each showed of the exchange is kept as evidence.

While a call is up, nothing is computed: the first and the last seconds of what is heard are
kept, and the signals on the wires. Afterwards they are measured where nobody waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import msgspec

from firmware.lined.learning.probe import Work
from firmware.model.evidence import Evidence, Sighting
from firmware.model.learning import Setting
from firmware.model.tones import ToneSetting
from hw.dahdi import port
from hw.signal.measure import Measured, measure

log = logging.getLogger(__name__)

_FIRST_FRAMES = 700  # 14 s: two bursts of any ringback
_LAST_FRAMES = 450  # 9 s: four periods of any busy tone
_PURE, _BUSY_PERIODS, _RINGBACK_PERIODS = 0.85, 2.0, 1.5  # busy tone ends a call after three
_PAUSE_MS = 1200  # ringback pauses longer, busy tone shorter
_TALK_FRAMES = 1500  # a call that was dialled and lasts 30 s was answered
_SOON_S = 12.0  # who hangs up so soon after a signal on the wires has heard that it is over


class DailyWatch:
    """Watches the calls of one line (``firmware.lined.trunk.Watcher``). ``learned`` is told
    when there is new evidence."""

    def __init__(
        self,
        file: Path,
        *,
        work: Work,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
        learned: Callable[[Evidence], None],
    ) -> None:
        self._file = file
        self._work = work
        self._clock = clock
        self._wall_clock = wall_clock
        self._learned = learned
        self.evidence = _read(file)
        self._studies: set[asyncio.Task[None]] = set()
        self._clear()

    def _clear(self) -> None:
        self._outgoing = self._is_up = False
        self._frames = 0
        self._first: list[bytes] = []
        self._last: deque[bytes] = deque(maxlen=_LAST_FRAMES)
        self._wires: list[tuple[float, str]] = []

    # -- of the line ----------------------------------------------------------------------

    def began(self, *, outgoing: bool) -> None:
        """A call's audio is through: it was answered here, or dialled."""
        self._clear()
        self._is_up = True
        self._outgoing = outgoing

    def hear(self, frame: bytes) -> None:
        """20 ms of a call (the poller's thread)."""
        self._frames += 1
        if self._outgoing and self._frames <= _FIRST_FRAMES:
            self._first.append(frame)
        self._last.append(frame)

    def wires(self, event: object) -> None:
        """Something happened on the wires."""
        if not self._is_up:
            return
        match event:
            case port.PolarityReversed():
                self._wires.append((self._clock(), "polarity"))
            case port.BatteryDropped():
                self._wires.append((self._clock(), "battery"))

    def ended(self) -> None:
        """The call is over."""
        if not self._is_up:
            return
        was_talk = not self._outgoing or self._frames >= _TALK_FRAMES
        end_s = self._clock()
        signals = [sign for at_s, sign in self._wires if end_s - at_s <= _SOON_S]
        seen: list[tuple[Setting, str]] = []
        if self._outgoing and was_talk:
            before = {sign for at_s, sign in self._wires if end_s - at_s > _SOON_S}
            seen.append((Setting.ANSWER, "polarity" if "polarity" in before else "delay"))
        study = self._study(
            b"".join(self._first),
            b"".join(self._last),
            signals=signals if was_talk else (),
            was_talk=was_talk,
            seen=seen,
        )
        self._clear()
        task = asyncio.get_running_loop().create_task(study)
        self._studies.add(task)
        task.add_done_callback(self._studies.discard)

    def forget(self) -> None:
        """Begin anew."""
        self.evidence = Evidence()
        self._file.unlink(missing_ok=True)

    # -- afterwards -----------------------------------------------------------------------

    async def _study(
        self,
        first: bytes,
        last: bytes,
        *,
        signals: Sequence[str],
        was_talk: bool,
        seen: list[tuple[Setting, str]],
    ) -> None:
        end = await self._work(partial(measure, last))
        begin = await self._work(partial(measure, first))
        told = list(dict.fromkeys(signals))
        if end is not None and _is_busy(end):
            seen.append((Setting.BUSY, _text(end)))
            told += ["tones"] if was_talk else []
        if told:
            seen.append((Setting.HANG_UP, "+".join(told)))
        if begin is not None and _is_ringback(begin):
            seen.append((Setting.RINGBACK, _text(begin)))
        if not seen:
            return
        at = self._wall_clock()
        self.evidence = self.evidence.with_(
            [Sighting(setting=setting, value=value, at=at) for setting, value in seen]
        )
        self._learned(self.evidence)
        await self._work(partial(_write, self._file, self.evidence))


def _is_busy(tone: Measured) -> bool:
    pause_ms = max(tone.cadence_ms[1::2], default=_PAUSE_MS)
    return tone.purity >= _PURE and pause_ms < _PAUSE_MS and tone.periods >= _BUSY_PERIODS


def _is_ringback(tone: Measured) -> bool:
    pause_ms = max(tone.cadence_ms[1::2], default=0)
    return tone.purity >= _PURE and pause_ms >= _PAUSE_MS and tone.periods >= _RINGBACK_PERIODS


def _text(tone: Measured) -> str:
    freqs_hz = tuple(round(hz) for hz in tone.freqs_hz)
    return str(ToneSetting(freqs_hz=freqs_hz, cadence_ms=tone.cadence_ms))


def _read(file: Path) -> Evidence:
    """What is remembered. A file that is not there or spoilt is forgotten: it can be had again."""
    try:
        evidence = msgspec.json.decode(file.read_bytes(), type=Evidence)
        return Evidence(sightings=tuple(one for one in evidence.sightings if one.is_whole))
    except FileNotFoundError:
        return Evidence()
    except (OSError, msgspec.DecodeError) as error:
        log.warning("%s cannot be read (%s): the line is learned anew", file, error)
        return Evidence()


def _write(file: Path, evidence: Evidence) -> None:
    new = file.with_suffix(".new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new.write_bytes(msgspec.json.encode(evidence))
        new.replace(file)
    except OSError as error:
        log.warning("%s cannot be written (%s): what daily calls taught may be lost", file, error)
