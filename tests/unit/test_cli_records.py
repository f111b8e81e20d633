"""``markaz records``, ``record`` and ``passwd``: what the store keeps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from firmware.config.home import Home
from firmware.model.quality import LegQuality, Stream, Way, of_leg
from firmware.model.record import CallEvent, CallRecord, LegRecord, RecordingRecord
from firmware.store import calls, recordings, rows, users
from firmware.store.db import open_store
from tests.unit.cli_box import markaz


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.make()
    return home


@pytest.fixture
def past(home: Home) -> Home:
    """A store with three calls."""
    with closing(open_store(home)) as db:
        for index in range(3):
            call = CallRecord(
                id=f"c{index}",
                started_at=1795302957.0 + index,
                answered_at=1795302960.0 + index,
                ended_at=1795303030.0 + index,
                caller="0912",
                caller_name="مریم",
                called="1",
                place="queue:support",
                disposition="answered",
                cause=16,
                hung_up_by="caller",
            )
            calls.save(db, call)
        calls.save(
            db,
            LegRecord(id="c2.1", call_id="c2", direction="inbound", party="fxo-1", started_at=1.0),
        )
        calls.save(db, CallEvent(call_id="c2", at=1795302960.5, name="queue.entered", detail="x"))
        recordings.save(
            db,
            RecordingRecord(
                id="c2",
                call_id="c2",
                path="2026/11/21/c2.wav",
                started_at=1.0,
                length_s=69.0,
                rate_hz=16000,
                channels=2,
                bytes=44,
                sha256="00",
            ),
        )
    return home


def test_records_newest_first_and_page_by_page(past: Home) -> None:
    ids = [line.split()[0] for line in markaz(past, "records").output.splitlines()[2:]]
    assert ids == ["c2", "c1", "c0"]

    page = markaz(past, "records", "--json", "--limit", "1", "--before", "c2")
    assert [record["id"] for record in json.loads(page.output)] == ["c1"]
    assert "1:10 min" in markaz(past, "records").output
    assert markaz(past, "records", "--before", "c9").stderr == (
        "markaz: there is no record of a call c9\n"
    )


def test_one_record_whole(past: Home) -> None:
    shown = markaz(past, "record", "c2").output
    found = json.loads(markaz(past, "record", "c2", "--json").output)

    assert "1.500 s" in shown
    assert str(past.recordings / "2026/11/21/c2.wav") in shown
    assert found["call"]["id"] == "c2"
    assert [leg["party"] for leg in found["legs"]] == ["fxo-1"]
    assert found["timeline"][0]["name"] == "queue.entered"
    assert found["recordings"][0]["length_s"] == 69.0
    assert markaz(past, "record", "c9").exit_code == 1


def test_records_are_searched_by_any_option(past: Home) -> None:
    def found(*options: str) -> list[str]:
        shown = markaz(past, "records", "--json", *options)
        assert shown.exit_code == 0, shown.stderr
        return [record["id"] for record in json.loads(shown.output)]

    assert found("--number", "91") == ["c2", "c1", "c0"]
    assert found("--number", "99") == []
    assert found("--name", "مریم", "--limit", "2") == ["c2", "c1"]
    assert found("--shortest", "69.5", "--longest", "71") == ["c2", "c1", "c0"]
    assert found("--since", "2026-11-21 23:15:58", "--until", "2026-11-21 23:15:59") == ["c1"]
    assert found("--disposition", "busy") == []
    assert markaz(past, "records", "--disposition", "nonsense").exit_code == 2

    assert markaz(past, "note", "c1", "will pay on Monday", "--tag", "VIP").exit_code == 0
    assert found("--text", "monday pay") == ["c1"]
    assert found("--tag", "vip") == ["c1"]
    shown = markaz(past, "record", "c1").output
    assert "will pay on Monday" in shown
    assert "#vip" in shown
    assert markaz(past, "note", "c1", "--untag", "vip").exit_code == 0
    assert found("--tag", "vip") == []
    assert "no record of a call c9" in markaz(past, "note", "c9", "x").stderr


def test_a_records_voice_quality_is_shown_leg_by_leg(past: Home) -> None:
    with closing(open_store(past)) as db:
        way = Way(packets=500, lost=50, jitter_ms=12.5)
        stream = Stream(codec="PCMA", heard=way, told=Way(), round_trip_ms=31.0)
        quality = of_leg("c2.1", "c2", [stream])
        assert quality is not None
        rows.save(db, quality)
    shown = " ".join(markaz(past, "record", "c2").output.split())
    assert f"c2.1 PCMA 500 50 12.5 ms {quality.heard_mos:.1f} 0 0.0 ms 0.0 31 ms" in shown


def test_who_sounds_bad_comes_first(past: Home) -> None:
    def leg(ident: str, peer: str, lost: int, days_ago: float) -> LegQuality:
        way = Way(packets=1000 - lost, lost=lost, jitter_ms=2.0)
        stream = Stream(codec="PCMA", heard=way, told=Way(), round_trip_ms=30.0)
        ended_at = time.time() - 86_400 * days_ago
        quality = of_leg(ident, "c2", [stream], peer=peer, ended_at=ended_at)
        assert quality is not None
        return quality

    legs = [leg(f"c2.{number}", "101", 0, 1) for number in range(5)]
    legs += [leg("c2.7", "fxo-1", 200, 1), leg("c2.8", "fxo-1", 0, 2), leg("c2.9", "old", 500, 8)]
    with closing(open_store(past)) as db:
        for one in legs:
            rows.save(db, one)
    shown = [line.split() for line in markaz(past, "quality").output.splitlines()[2:]]
    assert [(words[0], words[1], words[2], words[4]) for words in shown] == [
        ("fxo-1", "2", "1", "10.0%"),
        ("101", "5", "0", "0.0%"),
    ]
    everyone = json.loads(markaz(past, "quality", "--days", "9", "--json").output)
    assert [one["peer"] for one in everyone] == ["old", "fxo-1", "101"]


def test_passwd_changes_a_password_and_adds_a_user_only_when_told(past: Home) -> None:
    def right(password: str) -> bool:
        with closing(open_store(past)) as db:
            return users.verify(db, "admin", password) is not None

    assert "--create adds one" in markaz(past, "passwd", "admin", stdin="x" * 9).stderr
    added = markaz(past, "passwd", "admin", "--create", "--stdin", stdin="open sesame\n")
    assert (added.exit_code, added.output) == (0, "")
    assert right("open sesame")
    typed = markaz(past, "passwd", "admin", stdin="closed sesame\nclosed sesame\n")
    assert typed.exit_code == 0
    assert "sesame" not in typed.output
    assert right("closed sesame")
    short = markaz(past, "passwd", "admin", "--stdin", stdin="short\n")
    assert (short.exit_code, short.stderr) == (
        1,
        "markaz: a password needs at least 8 characters\n",
    )
    assert markaz(past, "passwd", "admin", "--create", "--stdin", stdin="x" * 9).exit_code == 1


def test_a_reader_that_stops_reading_is_no_traceback(past: Home) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "firmware.cli.main", "records"],
        env={**os.environ, "MARKAZ_HOME": str(past.root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
