"""Backups by the clock: one a night, late rather than never, again after a failure."""

from __future__ import annotations

import sqlite3
import threading
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from firmware.backup import last, make, schedule
from firmware.backup.schedule import RETRY_S, Schedule, is_due
from firmware.config import document, history
from firmware.config.home import Home
from firmware.config.problem import ConfigRejected
from firmware.config.sections.backup import Backup, Every, S3Place, SshPlace
from tests.rig.until import until
from tests.unit.backup_box import furnish, key_in, site

ZONE = ZoneInfo("Asia/Tehran")


def at(day: int, time_of_day: str) -> float:
    """A moment of November 2026 in Tehran, in Unix seconds. The 2nd is a Monday."""
    hour, minute = map(int, time_of_day.split(":"))
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE).timestamp()


@pytest.mark.parametrize(
    ("every", "made", "now", "due"),
    [
        ("day", None, at(2, "12:00"), True),
        ("day", at(2, "02:31"), at(2, "23:59"), False),
        ("day", at(2, "02:31"), at(3, "02:29"), False),
        ("day", at(2, "02:31"), at(3, "02:30"), True),
        ("day", at(2, "20:00"), at(3, "02:30"), True),  # made by hand in the evening
        ("day", at(2, "01:00"), at(2, "02:30"), True),
        ("day", at(2, "02:31"), at(9, "17:00"), True),  # the box was off for a week
        ("day", at(9, "17:00"), at(9, "17:01"), False),
        ("week", at(2, "02:31"), at(8, "23:00"), False),
        ("week", at(2, "02:31"), at(9, "02:29"), False),
        ("week", at(2, "02:31"), at(9, "02:30"), True),
        ("week", at(2, "02:31"), at(20, "12:00"), True),
    ],
)
def test_when_a_backup_is_due(every: str, made: float | None, now: float, due: bool) -> None:
    assert is_due(Backup(every=Every(every)), ZONE, now, made) is due


def test_one_a_day_by_clocks_that_change_in_spring() -> None:
    berlin = ZoneInfo("Europe/Berlin")  # on 29 March 2026 there is no 02:30
    now = datetime(2026, 3, 28, 2, 30, tzinfo=berlin).timestamp()
    made_at, count = now - 60, 0
    while now < datetime(2026, 4, 1, 2, 29, tzinfo=berlin).timestamp():
        if is_due(Backup(), berlin, now, made_at):
            made_at, count = now, count + 1
        now += 600
    assert count == 4


class Clock:
    """A wall clock and a monotonic one that jump."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.even = 0.0

    def jump(self, seconds: float) -> None:
        self.now += seconds
        self.even += seconds


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


@pytest.fixture
def home(tmp_path: Path, stick: Path) -> Home:
    home = Home(tmp_path / "box")
    furnish(home, site(stick, key_in(tmp_path)[1], keep=2))
    return home


@pytest.fixture
def clock() -> Clock:
    return Clock(at(2, "12:00"))


def watching(home: Home, clock: Clock) -> Schedule:
    return Schedule(home, threading.Event(), wall=lambda: clock.now, clock=lambda: clock.even)


def test_one_a_night_and_the_newest_two_stay(home: Home, stick: Path, clock: Clock) -> None:
    schedule_ = watching(home, clock)
    nights = []
    for _hour in range(96):
        nights.append(schedule_.look())
        clock.jump(3600)
    assert sum(nights) == 5  # at once, and four nights
    assert nights[0]
    assert len(list(stick.iterdir())) == 2
    assert schedule_.warning == ""


def test_on_battery_none_is_begun_and_it_is_made_when_mains_are_back(
    home: Home, stick: Path, clock: Clock
) -> None:
    is_short = [True]
    schedule_ = Schedule(
        home,
        threading.Event(),
        wall=lambda: clock.now,
        clock=lambda: clock.even,
        rests=lambda: is_short[0],
    )
    for _hour in range(30):
        assert schedule_.look() is False
        clock.jump(3600)
    assert list(stick.iterdir()) == []
    assert schedule_.warning == ""
    is_short[0] = False
    assert schedule_.look() is True
    assert len(list(stick.iterdir())) == 1


def test_without_internet_none_is_made_in_vain_and_one_the_moment_it_is_back(
    home: Home, stick: Path, clock: Clock
) -> None:
    asked, reason = [], ["no internet: the router does not answer"]

    def hinders(url: str) -> str:
        asked.append(url)
        return reason[0]

    schedule_ = Schedule(
        home,
        threading.Event(),
        wall=lambda: clock.now,
        clock=lambda: clock.even,
        hinders=hinders,
    )
    stick.rmdir()
    reason[0] = ""
    assert schedule_.look() is False, "it failed before anybody knew why"
    reason[0] = "no internet: the router does not answer"
    for _hour in range(30):
        clock.jump(3600)
        assert schedule_.look() is False
    assert schedule_.warning == "the backup waits: no internet: the router does not answer"
    stick.mkdir()
    reason[0] = ""
    schedule_.reload()
    assert schedule_.look() is True
    assert (schedule_.warning, set(asked)) == ("", {"file://"})


def test_where_a_place_is_in_the_network() -> None:
    by_ssh = Backup.model_construct(ssh=SshPlace.model_construct(host="nas.lan"))
    by_s3 = Backup.model_construct(ssh=None, s3=S3Place.model_construct(host="s3.example.com:90"))
    assert [by_ssh.address, by_s3.address] == ["sftp://nas.lan", "https://s3.example.com:90"]
    assert Backup().address == "file://"


def test_one_that_is_being_made_when_power_fails_is_left_and_made_anew(
    home: Home, stick: Path, clock: Clock
) -> None:
    asked = []

    def rests() -> bool:
        asked.append(True)
        return 1 < len(asked) <= 4  # power fails after it was begun

    schedule_ = Schedule(
        home,
        threading.Event(),
        wall=lambda: clock.now,
        clock=lambda: clock.even,
        rests=rests,
    )
    assert schedule_.look() is False
    assert list(stick.glob("*.age")) == []
    assert schedule_.warning == ""
    asked.extend([True] * 4)
    assert schedule_.look() is True
    assert last.read(home) is not None


def test_one_made_by_hand_counts_and_a_new_start_makes_no_other(home: Home, clock: Clock) -> None:
    make.make(home, history.load_current(home)[1], wall=lambda: clock.now)
    clock.jump(60)
    assert watching(home, clock).look() is False


def test_a_stick_that_is_not_there_is_told_and_tried_again(
    home: Home, stick: Path, clock: Clock
) -> None:
    schedule_ = watching(home, clock)
    stick.rmdir()
    assert schedule_.look() is False
    warning = schedule_.warning
    assert "is the disk plugged in?" in warning
    stick.mkdir()
    clock.jump(RETRY_S - 1)
    assert schedule_.look() is False
    assert schedule_.warning == warning
    clock.jump(1)
    assert schedule_.look() is True
    assert schedule_.warning == ""


def test_a_new_configuration_is_tried_at_once(
    home: Home, stick: Path, tmp_path: Path, clock: Clock
) -> None:
    schedule_ = watching(home, clock)
    stick.rmdir()
    schedule_.look()
    other = tmp_path / "other"
    other.mkdir()
    wanted = document.dump(site(other, key_in(tmp_path, "k")[1]), secrets=True)
    history.apply(home, wanted, "eva", "another stick")
    assert schedule_.look() is False
    schedule_.reload()
    assert schedule_.look() is True
    assert len(list(other.iterdir())) == 1


def test_a_configuration_that_cannot_be_read_is_told_until_it_can(
    home: Home, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(_home: Home) -> None:
        raise sqlite3.OperationalError("database is locked")

    schedule_ = watching(home, clock)
    with monkeypatch.context() as patch:
        patch.setattr(history, "load_current", locked)
        for _look in range(2):
            assert schedule_.look() is False
            assert "database is locked" in schedule_.warning
            clock.jump(RETRY_S)
    assert schedule_.look() is True


def test_a_clock_before_the_last_backup_waits_and_says_so(
    home: Home, stick: Path, clock: Clock
) -> None:
    schedule_ = watching(home, clock)
    assert schedule_.look()
    right, clock.now = clock.now, 3600.0  # a board without a battery wakes in 1970
    assert schedule_.look() is False
    assert "clock is before the last backup" in schedule_.warning
    clock.now = right + 86400
    assert schedule_.look() is True
    assert len(list(stick.iterdir())) == 2


def test_a_box_without_a_place_makes_none(tmp_path: Path, clock: Clock) -> None:
    home = Home(tmp_path / "bare")
    home.make()
    schedule_ = watching(home, clock)
    assert (schedule_.look(), schedule_.warning, last.read(home)) == (False, "", None)


def test_its_thread_ends_with_the_daemon(
    home: Home, clock: Clock, monkeypatch: pytest.MonkeyPatch, stick: Path
) -> None:
    monkeypatch.setattr(schedule, "LOOK_INTERVAL_S", 0.01)
    stop = threading.Event()
    schedule_ = Schedule(home, stop, wall=lambda: clock.now, clock=lambda: clock.even)
    schedule_.start()
    until(lambda: last.read(home), 30, "a backup")
    stop.set()
    schedule_.close()
    assert len(list(stick.iterdir())) == 1


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("folder: {path: /mnt}", "holds every password"),
        ("recipient: [age1x]", "public key of age"),
        ("at: 25:00", "a time of day"),
        (
            "folder: {path: /mnt}\n  s3: {host: h, bucket: b-1, access_key: a, secret_key: s}",
            "there is a place already",
        ),
        ("ssh: {host: -oProxyCommand=x, user: u, key_file: /k, path: /b}", "a server's name"),
        ("ssh: {host: h, user: -u, key_file: /k, path: /b}", "a user's name"),
        ('folder: {path: "/mnt/a b"}', "a folder's path"),
        ("keep: 0", "greater than or equal to 1"),
    ],
)
def test_what_is_written_wrongly_is_told(written: str, reason: str) -> None:
    text = written.replace("{", "\n    ").replace("}", "").replace(", ", "\n    ")
    if "[" in written:
        text = "recipient:\n    - age1x"
    with pytest.raises(ConfigRejected) as refused:
        document.parse(f"backup:\n  {text}\n")
    assert reason in str(refused.value)
