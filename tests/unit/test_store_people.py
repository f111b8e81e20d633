"""What people have set comes back after a restart as it was."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from firmware.config.home import Home
from firmware.model.dialplan import Destination, DestinationKind
from firmware.model.personal import FollowStep, Forward, ForwardKind, Person
from firmware.model.record import PersonRecord
from firmware.model.wakeup import WakeUp, WakeUpState
from firmware.store import people, rows
from firmware.store.db import open_store

SARA = Person(
    number="0101",
    dnd=True,
    call_waiting=False,
    forwards={
        ForwardKind.BUSY: Forward(to=Destination(DestinationKind.VOICEMAIL, "0101")),
        ForwardKind.NO_ANSWER: Forward(
            to=Destination(DestinationKind.EXTENSION, "102"), after_s=12.5
        ),
    },
    follow_me=True,
    follow_steps=(FollowStep(number="09121234567", delay_s=5.0),),
    speed_dials={"7": "0912", "07": "102"},
    at="201",
)


@pytest.fixture
def db(tmp_path: Path):
    with closing(open_store(Home(tmp_path))) as opened:
        yield opened


def test_a_person_reads_back_the_same(db):
    rows.save(db, people.record_of(SARA, 1.0))
    assert people.people(db) == {"0101": SARA}


def test_the_newest_settings_stand(db):
    rows.save(db, people.record_of(SARA, 1.0))
    rows.save(db, people.record_of(Person(number="0101"), 2.0))
    assert people.people(db) == {"0101": Person(number="0101")}


def test_settings_nobody_can_read_are_left_out_and_said(db, caplog):
    rows.save(db, PersonRecord(id="101", changed_at=1.0, settings='{"number": 5'))
    rows.save(db, people.record_of(SARA, 1.0))
    assert set(people.people(db)) == {"0101"}
    assert "what 101 has set cannot be read" in caplog.text


def test_settings_of_a_release_that_knew_less_get_what_they_lack(db):
    rows.save(db, PersonRecord(id="101", changed_at=1.0, settings='{"number":"101","dnd":true}'))
    assert people.people(db) == {"101": Person(number="101", dnd=True)}


def test_only_wake_up_calls_that_wait_come_back_the_next_first(db):
    late = WakeUp(id="a", number="101", at=900.0, due_at=900.0)
    soon = WakeUp(id="b", number="102", at=500.0, due_at=680.0, tries=1)
    done = WakeUp(id="c", number="103", at=1.0, due_at=1.0, state=WakeUpState.ANSWERED)
    for wake_up in (late, soon, done):
        rows.save(db, wake_up)
    assert people.waiting(db) == [soon, late]
