"""The sender: takes letters out of the outbox in their order, and decides when to try again.

Letters of one channel go in the order they were written. When the way is closed all wait, ever
longer, up to a quarter of an hour. When one letter is not taken, the ones behind it go on, but
those to the same recipient, which would overtake it.

Times here are monotonic. How long a letter has been tried is added up while the box runs, so a
clock that jumps (a box without a battery begins in 1970) neither expires nor delays one.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field

from sqlite_utils import Database

from firmware.config.home import Home
from firmware.model.letter import Letter, LetterState
from firmware.outbox.route import Never, NotNow, Route, RouteClosed
from firmware.store import outbox
from firmware.store.db import open_store
from firmware.store.sqlite import NewerDatabase

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 15.0
LONGEST_PAUSE_S = 900.0
AGE_STEP_S = 60.0
TIDY_INTERVAL_S = 3600.0
KEEP_RECORD_S = 30 * 86400.0
"""How long what became of a letter can be looked up."""


@dataclass(slots=True)
class _Pause:
    """How long to leave somebody alone after so many noes."""

    until: float = 0.0
    noes: int = 0

    def longer(self, now: float) -> float:
        pause_s = min(FIRST_PAUSE_S * 2.0 ** min(self.noes, 10), LONGEST_PAUSE_S)
        self.noes += 1
        self.until = now + pause_s
        return pause_s


@dataclass(slots=True)
class _Lane:
    """One channel: its route, and who is being left alone."""

    route: Route
    pause: _Pause = field(default_factory=_Pause)
    letters: dict[int, _Pause] = field(default_factory=dict)
    aged_at: float | None = None
    warning: str = ""
    held: bool = False


class Sender:
    """Sends what waits in one home's outbox.

    ``clock`` is monotonic seconds, ``wall`` Unix seconds. ``mailbox_changed`` is told of a
    voicemail box a message was deleted from, because the mail with it is sent. ``held`` says why
    a channel need not be tried now ("": it can be); the time counts as waiting all the same.
    """

    def __init__(
        self,
        home: Home,
        routes: Mapping[str, Route],
        *,
        keep_trying_s: Callable[[], float],
        clock: Callable[[], float],
        wall: Callable[[], float],
        stop: Callable[[], bool] = lambda: False,
        mailbox_changed: Callable[[str], None] = lambda box: None,
        held: Callable[[str], str] = lambda channel: "",
    ) -> None:
        self._home = home
        self._lanes = {channel: _Lane(route) for channel, route in routes.items()}
        self._keep_trying_s = keep_trying_s
        self._clock = clock
        self._wall = wall
        self._stop = stop
        self._mailbox_changed = mailbox_changed
        self._held = held
        self._store_fault = ""
        self._tidy_at = clock()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What hinders letters now."""
        faults = [self._store_fault, *(lane.warning for lane in self._lanes.values())]
        return tuple(fault for fault in faults if fault)

    def retry(self) -> None:
        """Try everything again at once: the configuration changed, or somebody asks."""
        for lane in self._lanes.values():
            lane.pause = _Pause()
            lane.letters.clear()

    def round(self) -> int:
        """Send what can be sent now; how many letters were."""
        try:
            with closing(open_store(self._home)) as db:
                sent = sum(self._serve(db, channel, lane) for channel, lane in self._lanes.items())
                self._tidy(db)
        except (OSError, sqlite3.Error, NewerDatabase) as error:
            self._store_fault = f"letters wait: the store does not answer ({error})"
            log.error("%s", self._store_fault)
            return 0
        self._store_fault = ""
        return sent

    def _serve(self, db: Database, channel: str, lane: _Lane) -> int:
        if reason := self._held(channel):
            return self._hold(db, channel, lane, reason)
        if lane.held:  # what hindered is gone: nobody waits for the rest of a pause
            lane.held, lane.pause = False, _Pause()
        if self._clock() < lane.pause.until:
            return 0
        sent, behind = 0, set[str]()
        letters = outbox.waiting(db, channel)
        self._age(db, channel, lane, waiting=bool(letters))
        try:
            for letter in letters:
                if self._stop():
                    break
                pause = lane.letters.get(letter.id)
                if letter.recipient in behind or (pause and self._clock() < pause.until):
                    behind.add(letter.recipient)  # nothing overtakes it on its way to them
                elif self._try(db, lane, letter):
                    sent += 1
                else:
                    behind.add(letter.recipient)
            lane.warning = ""
        except RouteClosed as error:
            pause_s = lane.pause.longer(self._clock())
            lane.warning = f"{channel} waits: {error}"
            log.warning("%s; next try in %.0f s", lane.warning, pause_s)
        finally:
            lane.route.close()
        if sent:
            lane.pause = _Pause()
        return sent

    def _hold(self, db: Database, channel: str, lane: _Lane, reason: str) -> int:
        """Leave a channel alone, so that the others need not wait for its time-outs."""
        is_waiting = bool(outbox.waiting(db, channel, limit=1))
        self._age(db, channel, lane, waiting=is_waiting)
        lane.warning = f"{channel} waits: {reason}" if is_waiting else ""
        if not lane.held:
            log.info("%s is held: %s", channel, reason)
        lane.held = True
        return 0

    def _try(self, db: Database, lane: _Lane, letter: Letter) -> bool:
        """Try one letter; False when it waits on.

        Raises:
            RouteClosed: so do all others.
        """
        if letter.state == LetterState.SENDING and lane.route.at_most_once:
            self._close(db, lane, letter, LetterState.FAILED, "the box was cut off while sending")
            return True
        if letter.waited_s > self._keep_trying_s():
            self._close(db, lane, letter, LetterState.EXPIRED, letter.fault)
            return True
        outbox.begin(db, letter)
        try:
            lane.route.send(letter)
        except RouteClosed as error:
            outbox.put_back(db, letter, str(error))
            raise
        except NotNow as error:
            outbox.put_back(db, letter, str(error))
            pause_s = lane.letters.setdefault(letter.id, _Pause()).longer(self._clock())
            log.warning("letter %s is not taken: %s; again in %.0f s", letter.ident, error, pause_s)
            return False
        except Never as error:
            self._close(db, lane, letter, LetterState.FAILED, str(error))
            return True
        self._close(db, lane, letter, LetterState.SENT, "")
        return True

    def _age(self, db: Database, channel: str, lane: _Lane, *, waiting: bool) -> None:
        """Add up how long letters have waited. Not at every look: each writes to the disk."""
        now = self._clock()
        passed_s = 0.0 if lane.aged_at is None else now - lane.aged_at
        if waiting and lane.aged_at is not None and passed_s < AGE_STEP_S:
            return
        if waiting and passed_s:
            outbox.age(db, channel, passed_s)
        lane.aged_at = now

    def _close(
        self, db: Database, lane: _Lane, letter: Letter, state: LetterState, fault: str
    ) -> None:
        box = outbox.close(db, letter, state, self._wall(), fault)
        lane.letters.pop(letter.id, None)
        if letter.attachment:
            (self._home.outbox / letter.attachment).unlink(missing_ok=True)
        level = logging.INFO if state is LetterState.SENT else logging.ERROR
        log.log(level, "letter %s sending -%s-> %s %s", letter.ident, state, state, fault)
        if box:
            self._mailbox_changed(box)

    def _tidy(self, db: Database) -> None:
        """Remove records that are old, and attachments no letter needs: a power cut came before
        the letter was written."""
        if self._clock() < self._tidy_at:
            return
        self._tidy_at = self._clock() + TIDY_INTERVAL_S
        outbox.forget(db, self._wall() - KEEP_RECORD_S)
        needed = outbox.attachments(db)
        for path in self._home.outbox.glob("*.*"):
            with suppress(FileNotFoundError):
                if path.name not in needed and self._wall() - path.stat().st_ctime > 3600.0:
                    path.unlink()
