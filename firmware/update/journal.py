"""Where an update has come to: a file on the data partition, which outlives restarts and slots.

Either release may have written what the other reads: an unknown key is passed over, a missing one
is as it was before there was one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from firmware.config.home import Home
from firmware.model.update import UPDATE_TABLE, UpdateEvent, UpdateState

_KEPT_EVENTS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A signed release as a file. ``source`` is where it came from: "address", "stick", "file";
    ``place`` its URL or path there, ``file`` its name in our folder, once it is there."""

    version: str
    source: str
    place: str = ""
    file: str = ""
    bytes: int = 0
    sha256: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One step. ``at`` in Unix seconds."""

    at: float
    event: str
    state: str  # after it
    release: str  # that wrote it
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """All that is known. ``slot`` is the one meant to run from now on ("" on a box that was never
    updated), ``before`` the release that ran until then; ``settled`` the release that last took
    the configuration and the store in hand; ``starts`` counts those of a trial; ``is_ordered``:
    somebody said that the bundle is to be installed; ``refused`` the release that was rolled back
    here, which nobody is offered again."""

    state: UpdateState = UpdateState.NONE
    bundle: Bundle | None = None
    slot: str = ""
    version: str = ""
    before: str = ""
    settled: str = ""
    starts: int = 0
    is_ordered: bool = False
    refused: str = ""
    why: str = ""
    checked_at: float = 0.0
    happened: tuple[Happened, ...] = field(default_factory=tuple)

    def after(self, event: UpdateEvent, *, at: float, release: str, why: str = "") -> Journal:
        """With one more step. A late event changes nothing, and is not written down.

        Raises:
            Impossible: a bug of ours.
        """
        state = UPDATE_TABLE.step(self.state, event)
        if UPDATE_TABLE.is_late(self.state, event):
            return self
        step = Happened(at=at, event=event, state=state, release=release, why=why)
        happened = (*self.happened, step)[-_KEPT_EVENTS:]
        return replace(self, state=state, why=why, happened=happened)


def folder_of(home: Home) -> Path:
    """Where updates keep what is theirs."""
    return home.root / "update"


def read(home: Home) -> Journal:
    """The journal; a new one when there is none, or none that can be read: it is no reason not
    to start."""
    try:
        content = _path(home).read_bytes()
        return msgspec.json.decode(content, type=Journal)
    except (OSError, msgspec.MsgspecError):
        return Journal()


def write(home: Home, journal: Journal) -> None:
    """Write it; on the disk when this returns.

    Raises:
        OSError: the disk does not take it; the journal is as it was.
    """
    path = _path(home)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(journal), indent=1))
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """What was renamed into a folder is there after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _path(home: Home) -> Path:
    return folder_of(home) / "journal.json"
