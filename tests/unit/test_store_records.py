"""Records of calls, recordings and users are kept and found again."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median

import pytest
from sqlite_utils import Database

from firmware.config.home import Home
from firmware.model.permissions import Role
from firmware.model.record import CallEvent, CallRecord, LegRecord, RecordingRecord
from firmware.store import calls, recordings, users
from firmware.store.db import open_store


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with closing(open_store(Home(tmp_path))) as opened:
        yield opened


def call(ident: str, started_at: float, **more: object) -> CallRecord:
    return CallRecord(id=ident, started_at=started_at, **more)  # type: ignore[arg-type]


WHOLE = CallRecord(
    id="17",
    started_at=100.25,
    answered_at=105.5,
    ended_at=160.75,
    caller="02112345678",
    caller_name="مریم احمدی",
    called="1",
    line="fxo-1",
    place="extension:101",
    queue="support",
    agent="101",
    digits="1",
    disposition="answered",
    cause=16,
    hung_up_by="caller",
    config_version=3,
)


def test_a_call_is_found_as_it_was_saved(db: Database) -> None:
    calls.save(db, WHOLE)

    assert calls.find(db, "17") == WHOLE
    assert calls.find(db, "18") is None


def test_the_last_record_of_a_call_stands(db: Database) -> None:
    calls.save(db, call("17", 100.25))
    calls.save(db, WHOLE)

    assert calls.recent(db) == [WHOLE]


def test_a_name_that_is_no_text_is_kept_as_far_as_it_is(db: Database) -> None:
    calls.save(db, call("1", 1.0, caller_name="Bad\udce9Name"))

    found = calls.find(db, "1")
    assert found is not None
    assert found.caller_name == "Bad?Name"


def test_pages_go_from_the_newest_back_and_leave_none_out(db: Database) -> None:
    # Every three calls begin in the same instant.
    for index in range(10):
        calls.save(db, call(f"{index:02d}", float(index // 3)))

    seen: list[str] = []
    page = calls.recent(db, limit=4)
    while page:
        seen += [record.id for record in page]
        page = calls.recent(db, page[-1].started_at, 4, before_id=page[-1].id)

    assert seen == [f"{index:02d}" for index in reversed(range(10))]


def test_before_alone_means_earlier(db: Database) -> None:
    for index in range(3):
        calls.save(db, call(str(index), float(index)))

    assert [record.id for record in calls.recent(db, 1.0, 10)] == ["0"]


@pytest.mark.parametrize("before", ["", "WHERE (started_at, id) < (5.0, '') "])
def test_a_page_is_read_from_the_index(db: Database, before: str) -> None:
    sql = f"SELECT * FROM calls {before}ORDER BY started_at DESC, id DESC LIMIT 50"
    plan = " ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}"))

    assert "calls_by_time" in plan
    assert "TEMP B-TREE" not in plan


def test_legs_and_timeline_come_in_order(db: Database) -> None:
    late = LegRecord(id="17.2", call_id="17", direction="outbound", party="101", started_at=5.0)
    early = LegRecord(id="17.1", call_id="17", direction="inbound", party="fxo-1", started_at=1.0)
    events = [
        CallEvent(call_id="17", at=1.0, name="call.began"),
        CallEvent(call_id="17", at=2.0, name="digit.pressed", detail="1"),
        CallEvent(call_id="17", at=2.0, name="queue.entered", detail="support"),
    ]
    for record in (late, early, *events, CallEvent(call_id="18", at=1.0, name="call.began")):
        calls.save(db, record)

    assert calls.legs_of(db, "17") == [early, late]
    assert calls.timeline(db, "17") == events


def test_repair_closes_what_a_crash_cut_off_and_nothing_else(db: Database) -> None:
    calls.save(db, WHOLE)
    calls.save(db, call("18", 200.0, answered_at=205.0))
    calls.save(db, call("19", 201.0))
    calls.save(db, call("20", 300.0))  # began after the repair's moment
    leg = LegRecord(id="18.1", call_id="18", direction="inbound", party="1", started_at=200.0)
    calls.save(db, leg)

    assert calls.close_unfinished(db, 250.0) == 2

    closed = calls.find(db, "18")
    assert closed is not None
    assert (closed.ended_at, closed.disposition, closed.cause) == (250.0, "failed", 41)
    assert closed.answered_at == 205.0
    assert [event.name for event in calls.timeline(db, "18")] == ["call.closed_by_repair"]
    assert calls.legs_of(db, "18")[0].ended_at == 250.0
    assert calls.find(db, "17") == WHOLE
    still_open = calls.find(db, "20")
    assert still_open is not None
    assert still_open.ended_at is None
    assert calls.close_unfinished(db, 250.0) == 0


def test_recordings_are_found_by_id_and_by_call(db: Database) -> None:
    record = RecordingRecord(
        id="17",
        call_id="17",
        path="2026/11/21/17.wav",
        started_at=105.5,
        length_s=55.25,
        rate_hz=16000,
        channels=2,
        bytes=3536044,
        sha256="ab" * 32,
    )
    recordings.save(db, record)
    recordings.save(db, record)

    assert recordings.find(db, "17") == record
    assert recordings.of_call(db, "17") == [record]
    assert recordings.of_call(db, "18") == []


def test_a_user_is_known_by_the_password_alone(db: Database) -> None:
    users.create(db, "مدیر", "open sesame", Role.TECHNICIAN)

    user = users.verify(db, "مدیر", "open sesame")
    assert user is not None
    assert (user.name, user.role) == ("مدیر", Role.TECHNICIAN)
    assert users.verify(db, "مدیر", "open sesam") is None
    assert users.verify(db, "nobody", "open sesame") is None


def test_passwords_are_stored_as_scrypt_hashes_each_with_its_salt(db: Database) -> None:
    users.create(db, "a", "open sesame")
    users.create(db, "b", "open sesame")

    stored = [row["password_hash"] for row in db.query("SELECT password_hash FROM users")]
    assert all(text.startswith("scrypt:32768:8:1$") for text in stored)
    assert stored[0] != stored[1]
    assert not any("sesame" in text for text in stored)


def test_a_new_password_replaces_the_old(db: Database) -> None:
    users.create(db, "a", "open sesame")
    users.set_password(db, "a", "closed sesame")

    assert users.verify(db, "a", "open sesame") is None
    assert users.verify(db, "a", "closed sesame") is not None
    with pytest.raises(KeyError):
        users.set_password(db, "b", "closed sesame")


def test_what_is_no_user(db: Database) -> None:
    users.create(db, "a", "open sesame")

    with pytest.raises(users.UserExists):
        users.create(db, "a", "open sesame")
    with pytest.raises(ValueError, match="at least 8"):
        users.create(db, "b", "short")
    with pytest.raises(ValueError, match="needs a name"):
        users.create(db, " ", "open sesame")
    assert [user.name for user in users.everyone(db)] == ["a"]


def test_an_unknown_name_takes_as_long_as_a_wrong_password(db: Database) -> None:
    users.create(db, "a", "open sesame")

    def seconds(name: str) -> float:
        start = time.thread_time()
        users.verify(db, name, "wrong")
        return time.thread_time() - start

    known = median(seconds("a") for _ in range(5))
    unknown = median(seconds("nobody") for _ in range(5))
    assert unknown > known / 2


def test_a_second_connection_does_not_take_the_firsts_locks_away(tmp_path: Path) -> None:
    """A reader in another process must never believe that it is the last one: it would remove
    the log, and what is committed afterwards would be lost."""
    home = Home(tmp_path)
    with closing(open_store(home)) as first, closing(open_store(home)):
        reading = (
            "import sys; from pathlib import Path; from firmware.config.home import Home; "
            "from firmware.store.db import open_store; open_store(Home(Path(sys.argv[1]))).close()"
        )
        subprocess.run([sys.executable, "-c", reading, str(tmp_path)], check=True)
        calls.save(first, CallRecord(id="1", started_at=1.0))
        with closing(sqlite3.connect(home.store_db)) as other:
            assert other.execute("SELECT id FROM calls").fetchall() == [("1",)]
        log = home.store_db.with_name(home.store_db.name + "-wal")
        assert log.stat().st_size > 0
