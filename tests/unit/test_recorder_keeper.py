"""What is recorded in memory reaches the disk, whatever the disk does."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from firmware.config.home import Home
from firmware.recorder import keeper
from firmware.recorder.keeper import KEPT_IN_RAM_BYTES, QUIET_S, FileSystem, Keeper


class Disk:
    """Counts what it is told to make durable, or refuses."""

    def __init__(self) -> None:
        self.synced = 0
        self.refuses = False

    def sync(self) -> None:
        if self.refuses:
            raise OSError(5, "Input/output error")
        self.synced += 1


class Stage:
    """A home with one keeper, and recordings that grow by hand."""

    def __init__(self, root: Path, ram_share_bytes: int = 1 << 30) -> None:
        self.home = Home(root)
        self.home.make()
        self.disk = Disk()
        self.now = 0.0
        self.ram_share_bytes = ram_share_bytes
        self.start()

    def start(self) -> None:
        spools = [
            (self.home.ram_recordings, self.home.spool),
            (self.home.ram_voicemail, self.home.voicemail_spool),
        ]
        self.keeper = Keeper(spools, self.disk.sync, lambda: self.now, self.ram_share_bytes)

    def keep(self, *live: str) -> int:
        return self.keeper.keep(set(live))

    def begin(self, ident: str) -> Path:
        folder = self.home.ram_recordings / ident
        folder.mkdir()
        (folder / "meta.json").write_text(f'{{"id": "{ident}"}}')
        for side in ("caller", "callee"):
            (folder / f"{side}.wav").write_bytes(b"RIFF" + bytes(40))
        return folder

    def kept(self, ident: str, side: str = "caller") -> bytes:
        return (self.home.spool / ident / f"{side}.wav").read_bytes()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def say(folder: Path, sound: bytes, side: str = "caller") -> None:
    with (folder / f"{side}.wav").open("ab") as file:
        file.write(sound)


def complete(folder: Path) -> None:
    """What pjmedia and switchd do at the end."""
    for side in ("caller", "callee"):
        with (folder / f"{side}.wav").open("r+b") as file:
            file.write(b"RIFFdone")
    (folder / "done").write_text('{"ended_at": 2.0}')


def test_each_round_brings_what_is_new_and_syncs_once(stage: Stage) -> None:
    folders = [stage.begin(ident) for ident in ("17", "18", "19")]
    for number in range(4):
        for folder in folders:
            say(folder, bytes([number]) * 1000)
        assert stage.keep("17", "18", "19") == 0
        assert stage.disk.synced == number + 1
    assert stage.kept("18")[44:] == b"".join(bytes([n]) * 1000 for n in range(4))
    assert (stage.home.spool / "18" / "meta.json").read_text() == '{"id": "18"}'
    stage.keep("17", "18", "19")
    assert stage.disk.synced == 4  # nothing new, nothing written


def test_a_whole_recording_leaves_the_memory_done_last(stage: Stage) -> None:
    folder = stage.begin("17")
    say(folder, b"ab" * 5000)
    stage.keep("17")
    say(folder, b"cd" * 5000)
    complete(folder)
    order: list[bool] = []
    sync = stage.disk.sync
    stage.keeper._sync = lambda: (order.append((stage.home.spool / "17/done").exists()), sync())[1]

    assert stage.keep() == 1
    assert order == [False, True]  # the sound is durable before the mark, the mark before the end
    assert stage.kept("17") == b"RIFFdone" + bytes(36) + b"ab" * 5000 + b"cd" * 5000
    assert not folder.exists()
    assert stage.keep() == 0


def test_the_memory_keeps_the_newest_seconds_only(stage: Stage) -> None:
    folder = stage.begin("17")
    whole = os.urandom(KEPT_IN_RAM_BYTES)
    for _ in range(8):
        say(folder, whole)
        stage.keep("17")
    sound = folder / "caller.wav"
    assert sound.stat().st_size == 44 + 8 * KEPT_IN_RAM_BYTES
    assert sound.stat().st_blocks * 512 <= KEPT_IN_RAM_BYTES + 3 * 4096
    assert sound.read_bytes()[-KEPT_IN_RAM_BYTES:] == whole
    assert stage.kept("17")[44:] == 8 * whole
    complete(folder)
    assert stage.keep() == 1
    assert stage.kept("17")[44:] == 8 * whole


def test_a_recorder_killed_between_any_two_steps_goes_on_where_the_disk_is(stage: Stage) -> None:
    folder = stage.begin("17")
    said = b""
    for number in range(5):
        piece = bytes([65 + number]) * (KEPT_IN_RAM_BYTES + number)
        said += piece
        say(folder, piece)
        stage.keep("17")
        stage.start()
    stage.disk.refuses = True
    say(folder, b"last words" * 100)
    with pytest.raises(OSError, match="Input/output"):
        stage.keep("17")
    stage.start()
    stage.disk.refuses = False
    complete(folder)
    assert stage.keep() == 1
    assert stage.kept("17")[44:] == said + b"last words" * 100


def test_a_disk_that_refuses_for_a_while_loses_nothing(stage: Stage) -> None:
    folder = stage.begin("17")
    say(folder, b"one" * 1000)
    stage.keep("17")
    stage.disk.refuses = True
    for word in (b"two" * 1000, b"thr" * 1000):
        say(folder, word)
        with pytest.raises(OSError, match="Input/output"):
            stage.keep("17")
    # What was written while it refused may be gone: it is written again.
    with (stage.home.spool / "17" / "caller.wav").open("r+b") as file:
        file.truncate(44 + 3000)
    stage.disk.refuses = False
    complete(folder)
    assert stage.keep() == 1
    assert stage.kept("17")[44:] == b"one" * 1000 + b"two" * 1000 + b"thr" * 1000


def test_a_disk_that_refuses_for_long_costs_the_oldest_and_leaves_silence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stage = Stage(tmp_path, ram_share_bytes=2 * 65536)  # for two files
    folder = stage.begin("17")
    say(folder, b"A" * 8192)
    stage.keep("17")
    stage.disk.refuses = True
    for letter in b"BCDEF":
        say(folder, bytes([letter]) * 32768)
        with pytest.raises(OSError, match="Input/output"):
            stage.keep("17")
    assert (folder / "caller.wav").stat().st_blocks * 512 <= 65536 + 3 * 4096
    assert "are given up" in caplog.text
    stage.disk.refuses = False
    complete(folder)
    stage.keep()
    sound = stage.kept("17")[44:]
    assert len(sound) == 8192 + 5 * 32768
    assert sound[:8192] == b"A" * 8192
    # Between them is what the disk took unasked, or silence.
    assert set(sound[8192:-65536]) <= set(b"\0BCD")
    assert sound[-65536:] == b"E" * 32768 + b"F" * 32768


def test_what_switchd_left_is_whole_once_it_is_quiet(stage: Stage) -> None:
    folder = stage.begin("17")
    say(folder, b"ab" * 500)
    assert stage.keep("17") == 0
    stage.now += QUIET_S - 1
    say(folder, b"cd" * 500)  # somebody writes
    stage.keep()
    stage.now += QUIET_S - 1
    assert stage.keep() == 0
    stage.now += 1
    assert stage.keeper.keep(None) == 0  # switchd does not say: perhaps it only starts
    assert (stage.keep("17"), stage.keep(), stage.keep()) == (0, 0, 1)
    assert stage.kept("17")[44:] == b"ab" * 500 + b"cd" * 500


def test_what_is_dropped_leaves_memory_and_disk(stage: Stage) -> None:
    folder = stage.begin("17")
    stage.keep("17")
    (folder / "dropped").touch()
    assert stage.keep() == 0
    assert list(stage.home.ram_recordings.iterdir()) == list(stage.home.spool.iterdir()) == []


def test_a_folder_that_goes_hurts_no_other(stage: Stage) -> None:
    first, second = stage.begin("17"), stage.begin("18")
    stage.keep("17", "18")
    for path in first.iterdir():
        path.unlink()
    first.rmdir()
    say(second, b"ab" * 500)
    complete(second)
    assert stage.keep() == 1


def test_the_real_disk_is_synced_and_tells_that_it_cannot(tmp_path: Path) -> None:
    disk = FileSystem(tmp_path)
    (tmp_path / "sound").write_bytes(b"sound")
    disk.sync()
    disk.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        disk.sync()


def test_a_file_system_without_holes_keeps_everything(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_arguments: int) -> int:
        keeper.ctypes.set_errno(95)
        return -1

    monkeypatch.setattr(keeper._libc, "fallocate64", refuses)
    folder = stage.begin("17")
    say(folder, b"ab" * KEPT_IN_RAM_BYTES)
    stage.keep("17")
    say(folder, b"cd" * KEPT_IN_RAM_BYTES)
    complete(folder)
    assert stage.keep() == 1
    assert stage.kept("17")[44:] == b"ab" * KEPT_IN_RAM_BYTES + b"cd" * KEPT_IN_RAM_BYTES


def test_a_spool_that_somebody_removed_is_filled_again(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    folder = stage.begin("1")
    with (folder / "caller.wav").open("ab") as file:
        file.write(os.urandom(20_000))
    stage.keep("1")
    shutil.rmtree(stage.home.spool)
    with (folder / "caller.wav").open("ab") as file:
        file.write(os.urandom(5_000))
    stage.keep("1")
    assert stage.kept("1") == (folder / "caller.wav").read_bytes()
    (stage.home.spool / "1" / "caller.wav").unlink()  # the folder stays
    with (folder / "caller.wav").open("ab") as file:
        file.write(os.urandom(5_000))
    stage.keep("1")
    assert stage.kept("1") == (folder / "caller.wav").read_bytes()
    assert (stage.home.spool / "1" / "meta.json").exists()
