"""Before the box starts: the configuration and the store are made to fit the release that starts.

It runs once at every start of an image, while nobody has a database open, and each of its steps may
be cut off and done again:

1. The journal learns which slot started.
2. A database that a newer release wrote is carried back into the tables of this one
   (``firmware.update.carry``); the newer file is kept. Every version of the configuration stays;
   after a roll-back the newest that this release accepts becomes current.
3. A database that this release is going to bring forward is copied first.

Nothing else of the box's folder is brought forward: files have names and forms that no release
changes, and a release that wants another form gives it another name.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from firmware.backup.contents import copy_database
from firmware.backup.failure import BackupFailed
from firmware.config.home import Home
from firmware.log import set_up
from firmware.model.update import UpdateEvent, UpdateState
from firmware.store.sqlite import NewerDatabase, steps_of
from firmware.update import backend, carry, journal
from firmware.update.journal import Journal, folder_of, sync_folder
from firmware.version import VERSION

log = logging.getLogger(__name__)

DATABASES = (
    ("config/site.sqlite", "firmware.config.migrations"),
    ("store/markaz.sqlite", "firmware.store.migrations"),
    ("provision/phones.sqlite", "provisioning.register.migrations"),
)
"""Every database that is brought forward, and where its steps are."""

_KEPT = 2
"""So many copies of each kind are kept; the store may be large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What starts: the slot ("" when the kernel does not say) and the release in it."""

    slot: str
    release: str


def settle(home: Home, start: Start, *, wall: Callable[[], float] = time.time) -> Journal:
    """Do all of it; the journal as it is then. ``wall`` gives Unix seconds.

    What cannot be carried back is replaced by the copy from before the update, so that the box
    starts; the journal says so.
    """
    noted = note_start(journal.read(home), start, at=wall())
    warnings = [*_carry_back(home, at=wall()), *_copy_before(home, start.release)]
    if noted.state is UpdateState.ROLLED_BACK:
        warnings += _accepted_configuration(home)
    for warning in warnings:
        log.error("%s", warning)
    settled = replace(noted, settled=start.release)
    if warnings:
        settled = replace(settled, why="; ".join(filter(None, (noted.why, *warnings))))
    journal.write(home, settled)
    return settled


def note_start(known: Journal, start: Start, *, at: float) -> Journal:
    """The journal after a slot has started."""
    if not known.slot or not start.slot:
        return known
    is_meant = start.slot == known.slot
    event = UpdateEvent.STARTED_NEW if is_meant else UpdateEvent.STARTED_OLD
    if event is UpdateEvent.STARTED_NEW and known.state not in _MEANT:
        return known
    after = known.after(event, at=at, release=start.release, why=_why(known, is_meant=is_meant))
    if after.state is UpdateState.TRYING:
        return replace(after, starts=known.starts + 1)
    if after.state is UpdateState.ROLLED_BACK and not is_meant:
        return replace(after, slot=start.slot, starts=0, refused=known.version)
    return replace(after, starts=0)


_MEANT = frozenset(
    {
        *(UpdateState.SWITCHING, UpdateState.INSTALLED, UpdateState.TRYING, UpdateState.FAILING),
        UpdateState.RETURNING,
    }
)


def _why(known: Journal, *, is_meant: bool) -> str:
    if is_meant:
        return known.why
    match known.state:
        case UpdateState.SWITCHING:
            return "it did not start"
        case UpdateState.TRYING:
            return f"started {known.starts} times, it never made its call"
        case UpdateState.DONE:
            return "its slot does not start any more"
        case UpdateState.FAILING:
            return known.why
    return ""


def _carry_back(home: Home, *, at: float) -> Iterator[str]:
    """Carry back whatever a newer release wrote; what went wrong."""
    for name, package in DATABASES:
        path, steps = home.root / name, steps_of(package)
        if path.exists() and _version(path) > len(steps):
            yield from _carry_one(home, name, steps, at=at)


def _accepted_configuration(home: Home) -> Iterator[str]:
    """Never on the way forward: a release that does not accept what the office works with fails
    its trial, instead of bringing back what the office had a month ago."""
    from firmware.config import history  # noqa: PLC0415 - a second of every start on a small board

    try:
        number = history.bring_back_accepted(home, "update")
    except (NewerDatabase, sqlite3.Error) as error:
        yield f"the configuration cannot be read: {error}"
        return
    if number is not None:
        yield f"configuration {number} is in force: this release does not accept the newer ones"


def _carry_one(home: Home, name: str, steps: Sequence[str], *, at: float) -> Iterator[str]:
    """One database. Ours is built beside it; then the newer file gets a second name, under which
    it is kept, and ours takes its place in one step. A cut leaves the newer one, or ours."""
    path = home.root / name
    before = _before(home, path, len(steps))
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
    newer = folder_of(home) / "newer" / f"{path.stem}-{stamp}.sqlite"
    target = path.with_name(f"{path.name}.carried")
    target.unlink(missing_ok=True)
    try:
        done = carry.carry_back(path, before if before.exists() else None, steps, target)
    except (sqlite3.Error, OSError) as error:
        target.unlink(missing_ok=True)
        if not before.exists():
            yield f"{name} cannot be carried back, and there is no copy from before: {error}"
            return
        _replace(path, before, newer)
        yield f"{name} is as it was before the update ({error}); what came later is in {newer}"
        return
    _replace(path, target, newer)
    log.warning("%s carried back: %d rows, %d left in %s", name, done.rows, done.left, newer)
    if done.left or done.old_tables:
        tables = ", ".join(done.old_tables)
        yield (
            f"{name}: {done.left} rows of the newer release are in {newer} only"
            + (f", and these tables are as before the update: {tables}" if tables else "")
        )


def _replace(path: Path, fresh: Path, kept: Path) -> None:
    """Put ``fresh`` in the place of ``path``, which stays as ``kept``. The log beside it is played
    in first: SQLite would play it into the new file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=DELETE")
    with fresh.open("rb+") as file:
        os.fsync(file.fileno())
    fresh.chmod(0o600)
    kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept.unlink(missing_ok=True)
    os.link(path, kept)
    sync_folder(kept.parent)
    fresh.rename(path)
    sync_folder(path.parent)
    _thin(kept.parent, path.stem)


def _copy_before(home: Home, release: str) -> Iterator[str]:
    """Copy what this release is going to bring forward; what went wrong."""
    for name, package in DATABASES:
        path, count = home.root / name, len(steps_of(package))
        if not path.exists() or not 0 < (version := _version(path)) < count:
            continue
        copy = _before(home, path, version)
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = copy.with_name(f"{copy.name}.part")
        part.unlink(missing_ok=True)
        try:
            copy_database(path, part)
            part.rename(copy)
        except (BackupFailed, sqlite3.Error, OSError) as error:
            part.unlink(missing_ok=True)
            yield f"{name} could not be copied before release {release} took it: {error}"
            continue
        sync_folder(copy.parent)
        _thin(copy.parent, path.stem)


def _before(home: Home, path: Path, version: int) -> Path:
    """Where the copy of a database is kept that has taken so many steps."""
    return folder_of(home) / "before" / f"{path.stem}-{version:04d}.sqlite"


def _thin(folder: Path, stem: str) -> None:
    """Keep the newest few copies of one database."""
    for old in sorted(folder.glob(f"{stem}-*.sqlite"))[:-_KEPT]:
        old.unlink()


def _version(path: Path) -> int:
    """How many steps a database has taken; 0 when it cannot be read, which is for its daemon to
    report."""
    try:
        with closing(sqlite3.connect(path)) as db:
            [version] = db.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error:
        return 0
    return int(version)


def this_start() -> Start:
    """What runs now."""
    line = Path("/proc/cmdline").read_text()
    return Start(slot=backend.booted(line), release=VERSION)


def main() -> int:
    """``python -m firmware.update.settle``: once at every start, before the box."""
    set_up("update")
    home = Home.of_environment()
    if not home.root.exists():
        return 0  # a new box: there is nothing to settle
    settled = settle(home, this_start())
    log.info("settled for release %s: update %s", settled.settled, settled.state)
    return 0


if __name__ == "__main__":
    sys.exit(main())
