"""Backups: an empty box becomes the one that was backed up, or nothing is changed."""

from __future__ import annotations

import fcntl
import io
import os
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pyrage
import pytest

from firmware.backup import archive, make, restore
from firmware.backup.archive import Entry, Manifest
from firmware.backup.failure import BackupFailed, BadArchive, CannotRestore, Stopped
from firmware.config import document, history
from firmware.config.home import Home
from firmware.model.record import CallEvent
from firmware.store import calls
from firmware.store.db import STEPS, open_store
from firmware.store.writer import StoreWriter
from tests.rig.until import until
from tests.unit.backup_box import FILES, OFFICE, furnish, key_in, site
from tests.unit.cli_box import markaz


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


@pytest.fixture
def key(tmp_path: Path) -> tuple[Path, str]:
    return key_in(tmp_path)


@pytest.fixture
def home(tmp_path: Path, stick: Path, key: tuple[Path, str]) -> Home:
    home = Home(tmp_path / "box")
    furnish(home, site(stick, key[1]))
    return home


@pytest.fixture
def empty(tmp_path: Path) -> Home:
    return Home(tmp_path / "new" / "box")


def made(home: Home, stick: Path) -> Path:
    return stick / make.make(home, history.load_current(home)[1]).name


def contents_of(home: Home) -> dict[str, bytes]:
    return {path: (home.root / path).read_bytes() for path in FILES}


def everything_below(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


# -- there and back --------------------------------------------------------------------------


def test_an_empty_box_becomes_the_one_that_went_on_writing(
    home: Home, empty: Home, stick: Path, key: tuple[Path, str]
) -> None:
    writer = StoreWriter(home)
    for index in range(500):
        writer.put(CallEvent(call_id="1", at=float(index), name=f"step.{index}"))
    writer.stored().result(20)
    site_now = history.load_current(home)[1]

    def write_on() -> bool:  # with every piece that the archive takes, there are more records
        writer.put(CallEvent(call_id="2", at=1.0, name="meanwhile"))
        return False

    name = make.make(home, site_now, stop=write_on).name
    writer.close()

    done = restore.restore(stick / name, key[0], empty)

    assert contents_of(empty) == FILES
    assert history.load_current(empty) == history.load_current(home)
    assert history.load_current(empty)[1].office.name == OFFICE
    assert history.versions(empty) == history.versions(home)
    with closing(open_store(empty)) as db:
        assert [row.name for row in calls.timeline(db, "1")] == [f"step.{n}" for n in range(500)]
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with closing(sqlite3.connect(empty.tables / "prices.sqlite")) as db:
        assert db.execute("SELECT * FROM prices").fetchall() == [("tea", 3)]
    assert (done.before, done.warning) == (None, "")


def test_what_can_be_made_again_and_what_is_half_written_stays_out(
    home: Home, stick: Path, key: tuple[Path, str]
) -> None:
    (home.recordings / "a.flac").write_bytes(b"fLaC")
    listed = {entry.path for entry in restore.verify(made(home, stick), key[0]).files}
    databases = {"config/site.sqlite", "tables/prices.sqlite"}
    assert listed == FILES.keys() | databases


def test_recordings_come_along_when_they_are_wanted(
    home: Home, empty: Home, stick: Path, key: tuple[Path, str]
) -> None:
    (home.recordings / "a.flac").write_bytes(b"fLaC")
    wanted = site(stick, key[1], recordings=True)
    restore.restore(stick / make.make(home, wanted).name, key[0], empty)
    assert (empty.recordings / "a.flac").read_bytes() == b"fLaC"


def test_what_is_restored_is_nobody_elses(
    home: Home, empty: Home, stick: Path, key: tuple[Path, str]
) -> None:
    old_mask = os.umask(0)
    try:
        file = made(home, stick)
        restore.restore(file, key[0], empty)
    finally:
        os.umask(old_mask)
    assert file.stat().st_mode & 0o777 == 0o600
    modes = {path: path.stat().st_mode & 0o777 for path in (empty.root, *empty.root.rglob("*"))}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


def test_the_archive_is_sealed_and_tells_nothing(home: Home, stick: Path) -> None:
    sealed = made(home, stick).read_bytes()
    assert sealed.startswith(b"age-encryption.org/v1\n")
    assert b"greeting" not in sealed
    assert b"SQLite" not in sealed


def test_age_and_tar_alone_open_it(home: Home, stick: Path, key: tuple[Path, str]) -> None:
    identity = pyrage.x25519.Identity.from_str(key[0].read_text().splitlines()[1])
    packed = pyrage.decrypt(made(home, stick).read_bytes(), [identity])
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as tar:
        names = tar.getnames()
    assert names[-1] == "manifest.json"
    assert FILES.keys() <= set(names)


def test_an_older_store_is_brought_up_to_date(
    home: Home, empty: Home, stick: Path, key: tuple[Path, str]
) -> None:
    with closing(sqlite3.connect(home.store_db)) as db:
        db.executescript(STEPS[0])
        db.execute("PRAGMA user_version=1")
    restore.restore(made(home, stick), key[0], empty)
    with closing(sqlite3.connect(empty.store_db)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (len(STEPS),)


# -- what is refused, and changes nothing ----------------------------------------------------


def test_a_box_that_runs_or_holds_something_is_left_alone(
    home: Home, stick: Path, key: tuple[Path, str]
) -> None:
    file, before = made(home, stick), everything_below(home.root)
    with pytest.raises(CannotRestore, match="holds a box already"):
        restore.restore(file, key[0], home)
    with (home.run / "box.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(CannotRestore, match="runs: stop it first"):
            restore.restore(file, key[0], home, replace=True)
    assert everything_below(home.root) == before | {"run/box.lock": b""}


def test_a_disk_of_its_own_below_the_box_is_not_torn_out(
    home: Home, stick: Path, key: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, before = made(home, stick), everything_below(home.root)
    monkeypatch.setattr(Path, "is_mount", lambda path: path == home.recordings)
    with pytest.raises(CannotRestore, match="recordings is a disk of its own"):
        restore.restore(file, key[0], home, replace=True)
    assert everything_below(home.root) == before


def test_a_box_is_replaced_kept_aside_and_keeps_its_recordings(
    home: Home, stick: Path, key: tuple[Path, str]
) -> None:
    file = made(home, stick)
    (home.voicemail / "101" / "later.wav").write_bytes(b"later")
    (home.recordings / "a.flac").write_bytes(b"fLaC")

    done = restore.restore(file, key[0], home, replace=True)

    assert done.before is not None
    assert (done.before / "voicemail/101/later.wav").read_bytes() == b"later"
    assert not (home.voicemail / "101" / "later.wav").exists()
    assert (home.recordings / "a.flac").read_bytes() == b"fLaC"
    assert contents_of(home) == FILES


def _cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20_000])


def _one_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _nothing(file: Path) -> None:
    file.write_bytes(b"")


def _something_else(file: Path) -> None:
    file.write_bytes(b"GIF89a" * 1000)


@pytest.mark.parametrize("spoil", [_cut_off, _one_bit, _nothing, _something_else])
def test_a_damaged_archive_changes_nothing(
    home: Home, stick: Path, key: tuple[Path, str], spoil: Callable[[Path], None]
) -> None:
    file, before = made(home, stick), everything_below(home.root)
    spoil(file)
    with pytest.raises(BadArchive, match=file.name):
        restore.restore(file, key[0], home, replace=True)
    assert everything_below(home.root) == before
    assert sorted(path.name for path in home.root.parent.iterdir()) == [
        "box",
        "office.key",
        "stick",
    ]


def test_another_key_opens_nothing(
    home: Home, empty: Home, stick: Path, tmp_path: Path, key: tuple[Path, str]
) -> None:
    file, (other, _public) = made(home, stick), key_in(tmp_path, "other.key")
    for wrong in (other, file):
        with pytest.raises(BadArchive):
            restore.restore(file, wrong, empty)
    assert list(empty.root.parent.iterdir()) == []


Members = list[tuple[tarfile.TarInfo, bytes]]


def forged(file: Path, public: str, members: Members, listed: dict[str, bytes]) -> None:
    """An archive as somebody with the public key could write it."""
    entries = tuple(
        Entry(path=path, bytes=len(text), sha256=archive.hashlib.sha256(text).hexdigest())
        for path, text in listed.items()
    )
    manifest = msgspec.json.encode(
        Manifest(format=1, markaz="0", created_at=0.0, recordings=False, files=entries)
    )
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for member, text in (*members, plain("manifest.json", manifest)):
            tar.addfile(member, io.BytesIO(text))
    recipient = pyrage.x25519.Recipient.from_str(public)
    file.write_bytes(pyrage.encrypt(packed.getvalue(), [recipient]))


def plain(name: str, text: bytes) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.size = len(text)
    return member, text


def link(name: str, kind: bytes) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, "/etc/passwd"
    return member, b""


@pytest.mark.parametrize(
    "member",
    [
        plain("../outside", b"x"),
        plain("config/../../outside", b"x"),
        plain("/tmp/outside", b"x"),
        plain("run/box.lock", b"x"),
        plain("config", b"x"),
        plain("config//site.sqlite", b"x"),
        link("config/site.sqlite", tarfile.SYMTYPE),
        link("config/site.sqlite", tarfile.LNKTYPE),
        link("config/pipe", tarfile.FIFOTYPE),
    ],
    ids=lambda member: f"{member[0].name}-{member[0].type!r}",
)
def test_an_archive_cannot_write_outside(
    tmp_path: Path, empty: Home, key: tuple[Path, str], member: tuple[tarfile.TarInfo, bytes]
) -> None:
    file = tmp_path / "forged.age"
    forged(file, key[1], [member], {member[0].name: member[1]})
    with pytest.raises(BadArchive, match=r"in the archive|no backup of ours"):
        restore.restore(file, key[0], empty)
    assert list(empty.root.parent.iterdir()) == []
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize(
    ("members", "listed"),
    [
        ([plain("config/a", b"x")], {}),
        ([], {"config/a": b"x"}),
        ([plain("config/a", b"x")], {"config/a": b"y"}),
        ([plain("config/a", b"x"), plain("config/a", b"x")], {"config/a": b"x"}),
        ([plain("manifest.json", b"{}")], {}),
        ([plain("manifest.json", b"[")], {}),
    ],
)
def test_what_the_manifest_does_not_say_is_refused(
    tmp_path: Path,
    empty: Home,
    key: tuple[Path, str],
    members: Members,
    listed: dict[str, bytes],
) -> None:
    file = tmp_path / "forged.age"
    forged(file, key[1], members, listed)
    with pytest.raises(BadArchive):
        restore.restore(file, key[0], empty)
    assert list(empty.root.parent.iterdir()) == []


@pytest.mark.parametrize("database", ["store/markaz.sqlite", "config/site.sqlite"])
def test_a_newer_box_is_not_put_into_an_older_release(
    home: Home, empty: Home, stick: Path, key: tuple[Path, str], database: str
) -> None:
    with closing(open_store(home)):
        wanted = site(stick, key[1])
    with closing(sqlite3.connect(home.root / database)) as db:
        db.execute(f"PRAGMA user_version={len(STEPS) + 1}")
    with pytest.raises(CannotRestore, match="newer release"):
        restore.restore(stick / make.make(home, wanted).name, key[0], empty)
    assert list(empty.root.parent.iterdir()) == []


def test_a_configuration_that_is_refused_now_is_told_and_can_be_mended(
    home: Home, empty: Home, stick: Path, key: tuple[Path, str]
) -> None:
    wanted = history.load_current(home)[1]
    with closing(sqlite3.connect(home.config_db)) as db, db:
        db.execute("UPDATE version SET text = text || 'no_such_section: 1\n'")
    done = restore.restore(stick / make.make(home, wanted).name, key[0], empty)
    assert "no_such_section" in done.warning
    history.apply(empty, document.dump(wanted, secrets=True), "eva", "mended")
    assert history.load_current(empty)[1] == wanted


# -- a backup that does not come about -------------------------------------------------------


def test_a_damaged_database_is_no_backup_and_the_older_one_stays(
    home: Home, stick: Path, key: tuple[Path, str]
) -> None:
    wanted = site(stick, key[1], keep=1)
    first = make.make(home, wanted).name
    damaged = bytearray(home.config_db.read_bytes())
    damaged[4096:8192] = b"\xff" * 4096
    home.config_db.write_bytes(damaged)
    with pytest.raises(BackupFailed, match=r"site\.sqlite|malformed"):
        make.make(home, wanted)
    assert [path.name for path in stick.iterdir()] == [first]


def test_a_folder_that_is_no_other_disk_is_refused(
    home: Home, stick: Path, key: tuple[Path, str]
) -> None:
    gone = site(stick / "usb", key[1])
    with pytest.raises(BackupFailed, match="plugged in"):
        make.make(home, gone)
    folder = {"path": str(stick), "own_disk": "false"}
    with pytest.raises(BackupFailed, match="own disk"):
        make.make(home, site(stick, key[1], folder=folder))
    assert list(stick.iterdir()) == []


def test_a_full_disk_leaves_the_older_backup_and_nothing_half(
    home: Home, stick: Path, key: tuple[Path, str]
) -> None:
    (home.prompts / "long.wav").write_bytes(os.urandom(3_000_000))
    made(home, stick)
    before = everything_below(stick)
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({2_000_000},) * 2)"
    done = _markaz_in_a_process(home, limited)
    assert done.wait(60) == 1
    assert b"no backup was made" in done.communicate()[1]
    assert everything_below(stick) == before


def test_killed_in_the_midst_it_leaves_nothing_under_its_final_name(
    home: Home, stick: Path, key: tuple[Path, str]
) -> None:
    (home.prompts / "pipe-like.wav").write_bytes(os.urandom(40_000_000))
    (home.backup / "copy-of-one-that-was-killed").mkdir()
    child = _markaz_in_a_process(home)
    until(lambda: any(path.stat().st_size > 1_000_000 for path in stick.iterdir()), 60, "a part")
    child.kill()
    child.communicate(timeout=10)
    assert [path.suffix for path in stick.iterdir()] == [".part"]

    file = made(home, stick)  # the next one takes the rest away

    assert [path.name for path in stick.iterdir()] == [file.name]
    assert list(home.backup.glob("copy-*")) == []
    restore.verify(file, key[0])


def _markaz_in_a_process(home: Home, before: str = "") -> subprocess.Popen[bytes]:
    program = f"{before}\nfrom firmware.cli.main import main\nmain()"
    return subprocess.Popen(
        [sys.executable, "-c", program, "--home", str(home.root), "backup", "now"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_it_stops_when_the_daemon_ends(home: Home, stick: Path) -> None:
    with pytest.raises(Stopped):
        make.make(home, history.load_current(home)[1], stop=lambda: True)
    assert list(stick.iterdir()) == []


def test_two_at_once_are_one(home: Home) -> None:
    with (home.backup / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BackupFailed, match="already"):
            make.make(home, history.load_current(home)[1])


# -- how many are kept -----------------------------------------------------------------------


def test_the_newest_are_kept_and_nothing_of_others_is_touched(
    home: Home, stick: Path, key: tuple[Path, str]
) -> None:
    others = {"photo.jpg", "markaz-other-20200101T000000Z.tar.gz.age"}
    for name in others:
        (stick / name).write_bytes(b"x")
    wanted = site(stick, key[1], keep=2)
    names = [make.make(home, wanted, wall=lambda n=n: 1e9 + 86400 * n).name for n in range(4)]
    assert {path.name for path in stick.iterdir()} == others | set(names[-2:])
    assert [one.name for one in make.backups(wanted, make.place_of(wanted, home))] == names[:1:-1]


# -- the command -----------------------------------------------------------------------------


def test_the_command_from_the_key_to_the_restored_box(
    tmp_path: Path, stick: Path, empty: Home
) -> None:
    home, file = Home(tmp_path / "box"), tmp_path / "key"
    shown = markaz(home, "backup", "key", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    assert markaz(home, "backup", "key", str(file)).exit_code == 1  # never written over
    furnish(home, site(stick, shown.stdout.strip()))

    assert "read back and whole" in markaz(home, "backup", "now").stdout
    [name] = [path.name for path in stick.iterdir()]
    assert name in markaz(home, "backup", "list").stdout
    words = (str(stick / name), "--identity", str(file))
    assert "without recordings" in markaz(home, "backup", "verify", *words).stdout
    assert markaz(home, "backup", "restore", *words).exit_code == 1
    done = markaz(empty, "backup", "restore", *words)
    assert (done.exit_code, "restored into" in done.stdout) == (0, True)
    assert contents_of(empty) == FILES
