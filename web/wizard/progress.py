"""How far the set-up has come: kept on the box, so that it may be left and gone on with anywhere.

Only what was done and what was passed over is kept; the answers are the site configuration itself.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from firmware.config import history
from firmware.config.home import Home

log = logging.getLogger(__name__)


class Step(StrEnum):
    """The steps in their order."""

    LANGUAGE = "language"
    COUNTRY = "country"
    NAME = "name"
    NETWORK = "network"
    ACCOUNT = "account"
    LINES = "lines"
    PHONES = "phones"
    EXTENSIONS = "extensions"
    GREETING = "greeting"
    TEST = "test"
    DONE = "done"


ORDER = tuple(Step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """``done`` and ``skipped`` are disjoint; DONE in ``done`` says that the set-up is over."""

    done: frozenset[Step] = frozenset()
    skipped: frozenset[Step] = frozenset()

    @property
    def is_over(self) -> bool:
        """Whether somebody has come to the end."""
        return Step.DONE in self.done

    @property
    def next(self) -> Step:
        """The first step that is neither done nor passed over."""
        return next((s for s in ORDER if s not in self.done | self.skipped), Step.DONE)

    def with_done(self, step: Step) -> Progress:
        """A step is done, now or again."""
        return replace(self, done=self.done | {step}, skipped=self.skipped - {step})

    def with_skipped(self, step: Step) -> Progress:
        """A step is passed over; one that was done stays done."""
        return self if step in self.done else replace(self, skipped=self.skipped | {step})


def after(step: Step) -> Step:
    """The step behind it."""
    return ORDER[min(ORDER.index(step) + 1, len(ORDER) - 1)]


def before(step: Step) -> Step | None:
    """The step before it, None of the first."""
    place = ORDER.index(step)
    return ORDER[place - 1] if place else None


def load(home: Home) -> Progress:
    """As it was kept; from the beginning when nothing readable was."""
    try:
        kept = json.loads(_file(home).read_text())
        return Progress(
            done=frozenset(Step(name) for name in kept["done"]),
            skipped=frozenset(Step(name) for name in kept["skipped"]),
        )
    except FileNotFoundError:
        return Progress()
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("how far the set-up came cannot be read, it begins anew: %s", error)
        return Progress()


def is_due(home: Home) -> bool:
    """Whether whoever may set the box up should be led there: it was begun and is not over, or the
    configuration is still the one the box was born with."""
    if _file(home).exists():
        return not load(home).is_over
    return history.current_text(home)[0] == 1


def keep(home: Home, progress: Progress) -> None:
    """Keep it.

    Raises:
        OSError: the disk does not take it.
    """
    path = _file(home)
    new = path.with_suffix(f".{os.getpid()}.new")
    new.write_text(json.dumps({"done": sorted(progress.done), "skipped": sorted(progress.skipped)}))
    new.replace(path)


def _file(home: Home) -> Path:
    return home.config_db.parent / "set-up.json"
