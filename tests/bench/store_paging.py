"""How long the pages of call records, and searches, take in a store of a million calls.

``python -m tests.bench.store_paging [CALLS]`` builds the store in a temporary folder, reads
pages the way the console does, and prints milliseconds as a table.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from sqlite_utils import Database

from firmware.config.home import Home
from firmware.model.record import CallEvent, CallRecord, LegRecord
from firmware.store import calls, rows, search
from firmware.store.db import open_store
from firmware.store.search import CallText, TextKind, Wanted
from firmware.store.sqlite import writing
from firmware.store.writer import StoreWriter

_BATCH = 10_000
_READS = 200
_START = 1_700_000_000.0
_SPACING_S = 30.0


SEARCHES = {
    "a whole number": Wanted(number="09120512345"),
    "the middle of a number nobody has": Wanted(number="98765432109"),
    "a name nobody has": Wanted(name="Nobody"),
    "one agent's abandoned calls": Wanted(agent="118", disposition="abandoned"),
    "talks longer than any": Wanted(shortest_s=7200.0),
    "a queue in one hour": Wanted(queue="support", since=_START + 9e6, until=_START + 9e6 + 3600),
    "words of a note": Wanted(text="customer 512340"),
    "a word of every note": Wanted(text="invoice"),
    "a tag": Wanted(tag="tag120"),
}


def fill(db: Database, count: int) -> float:
    """Write ``count`` calls with two legs and two events each; the seconds it took."""
    started = time.perf_counter()
    for first in range(0, count, _BATCH):
        with writing(db):
            for index in range(first, min(first + _BATCH, count)):
                _save_call(db, index)
    return time.perf_counter() - started


def _save_call(db: Database, index: int) -> None:
    at, ident = _START + index * _SPACING_S, f"c{index}"
    rows.save(
        db,
        CallRecord(
            id=ident,
            started_at=at,
            answered_at=at + 8,
            ended_at=at + 90,
            caller=f"0912{index:07d}",
            caller_name="مریم احمدی",
            called="1",
            line="fxo-1",
            place="extension:101",
            queue="support",
            agent=str(101 + index % 50),
            digits="1",
            disposition="abandoned" if index % 17 == 0 else "answered",
            cause=16,
            hung_up_by="caller",
            config_version=1,
        ),
    )
    for number, way in enumerate(("inbound", "outbound"), start=1):
        leg = LegRecord(
            id=f"{ident}.{number}", call_id=ident, direction=way, party="101",
            started_at=at, answered_at=at + 8, ended_at=at + 90, cause=16,
        )  # fmt: skip
        rows.save(db, leg)
    for name in ("call.began", "call.ended"):
        rows.save(db, CallEvent(call_id=ident, at=at, name=name))


def annotate(db: Database, count: int) -> None:
    """Every twentieth call has a note and a tag."""
    for index in range(0, count, 20):
        ident, at = f"c{index}", _START + index * _SPACING_S
        search.tag(db, ident, f"tag{index % 300}", by="101", at=at)
        text = f"customer {index} asked for invoice {index * 7 % 9973}"
        note = CallText(call_id=ident, kind=TextKind.NOTE, by="101", at=at, text=text)
        search.write_text(db, note)


def measure(read: Callable[[], object]) -> tuple[float, float]:
    """The median and the 99th percentile of many reads, in milliseconds."""
    times = []
    for _ in range(_READS):
        started = time.perf_counter()
        read()
        times.append((time.perf_counter() - started) * 1000)
    times.sort()
    return times[len(times) // 2], times[int(len(times) * 0.99)]


def main() -> None:
    """Build, measure, print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    dice = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        with closing(open_store(home)) as db:
            filled_s = fill(db, count)
            db.execute("PRAGMA synchronous = OFF")  # for the notes: each is a transaction
            annotate(db, count)
        size_mb = home.store_db.stat().st_size / 1e6
        print(f"{count} calls, {size_mb:.0f} MB, filled in {filled_s:.0f} s")
        with closing(open_store(home)) as db:
            reads: dict[str, Callable[[], object]] = {
                "newest 50": lambda: calls.recent(db, None, 50),
                "50 before any moment": lambda: calls.recent(
                    db, _START + dice.random() * count * _SPACING_S, 50
                ),
                "one call, legs and timeline": lambda: _whole(db, f"c{dice.randrange(count)}"),
                "repair at start, nothing open": lambda: calls.close_unfinished(db, 4e9),
            }
            for name, wanted in SEARCHES.items():
                reads[f"search: {name}"] = partial(search.search, db, wanted)
            for name, read in reads.items():
                p50, p99 = measure(read)
                print(f"{name:32} p50 {p50:7.3f} ms   p99 {p99:7.3f} ms")
        _measure_writer(home, count)


def _whole(db: Database, ident: str) -> object:
    return calls.find(db, ident), calls.legs_of(db, ident), calls.timeline(db, ident)


def _measure_writer(home: Home, count: int) -> None:
    """The time a caller spends in ``put``, and records a second to the disk."""
    writer = StoreWriter(home)
    started = time.perf_counter()
    worst = 0.0
    for index in range(20_000):
        before = time.perf_counter()
        writer.put(CallEvent(call_id=f"c{index % count}", at=_START, name="bench"))
        worst = max(worst, time.perf_counter() - before)
    put_s = time.perf_counter() - started
    writer.close(60)
    all_s = time.perf_counter() - started
    print(
        f"put: mean {put_s / 20_000 * 1e6:.1f} us, worst {worst * 1e3:.2f} ms; "
        f"{20_000 / all_s:.0f} records/s to the disk"
    )


if __name__ == "__main__":
    main()
