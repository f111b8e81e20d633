"""The files of voicemail, and the spool a message lies in until the recorder has made it whole.

::

    ram/voicemail/<id>/meta.json    written before the caller speaks
                       message.wav  grows while the caller speaks
                       done         written last: how it ended
                       dropped      instead: nothing of it is wanted
    spool/voicemail/<id>/           the same on the disk, half a second later

    voicemail/<box>/<id>.wav          messages
    voicemail/<box>/greetings/<greeting>.wav
    outbox/<name>                     a second name of a message's file, for its letter
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec

from firmware.config.home import Home
from firmware.model.voicemail import Greeting

UPLOAD = re.compile(r"\.greeting-upload-[0-9a-f]{16}\.wav")
"""The name of a greeting that comes from the console, in the spool until it is kept."""

GREETING = ".greeting-"
"""How the names of all greetings begin that are not kept yet."""

SOUND = "message.wav"
META = "meta.json"
DONE = "done"
DROPPED = "dropped"


class MessageMeta(msgspec.Struct, frozen=True, kw_only=True):
    """What switchd says of a message when it begins it; times in Unix seconds."""

    id: str
    call: str
    box: str
    caller: str
    caller_name: str
    started_at: float
    rate_hz: int


def message_path(box: str, message_id: str) -> str:
    """Where a message lies, relative to the home's voicemail."""
    return f"{_folder_of(box)}/{message_id}.wav"


def greeting_path(home: Home, box: str, greeting: Greeting) -> Path:
    """Where a greeting lies when it has been recorded."""
    return home.voicemail / _folder_of(box) / "greetings" / f"{greeting}.wav"


def recorded_greetings(home: Home, box: str) -> frozenset[Greeting]:
    """The greetings a box's owner has recorded."""
    return frozenset(one for one in Greeting if greeting_path(home, box, one).is_file())


def _folder_of(box: str) -> str:
    """A number may be made of *, # and + besides digits: all lawful in a path, and no dot."""
    if not box or any(letter not in "0123456789*#+" for letter in box):
        raise ValueError(f"{box!r} is no number of a box")
    return box


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk: a rename alone is only in memory (fsync(2))."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_synced(path: Path, content: bytes) -> None:
    """A small file, whole and on the disk when this returns, or not there."""
    part = path.with_name(f".{path.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Create a folder and bring its name to the disk, and those above it."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)
