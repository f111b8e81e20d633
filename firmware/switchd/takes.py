"""Takes: prompts that somebody says into a telephone because the console asked for it.

What is said lies in memory until it is kept. Keeping it is a change of the settings like an
upload: first the audit trail has it, then callers hear it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sqlite_utils import Database

from firmware.link.server import Board
from firmware.link.takes import TakeRow
from firmware.model.take import OVER, TakeState
from firmware.prompts import build, own
from firmware.prompts.level import Sound
from firmware.store import audit
from firmware.switchd.disk import Disk
from firmware.switchd.exchange import Exchange
from firmware.switchd.media import Studio
from firmware.switchd.scripts.take import take_prompt

log = logging.getLogger(__name__)


class Takes:
    """All takes. ``clock`` gives Unix seconds."""

    def __init__(
        self,
        *,
        exchange: Exchange,
        studio: Studio,
        disk: Disk,
        board: Board,
        clock: Callable[[], float],
    ) -> None:
        self._exchange = exchange
        self._studio = studio
        self._disk = disk
        self._board = board
        self._clock = clock
        self._rows: dict[str, TakeRow] = {}

    def order(self, extension: str, *, language: str, name: str, who: str, place: str) -> None:
        """Ring the telephone (``TakesApi.take_prompt``, its errors too)."""
        station = self._exchange.plan.stations.get(extension)
        if station is None:
            raise KeyError(f"there is no extension {extension}")
        target = own.path(self._disk.home, language, name)
        row = self._rows.get(extension)
        if row is not None and row.state not in OVER:
            raise RuntimeError(f"at extension {extension} somebody says a prompt already")
        self._exchange.shortage.check()
        take = Take(
            self,
            TakeRow(
                id=extension,
                language=language,
                name=name,
                state=TakeState.RINGING,
                at=self._clock(),
            ),
            audit.Entry(
                at=0.0,
                who=who,
                place=place,
                deed=audit.Change.SETTINGS,
                subject=f"prompts/{language}/{name}",
                after={"said_at": extension},
            ),
            target,
        )
        log.info("extension %s is asked to say prompt %s in %s", extension, name, language)
        self._exchange.own_calls.ring_person(
            station, lambda call: take_prompt(call, station, self._studio, take)
        )

    def show(self, row: TakeRow) -> None:
        """Show how far a take is."""
        self._rows[row.id] = row
        self._board.post("take.changed", row)

    @property
    def disk(self) -> Disk:
        """Where takes are kept."""
        return self._disk

    def now(self) -> float:
        """Unix seconds."""
        return self._clock()

    def close(self) -> None:
        """Finish what was begun."""
        self._disk.close()


class Take:
    """One take: the files it is made of, and how far it is."""

    def __init__(self, takes: Takes, row: TakeRow, entry: audit.Entry, target: Path) -> None:
        self._takes = takes
        self._row = row
        self._entry = entry
        self._target = target
        self._sound: Sound | None = None
        folder = takes.disk.home.ram
        self.said = folder / f"take-{row.id}-said.wav"
        """What is said, as it is said."""
        self.heard = folder / f"take-{row.id}.wav"
        """The same as callers will hear it."""
        takes.show(row)

    @property
    def state(self) -> TakeState:
        """How far it is."""
        return TakeState(self._row.state)

    def is_now(self, state: TakeState) -> None:
        """It has gone so far."""
        log.info("take at %s %s -> %s", self._row.id, self._row.state, state)
        self._row = replace(self._row, state=state, at=self._takes.now())
        self._takes.show(self._row)

    async def prepare(self) -> None:
        """Make what was said into what callers would hear.

        Raises:
            Unusable: nobody speaks in it.
            DiskFault: there is no memory left.
        """

        def make(_db: Database) -> Sound:
            sound = own.of_file(self.said, self._row.name)
            build.write(self.heard, sound)
            return sound

        self._sound = await self._takes.disk.do(make)

    async def keep(self) -> None:
        """Let callers hear it.

        Raises:
            DiskFault: the disk refuses; callers hear what they heard before.
        """
        sound, target = self._sound, self._target
        assert sound is not None  # prepare() has made it
        at = self._takes.now()

        def change(db: Database) -> None:
            before = own.words_of(target) if target.exists() else None
            audit.write(db, replace(self._entry, at=at, before=before))
            own.keep(target, sound, "")

        await self._takes.disk.do(change)

    async def forget(self) -> None:
        """What lies in memory is wanted no more."""

        def unlink(_db: Database) -> None:
            self.said.unlink(missing_ok=True)
            self.heard.unlink(missing_ok=True)

        await self._takes.disk.do(unlink)
