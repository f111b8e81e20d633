"""The battery's history: what it taught, what it is doing now, both kept by the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from firmware.model.power.battery import Battery, Discharge, End, Sample, learnt
from firmware.model.power.reading import Reading
from firmware.model.power.state import PowerState
from firmware.model.record import DischargeRecord
from firmware.store import discharges

SAMPLE_EVERY_S = 10.0
KEEP_EVERY_S = 60.0
"""Each keeping is a sync of the disk."""

_ON_BATTERY = frozenset(
    {PowerState.ON_BATTERY, PowerState.LOW, PowerState.CRITICAL, PowerState.FINALISING}
)


class History:
    """``boot`` is the machine's life; ``clock`` steady seconds, ``wall`` Unix seconds."""

    def __init__(
        self,
        past: Sequence[Discharge],
        *,
        boot: str,
        keep: Callable[[DischargeRecord], None],
        clock: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        self._past = list(past)
        self._boot, self._keep = boot, keep
        self._clock, self._wall = clock, wall
        self._samples: list[Sample] = []
        self._began = self._began_at = self._kept = 0.0
        self._learnt: tuple[float, Battery] | None = None

    def minutes_left(self, reading: Reading, full_minutes: float) -> float | None:
        """Minutes from now on battery. Without a level: the time that has passed is taken from
        what the battery lasts. The supply's own word counts while nothing was learnt."""
        battery = self._battery(full_minutes)
        if reading.charge_percent is None:
            spent_s = self._clock() - self._began if self._samples else 0.0
            return max(0.0, battery.minutes_left(100.0, reading.load_percent) - spent_s / 60.0)
        if not self._past and reading.runtime_s is not None:
            return reading.runtime_s / 60.0
        battery = battery.corrected(self._samples)
        return battery.minutes_left(reading.charge_percent, reading.load_percent)

    def note(self, state: PowerState, reading: Reading) -> None:
        """The power is so now; to be called at every look."""
        if state in _ON_BATTERY:
            self._go_on(reading)
        elif self._samples:
            self._end(End.HALTED if state is PowerState.HALTED else End.BACK)

    def _go_on(self, reading: Reading) -> None:
        now = self._clock()
        if not self._samples:
            self._began, self._began_at, self._kept = now, self._wall(), now
        elif now - self._began - self._samples[-1].at_s < SAMPLE_EVERY_S:
            return
        level = 100.0 if reading.charge_percent is None else reading.charge_percent
        self._samples.append(
            Sample(at_s=now - self._began, level_percent=level, load_percent=reading.load_percent)
        )
        if now - self._kept >= KEEP_EVERY_S:
            self._kept = now
            self._write(discharges.OPEN)

    def _end(self, end: End) -> None:
        self._write(end)
        self._past.append(Discharge(began_at=self._began_at, samples=tuple(self._samples), end=end))
        self._samples, self._learnt = [], None

    def _write(self, ended: str) -> None:
        ident = f"{self._boot}-{self._began:.0f}"
        self._keep(discharges.record(ident, self._began_at, self._boot, ended, self._samples))

    def _battery(self, full_minutes: float) -> Battery:
        if self._learnt is None or self._learnt[0] != full_minutes:
            self._learnt = full_minutes, learnt(self._past, full_minutes=full_minutes)
        return self._learnt[1]
