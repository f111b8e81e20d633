"""``markaz recordings``: whatever is done to recordings behind the box's back is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pyrage
import pytest
import soundfile
from sqlite_utils import Database

from firmware.config import history
from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.config.sections.recording import Encryption, Recording
from firmware.model.record import RecordingRecord
from firmware.recorder.sweep import Sweeper
from firmware.store import audit, ledger, recordings, repairs
from firmware.store.db import open_store
from tests.unit.cli_box import markaz
from tests.unit.test_recorder_finish import spooled

IDS = ("a", "b", "c")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.make()
    return home


@pytest.fixture
def kept(home: Home) -> Home:
    """A box with three recordings."""
    for ident in IDS:
        spooled(home, ident)
    assert Sweeper(home).sweep() == 3
    return home


def record_of(home: Home, ident: str) -> RecordingRecord:
    with closing(open_store(home)) as db:
        found = recordings.find(db, ident)
    assert found is not None
    return found


def verified(home: Home, *options: str) -> tuple[int, list[tuple[str, str]], str]:
    shown = markaz(home, "recordings", "verify", "--json", *options)
    told = json.loads(shown.stdout)
    return shown.exit_code, [(f["fault"], f["what"]) for f in told["findings"]], told["head"]


def test_all_is_well(kept: Home) -> None:
    code, findings, head = verified(kept)
    assert (code, findings) == (0, [])
    assert len(head) == 64
    shown = markaz(kept, "recordings", "verify")
    assert f"3 recordings, 0 faults; head of the ledger: {head}" in shown.stdout


def test_files_that_are_missing_changed_or_extra(kept: Home) -> None:
    day = (kept.recordings / record_of(kept, "a").path).parent
    (day / "a.flac").unlink()
    with (day / "b.flac").open("r+b") as file:
        file.seek(5000)
        file.write(b"\xff\x00\xff")
    (day / "stray.flac").write_bytes(b"fLaC")
    (day / ".d.flac.part").write_bytes(b"")  # the recorder is at it

    code, findings, _head = verified(kept)

    assert code == 4
    place = str(day.relative_to(kept.recordings))
    assert sorted(findings) == [
        ("changed", f"{place}/b.flac"),
        ("extra", f"{place}/stray.flac"),
        ("missing", f"{place}/a.flac"),
    ]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE recording_chain SET why = 'x' WHERE seq = 2", "chain"),
        ("UPDATE recording_chain SET at = at + 1 WHERE seq = 1", "chain"),
        ("DELETE FROM recording_chain WHERE seq = 2", "chain"),
        ("UPDATE recordings SET sha256 = 'x' WHERE id = 'b'", "unlisted"),
        ("DELETE FROM recording_chain WHERE seq = 3", "unlisted"),
        ("DELETE FROM recordings WHERE id = 'b'", "lost"),
    ],
)
def test_the_store_that_is_changed_by_hand(kept: Home, change: str, fault: str) -> None:
    with closing(open_store(kept)) as db:
        db.execute(change)
    code, findings, _head = verified(kept)
    assert code == 5
    assert fault in [found for found, _what in findings]


def test_a_ledger_written_anew_does_not_have_the_head_that_was_noted(kept: Home) -> None:
    _code, _findings, head = verified(kept)
    spooled(kept, "d")
    Sweeper(kept).sweep()
    assert verified(kept, "--head", head)[0] == 0
    with closing(open_store(kept)) as db:
        _write_anew(db)
    assert verified(kept)[0] == 0
    assert verified(kept, "--head", head)[0] == 5


def _write_anew(db: Database) -> None:
    """As somebody would who may write in the store."""
    lines = list(ledger.lines(db))
    db.execute("BEGIN")
    db.execute("DELETE FROM recording_chain")
    for line in lines:
        told = ledger.Happened(
            at=line.at + 5, event=line.event, ident=line.ident, sha256=line.sha256
        )
        ledger.append(db, told)
    db.execute("COMMIT")


def test_a_deletion_is_real_recorded_and_audited(kept: Home) -> None:
    path = kept.recordings / record_of(kept, "b").path
    assert markaz(kept, "recordings", "delete", "b").exit_code == 2  # nobody says why

    assert markaz(kept, "recordings", "delete", "b", "--why", "asked for").exit_code == 0

    assert not path.exists()
    assert verified(kept)[:2] == (0, [])
    with closing(open_store(kept)) as db:
        [*_kept, line] = ledger.lines(db)
    assert (line.event, line.ident, line.why) == ("deleted", "b", "asked for")
    assert "asked for" in markaz(kept, "recordings", "audit", "b").stdout
    assert markaz(kept, "recordings", "delete", "b", "--why", "again").exit_code == 1


def test_what_is_held_stays_until_it_is_released(kept: Home) -> None:
    def run(*words: str) -> int:
        return markaz(kept, "recordings", *words).exit_code

    assert run("hold", "nothing", "--why", "x") == 1
    assert run("hold", "a", "--why", "court") == 0
    assert "court" in markaz(kept, "recordings", "held").stdout
    shown = markaz(kept, "recordings", "delete", "a", "--why", "y")
    assert shown.exit_code == 1
    assert "is held by" in shown.stderr
    assert run("release", "a") == 0
    assert run("release", "a") == 1
    assert run("delete", "a", "--why", "y") == 0
    done = json.loads(markaz(kept, "recordings", "audit", "--json").stdout)
    assert [deed["what"] for deed in done] == ["deleted", "released", "held"]


def test_an_export_is_the_file_and_is_audited(kept: Home, tmp_path: Path) -> None:
    out = tmp_path / "out.flac"
    assert markaz(kept, "recordings", "export", "c", str(out)).exit_code == 0
    assert out.read_bytes() == (kept.recordings / record_of(kept, "c").path).read_bytes()
    assert out.stat().st_mode & 0o777 == 0o600
    assert markaz(kept, "recordings", "export", "c", str(out)).exit_code == 1  # it is there
    with closing(open_store(kept)) as db:
        assert audit.newest(db, 1)[0].what == "exported"


def test_one_hearing_is_one_line_however_often_a_player_asks(home: Home) -> None:
    with closing(open_store(home)) as db:
        for at in (0.0, 1.0, 59.0, 61.0, 62.0, 30.0):  # the clock is set back at last
            audit.note_hearing(
                db, audit.Done(at=at, who="eva", place="::1", what="played", ident="a")
            )
        audit.note_hearing(
            db, audit.Done(at=63.0, who="max", place="::1", what="played", ident="a")
        )
        found = [(done.at, done.who) for done in audit.newest(db, 10)]
    assert found == [(63.0, "max"), (30.0, "eva"), (61.0, "eva"), (0.0, "eva")]


def test_recordings_of_an_earlier_release_come_into_the_ledger(kept: Home) -> None:
    with closing(open_store(kept)) as db:
        db.execute("DELETE FROM recording_chain")
    assert verified(kept)[0] == 5
    Sweeper(kept).sweep()
    assert verified(kept)[:2] == (0, [])


# -- encryption -----------------------------------------------------------------------------


@pytest.fixture
def key(tmp_path: Path) -> Path:
    identity = pyrage.x25519.Identity.generate()
    file = tmp_path / "elsewhere.key"
    file.write_text(f"# public key: {identity.to_public()}\n{identity}\n")
    return file


def encrypting(home: Home, key: Path, *, can_play: bool = True) -> None:
    recipient = key.read_text().splitlines()[0].rpartition(" ")[2]
    encryption = Encryption(recipient=(recipient,), identity_file=str(key) if can_play else None)
    history.create_first(home, Site(recording=Recording(encryption=encryption)))


def test_an_encrypted_recording_is_verified_without_the_key_and_exported_with_it(
    home: Home, key: Path, tmp_path: Path
) -> None:
    encrypting(home, key)
    spooled(home, "a")
    assert Sweeper(home).sweep() == 1
    record = record_of(home, "a")
    path = home.recordings / record.path
    assert (record.format, record.cipher, path.name) == ("flac", "age", "a.flac.age")
    assert path.read_bytes().startswith(b"age-encryption.org/v1\n")
    assert [file.name for file in path.parent.iterdir()] == ["a.flac.age"]
    assert verified(home)[:2] == (0, [])

    out = tmp_path / "out.flac"
    assert markaz(home, "recordings", "export", "a", str(out)).exit_code == 0
    assert soundfile.info(out).frames == 32000


@pytest.mark.parametrize("spoil", ["no key", "another key", "damaged"])
def test_what_cannot_be_opened_says_why(home: Home, key: Path, tmp_path: Path, spoil: str) -> None:
    encrypting(home, key, can_play=spoil != "no key")
    spooled(home, "a")
    Sweeper(home).sweep()
    path = home.recordings / record_of(home, "a").path
    if spoil == "another key":
        key.write_text(str(pyrage.x25519.Identity.generate()))
    if spoil == "damaged":
        path.write_bytes(path.read_bytes()[:-100])
    out = tmp_path / "out.flac"

    shown = markaz(home, "recordings", "export", "a", str(out))

    assert shown.exit_code == 1
    assert "a.flac.age" in shown.stderr
    assert not out.exists()


# -- repairs --------------------------------------------------------------------------------


def _whole(_folder: Path) -> None:
    pass


def _headless(folder: Path) -> None:
    with (folder / "caller.wav").open("r+b") as file:
        file.write(bytes(44))


def _without_meta(folder: Path) -> None:
    (folder / "meta.json").unlink()


@pytest.mark.parametrize(
    ("damage", "healed"),
    [(_whole, ""), (_headless, "caller.wav's header"), (_without_meta, "meta.json was lost")],
)
def test_a_repair_says_what_it_did(
    home: Home, damage: Callable[[Path], None], healed: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    damage(spooled(home, "cut", done=False))
    spooled(home, "fine")

    assert Sweeper(home).sweep() == 2

    with closing(open_store(home)) as db:
        [repair] = repairs.newest(db, 10)
    assert (repair.kind, repair.ident, repair.cause) == ("recording", "cut", "the power went")
    assert (repair.recovered_s, repair.healed) == (2.0, healed)
    assert "repair: 1 cut off and made whole, 2 s of sound recovered" in caplog.text
    assert "the power went" in markaz(home, "recordings", "repaired").stdout


def test_what_switchd_left_behind_is_told_from_a_loss_of_power(home: Home) -> None:
    (spooled(home, "x") / "done").write_bytes(b"{}")  # the keeper's mark
    Sweeper(home).sweep()
    with closing(open_store(home)) as db:
        [repair] = repairs.newest(db, 10)
    assert repair.cause == "switchd ended"
