"""A backup of a box that runs, restored into an empty folder: it starts, and is that box."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from firmware.config import document, history
from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.config.sections.backup import Backup, FolderPlace
from firmware.model.voicemail import Message
from firmware.store import mailboxes, users
from firmware.store.db import open_store
from tests.rig.box import Box, LeanBox, WholeBox
from tests.rig.telephones import Telephones
from tests.rig.until import until

DAEMONS = ("kamailio", "edge", "switchd", "recorder", "outbox")
PASSWORD = "correct horse battery"
SOUND = b"RIFF" + bytes(range(256)) * 200
PROMPT = "prompts/fa/welcome.wav"
MESSAGE = Message(
    id="m1",
    box="101",
    call_id="c1",
    caller="02188776655",
    caller_name="مریم",
    path="101/m1.wav",
    recorded_at=1_795_000_000.0,
    length_s=3.2,
    rate_hz=8000,
    bytes=len(SOUND),
    sha256=hashlib.sha256(SOUND).hexdigest(),
)


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "office.key"


@pytest.fixture
def box(tmp_path: Path, stick: Path, key: Path) -> Iterator[LeanBox]:
    public = markaz(Home(tmp_path), "backup", "key", str(key)).strip()

    def shape(site: Site) -> Site:
        place = FolderPlace(path=str(stick), own_disk=True)
        return site.model_copy(update={"backup": Backup(folder=place, recipient=(public,))})

    with LeanBox(*DAEMONS, shape=shape) as running:
        yield running


def markaz(home: Home, *words: str) -> str:
    """What the command prints, which must succeed."""
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def furnish(box: Box, folder: Path) -> str:
    """A call, a user, a message and a prompt; the call's id."""
    with Telephones(box, folder) as phones:
        talk(phones)
    with closing(open_store(box.home)) as db, db.conn:
        users.create(db, "sara", PASSWORD)
        mailboxes.insert(db, MESSAGE)
    for path in (f"voicemail/{MESSAGE.path}", PROMPT):
        file = box.home.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(SOUND)
    [call] = until(box.calls, 5.0, "the call is on record")
    return box.call(call.id).id


def talk(phones: Telephones) -> None:
    caller, callee = phones.baresip("101"), phones.baresip("102")
    caller.dial("102")
    callee.expect("incoming")
    callee.answer()
    caller.expect("established")
    caller.hang_up()
    callee.expect("ended")


@pytest.fixture
def empty() -> Iterator[Home]:
    folder = Path(tempfile.mkdtemp(prefix="markaz-"))  # short: sockets have paths of 107 bytes
    yield Home(folder / "box")
    shutil.rmtree(folder)


def test_an_empty_box_becomes_the_one_that_was_backed_up_and_starts(
    box: LeanBox, empty: Home, stick: Path, key: Path, tmp_path: Path
) -> None:
    call_id = furnish(box, tmp_path / "phones")
    was = history.load_current(box.home)
    assert "read back and whole" in markaz(box.home, "backup", "now")
    [file] = stick.iterdir()
    for daemon in reversed(DAEMONS):
        box.stop(daemon)  # the new box takes its ports

    assert "restored into" in markaz(empty, "backup", "restore", str(file), "--identity", str(key))

    assert history.load_current(empty) == was
    assert document.parse(document.dump(was[1], secrets=True)) == was[1]
    with closing(open_store(empty)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert users.verify(db, "sara", PASSWORD) is not None
        assert mailboxes.messages(db, "101") == [MESSAGE]
    for path in (f"voicemail/{MESSAGE.path}", PROMPT):
        assert (empty.root / path).read_bytes() == SOUND

    with WholeBox(empty.root) as new:  # as its owner starts it
        new.passwords = box.passwords
        assert {new.status(name).config_version for name in ("switchd", "outbox")} == {was[0]}
        with Telephones(new, tmp_path / "again") as phones:
            talk(phones)  # with the passwords they had
        until(lambda: len(new.calls()) == 2, 5.0, "the call is on record")
        newest, oldest = new.calls()
        assert oldest.id == call_id
        assert new.call(newest.id).disposition == "answered"
        assert new.end() == 0
