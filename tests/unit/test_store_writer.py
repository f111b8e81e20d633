"""The writer never blocks its caller, keeps order, and loses nothing while the disk refuses."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from firmware.config.home import Home
from firmware.model.record import CallEvent, CallRecord
from firmware.store import calls
from firmware.store.db import open_store
from firmware.store.writer import StoreWriter
from tests.rig.until import until


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def event(index: int) -> CallEvent:
    return CallEvent(call_id="1", at=1.0, name=f"step.{index}")


def names(home: Home) -> list[str]:
    with closing(open_store(home)) as db:
        return [row.name for row in calls.timeline(db, "1")]


def test_records_are_written_in_the_order_they_were_put(home: Home) -> None:
    writer = StoreWriter(home)
    for index in range(1200):  # several batches
        writer.put(event(index))
    writer.close()

    assert names(home) == [f"step.{index}" for index in range(1200)]


def test_a_record_is_on_the_disk_without_closing(home: Home) -> None:
    writer = StoreWriter(home)
    writer.put(event(0))

    until(
        lambda: home.store_db.exists() and writer.waiting == 0,
        20,
        "home.store_db.exists() and writer.waiting == 0",
    )
    assert names(home) == ["step.0"]
    writer.close()


def test_the_writers_of_many_threads_lose_nothing(home: Home) -> None:
    writer = StoreWriter(home)
    threads = [
        threading.Thread(target=lambda n=n: [writer.put(event(n * 100 + i)) for i in range(100)])
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()

    assert sorted(names(home)) == sorted(f"step.{index}" for index in range(400))


LOCK = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
db.execute("ROLLBACK")
"""


def test_a_lock_of_another_process_delays_and_loses_nothing(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    open_store(home).close()
    writer = StoreWriter(home, busy_timeout_s=0.05)
    with subprocess.Popen(
        [sys.executable, "-c", LOCK, str(home.store_db)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as locker:
        assert locker.stdin is not None
        assert locker.stdout is not None
        assert locker.stdout.readline() == "locked\n"

        started = time.perf_counter()
        for index in range(1000):
            writer.put(event(index))
        assert time.perf_counter() - started < 0.5  # the callers were not held up
        until(lambda: writer.failing, 20, "writer.failing")
        writer.put(event(1000))
        locker.communicate("\n", timeout=10)

    until(lambda: writer.waiting == 0, 20, "writer.waiting == 0")
    assert not writer.failing
    writer.close()
    assert names(home) == [f"step.{index}" for index in range(1001)]
    states = [r.message.split("(")[0] for r in caplog.records if r.name.endswith("writer")]
    assert len(states) == 2  # once when it began, once when it ended
    assert states[0].startswith("store cannot be written")
    assert states[1].startswith("store is written again")


def test_a_full_disk_delays_and_loses_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite itself says "database or disk is full" at the page limit it is given."""
    open_store(home).close()
    full = threading.Event()
    full.set()

    def opened(home: Home, **more: float) -> object:
        db = open_store(home, **more)
        if full.is_set():
            pages = db.execute("PRAGMA page_count").fetchone()[0]
            db.execute(f"PRAGMA max_page_count={pages}")
        return db

    monkeypatch.setattr("firmware.store.writer.open_store", opened)
    writer = StoreWriter(home)
    for index in range(2000):
        writer.put(event(index))
    until(lambda: writer.failing, 20, "writer.failing")
    full.clear()

    until(lambda: writer.waiting == 0, 20, "writer.waiting == 0")
    writer.close()
    assert names(home) == [f"step.{index}" for index in range(2000)]


def test_a_record_that_can_never_be_written_does_not_hold_up_the_others(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    writer = StoreWriter(home)
    writer.put(event(0))
    writer.put(CallRecord(id="2", started_at=None))  # type: ignore[arg-type]
    writer.put(event(1))
    writer.close()

    assert names(home) == ["step.0", "step.1"]
    assert "store refused CallRecord(id='2'" in caplog.text


def test_closing_while_the_store_refuses_ends_in_time_and_says_what_is_lost(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    open_store(home).close()
    with closing(sqlite3.connect(home.store_db, isolation_level=None)) as locker:
        locker.execute("BEGIN IMMEDIATE")
        writer = StoreWriter(home, busy_timeout_s=0.05)
        writer.put(event(0))
        started = time.monotonic()
        writer.close(timeout_s=0.5)

        assert time.monotonic() - started < 5.0
    assert "1 records are lost" in caplog.text


def test_who_asks_is_told_when_all_put_before_is_on_the_disk(home: Home) -> None:
    writer = StoreWriter(home)
    for index in range(3):
        writer.put(event(index))
    writer.stored().result(timeout=5)

    assert names(home) == [f"step.{index}" for index in range(3)]
    writer.stored().result(timeout=5)
    writer.close()


def test_nobody_is_told_it_is_stored_while_the_disk_refuses(home: Home) -> None:
    open_store(home).close()
    with closing(sqlite3.connect(home.store_db, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writer = StoreWriter(home, busy_timeout_s=0.05)
        writer.put(event(0))
        told = writer.stored()
        until(lambda: writer.failing, 5, "the writer notices")
        assert not told.done()
        other.execute("ROLLBACK")
        told.result(timeout=5)
    assert names(home) == ["step.0"]
    writer.close()


def test_what_is_given_up_is_not_called_stored(home: Home) -> None:
    open_store(home).close()
    with closing(sqlite3.connect(home.store_db, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writer = StoreWriter(home, busy_timeout_s=0.05)
        writer.put(event(0))
        told = writer.stored()
        writer.close(timeout_s=0.2)
    assert told.cancelled()
