"""What is deleted when the disk fills or time is over, and what never is."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from firmware.config.home import Home
from firmware.config.sections.recording import Keep, QueueKeeping
from firmware.model.record import CallRecord, RecordingRecord
from firmware.model.recording import NO_ROOM
from firmware.model.retention import KeptKind, Space, Use, must_stop, surplus_bytes
from firmware.recorder.room import Room
from firmware.recorder.steady import EVEN_S
from firmware.recorder.sweep import Sweeper
from firmware.store import audit, calls, holds, ledger, recordings
from firmware.store.db import open_store
from tests.unit.test_recorder_finish import spooled

NOW = 1_800_000_000.0
DAY = 86400.0
MB = 1_000_000


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.make()
    return home


class Bench:
    """A disk of 1000 MB with recordings on it, a clock of our own, and the room on it."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.wall, self.even = NOW, 500.0
        self.other_mb = 100.0
        self.sizes_mb: dict[str, float] = {}
        self.room = Room(home, disk=self._disk, clock=lambda: self.even, wall=lambda: self.wall)
        self._lived = False

    def _disk(self, _folder: Path) -> tuple[int, int]:
        there = sum(
            size for path, size in self.sizes_mb.items() if (self.home.recordings / path).exists()
        )
        return 1000 * MB, round((1000 - self.other_mb - there) * MB)

    def record(self, ident: str, age_days: float, *, mb: float = 10.0, queue: str = "") -> None:
        path = f"2026/11/21/{ident}.flac"
        file = self.home.recordings / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(ident.encode())
        self.sizes_mb[path] = mb
        began = NOW - age_days * DAY
        with closing(open_store(self.home)) as db:
            calls.save(db, CallRecord(id=ident, started_at=began, ended_at=began, queue=queue))
            recordings.keep(
                db,
                RecordingRecord(
                    id=ident, call_id=ident, path=path, started_at=began, length_s=1.0,
                    rate_hz=16000, channels=2, bytes=round(mb * MB), sha256=ident,
                ),
                NOW,
            )  # fmt: skip

    def look(self, keep: Keep) -> None:
        if not self._lived:  # the box was on yesterday: its clock is believed
            with closing(open_store(self.home)) as db:
                calls.save(db, CallRecord(id="last", started_at=self.wall - DAY))
            self._lived = True
        with closing(open_store(self.home)) as db:
            if self.room.is_due(keep):
                self.room.look(db, keep)

    @property
    def left(self) -> list[str]:
        with closing(open_store(self.home)) as db:
            return [record.id for record in recordings.every(db)]

    @property
    def is_stopped(self) -> bool:
        return (self.home.ram_recordings / NO_ROOM).exists()


@pytest.fixture
def bench(home: Home) -> Bench:
    return Bench(home)


def test_each_queue_has_its_own_time(bench: Bench) -> None:
    for ident, age, queue in (
        ("old", 100, ""), ("new", 20, ""), ("sales", 20, "sales"), ("law", 3000, "law"),
    ):  # fmt: skip
        bench.record(ident, age, queue=queue)
    keep = Keep(
        days=90,
        queue=(QueueKeeping(queue="sales", days=10), QueueKeeping(queue="law", days=None)),
    )

    bench.look(keep)

    assert bench.left == ["law", "new"]
    assert not (bench.home.recordings / "2026/11/21/old.flac").exists()


def test_without_a_time_nothing_is_deleted(bench: Bench) -> None:
    bench.record("old", 30000)
    bench.look(Keep())
    assert bench.left == ["old"]


def test_a_full_disk_loses_its_oldest_and_only_as_many_as_need_be(bench: Bench) -> None:
    for number in range(40):
        bench.record(f"r{number:02}", 100 - number, mb=10)
    bench.other_mb = 540  # with 400 of recordings: 94 % are in use

    bench.look(Keep(warn_percent=85, delete_percent=92, stop_percent=97))

    assert bench.left == [f"r{number:02}" for number in range(3, 40)]  # 91 %
    assert not bench.is_stopped
    assert bench.room.warning.startswith("the disk fills: the disk is 91 % full")


def test_what_is_younger_than_the_minimum_stays_and_nothing_more_is_recorded(
    bench: Bench,
) -> None:
    bench.record("today", 0.5, mb=10)
    bench.record("lately", 3, mb=10)
    bench.other_mb = 960
    keep = Keep(minimum_days=1)

    bench.look(keep)
    assert bench.left == ["today"]
    assert bench.is_stopped
    assert bench.room.warning.startswith("new calls are not recorded: the disk is 97 % full")

    bench.other_mb = 955  # just below the level is not yet room again
    bench.look(keep)
    assert bench.is_stopped
    bench.other_mb = 940
    bench.look(keep)
    assert not bench.is_stopped


def test_recording_stops_even_when_the_store_cannot_be_asked(bench: Bench) -> None:
    bench.other_mb = 990
    assert bench.room.is_due(Keep())
    assert bench.is_stopped


def test_the_quota_is_kept(bench: Bench) -> None:
    for number in range(10):
        bench.record(f"r{number}", 50 - number, mb=10)

    bench.look(Keep(quota_gb=0.07))

    assert bench.left == [f"r{number}" for number in range(3, 10)]
    assert not bench.is_stopped


def test_a_quota_that_the_newest_alone_fill_stops_recording(bench: Bench) -> None:
    bench.record("today", 0.1, mb=80)
    bench.look(Keep(quota_gb=0.07))
    assert bench.left == ["today"]
    assert bench.is_stopped
    assert "the quota of 0.07 GB is used up" in bench.room.warning


def test_what_is_held_is_never_deleted(bench: Bench) -> None:
    bench.record("held", 100)
    bench.record("free", 100)
    with closing(open_store(bench.home)) as db:
        holds.hold(
            db, holds.Hold(kind=KeptKind.RECORDING, ident="held", at=NOW, who="eva", why="case 7")
        )
        held = recordings.find(db, "held")
        assert held is not None
        with pytest.raises(holds.Held, match="held by eva"):
            recordings.delete(bench.home, db, held, recordings.Deletion(who="max", why="", at=NOW))
    bench.other_mb = 985

    bench.look(Keep(days=10))

    assert bench.left == ["held"]
    assert (bench.home.recordings / "2026/11/21/held.flac").exists()


def test_a_deletion_is_written_down(bench: Bench) -> None:
    bench.record("old", 100)
    bench.look(Keep(days=10))
    with closing(open_store(bench.home)) as db:
        line = ledger.last_of(db, KeptKind.RECORDING, "old")
        [done] = audit.newest(db, 10)
        assert list(ledger.faults(db)) == []
    assert line is not None
    assert (line.event, line.who, line.why, line.at) == ("deleted", "box", "kept long enough", NOW)
    assert (done.what, done.ident, done.who) == ("deleted", "old", "box")


@pytest.mark.parametrize("jump_s", [400 * DAY, -400 * DAY])
def test_a_clock_that_jumps_deletes_nothing_until_it_has_run_evenly(
    bench: Bench, jump_s: float
) -> None:
    bench.record("r", 1)
    keep = Keep(days=10)
    bench.look(keep)
    bench.wall += jump_s
    for _ in range(3):
        bench.even += EVEN_S / 4
        bench.wall += EVEN_S / 4
        bench.room._aged_at = float("-inf")  # it is looked at each time
        bench.look(keep)
        assert bench.left == ["r"]
    bench.even += EVEN_S
    bench.wall += EVEN_S
    bench.look(keep)
    assert bench.left == ([] if jump_s > 0 else ["r"])


def test_a_box_that_starts_in_another_year_deletes_nothing(home: Home) -> None:
    bench = Bench(home)
    bench.record("r", 1)
    bench._lived = True  # nothing newer than the recording is on record
    bench.wall = NOW + 4000 * DAY
    bench.look(Keep(days=10))
    assert bench.left == ["r"]


def test_ten_thousand_recordings_are_gone_through(bench: Bench) -> None:
    with closing(open_store(bench.home)) as db:
        db.execute("BEGIN")
        for number in range(10_000):
            recordings.save(
                db,
                RecordingRecord(
                    id=f"n{number:05}", call_id="", path=f"2026/01/01/n{number:05}.flac",
                    started_at=NOW - (20_000 - number) * 60, length_s=1.0, rate_hz=16000,
                    channels=2, bytes=10_000, sha256="",
                ),
            )  # fmt: skip
        db.execute("COMMIT")
        assert recordings.adopt(db, NOW) == 10_000
    bench.look(Keep(days=20_000 * 60 / DAY - 100 * 60 / DAY))
    assert bench.left[0] == "n00100"
    assert len(bench.left) == 9_900


def test_a_power_cut_within_a_deletion_leaves_nothing_behind(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    spooled(home)
    Sweeper(home).sweep()
    with closing(open_store(home)) as db:
        record = recordings.find(db, "17")
        assert record is not None
        monkeypatch.setattr("firmware.store.recordings._unlink", lambda _path: None)
        recordings.delete(home, db, record, recordings.Deletion(who="a", why="b", at=NOW))
    monkeypatch.undo()
    assert (home.recordings / record.path).exists()

    Sweeper(home).sweep()

    assert not (home.recordings / record.path).exists()
    assert list(home.recordings.iterdir()) == []


def test_the_rules_of_space() -> None:
    space = Space(quota_bytes=50, delete_percent=90, stop_percent=95)
    empty = Use(total_bytes=1000, free_bytes=900, recordings_bytes=0)
    assert surplus_bytes(space, empty) == 0
    assert not must_stop(space, empty, is_stopped=True)
    nothing = Use(total_bytes=0, free_bytes=0, recordings_bytes=0)
    assert must_stop(space, nothing, is_stopped=False)
